"""What a reviewer decides about parts.

- bar: Accept, reject, note: what the reviewer says about the shown part.
- controller: The reviewer's word on the shown part: shown, and changed.
- model: What a reviewer says about a part; no Qt.
- state: The reviewer's word on every part, by its path: one owner, undone like everything else.
- store: Where reviews lie: one small database among the program's own data, written in whole transactions.
"""
