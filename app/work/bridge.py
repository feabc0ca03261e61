"""From a worker's thread into the GUI thread: the one place where outcomes meet Qt."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from app.work.jobs import JobThread, Outcome


class WorkerBridge(QObject):
    """Owns a `JobThread` and repeats its outcomes in the GUI thread.

    Signals:
        finished: (Outcome), emitted once for every submitted job.
    """

    finished = Signal(object)
    _arrived = Signal(object)

    def __init__(self, name: str, *, expected_errors: tuple[type[Exception], ...] = ()) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._open = True
        self._arrived.connect(self._repeat, Qt.ConnectionType.QueuedConnection)
        self.thread_of_jobs = JobThread(name, self._deliver, expected_errors=expected_errors)

    def close(self) -> None:
        """Repeat nothing any more: the window goes, and perhaps before the thread does."""
        with self._lock:
            self._open = False

    def _deliver(self, outcome: Outcome) -> None:
        """Called in the worker's thread."""
        with self._lock:
            if self._open and isValid(self):
                self._arrived.emit(outcome)

    @Slot(object)
    def _repeat(self, outcome: Outcome) -> None:
        self.finished.emit(outcome)
