"""What a run leaves: rows, tables, pictures, reports.

- annotations: Regions as files that annotation tools go on with: COCO, and LabelMe beside each picture.
- judged_rows: The row of an inspected part, judged: the same for commands and stations.
- layers: What is laid over a part, as colours with opacity: the heatmap, the subspaces, the outline of regions.
- pending_text: Texts that are written in many steps, and are whole or not there.
- pictures: Pictures of a result for files: overlays of the map and of the subspaces, and the 16-bit anomaly map.
- report: A report of inspected parts: one HTML file with everything in it, pictures too; no script, nothing from
  elsewhere.
- report_of_run: A report of a run that is over, from its results: no model runs, and nothing is judged again.
- report_page: A report's page: what its template is given; the template and its style sheet lie in
  `resources/report`.
- results_file: The results of a run on disk: `results.jsonl`, `results.csv` and `run.json`, as README.md describes
  them.
- rows: One row a part: the same for commands, the live view and the window's report.
- saving: What a run writes of each part beside its row: pictures, and regions for annotation tools.
- store/: Every result kept in a database, and questions to it.
- table: Tables as CSV that spreadsheets open rightly, and in which no text is run as a formula.
- versions: Versions of the program and of the libraries whose numbers can change a result.
"""
