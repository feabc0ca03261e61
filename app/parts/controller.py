"""Opening images and folders, filling the list, making thumbnails, moving between parts."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.parts.folder import found_images
from app.parts.images import thumbnail
from app.parts.panel import PartsPanel
from app.parts.state import Part, Session, Verdict
from app.process.garbage import MANY, spare_collections
from app.widgets.qimage import rgb_image
from app.work.bridge import WorkerBridge
from app.work.jobs import Cancellation, JobThread, Outcome
from tokenclip_core.errors import TokenClipError
from tokenclip_core.images.folders import LeftOut

THUMBNAIL_PIXELS = 80
MOST_THUMBNAILS_WAITING = 48
_SCAN = "scan"
_LOOK_UP_SECONDS = 0.1


class LibraryController(QObject):
    """Owns the list of parts.

    Signals:
        part_chosen: (index) the part to be shown from now on.
        searching: (place) a folder is being read.
        nothing_found: (place) it has no images.
        opened: (paths) other parts are in the list.
        announced: (text) for the status line.
        grown: more parts are in the list, or all of them are.

    Attributes:
        is_listing: whether more parts may come.
    """

    part_chosen = Signal(int)
    searching = Signal(str)
    nothing_found = Signal(str)
    opened = Signal(object)
    announced = Signal(str)
    grown = Signal()
    _portion_found = Signal(int, object)

    def __init__(self, session: Session, panel: PartsPanel) -> None:
        super().__init__(panel)
        self._session, self._panel = session, panel
        self._files = WorkerBridge("files", expected_errors=(TokenClipError,))
        self._thumbnails = WorkerBridge("thumbnails", expected_errors=(TokenClipError,))
        self._scan = 0
        self._generation = 0
        self._place = ""
        self._spared = 0
        self.is_listing = False
        self._thumbnail_paths: dict[int, str] = {}
        self._thumbnail_queue: deque[str] = deque()
        self._thumbnails_asked = 0
        self._taken = threading.Semaphore()
        self._portion_found.connect(self._add_portion, Qt.ConnectionType.QueuedConnection)
        self._files.finished.connect(self._on_scanned)
        self._thumbnails.finished.connect(self._on_thumbnail)
        panel.part_chosen.connect(self.part_chosen)
        panel.model.thumbnail_wanted.connect(self._want_thumbnail)

    @property
    def threads(self) -> tuple[JobThread, ...]:
        """The threads to stop at the end."""
        return self._files.thread_of_jobs, self._thumbnails.thread_of_jobs

    @property
    def place(self) -> str:
        """What was opened, in words."""
        return self._place

    def open(self, paths: Sequence[Path]) -> None:
        """Replace the list by the images in files and folders."""
        self._generation += 1
        generation = self._generation
        self._place = ", ".join(str(path) for path in paths)
        self._session.parts, self._spared = [], 0
        self._session.current = None
        self._panel.model.set_parts(self._session.parts)
        self._panel.show_part(None)
        self._panel.set_total(0)
        self.searching.emit(self._place)
        self.opened.emit(list(paths))

        def scan(cancellation: Cancellation) -> LeftOut:
            left_out = LeftOut()
            for portion in found_images(paths, lambda: cancellation.requested, left_out):
                while not self._taken.acquire(timeout=_LOOK_UP_SECONDS):
                    cancellation.check()
                self._portion_found.emit(generation, portion)
            return left_out

        self.is_listing = True
        self._scan = self._files.thread_of_jobs.submit(scan, lane=_SCAN)

    def step(self, by: int) -> None:
        """Go to the row above or below in the list's order."""
        target = self._panel.neighbour(self._session.current, by)
        if target is not None:
            self.part_chosen.emit(target)

    def step_to_defect(self, by: int) -> None:
        """Go to the next (1) or previous (-1) part that is judged a defect."""
        parts, judgement = self._session.parts, self._session.judgement
        unknown = False
        for number in self._panel.beyond(self._session.current, by):
            part = parts[number]
            # Of 100,000 parts most are not inspected: they are passed over without asking for their verdict.
            if part.score is None:
                unknown = unknown or part.error is None
            elif part.verdict(judgement) is Verdict.DEFECT:
                self.part_chosen.emit(number)
                return
        if unknown:
            self.announced.emit(self.tr("No further defect among the inspected parts; some are not inspected yet"))
        else:
            self.announced.emit(self.tr("No further defect in this direction"))

    def reload_thumbnail(self, path: str) -> None:
        """Make a part's thumbnail afresh."""
        self._panel.model.forget_thumbnail(path)

    @Slot(int, object)
    def _add_portion(self, generation: int, portion: list[str]) -> None:
        # The next portion may come when everything else that waits for this thread has had its turn.
        QTimer.singleShot(0, self, self._taken.release)
        if generation != self._generation:
            return
        first = len(self._session.parts)
        self._session.parts.extend(Part(path) for path in portion)
        self._panel.set_total(len(self._session.parts))
        self._panel.model.parts_added(first)
        self._spare_parts()
        if first == 0:
            start = self._panel.neighbour(None, 1)
            self.part_chosen.emit(0 if start is None else start)
        self.grown.emit()

    def _spare_parts(self) -> None:
        count = len(self._session.parts)
        if count - self._spared >= MANY:
            self._spared = count
            spare_collections()

    def _on_scanned(self, outcome: Outcome) -> None:
        if outcome.request != self._scan:
            return
        self.is_listing = False
        self.grown.emit()
        if outcome.status == "failed":
            self.announced.emit(outcome.error)
        if isinstance(outcome.value, LeftOut):
            self._say_what_is_left_out(outcome.value)
        if outcome.status != "cancelled" and not self._session.parts:
            self.nothing_found.emit(self._place)

    def _say_what_is_left_out(self, left_out: LeftOut) -> None:
        masks, unread = sum(left_out.masks.values()), sum(left_out.unread.values())
        if masks or unread:
            text = self.tr("Left out of the list: {masks} masks, {unread} pictures of formats that are not read")
            self.announced.emit(text.format(masks=masks, unread=unread))

    def _want_thumbnail(self, path: str) -> None:
        # The rows painted last come first; what was scrolled past long ago is dropped.
        self._thumbnails_asked += 1
        request = self._thumbnails.thread_of_jobs.submit(
            partial(_make_thumbnail, path), lane=path, priority=-self._thumbnails_asked
        )
        self._thumbnail_paths[request] = path
        self._thumbnail_queue.append(path)
        while len(self._thumbnail_queue) > MOST_THUMBNAILS_WAITING:
            self._thumbnails.thread_of_jobs.cancel(self._thumbnail_queue.popleft())

    def _on_thumbnail(self, outcome: Outcome) -> None:
        path = self._thumbnail_paths.pop(outcome.request, None)
        if path is None:
            return
        if path in self._thumbnail_queue:
            self._thumbnail_queue.remove(path)
        if isinstance(outcome.value, np.ndarray):
            self._panel.model.set_thumbnail(path, rgb_image(outcome.value))
            self._panel.view.viewport().update()
        elif outcome.status == "cancelled":
            self._panel.model.thumbnail_missed(path)


def _make_thumbnail(path: str, cancellation: Cancellation) -> object:
    cancellation.check()
    return thumbnail(Path(path), THUMBNAIL_PIXELS)
