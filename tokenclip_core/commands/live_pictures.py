"""The frames of a stream or camera, for commands: always the newest one, so that a slow model leaves frames out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tokenclip_core.commands.inputs import Limits, Picture, Source
from tokenclip_core.errors import ImageError
from tokenclip_core.images.pixels import RgbImage
from tokenclip_core.sources.catalogue import source_of
from tokenclip_core.sources.frames import Frame, FrameSource, SourceEndedError
from tokenclip_core.sources.network.streams import STALL_SECONDS, Fault, StreamError, without_credentials
from tokenclip_core.sources.video_files import quiet_libraries

_LOOK_SECONDS = 0.1
"""How soon a wish to stop is noticed while no frame comes."""

_CLOSE_SECONDS = 3.0

FIRST_FRAME_SECONDS = 20.0
"""Seconds beyond the time that is set for a stream in which its first frame must come: to find the server, to follow
its redirections and to give the password."""


@dataclass(frozen=True)
class _Arrived:
    """A frame, and its number among all that came."""

    number: int
    frame: Frame


def live_pictures(source: Source, limits: Limits, stopped: Callable[[], bool]) -> Iterator[Picture]:
    """Yield the newest frame of a stream whenever one is asked for, until it ends, reaches a limit or is `stopped`.

    A stream that can't be opened, or fails before its end, is a picture whose `load` raises ImageError and says why.

    Args:
        source: whose `address` is set.
        limits: how many frames, and how many seconds from the first frame on.
        stopped: asked several times a second.
    """
    reader = _Reader(source_of(source.address or ""))
    shown = without_credentials(source.address or "")
    began: float | None = None
    given = 0
    late = time.monotonic() + FIRST_FRAME_SECONDS

    def over() -> bool:
        """Whether no frame is to be waited for any more."""
        if stopped() or limits.seconds is None:
            return stopped()
        return time.monotonic() > (late if began is None else began) + limits.seconds

    try:
        while limits.frames is None or given < limits.frames:
            arrived = reader.newest(over)
            if arrived is None:
                break
            frame = arrived.frame
            began = frame.captured if began is None else began
            seconds = frame.captured - began
            if limits.seconds is not None and seconds > limits.seconds:
                return
            given += 1
            yield Picture(
                f"{shown}#frame={arrived.number}",
                source.name / f"frame_{arrived.number:06}",
                frame.pixels,
                seconds=round(seconds, 3),
                captured=datetime.fromtimestamp(frame.clock, UTC).isoformat(timespec="milliseconds"),
            )
        ended_in_time = began is not None and over()
        # Asked before the connection is given back, which is no failure.
        reason = None if given == limits.frames or stopped() or ended_in_time else reader.failure(shown)
    finally:
        reader.end()
    if reason is not None:
        yield Picture(shown, source.name, _refusal(reason))


class _Reader:
    """A thread that reads a source and keeps its newest frame; unlike the live view's, it does not connect again."""

    def __init__(self, source: FrameSource) -> None:
        self._source = source
        self._changed = threading.Condition()
        self._newest: _Arrived | None = None
        self._error: StreamError | None = None
        self._count = 0
        self._over = False
        self._thread = threading.Thread(target=self._run, name="stream reader", daemon=True)
        self._thread.start()

    def newest(self, stopped: Callable[[], bool]) -> _Arrived | None:
        """Wait for a frame that was not given yet; None at the end or when `stopped` says so."""
        while not stopped():
            with self._changed:
                self._changed.wait_for(lambda: self._newest is not None or self._over, _LOOK_SECONDS)
                arrived, self._newest = self._newest, None
                if arrived is not None or self._over:
                    return arrived
        return None

    def failure(self, shown: str) -> str | None:
        """Why the stream is over, None if that is nothing to complain about."""
        error = self._error
        if error is None and not self._count:
            return f"{shown} sends no frames; look at the device and the network"
        if error is None or (error.fault is Fault.LOST and self._count):
            return None
        if error.fault is Fault.STALLED:
            return f"{shown} sends no more frames; look at the device and the network"
        if error.fault is Fault.LOST:
            return f"{shown} ended the connection before the first frame; look at the device's own page"
        return str(error)

    def end(self) -> None:
        """Give the connection back."""
        self._source.interrupt()
        self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        source = self._source
        try:
            quiet_libraries()
            try:
                announced = source.open().rate
                last = time.monotonic()
                while not source.interrupted.is_set():
                    frame = source.read()
                    if frame is not None:
                        last = time.monotonic()
                        self._put(frame)
                    elif announced > 0 and time.monotonic() - last > STALL_SECONDS:
                        raise StreamError(Fault.STALLED, f"{source.name} sends no more frames")
            finally:
                source.close()
        except SourceEndedError:
            pass
        except StreamError as error:
            self._error = error
        except Exception as error:
            # A library's message may hold the address, so only its kind is told.
            self._error = StreamError(Fault.DAMAGED, f"{source.name} can't be read ({type(error).__name__})")
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _put(self, frame: Frame) -> None:
        with self._changed:
            self._newest = _Arrived(self._count, frame)
            self._count += 1
            self._changed.notify_all()


def _refusal(reason: str) -> Callable[[], RgbImage]:
    def refuse() -> RgbImage:
        raise ImageError(reason)

    return refuse
