"""Parts that were inspected are scored anew when their scoring changes, as far as their encodings are kept."""

from __future__ import annotations

from enum import Enum
from functools import partial

from PySide6.QtCore import QObject

from app.batch.kept import KeptParts
from app.batch.model import BatchPhase
from app.batch.work import BatchReport
from app.shell.owners import Owners
from app.shell.views import Views
from app.work.jobs import Outcome
from app.work.order_of_work import LAST, later

_Lane = Enum("_Lane", "KEPT")

_SETTLE_MILLISECONDS = 300
"""A slider passes many settings on its way."""


class RescoringController(QObject):
    """Works behind everything else, without a word: a list that is out of date is brought up to date.

    What a run over the folder inspects again is left to it.
    """

    def __init__(self, owners: Owners, views: Views) -> None:
        super().__init__(views)
        self._session, self._work, self._store, self._models = owners.session, owners.work, owners.store, owners.models
        self._views = views
        self._kept: KeptParts | None = None
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
        self._kept = None
        self._work.inference.cancel(_Lane.KEPT)

    def _begin(self) -> None:
        outdated = [(number, part.path) for number, part in enumerate(self._session.parts) if part.outdated]
        if outdated and self._models.facts is not None:
            waits = partial(self._work.inference.thread_of_jobs.has_waiting, LAST)
            self._kept = KeptParts(self._models.engine, waits, outdated)
            self._go_on(self._kept)

    def _go_on(self, kept: KeptParts) -> None:
        self._work.inference.submit(
            partial(kept.work, self._store.mix), lane=_Lane.KEPT, priority=LAST, then=partial(self._on_done, kept)
        )

    def _on_done(self, kept: KeptParts, outcome: Outcome) -> None:
        report = outcome.value
        if kept is not self._kept:
            return
        if not isinstance(report, BatchReport) or report.mix != self._store.mix:
            # What can't be scored says so when it is looked at; until then it is out of date.
            self._kept = None
            return
        if report.summaries:
            self._store.put_summaries(report.mix, report.summaries)
            self._store.summarised.emit(report.mix, report.summaries)
            self._store.order_outdated.emit()
            self._views.parts.view.viewport().update()
        if kept.left:
            self._go_on(kept)
        else:
            self._kept = None
