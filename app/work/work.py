"""The threads of the window, in one place: what each of them computes, and how all of them end."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QObject, Signal

from app.work.bridge import WorkerBridge
from app.work.jobs import Outcome
from tokenclip_core.errors import TokenClipError

_Lane = Enum("_Lane", "LINK")


class Work(QObject):
    """Owns the threads; a feature submits jobs to them, or has one more of its own.

    Attributes:
        inference: the thread of the models; nothing else computes with them.
        display: the thread that makes pixels to be painted.

    Signals:
        prepared: the other threads may work now; see `app.process.heavy_imports.link_libraries`.
        failed: (message, details) something unexpected happened in one of them.
    """

    prepared = Signal()
    failed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridges: list[WorkerBridge] = []
        self._finishing: list[WorkerBridge] = []
        self.inference = self.new_thread("inference")
        self.display = self.new_thread("display")

    def new_thread(self, name: str, *, finishes: bool = False) -> WorkerBridge:
        """One more thread; it ends with the others.

        Args:
            name: of the thread.
            finishes: what waits at the end is still done, such as pictures that are to be written.
        """
        bridge = WorkerBridge(name, expected_errors=(TokenClipError,))
        (self._finishing if finishes else self._bridges).append(bridge)
        return bridge

    def prepare(self, link: Callable[[], None]) -> None:
        """Link the model's native libraries before anything else is done; `prepared` follows."""
        self.inference.submit(lambda _cancellation: link(), lane=_Lane.LINK, priority=-2, then=self._on_linked)

    @property
    def idle(self) -> bool:
        """Whether neither models nor pictures are being computed."""
        return self.inference.idle and self.display.idle

    def say(self, outcome: Outcome) -> bool:
        """Emit `failed` where a job failed; returns whether it did."""
        if outcome.status == "failed":
            self.failed.emit(outcome.error, outcome.details)
        return outcome.status == "failed"

    def stop(self) -> None:
        """Let all threads end; returns at once."""
        for bridge in self._bridges:
            bridge.stop()
        for bridge in self._finishing:
            bridge.finish()

    def join(self, seconds: float) -> bool:
        """Wait at most so long for the threads to end; whether all of them did."""
        deadline = time.monotonic() + seconds
        ended = [
            bridge.thread_of_jobs.join(deadline - time.monotonic()) for bridge in (*self._bridges, *self._finishing)
        ]
        return all(ended)

    def _on_linked(self, outcome: Outcome) -> None:
        if outcome.status != "cancelled":
            self.prepared.emit()
