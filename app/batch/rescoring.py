"""Parts that were inspected are scored anew when their scoring changes, as far as their encodings are kept."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QObject

from app.batch.behind import RunBehind
from app.batch.kept import KeptParts
from app.batch.model import BatchPhase
from app.shell.owners import Owners
from app.shell.views import Views
from app.work.order_of_work import later

_Lane = Enum("_Lane", "KEPT")

_SETTLE_MILLISECONDS = 300
"""A slider passes many settings on its way."""


class RescoringController(QObject):
    """Works behind everything else, without a word: a list that is out of date is brought up to date.

    What a run over the folder inspects again is left to it.
    """

    def __init__(self, owners: Owners, views: Views) -> None:
        super().__init__(views)
        self._session, self._store, self._models = owners.session, owners.store, owners.models
        self._views = views
        self._kept = RunBehind(owners, _Lane.KEPT, self._show_scored)
        self._said = 0
        self._soon = later(self, self._begin, _SETTLE_MILLISECONDS)

    def take_mix(self, phase: BatchPhase) -> None:
        """Results are of another mix from now on, while a run over the folder does this."""
        self.stop()
        if phase in (BatchPhase.NONE, BatchPhase.STOPPED, BatchPhase.DONE):
            self._soon.start()

    def follow_judgement(self) -> None:
        """Say so where parts can't be judged by the limits in force until they are inspected again."""
        lacking = self._store.lacking
        if lacking and lacking != self._said:
            words = self.tr(
                "Of {count} parts, inspected earlier, only the score is known, not what each channel of evidence said. "
                "Inspect them again to judge them by the limits."
            )
            self._views.message.say(words.format(count=f"{lacking:,}"))
        self._said = lacking

    def stop(self) -> None:
        """Stop, because other parts are open, another model is loaded, or a run over the folder begins."""
        self._soon.stop()
        self._kept.stop()

    def _begin(self) -> None:
        outdated = [(number, part.path) for number, part in enumerate(self._session.parts) if part.outdated]
        if outdated and self._models.facts is not None:
            self._kept.begin(KeptParts(self._models.engine, self._kept.others_wait, outdated))

    def _show_scored(self) -> None:
        self._store.order_outdated.emit()
        self._views.parts.view.viewport().update()
