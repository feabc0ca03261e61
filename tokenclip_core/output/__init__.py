"""What a run leaves: rows, tables, pictures, reports.

- pictures: Pictures of a result for files: the overlay, the 16-bit anomaly map and the map of subspaces.
- report: A report of inspected parts: one HTML file with everything in it, pictures too; no script, nothing from
  elsewhere.
- report_style: How a report looks, on screen and on paper; no font and no picture from elsewhere.
- results_file: The results of a run on disk: `results.jsonl`, `results.csv` and `run.json`, as README.md describes
  them.
- store/: Every result kept in a database, and questions to it.
"""
