"""Between the judgement and the mixer: what a person changes there, and what it shows."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.editing.adjustments import Adjustments
from app.editing.judging import Judging
from app.parts.state import ModelFacts
from app.shell.views import Views


class SubspacesController(QObject):
    """Fills the mixer's rows, and takes over what is changed in them."""

    def __init__(self, views: Views, judging: Judging) -> None:
        super().__init__(views)
        self._views, self._judging = views, judging
        panel = views.subspaces
        panel.mix_changed.connect(judging.set_mix)
        panel.renamed.connect(judging.rename)
        panel.own_threshold_changed.connect(judging.set_own_threshold)
        panel.scoring.choice_changed.connect(judging.set_scoring)
        judging.refused.connect(self._on_refused)

    def show_adjustments(self, adjustments: Adjustments) -> None:
        """Show in the rows what is adjusted of them."""
        self._views.subspaces.show_adjustments(adjustments)

    def take_model(self, facts: ModelFacts) -> None:
        """Show the rows of another model's subspaces."""
        self._views.subspaces.set_model(facts)
        self._views.subspaces.show_adjustments(self._judging.now)

    def _on_refused(self, text: str) -> None:
        self._views.subspaces.show_adjustments(self._judging.now)
        self._views.status.show_activity(text)
