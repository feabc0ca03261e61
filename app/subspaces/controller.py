"""Between the judgement and the mixer: what a person changes there, and what it shows."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.editing.judging import Judging
from app.models.state import ModelState
from app.parts.state import ModelFacts
from app.shell.views import Views


class SubspacesController(QObject):
    """Fills the mixer's rows, and takes over what is changed in them."""

    def __init__(self, views: Views, models: ModelState, judging: Judging) -> None:
        super().__init__(views)
        self._views, self._judging = views, judging
        panel = views.subspaces
        panel.mix_changed.connect(judging.set_mix)
        panel.renamed.connect(judging.rename)
        panel.own_threshold_changed.connect(judging.set_own_threshold)
        panel.scoring.choice_changed.connect(judging.set_scoring)
        models.loaded.connect(self._on_model)
        judging.adjusted.connect(panel.show_adjustments)
        judging.refused.connect(self._on_refused)

    def _on_model(self, facts: ModelFacts) -> None:
        self._views.subspaces.set_model(facts)
        self._views.subspaces.show_adjustments(self._judging.now)

    def _on_refused(self, text: str) -> None:
        self._views.subspaces.show_adjustments(self._judging.now)
        self._views.status.show_activity(text)
