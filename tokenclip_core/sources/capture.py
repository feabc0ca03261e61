"""A thread for each camera that keeps only the newest frame, and connects again by itself; no Qt.

Nothing is queued: a frame that nobody took is replaced by the next one. Inference takes the newest frame when it gets
to it, so a slow model leaves frames out and never falls behind.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tokenclip_core.rates import Rate
from tokenclip_core.sources.frames import (
    Fault,
    Frame,
    FrameSource,
    Orientation,
    SourceEndedError,
    SourceFacts,
    StreamError,
    not_taken,
)
from tokenclip_core.sources.video_files import quiet_libraries

FIRST_WAIT = 0.25
LONGEST_WAIT = 1.5
"""Seconds between attempts to connect; doubled from one to the other. A stream that is back is seen well within 5 s."""

STALL_SECONDS = 5.0
"""Seconds without a frame after which a camera is opened again, unless it waits for a trigger."""

_LOOK_SECONDS = 0.25

_log = logging.getLogger(__name__)


class CaptureState(StrEnum):
    """What a capture thread is doing."""

    CONNECTING = "connecting"
    RUNNING = "running"
    WAITING = "waiting"
    ENDED = "ended"
    STOPPED = "stopped"


@dataclass(frozen=True)
class CaptureReport:
    """What is known of a camera's capture.

    Attributes:
        state: what the thread does.
        facts: of the source, once it was open.
        error: why it waits; None while it does not.
        attempts: to connect, since frames came last.
    """

    state: CaptureState = CaptureState.CONNECTING
    facts: SourceFacts = field(default_factory=SourceFacts)
    error: StreamError | None = None
    attempts: int = 0


class CaptureThread:
    """Reads one source; may be asked anything from any thread.

    Attributes:
        source: what is read; only `interrupt` and its name may be used from outside.
        rate: of the frames that came.
        dropped: how many frames were replaced before anybody took them, while frames were wanted.
        is_open: whether the source was opened and is read.
    """

    def __init__(
        self, source: FrameSource, *, arrived: Callable[[], object], changed: Callable[[CaptureReport], object]
    ) -> None:
        """Prepare the thread; `start` starts it.

        Args:
            source: to read.
            arrived: called in the thread for every new frame; must not block.
            changed: called in the thread when the report changes; must not block.
        """
        self.source = source
        self.rate = Rate()
        self.dropped = 0
        self.is_open = False
        self._arrived, self._changed = arrived, changed
        self._report = CaptureReport()
        self._condition = threading.Condition()
        self._newest: Frame | None = None
        self._orientation = Orientation()
        self._requests: list[Callable[[], object]] = []
        self._held = False
        self._steps = 0
        self._keeper: Callable[[Frame], object] | None = None
        self._stopping = threading.Event()
        self._retry = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"capture {source.name}"[:60], daemon=True)

    @property
    def report(self) -> CaptureReport:
        """What is known now."""
        return self._report

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def take(self) -> Frame | None:
        """The newest frame, once; None if it was taken already."""
        with self._condition:
            frame, self._newest = self._newest, None
            self._condition.notify_all()
        return frame

    @property
    def waiting(self) -> bool:
        """Whether there is a frame that nobody took."""
        return self._newest is not None

    def hold(self, held: bool) -> None:
        """Stand still at the present frame, or go on; a video stands still, a camera's frames are left out."""
        with self._condition:
            self._held, self._steps = held, 0
            if held:
                self._newest = None
            self._requests.append(lambda: self.source.pause(held))
            self._condition.notify_all()

    def step(self) -> None:
        """While held: let one more frame through."""
        with self._condition:
            self._steps += 1
            self._condition.notify_all()

    def seek(self, seconds: float) -> None:
        """Go to a place of a video; while held, its frame is let through."""
        with self._condition:
            self._requests.append(lambda: self.source.seek(seconds))
            self._newest = None
            self._steps = 1 if self._held else 0
            self._condition.notify_all()

    def set_control(self, name: str, value: float) -> None:
        """Set what the device offers; the next report says what has become of it."""
        self._change_device(lambda: self.source.set_control(name, value))

    def reset_controls(self) -> None:
        """Let the device choose again what was set."""
        self._change_device(self.source.reset_controls)

    def set_orientation(self, orientation: Orientation) -> None:
        """Turn and mirror the frames from now on."""
        self._orientation = orientation

    def keep_frames(self, keeper: Callable[[Frame], object] | None) -> None:
        """Show every frame to `keeper`, in the thread; it must be quick."""
        self._keeper = keeper

    def retry(self) -> None:
        """Connect now rather than after the wait; begin again after the end."""
        self._retry.set()
        with self._condition:
            self._condition.notify_all()

    def stop(self) -> None:
        """Let the thread end; returns at once."""
        self._stopping.set()
        self._retry.set()
        self.source.interrupt()
        with self._condition:
            self._newest = None
            self._condition.notify_all()

    def join(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for the thread to end; whether it did."""
        if self._thread.ident is not None:
            self._thread.join(max(0.0, timeout))
        return not self._thread.is_alive()

    def _change_device(self, change: Callable[[], object]) -> None:
        def change_and_say() -> None:
            change()
            controls = self.source.controls()
            facts = replace(self._report.facts, controls=controls, refused=not_taken(self.source.wanted, controls))
            self._say(self._report.state, facts=facts, error=self._report.error, attempts=self._report.attempts)

        with self._condition:
            self._requests.append(change_and_say)
            self._condition.notify_all()

    def _run(self) -> None:
        attempts = 0
        while not self._stopping.is_set():
            attempts += 1
            self._say(CaptureState.CONNECTING, attempts=attempts, error=self._report.error)
            try:
                quiet_libraries()
                facts = self.source.open()
                self.is_open = True
                attempts = self._read_until_trouble(facts, attempts)
            except SourceEndedError:
                self._say(CaptureState.ENDED, facts=self._report.facts)
                attempts = 0
                self._retry.wait()
            except StreamError as error:
                if self._stopping.is_set():
                    break
                if self._report.state is CaptureState.RUNNING:
                    attempts = 0
                self._say(CaptureState.WAITING, error=error, attempts=attempts)
                self._retry.wait(_pause(error, attempts))
            except Exception as error:
                # A device's library may raise any error; this camera is opened again, and the others are not disturbed.
                _log.warning("%s: %s", self.source.name, traceback.format_exc(limit=-4))
                fault = StreamError(Fault.LOST, f"{self.source.name} failed ({type(error).__name__})")
                self._say(CaptureState.WAITING, error=fault, attempts=attempts)
                self._retry.wait(LONGEST_WAIT)
            finally:
                self.is_open = False
                self._close_source()
            if not self._stopping.is_set():
                self._retry.clear()
        self._say(CaptureState.STOPPED)

    def _read_until_trouble(self, facts: SourceFacts, attempts: int) -> int:
        """Read frames; returns only when the thread is to stop."""
        running = False
        # Not said yet: what was set meanwhile is in the report of the first frame.
        self._report = replace(self._report, facts=facts)
        last = time.monotonic()
        while not self._stopping.is_set():
            if not self._wait_until_wanted():
                continue
            frame = self.source.read()
            now = time.monotonic()
            if frame is None:
                if facts.rate > 0 and facts.duration is None and now - last > STALL_SECONDS:
                    raise StreamError(Fault.STALLED, f"{self.source.name} sends no more frames; it is tried again")
                continue
            last = now
            if not running:
                running, attempts = True, 0
                self._say(CaptureState.RUNNING)
            self._put(frame)
        return attempts

    def _wait_until_wanted(self) -> bool:
        """Do what was asked for; whether a frame is to be read now."""
        with self._condition:
            requests, self._requests = self._requests, []
        for request in requests:
            request()
        if not self._stands_still():
            return True
        with self._condition:
            # Only a source that loses nothing by it is left alone; a camera's frames are read and left out.
            self._condition.wait_for(
                lambda: self._requests or self._stopping.is_set() or not self._stands_still(), 0.25
            )
        return False

    def _stands_still(self) -> bool:
        can_wait = self.source.every_frame or self._report.facts.duration is not None
        return can_wait and ((self._held and not self._steps) or (self.source.every_frame and self._newest is not None))

    def _put(self, frame: Frame) -> None:
        frame.orientation = self._orientation
        self.rate.count(frame.captured)
        if self._keeper is not None:
            self._keeper(frame)
        with self._condition:
            if self._held:
                if not self._steps:
                    return
                self._steps -= 1
            elif self._newest is not None:
                self.dropped += 1
            self._newest = frame
        self._arrived()

    def _say(
        self,
        state: CaptureState,
        *,
        facts: SourceFacts | None = None,
        error: StreamError | None = None,
        attempts: int = 0,
    ) -> None:
        self._report = CaptureReport(state, facts or self._report.facts, error, attempts)
        self._changed(self._report)

    def _close_source(self) -> None:
        try:
            self.source.close()
        except Exception:
            _log.warning("%s: %s", self.source.name, traceback.format_exc(limit=-4))


def _pause(error: StreamError, attempts: int) -> float | None:
    """Seconds until the next attempt to connect; None to wait until somebody asks for one."""
    # A format that can't be unpacked stays so until somebody sets another one in the camera.
    if error.fault is Fault.PIXELS:
        return None
    return min(LONGEST_WAIT, FIRST_WAIT * float(2 ** min(attempts, 8)))
