"""What all sources of frames share: the frame, its orientation, and the protocol of a source.

A source belongs to one capture thread, which opens, reads and closes it; `interrupt` alone may come from another one.
Nothing here imports OpenCV before a source is opened.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tokenclip_core.sources.network.streams import Fault, StreamError

__all__ = [
    "Fault",
    "Frame",
    "FrameSource",
    "Orientation",
    "RgbArray",
    "SourceEndedError",
    "SourceFacts",
    "StreamError",
    "not_taken",
]

RgbArray = npt.NDArray[np.uint8]
PATIENCE_SECONDS = 0.25
"""How long a source waits for a frame before it says that there is none yet."""

_NEAR, _NEAR_SHARE = 0.5, 0.02
"""Difference, and share of the value, up to which a value counts as taken: devices round, to 29.97 frames a second or
a multiple of 16 pixels."""


@dataclass(frozen=True)
class Orientation:
    """How a camera is mounted: quarter turns clockwise, then mirrored left to right."""

    quarter_turns: int = 0
    mirrored: bool = False

    def apply(self, pixels: RgbArray) -> RgbArray:
        """(H, W, 3) as it is to be seen, contiguous; the same array if nothing is to be done."""
        if self.quarter_turns % 4:
            pixels = np.rot90(pixels, -self.quarter_turns)
        if self.mirrored:
            pixels = pixels[:, ::-1]
        return np.ascontiguousarray(pixels)


class Frame:
    """One picture of a source; decoded when somebody looks at it, since most frames of a fast camera are not looked at.

    Attributes:
        captured: when it was complete, in seconds of `time.monotonic`.
        clock: the same in seconds since 1970, for people and files.
        position: seconds since the beginning of the video, or of the stream.
        name: of the file it comes from, if it comes from one.
        jpeg: its bytes as the camera sent them, if it sent JPEG.
        orientation: applied by `pixels`.
    """

    def __init__(
        self,
        load: Callable[[], RgbArray],
        *,
        captured: float | None = None,
        position: float | None = None,
        name: str = "",
        jpeg: bytes | None = None,
    ) -> None:
        self.captured = time.monotonic() if captured is None else captured
        self.clock = time.time() - (time.monotonic() - self.captured)
        self.position = position
        self.name = name
        self.jpeg = jpeg
        self.orientation = Orientation()
        self._load = load
        self._pixels: RgbArray | None = None
        self._lock = threading.Lock()

    def pixels(self) -> RgbArray:
        """(H, W, 3) uint8 RGB, not to be written to; decoded once.

        Raises:
            ImageError: the frame is damaged.
        """
        with self._lock:
            if self._pixels is None:
                self._pixels = self.orientation.apply(self._load())
            return self._pixels


@dataclass(frozen=True)
class SourceFacts:
    """What a source says of itself once it is open.

    Attributes:
        width, height: in pixels, 0 if it does not tell.
        rate: frames a second as it announces them, 0 if it does not tell.
        duration: of a video, in seconds; None if it has no end.
        controls: names and values of what can be set: ``width``, ``height``, ``rate``, ``exposure``.
        refused: names and values of what was wanted, but not taken.
    """

    width: int = 0
    height: int = 0
    rate: float = 0.0
    duration: float | None = None
    controls: dict[str, float] = field(default_factory=dict)
    refused: dict[str, float] = field(default_factory=dict)


def not_taken(wanted: Mapping[str, float], found: Mapping[str, float]) -> dict[str, float]:
    """Those of the wanted values that a device has not taken; one that is near is taken."""
    return {
        name: value
        for name, value in wanted.items()
        if not math.isclose(found.get(name, math.nan), value, rel_tol=_NEAR_SHARE, abs_tol=_NEAR)
    }


class SourceEndedError(Exception):
    """A source has given its last frame, as planned."""


class FrameSource:
    """Gives frames, one after the other.

    Attributes:
        name: for people; holds no password.
        every_frame: no frame may be left out, so the next is only read when the one before was taken.
        wanted: values of `SourceFacts.controls` that the device is given whenever it is opened.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.every_frame = False
        self.wanted: dict[str, float] = {}
        self.interrupted = threading.Event()

    def open(self) -> SourceFacts:
        """Connect.

        Raises:
            StreamError: see its fault and its message.
        """
        raise NotImplementedError

    def read(self) -> Frame | None:
        """The next frame; None if none came within `PATIENCE_SECONDS`.

        Raises:
            StreamError: something is wrong; the source is closed and opened again.
            SourceEndedError: there are no more.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Give the device back; does nothing when it is not open."""
        raise NotImplementedError

    def interrupt(self) -> None:
        """Let `open` and `read` return soon, once and for all; from any thread."""
        self.interrupted.set()

    def seek(self, seconds: float) -> None:
        """Go to a place of a video; other sources stay where they are."""

    def pause(self, paused: bool) -> None:
        """Stand still, or go on; only a video does either, a camera goes on sending."""

    def set_control(self, name: str, value: float) -> None:
        """Set one of `SourceFacts.controls`, also for the next `open`; a device may choose another value near it."""

    def reset_controls(self) -> None:
        """Let the device choose again what was set."""

    def controls(self) -> dict[str, float]:
        """What can be set, and its values now; empty when it is not open."""
        return {}
