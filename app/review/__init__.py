"""What a reviewer decides about parts.

- bar: Accept, reject, note: what the reviewer says about the shown part.
- controller: What the reviewer decided about the shown part: shown, and changed.
- model: What a reviewer says about a part; no Qt.
- state: What reviewers decided about every part, by its path: one owner, undone like everything else.
- store: Where reviews lie: one small database among the program's own data, written in whole transactions.
"""
