"""From a worker's thread into the GUI thread: the one place where outcomes meet Qt."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from app.work.jobs import Job, JobThread, Lane, Outcome

Answer = Callable[[Outcome], object]


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
        self._answers: dict[int, Answer] = {}
        self._arrived.connect(self._repeat, Qt.ConnectionType.QueuedConnection)
        self.thread_of_jobs = JobThread(name, self._deliver, expected_errors=expected_errors)

    def submit(
        self, work: Job, *, lane: Lane, priority: int = 0, keep_others: bool = False, then: Answer | None = None
    ) -> int:
        """Queue a job from the GUI thread; returns its request number. See `JobThread.submit`.

        Args:
            work: called in the worker's thread.
            lane: jobs of one lane overtake each other.
            priority: lower runs earlier.
            keep_others: do not drop the lane's older jobs.
            then: called in the GUI thread with the job's `Outcome`, once, whatever happens to the job.
        """
        request = self.thread_of_jobs.submit(work, lane=lane, priority=priority, keep_others=keep_others)
        if then is not None:
            # Outcomes arrive in later turns of the event loop: none can have come before.
            self._answers[request] = then
        return request

    def post(self, call: Callable[[], object]) -> None:
        """Have something called in the GUI thread; from any thread, and not any more once this is closed."""
        self._deliver(call)

    def cancel(self, *lanes: Lane) -> None:
        """Drop the waiting jobs of some lanes and ask their running one to end."""
        self.thread_of_jobs.cancel(*lanes)

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        return self.thread_of_jobs.idle

    def stop(self) -> None:
        """Drop all jobs and let the thread end; returns at once."""
        self.close()
        self.thread_of_jobs.stop()

    def finish(self) -> None:
        """Repeat no more outcomes, do what waits and let the thread end; returns at once."""
        self.close()
        self.thread_of_jobs.finish()

    def close(self) -> None:
        """Repeat no more outcomes: the window is about to be deleted, perhaps before the thread ends."""
        with self._lock:
            self._open = False

    def _deliver(self, outcome: Outcome | Callable[[], object]) -> None:
        """Called in the worker's thread."""
        with self._lock:
            if self._open and isValid(self):
                self._arrived.emit(outcome)

    @Slot(object)
    def _repeat(self, outcome: Outcome | Callable[[], object]) -> None:
        if not self._open:
            return
        if not isinstance(outcome, Outcome):
            outcome()
            return
        answer = self._answers.pop(outcome.request, None)
        if answer is not None:
            answer(outcome)
        self.finished.emit(outcome)
