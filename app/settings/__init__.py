"""What comes back at the next start, and the dialog for it.

- controller: Opens the settings dialog and applies what is changed in it.
- dialog: A form made from a list of declared settings; what is changed applies at once, and Cancel takes it back.
- judgement: How parts were last judged with a model: its scoring and its subspaces' own thresholds, as plain values and
  back.
- language: Which language is meant by the setting, and a font for Chinese.
- merging: What several windows changed about the same settings, put together.
- preferences: What comes back at the next start: layers, threshold, recent places, window layout.
- store: Where the settings lie, and how they get there whole.
- table: The settings of the window: one declared table, checked when it is read.
"""
