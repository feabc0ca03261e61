"""What reviewers decided about every part, by its path: one owner, undone like everything else."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from enum import Enum
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.editing.undo import History
from app.review.model import NO_REVIEW, Opinion, Review, review_key
from app.review.store import ReviewStore
from app.work.jobs import Outcome
from app.work.work import Work
from tokenclip_core.errors import TokenClipError
from tokenclip_core.judgement.areas import Areas
from tokenclip_core.lru import keep_newest

_log = logging.getLogger(__name__)

MOST_OPINIONS = 256
"""Number of parts of which it is kept who said what."""


_Lane = Enum("_Lane", "READ WRITE")
_Said = TypeVar("_Said", Review, Areas)


class Reviews(QObject):
    """Reads the reviews once, and writes each change at once.

    Attributes:
        by_path: reviews by the absolute path of the part.
        marks: areas that mark defects, likewise.

    Signals:
        changed: something else is said of some part.
        said: (path, Review) it was said just now.
    """

    changed = Signal()
    said = Signal(str, object)

    def __init__(
        self, work: Work, history: History, store: ReviewStore | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._work, self._history = work, history
        self._store = store or ReviewStore()
        self._thread = work.new_thread("reviews")
        self.by_path: dict[str, Review] = {}
        self.marks: dict[str, Areas] = {}
        self._unwritten: dict[tuple[type, str], Review | Areas] = {}
        self._opinions: dict[str, tuple[Opinion, ...]] = {}
        # Not at once: the start of the model hides what was said before.
        work.prepared.connect(self._read)

    def of(self, path: str) -> Review:
        """What is said of a part."""
        return self.by_path.get(review_key(path), NO_REVIEW)

    def opinions_of(self, path: str) -> Sequence[Opinion]:
        """All that people said of a part, the first opinion first, as far as that is known by now."""
        return self._opinions.get(review_key(path), ())

    def take_opinions(self, path: str, opinions: Sequence[Opinion]) -> None:
        """Say who said what of a part, earliest first."""
        key = review_key(path)
        if tuple(opinions) != self._opinions.get(key, ()):
            keep_newest(self._opinions, key, tuple(opinions), MOST_OPINIONS)
            self.changed.emit()

    def review(self, path: str, review: Review) -> None:
        """Say something about a part, so that it can be undone."""
        text = QCoreApplication.translate("ReviewController", "review")
        self._history.change(text, self.of(path), review, partial(self._set, path))

    def marked(self, path: str) -> Areas:
        """The areas that mark defects of a part."""
        return self.marks.get(review_key(path), Areas())

    def mark(self, path: str, areas: Areas) -> None:
        """Mark other defects of a part, so that it can be undone."""
        text = QCoreApplication.translate("ReviewController", "marked defects")
        self._history.change(text, self.marked(path), areas, partial(self._set_marks, path))

    def finish(self) -> None:
        """Write what the thread has not written yet, at the end of the program."""
        for (_, path), said in self._unwritten.items():
            try:
                self._store.write(path, said)
            except TokenClipError as error:
                _log.warning("%s", error)
        self._unwritten.clear()

    def _read(self) -> None:
        self._thread.submit(
            lambda _cancellation: (self._store.read(), self._store.read_marks()), lane=_Lane.READ, then=self._on_read
        )

    def _set(self, path: str, review: Review) -> None:
        key = review_key(path)
        self._put(self.by_path, key, review)
        self.said.emit(key, review)

    def _set_marks(self, path: str, areas: Areas) -> None:
        self._put(self.marks, review_key(path), areas)

    def _put(self, kept: dict[str, _Said], key: str, said: _Said) -> None:
        """Keep what is said of a part, or nothing where it is empty."""
        if said:
            kept[key] = said
        else:
            kept.pop(key, None)
        self._write(key, said)
        self.changed.emit()

    def _write(self, path: str, said: Review | Areas) -> None:
        self._unwritten[type(said), path] = said
        self._thread.submit(
            lambda _cancellation: self._store.write(path, said),
            lane=_Lane.WRITE,
            keep_others=True,
            then=partial(self._on_written, path, said),
        )

    def _on_written(self, path: str, said: Review | Areas, outcome: Outcome) -> None:
        if outcome.status != "cancelled" and self._unwritten.get((type(said), path)) == said:
            del self._unwritten[type(said), path]
        self._work.say(outcome)

    def _on_read(self, outcome: Outcome) -> None:
        if not self._work.say(outcome) and isinstance(outcome.value, tuple):
            reviews, marks = outcome.value
            # What was said while they were read is newer than what was read.
            self.by_path.update({path: said for path, said in reviews.items() if path not in self.by_path})
            self.marks.update({path: areas for path, areas in marks.items() if path not in self.marks})
            self.changed.emit()
