"""The reviewer's word on each part: shown, changed, undone, and kept among the program's data."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from app.editing.undo import HistoryController
from app.parts.state import Session
from app.result.inspection import InspectionController
from app.review.model import NO_REVIEW, Review
from app.review.store import ReviewStore
from app.shell.main_window import MainWindow
from app.work.bridge import WorkerBridge
from app.work.jobs import JobThread, Outcome
from tokenclip_core.errors import TokenClipError

_log = logging.getLogger(__name__)

_READ, _WRITE = "read reviews", "write review"


class ReviewController(QObject):
    """Reads the reviews once, and writes each change at once.

    Attributes:
        reviews: by the absolute path of the part.
    """

    def __init__(
        self,
        session: Session,
        window: MainWindow,
        inspection: InspectionController,
        history: HistoryController,
        store: ReviewStore | None = None,
    ) -> None:
        super().__init__(window)
        self._session, self._window, self._inspection, self._history = session, window, inspection, history
        self._store = store or ReviewStore()
        self._bridge = WorkerBridge("reviews", expected_errors=(TokenClipError,))
        self._bridge.finished.connect(self._on_finished)
        self.reviews: dict[str, Review] = {}
        self._unwritten: dict[str, Review] = {}
        self._writing: dict[int, tuple[str, Review]] = {}
        window.parts.model.set_reviews(self.reviews)
        window.inspection.review.reviewed.connect(self._take)
        inspection.part_shown.connect(self._show)
        # Not at once: the start of the model hides what was said before.
        inspection.prepared.connect(self._read)

    @property
    def threads(self) -> tuple[JobThread, ...]:
        """The thread to stop at the end."""
        return (self._bridge.thread_of_jobs,)

    def finish(self) -> None:
        """Write what the thread has not come to yet, at the end of the program."""
        for path, review in self._unwritten.items():
            try:
                self._store.write(path, review)
            except TokenClipError as error:
                _log.warning("%s", error)
        self._unwritten.clear()

    def review(self, path: str, review: Review) -> None:
        """Say something about a part, so that it can be undone."""
        before = self.reviews.get(_key(path), NO_REVIEW)
        self._history.change(self.tr("review"), before, review, partial(self._set, path))

    def _read(self) -> None:
        self._bridge.thread_of_jobs.submit(lambda _cancellation: self._store.read(), lane=_READ)

    def _take(self, review: Review) -> None:
        part = self._session.current_part
        if part is not None:
            self.review(part.path, review)

    def _set(self, path: str, review: Review) -> None:
        key = _key(path)
        if review:
            self.reviews[key] = review
        else:
            self.reviews.pop(key, None)
        self._unwritten[key] = review
        request = self._bridge.thread_of_jobs.submit(
            lambda _cancellation: self._store.write(key, review), lane=_WRITE, keep_others=True
        )
        self._writing[request] = (key, review)
        self._window.parts.view.viewport().update()
        self._show()

    def _show(self) -> None:
        part = self._session.current_part
        review = None if part is None else self.reviews.get(_key(part.path), NO_REVIEW)
        self._window.inspection.review.show_review(review)

    def _on_finished(self, outcome: Outcome) -> None:
        path, review = self._writing.pop(outcome.request, ("", NO_REVIEW))
        if outcome.status != "cancelled" and self._unwritten.get(path) == review:
            del self._unwritten[path]
        if outcome.status == "failed":
            self._inspection.failed.emit(outcome.error, outcome.details)
        elif outcome.lane == _READ and isinstance(outcome.value, dict):
            # What was said in the meantime counts more.
            for known, said in outcome.value.items():
                self.reviews.setdefault(known, said)
            self._window.parts.view.viewport().update()
            self._show()


def _key(path: str) -> str:
    # Lone surrogates, of names that are not text, are nothing that a database takes.
    return str(Path(path).absolute()).encode("utf-8", "backslashreplace").decode("utf-8")
