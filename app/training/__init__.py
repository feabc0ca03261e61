"""Learning in the window: prompts are learned from labelled parts, by the same trainer as `tokenclip train`.

- controller: Fills the page: begins, stops, goes on, and keeps what was learned.
- decided: Parts that people decided about, as labelled parts for the trainer; no Qt.
- learning: The trainer in a thread of its own, with its own model; and the comparison of before and after. No Qt.
- losses: The losses of each epoch, as two lines.
- model: What is learned from what, and how far it is; no Qt.
- page: The page: what is learned from what, the losses while it runs, and before and after on the same parts.
"""
