"""What a reviewer decides about parts.

- agreement_dialog: How the program and the people agree about the parts of the open folder.
- bar: Accept, reject, note: what the reviewer says about the shown part.
- controller: What the reviewer decided about the shown part: shown, and changed.
- filter: Which parts pass a choice of decisions; quick for 100,000 of them. No Qt.
- model: What a reviewer says about a part; no Qt.
- notice: Says for a while what a review did, with a button that takes it back.
- state: What reviewers decided about every part, by its path: one owner, undone like everything else.
- store: Where reviews lie: one small database among the program's own data, written in whole transactions.
"""
