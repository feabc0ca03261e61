"""Several cameras, one thread: each has its turn, with its newest frame; no Qt.

A camera has at most one job waiting, which takes the newest frame only when it begins, so there is no queue of frames
anywhere. A camera whose job ends stands behind the others that wait. Results that the window has not painted yet hold
their camera back, so a busy window gathers no results either.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from app.work.jobs import Cancellation, JobThread
from tokenclip_core.sources.capture import CaptureThread
from tokenclip_core.sources.frames import Frame

MOST_UNSEEN = 2
"""One result on its way to the screen, one in the making: the model never waits for the window."""

FrameWork = Callable[[int, Frame, Cancellation], object]


LaneName = Enum("LaneName", "INSPECTED PREVIEW VIEW AGAIN SNAPSHOT GOOD RECORD END")
"""What is done with a camera's frames: seen, inspected, or written to files."""


@dataclass(frozen=True)
class CameraLane:
    """The lane of one camera's jobs of a kind."""

    name: LaneName
    camera: int


@dataclass
class _Turn:
    capture: CaptureThread
    waiting: bool = False
    unseen: int = 0


class LiveSharing:
    """Gives the cameras their turns in a `JobThread`; may be asked anything from any thread.

    Attributes:
        name: of the lanes.
    """

    def __init__(self, thread: JobThread, work: FrameWork, name: LaneName) -> None:
        """Share a thread.

        Args:
            thread: that does the work.
            work: called in the thread with a camera's number and its newest frame.
            name: of the lanes.
        """
        self.name = name
        self._thread = thread
        self._work = work
        self._turns: dict[int, _Turn] = {}
        self._open = False
        self._lock = threading.Lock()

    def add(self, camera: int, capture: CaptureThread) -> None:
        """Let a camera take part."""
        with self._lock:
            self._turns[camera] = _Turn(capture)

    def remove(self, camera: int) -> None:
        """Let a camera take part no longer."""
        with self._lock:
            self._turns.pop(camera, None)
        self._thread.cancel(self.lane(camera))

    def lane(self, camera: int) -> CameraLane:
        """The lane of a camera's jobs."""
        return CameraLane(self.name, camera)

    def set_open(self, is_open: bool) -> None:
        """Begin or stop taking frames."""
        with self._lock:
            self._open = is_open
            cameras = list(self._turns)
        for camera in cameras:
            if is_open:
                self.offer(camera)
            else:
                self._thread.cancel(self.lane(camera))

    def offer(self, camera: int) -> None:
        """Tell that a camera may have a new frame."""
        with self._lock:
            turn = self._turns.get(camera)
            if turn is None or not self._open or turn.waiting or turn.unseen >= MOST_UNSEEN or not turn.capture.waiting:
                return
            turn.waiting = True
            turn.unseen += 1

        def work(cancellation: Cancellation) -> object:
            return self._do(camera, turn, cancellation)

        self._thread.submit(work, lane=self.lane(camera), keep_others=True)

    def seen(self, camera: int) -> None:
        """Tell that an outcome of a camera's lane was shown or dropped."""
        with self._lock:
            turn = self._turns.get(camera)
            if turn is not None:
                turn.unseen = max(0, turn.unseen - 1)
                # A job that was dropped before it began waits no longer.
                turn.waiting = turn.waiting and turn.unseen > 0
        self.offer(camera)

    def _do(self, camera: int, turn: _Turn, cancellation: Cancellation) -> object:
        with self._lock:
            turn.waiting = False
        frame = turn.capture.take()
        try:
            return None if frame is None else self._work(camera, frame, cancellation)
        finally:
            self.offer(camera)
