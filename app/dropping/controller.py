"""Tells what was dropped, gives each kind to its taker, and refuses what is nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from app.dropping.kinds import ONE_ONLY, Kind, sorted_by_kind
from app.shell.views import Views
from app.work.jobs import Cancellation, Outcome
from app.work.work import Work

_NAMED = 3
"""Refused files that are called by name; the others are counted."""

Takers = Mapping[Kind, Callable[[Sequence[Path]], object]]


_Lane = Enum("_Lane", "SORT")


class DroppingController(QObject):
    """Takes files and folders of any kind; nothing that is open goes away for what can't be used."""

    def __init__(self, views: Views, work: Work, takers: Takers) -> None:
        """Make it; `takers` are given what belongs to them, all paths of a kind at once."""
        super().__init__(views)
        self._views, self._work, self._takers = views, work, takers

    def take(self, paths: Sequence[Path]) -> None:
        """Give files and folders to where they belong, as soon as it is known what they are."""
        work = partial(_sorted, tuple(paths))
        self._work.display.submit(work, lane=_Lane.SORT, then=self._on_sorted)

    def _on_sorted(self, outcome: Outcome) -> None:
        if not isinstance(outcome.value, dict):
            self._work.say(outcome)
            return
        refused: list[tuple[Path, str]] = []
        for kind, paths in outcome.value.items():
            taker = self._takers.get(kind)
            if taker is None:
                refused.extend((path, self._reason(kind)) for path in paths)
                continue
            kept = 1 if kind in ONE_ONLY else len(paths)
            refused.extend((path, self.tr("only one of its kind can be in force")) for path in paths[kept:])
            taker(paths[:kept])
        self._say(refused)

    def _reason(self, kind: Kind) -> str:
        if kind is Kind.UNREAD:
            return self.tr("this format is not read; convert it to PNG or TIFF")
        if kind is Kind.MISSING:
            return self.tr("it is not there, or can't be read")
        return self.tr("it is no picture, video, recipe, calibration, checkpoint, vocabulary or model")

    def _say(self, refused: Sequence[tuple[Path, str]]) -> None:
        if not refused:
            return
        lines = [f"{path.name or path}: {reason}" for path, reason in refused[:_NAMED]]
        if len(refused) > _NAMED:
            lines.append(self.tr("and {count} more").format(count=f"{len(refused) - _NAMED:,}"))
        self._views.message.say(self.tr("Not opened: {files}.").format(files="; ".join(lines)))


def _sorted(paths: Sequence[Path], _cancellation: Cancellation) -> dict[Kind, list[Path]]:
    return sorted_by_kind(paths)
