"""A station's cameras: the newest frame of each, and a new start for those that hang."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tokenclip_core.errors import SettingsError
from tokenclip_core.sources.capture import CaptureReport, CaptureState, CaptureThread
from tokenclip_core.sources.catalogue import source_of
from tokenclip_core.sources.frames import Frame, FrameSource
from tokenclip_core.sources.network.streams import without_credentials
from tokenclip_core.sources.video import VideoFileSource
from tokenclip_core.sources.watched import WatchedFolderSource

FRESH_SECONDS = 0.25
"""Seconds for which a frame still shows the part that a trigger is about, however fast the camera is."""

HANGING_SECONDS = 20.0
"""Seconds after which a camera is opened anew that is still being opened, or that announces a rate and gives neither
frames nor an error."""

_END_SECONDS = 3.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CameraFacts:
    """How a camera is.

    Attributes:
        name: as triggers name it.
        source: what it was named on the command line, without a password.
        state: see `CaptureState`.
        rate: frames a second that come now.
        age: seconds since the last frame; None before the first.
        restarts: how often it was opened again after it had failed.
        problem: why it gives nothing, in words; "" while it does.
    """

    name: str
    source: str
    state: str
    rate: float
    age: float | None
    restarts: int
    problem: str


class Camera:
    """One camera; may be asked anything from any thread.

    Attributes:
        name: as triggers name it.
        arrived: called, in the camera's thread, when a frame has come or its state has changed.
        one_by_one: every picture of it is a part, and none is left out: a watched folder.
    """

    def __init__(self, name: str, source: str, bits: int | None = None) -> None:
        """Name a camera; `start` opens it.

        Args:
            name: as triggers name it.
            source: see `tokenclip_core.sources.catalogue.source_of`.
            bits: of a watched folder's 16-bit pictures.
        """
        self.name = name
        self._words, self._bits = source, bits
        self.arrived: Callable[[], object] = _nobody
        self._lock = threading.Lock()
        self._newest: Frame | None = None
        self._given: Frame | None = None
        self._last = self._connecting = time.monotonic()
        self._came = False
        self._restarts = 0
        self._capture = self._thread_of(source_of(source, bits))
        self.one_by_one = self._capture.source.every_frame

    @property
    def folder(self) -> Path | None:
        """The folder that its pictures come from; None for others."""
        source = self._capture.source
        return source.folder if isinstance(source, WatchedFolderSource) else None

    def start(self) -> None:
        """Open it."""
        self._capture.start()

    def newest(self, since: float | None = None) -> Frame | None:
        """The frame that shows what is before the camera now.

        Args:
            since: take none that was complete before this moment of `time.monotonic`; None for the newest one that is
                fresh.

        Returns:
            None while there is none; of a folder, the next picture that was not taken yet.
        """
        if self.one_by_one:
            return self._taken()
        frame = self._newest
        if frame is None:
            return None
        if since is None:
            # Network cameras announce no rate; while none comes any more, their last rate counts.
            rate = self._capture.report.facts.rate or self._capture.rate.value(frame.captured)
            since = time.monotonic() - max(FRESH_SECONDS, 2 / max(rate, 1.0))
        return frame if frame.captured >= since else None

    def untaken(self) -> Frame | None:
        """The newest frame that this has not given yet, for inspection that never rests."""
        if self.one_by_one:
            return self._taken()
        with self._lock:
            frame = self._newest
            if frame is None or frame is self._given:
                return None
            self._given = frame
            return frame

    def shown(self) -> Frame | None:
        """The last frame, however old; of a folder, the last picture that was taken."""
        return self._newest

    def _taken(self) -> Frame | None:
        frame = self._capture.take()
        if frame is not None:
            self._newest = frame
        return frame

    def look_after(self) -> None:
        """Give a camera that hangs a new thread; called every second or so.

        A folder or a video is left to its thread: it can't be told from one where nothing new is, and who asks the
        disk about it would hang as well.
        """
        report = self._capture.report
        if isinstance(self._capture.source, WatchedFolderSource | VideoFileSource):
            return
        if report.state is CaptureState.CONNECTING and not self._capture.is_open:
            since = self._connecting
        elif self._capture.is_open and report.facts.rate > 0 and report.facts.duration is None:
            since = max(self._last, self._connecting)
        else:
            return
        if time.monotonic() - since < HANGING_SECONDS:
            return
        _log.warning("%s hangs; it is opened anew", self.name)
        # A thread that hangs in a driver can't be ended; it is left behind, and does no harm when it comes back.
        self._capture.stop()
        self._restarts += 1
        self._last = self._connecting = time.monotonic()
        self._capture = self._thread_of(source_of(self._words, self._bits))
        self._capture.start()

    def facts(self) -> CameraFacts:
        """How it is."""
        report = self._capture.report
        now = time.monotonic()
        return CameraFacts(
            self.name,
            without_credentials(self._words),
            report.state.value,
            round(self._capture.rate.value(now), 2),
            round(now - self._last, 3) if self._came else None,
            self._restarts,
            "" if report.error is None else str(report.error),
        )

    @property
    def has_ended(self) -> bool:
        """Whether it has given its last frame, as a video has, and that was taken."""
        return self._capture.report.state is CaptureState.ENDED and not self._capture.waiting

    def stop(self) -> None:
        """Let it end soon."""
        self._capture.stop()

    def join(self) -> None:
        """Wait a little for its end."""
        if not self._capture.join(_END_SECONDS):
            _log.warning("%s does not end", self.name)

    def _thread_of(self, source: FrameSource) -> CaptureThread:
        return CaptureThread(source, arrived=self._on_frame, changed=self._changed)

    def _on_frame(self) -> None:
        self._last, self._came = time.monotonic(), True
        if not self.one_by_one:
            frame = self._capture.take()
            with self._lock:
                self._newest = frame if frame is not None else self._newest
        self.arrived()

    def _changed(self, report: CaptureReport) -> None:
        if report.state is CaptureState.CONNECTING:
            self._connecting = time.monotonic()
        elif report.state is CaptureState.WAITING:
            if report.attempts <= 1:
                _log.warning("%s: %s", self.name, report.error)
            self._restarts += 1
        elif report.state is CaptureState.RUNNING:
            _log.info("%s gives frames", self.name)
        self.arrived()


def _nobody() -> None:
    """Takes the place of `Camera.arrived` until there is a station."""


def camera_names(words: list[str]) -> dict[str, str]:
    """Names and sources of what was named on the command line: ``NAME=SOURCE``, or a source, which gets a number.

    Raises:
        SettingsError: two have the same name, or a name is empty.
    """
    found: dict[str, str] = {}
    for number, word in enumerate(words, start=1):
        name, sign, source = word.partition("=")
        # An address may hold that sign as well.
        if not sign or "://" in name or "/" in name:
            name, source = str(number), word
        if not name or not source or name in found:
            raise SettingsError(f"{without_credentials(word)}: every camera needs a name of its own, as in left=demo:1")
        found[name] = source
    return found
