"""A capture thread under test, and what it reported."""

from __future__ import annotations

import threading
import time

from tokenclip_core.sources.capture import CaptureReport, CaptureState, CaptureThread
from tokenclip_core.sources.frames import Fault, Frame, FrameSource

PATIENCE = 60.0
"""Seconds that a test waits for something that is to come."""

LOOK_SECONDS = 0.05

running: list[Watched] = []
"""Those that have not been ended, for `conftest` to stop."""


class Watched:
    """A capture thread and what it reported."""

    def __init__(self, source: FrameSource) -> None:
        self.reports: list[CaptureReport] = []
        self._changed = threading.Condition()
        self.thread = CaptureThread(source, arrived=self._wake, changed=self._note)
        self.thread.start()
        running.append(self)

    def wait(self, condition: object, patience: float = PATIENCE) -> None:
        assert callable(condition)
        late = time.monotonic() + patience
        with self._changed:
            # Not all that is waited for is reported: what a source knows is looked for now and then.
            while not condition():
                assert time.monotonic() < late, self.reports
                self._changed.wait(LOOK_SECONDS)

    def wait_for(self, state: CaptureState, fault: Fault | None = None, patience: float = PATIENCE) -> CaptureReport:
        def reached() -> bool:
            report = self.thread.report
            return report.state is state and (
                fault is None or (report.error is not None and report.error.fault is fault)
            )

        self.wait(reached, patience)
        return self.thread.report

    def next_frame(self) -> Frame:
        found: list[Frame] = []

        def taken() -> bool:
            frame = self.thread.take()
            if frame is not None:
                found.append(frame)
            return bool(found)

        self.wait(taken)
        return found[0]

    def end(self) -> None:
        self.thread.stop()
        assert self.thread.join(PATIENCE)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _note(self, report: CaptureReport) -> None:
        self.reports.append(report)
        self._wake()


def end_all() -> None:
    """Stop what a failed test left running."""
    while running:
        running.pop().thread.stop()
