"""A report of what was inspected.

- bar: In the status line: how far a report is, and where it went.
- controller: Saves what has been inspected as a report: asks what and where, and follows the worker that writes it.
- dialog: What a report should hold, before its place is chosen.
- model: What a report is made from and how far it is; no Qt.
- files: What is written beside a report: table, JSON lines, and regions for annotation tools.
- paper: A report as pages of paper: a PDF, part by part, by Qt's text documents; in a worker thread, without widgets.
- printing: A report as PDF for the command line, where there is no window.
- work: Writes a report in slices of time in the inference thread, behind everything else; no Qt.
"""
