"""Inspecting the whole open folder.

- bar: On the right of the status line: how far the inspection of the whole folder is.
- behind: Runs that work behind everything else, a slice after the other, and keep what they bring without a word.
- controller: Inspects every part of the open folder that has no score yet, behind everything else that a person asks
  for.
- kept: Scores parts anew whose encodings are kept, a slice of time after the other; no model runs. No Qt.
- model: What the window says of a run over the whole folder; no Qt.
- pipeline: Pictures are read ahead of the encoder and scored behind it, each in threads of its own. No Qt.
- rescoring: Parts that were inspected are scored anew when their scoring changes, as far as their encodings are kept.
- work: Inspects a whole folder for its scores, a slice of time after the other. No Qt.
"""
