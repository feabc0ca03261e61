"""Parts that an earlier run inspected: those that have most to show are looked at again, so that the gallery fills."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from enum import Enum
from functools import partial
from heapq import nlargest

from PySide6.QtCore import QObject

from app.batch.behind import RunBehind
from app.batch.work import BatchRun
from app.parts.state import Part
from app.shell.owners import Owners
from app.shell.views import Views
from app.work.jobs import Outcome

_Lane = Enum("_Lane", "CHOOSE REMEMBERED")

OF_EACH_SUBSPACE = 4
"""Parts that are looked at again for each subspace."""


def most_to_show(parts: Sequence[Part], known: Collection[str]) -> list[int]:
    """The parts with the highest anomaly of each subspace, of those that only a score is known of.

    Args:
        parts: of the list.
        known: paths of those that the gallery has.
    """
    remembered = [number for number, part in enumerate(parts) if part.peaks and part.path not in known]
    count = min((len(parts[number].peaks) for number in remembered), default=0)
    found: dict[int, None] = {}
    for index in range(count):
        best = nlargest(OF_EACH_SUBSPACE, remembered, key=lambda number: parts[number].peaks[index])
        found |= dict.fromkeys(best)
    return list(found)


class RememberedController(QObject):
    """Works behind everything else while the gallery is open; once for each folder and mix."""

    def __init__(self, owners: Owners, views: Views, known: Callable[[], Collection[str]]) -> None:
        """Make it; `known` gives the paths of the parts that the gallery has."""
        super().__init__(views)
        self._session, self._work, self._store, self._models = owners.session, owners.work, owners.store, owners.models
        self._panel, self._known = views.gallery, known
        self._run = RunBehind(owners, _Lane.REMEMBERED)
        self._done_for: object = None

    def stop(self) -> None:
        """There are other parts, or another model."""
        self._done_for = None
        self._run.stop()

    def look(self) -> None:
        """Scores of an earlier run may be known now, or the gallery is open."""
        wanted = (self._store.mix, self._store.place)
        if self._models.facts is None or not self._panel.isVisible() or self._done_for == wanted:
            return
        if self._run.goes_on:
            return
        # Choosing among 100,000 parts takes longer than a frame.
        listed = self._session.parts
        parts, known = list(listed), frozenset(self._known())
        work = self._work.display
        work.submit(
            lambda _way: most_to_show(parts, known), lane=_Lane.CHOOSE, then=partial(self._on_chosen, wanted, listed)
        )

    def _on_chosen(self, wanted: object, listed: Sequence[Part], outcome: Outcome) -> None:
        numbers = outcome.value
        if self._work.say(outcome) or not isinstance(numbers, list) or not numbers or self._run.goes_on:
            return
        # The same place may have been opened again, with fewer parts.
        if self._models.facts is None or listed is not self._session.parts:
            return
        if wanted != (self._store.mix, self._store.place):
            return
        self._done_for = wanted
        run = BatchRun(self._models.engine, self._run.others_wait)
        run.refill([(number, self._session.parts[number].path) for number in numbers])
        self._run.begin(run, over=run.end)
