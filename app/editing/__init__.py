"""What a person changes about the judgement, and how it is undone.

- adjustments: What a person can change about the judgement of parts, in one comparable value: that makes it undoable.
- judging: What a person changes about the judgement: every change goes through here, so that it can be undone.
- names: What the bundled vocabulary's subspaces are called in the language of the window.
- part_size: Asks how large a part is, so that regions are told in millimetres.
- undo: Undo and redo of what changes data: one stack, one kind of command for values that can be set.
"""
