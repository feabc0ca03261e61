"""Says when the good parts of now score otherwise than those that the threshold was measured from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from functools import partial

from PySide6.QtCore import QObject, QTimerEvent
from typing_extensions import override

from app.editing.adjustments import Mix
from app.gallery.model import PartSummary
from app.parts.state import PartResult
from app.shell.owners import Owners
from app.shell.views import Views
from app.work.jobs import Cancellation, Outcome
from tokenclip_core.judgement.calibration import Calibration
from tokenclip_core.judgement.judgement import PartScores

CHECK_MILLISECONDS = 3000
FEWEST_NEW = 20
"""Good parts since the last look, before there is another one."""


_Lane = Enum("_Lane", "LOOK")


class DriftController(QObject):
    """Looks at the last good parts, of the folder and of the cameras, every few seconds; in a thread of its own.

    Attributes:
        said: what was said last of the calibration in force: ``higher``, ``lower``, or "".
    """

    def __init__(self, owners: Owners, views: Views) -> None:
        super().__init__(views)
        self._session, self._store, self._views = owners.session, owners.store, views
        self._work = owners.work
        self._thread = owners.work.new_thread("drift")
        self._calibration: Calibration | None = None
        self._seen = 0
        self.said = ""
        self.startTimer(CHECK_MILLISECONDS)

    def take_part(self, path: str, result: PartResult) -> None:
        """A part was inspected."""
        self._take([(path, result.scores)])

    def take_summaries(self, mix: Mix, summaries: Iterable[PartSummary]) -> None:
        """Parts were inspected."""
        if mix == self._store.mix:
            self._take([(found.path, found.scores) for found in summaries])

    def look(self) -> None:
        """Compare the last good parts with those of the calibration, if there are enough new ones."""
        self._follow()
        session, calibration = self._session, self._calibration
        if calibration is None or session.passed_count < self._seen + FEWEST_NEW:
            return
        self._seen = session.passed_count
        recent = list(session.passed.values())
        look = partial(_drift, calibration, recent)
        self._thread.submit(look, lane=_Lane.LOOK, then=partial(self._on_looked, calibration, len(recent)))

    @override
    def timerEvent(self, event: QTimerEvent) -> None:
        self.look()

    def _follow(self) -> None:
        """Start over where another calibration is in force, which was measured from other parts."""
        calibration = self._session.calibration_in_force
        if calibration is not self._calibration:
            self._calibration, self._seen, self.said = calibration, 0, ""
            self._session.forget_passed()

    def _take(self, scores: Iterable[tuple[str, PartScores]]) -> None:
        self._follow()
        judgement = self._session.judgement
        for path, each in scores:
            if judgement.verdict(each) == "good":
                self._session.take_passed(each.score, path)

    def _on_looked(self, calibration: Calibration, count: int, outcome: Outcome) -> None:
        found = outcome.value
        if self._work.say(outcome) or calibration is not self._calibration or found == self.said:
            return
        self.said = str(found)
        words = {
            "higher": self.tr(
                "The last {count} good parts score higher than those that the threshold was measured from; look for "
                "what has changed, and measure again."
            ),
            "lower": self.tr(
                "The last {count} good parts score lower than those that the threshold was measured from; look for "
                "what has changed, and measure again."
            ),
        }.get(self.said)
        if words is not None:
            self._views.message.say(words.format(count=f"{count:,}"))


def _drift(calibration: Calibration, recent: Sequence[float], _cancellation: Cancellation) -> str:
    return calibration.drift(recent)
