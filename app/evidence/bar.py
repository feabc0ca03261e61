"""The row of kinds of evidence above the canvas, and what is said of them."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.shell.actions import Actions
from app.widgets.action_button import ActionButton
from app.widgets.elided_label import ElidedLabel
from app.widgets.icon_strip import IconStrip
from app.widgets.layouts import fill
from app.widgets.said import Said, muted
from tokenclip_core.evidence.channels import EVIDENCE_KINDS


class EvidenceBar(IconStrip):
    """One button a kind, each the action `evidence-KIND`, the shelf at the end, and words below them."""

    words = Said("_words")
    """What is said, in full."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = muted(ElidedLabel())
        self._row = fill(QHBoxLayout(), spacing=2)
        # Below the buttons, since beside them there is no room for a sentence.
        fill(QVBoxLayout(self), self._row, self._words, margins=(6, 0, 6, 4), spacing=2)
        # Without a model that has other evidence than the text there is nothing to choose.
        self.hide()

    def lay_out(self, actions: Actions) -> None:
        """Show the buttons."""
        kinds = [ActionButton(actions[f"evidence-{kind}"]) for kind in EVIDENCE_KINDS]
        fill(self._row, *kinds, None, ActionButton(actions["good-parts"]))

    def say(self, words: str) -> None:
        """Say what decided, and what is compared with."""
        self._words.setText(words)
