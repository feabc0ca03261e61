"""The frames of the last seconds, as JPEG, for what comes before a defect."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from tokenclip_core.errors import TokenClipError
from tokenclip_core.sources.frames import Frame

RING_RATE = 10.0
"""Frames a second that are kept."""

RING_BYTES = 96 * 2**20
_JPEG_QUALITY = 90
_NEAR = 0.95
"""A frame is kept from this share of the wanted interval on: cameras are not quite regular."""


class FrameRing:
    """Keeps the newest frames, bounded in seconds and bytes; filled by a capture thread, emptied by another one."""

    def __init__(self, seconds: float, *, rate: float = RING_RATE, most_bytes: int = RING_BYTES) -> None:
        """Begin empty.

        Args:
            seconds: that frames are kept.
            rate: frames a second, at most; of more, some are left out.
            most_bytes: of all frames together; a frame that is larger alone is not kept.
        """
        self._seconds, self._rate, self._most_bytes = seconds, rate, most_bytes
        self._frames: deque[tuple[float, bytes]] = deque()
        self._nbytes = 0
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Bytes that are kept."""
        return self._nbytes

    def keep(self, frame: Frame) -> None:
        """Keep a frame, unless the one before is too near; what is too old goes."""
        with self._lock:
            newest = self._frames[-1][0] if self._frames else None
        if newest is not None and frame.captured - newest < _NEAR / self._rate:
            return
        try:
            data = frame.jpeg if frame.jpeg is not None else _as_jpeg(frame)
        except TokenClipError:
            return
        if len(data) > self._most_bytes:
            return
        with self._lock:
            self._frames.append((frame.captured, data))
            self._nbytes += len(data)
            while self._nbytes > self._most_bytes or frame.captured - self._frames[0][0] > self._seconds:
                self._nbytes -= len(self._frames.popleft()[1])

    def take(self, before: float) -> list[tuple[float, bytes]]:
        """Empty the ring; (captured, JPEG) of the frames from before a time of `time.monotonic`."""
        with self._lock:
            frames = [entry for entry in self._frames if entry[0] < before]
            self._frames.clear()
            self._nbytes = 0
        return frames


def _as_jpeg(frame: Frame) -> bytes:
    # Imported here because the window starts without it.
    import cv2

    bgr = cv2.cvtColor(frame.pixels(), cv2.COLOR_RGB2BGR)
    _, coded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return np.asarray(coded, np.uint8).tobytes()
