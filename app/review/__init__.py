"""What a reviewer decides about parts.

- bar: Accept, reject, note: what the reviewer says about the shown part.
- controller: The reviewer's word on each part: shown, changed, undone, and kept among the program's data.
- model: What a reviewer says about a part; no Qt.
- store: Where reviews lie: one small database among the program's own data, written in whole transactions.
"""
