"""The threshold against all inspected parts of the folder: their histogram, and what the threshold does to them."""

from __future__ import annotations

import time
from dataclasses import replace

from PySide6.QtCore import QObject

from app.parts.order import defects
from app.result.folder_scores import FolderGroups
from app.review.state import Reviews
from app.shell.actions import Action, Actions, When
from app.shell.owners import Owners
from app.shell.views import Views
from app.work.order_of_work import later

BURST_SECONDS = 4.0
"""Changes of the threshold that follow each other this closely are counted from where the first one began."""

_GATHER_MILLISECONDS = 30


class FolderThresholdController(QObject):
    """Fills the plot of the threshold with the folder's scores, and says how many verdicts a change turns."""

    def __init__(self, owners: Owners, views: Views, actions: Actions, reviews: Reviews) -> None:
        super().__init__(views)
        session = owners.session
        self._session, self._views, self._reviews, self._actions = session, views, reviews, actions
        self._groups = FolderGroups()
        self._threshold = self._before = session.adjustments.threshold
        self._moved = -BURST_SECONDS
        self._gather = later(self, self._show_scores, _GATHER_MILLISECONDS)
        actions.declare(
            Action(
                "histogram-of-part",
                self.tr("&Histogram of the part alone"),
                self._choose_view,
                short=self.tr("This part"),
                tip=self.tr("Show the values of the shown part's map instead of the scores of all inspected parts"),
                checkable=True,
                when=When.PARTS,
            )
        )

    def gather_soon(self) -> None:
        """Scores, verdicts or decisions changed: show them anew."""
        # Not put off again and again while a long folder is listed: each portion is short then.
        if not self._gather.isActive():
            self._gather.start()

    def _choose_view(self) -> None:
        self._views.inspection.show_folder(not self._actions["histogram-of-part"].isChecked())

    def take_adjustments(self) -> None:
        """Say how many verdicts the threshold changes, which may be another one now."""
        threshold, now = self._session.adjustments.threshold, time.monotonic()
        if threshold != self._threshold:
            if now - self._moved > BURST_SECONDS:
                self._before = self._threshold
            self._threshold, self._moved = threshold, now
        # At once: the counts belong to the line that is being dragged.
        self._show_counts()

    def _show_scores(self) -> None:
        found = self._groups.scores(self._session.parts, self._reviews.by_path)
        self._views.inspection.plot.set_scores(found)
        self._show_counts()

    def _show_counts(self) -> None:
        parts, judgement = self._session.parts, self._session.judgement
        inspected = sum(part.score is not None for part in parts)
        called = defects(parts, judgement)
        words = ""
        if inspected:
            words = self.tr("{count} of {total} defective").format(
                count=f"{int(called.sum()):,}", total=f"{inspected:,}"
            )
            before = defects(parts, replace(judgement, threshold=self._before))
            changed = int((called != before).sum())
            if changed:
                words += " · " + self.tr("{count} change").format(count=f"{changed:,}")
        self._views.inspection.show_counts(words)
