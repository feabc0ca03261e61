"""The mixer of subspaces and the settings of their transport.

- colours: Subspaces in the colours that a person gave them; no Qt.
- controller: Between the judgement and the mixer: what a person changes there, and what it shows.
- editor: A small popup for one subspace: its name, a threshold of its own, and up to where it is tolerated.
- panel: The mixer: one row for each textual subspace, with solo and mute, and the scoring below.
- scoring_controls: How tokens become a map: sliders that answer at once, since the encoder's tokens are kept.
"""
