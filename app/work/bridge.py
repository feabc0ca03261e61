"""From a worker's thread into the GUI thread: the one place where outcomes meet Qt."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot

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
        self._arrived.connect(self._repeat, Qt.ConnectionType.QueuedConnection)
        self.thread_of_jobs = JobThread(name, self._arrived.emit, expected_errors=expected_errors)

    @Slot(object)
    def _repeat(self, outcome: Outcome) -> None:
        self.finished.emit(outcome)
