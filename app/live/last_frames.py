"""The newest inspected frames of a camera, which a person may say were good; no Qt."""

from __future__ import annotations

from collections import deque

from tokenclip_core.sources.frames import Frame

MOST_FRAMES = 20
MOST_BYTES = 192 * 2**20
"""Bytes of the kept frames of all cameras together, but for the newest of each, which is always kept."""

_TIMES_HELD = 2
"""A frame holds its pixels, and what the camera sent."""

APART_SECONDS = 0.3
"""Seconds between two kept frames, so that they do not all show the same moment."""


class LastFrames:
    """Keeps the newest frames, bounded in number and bytes; of large ones few."""

    def __init__(self) -> None:
        self._frames: deque[tuple[Frame, int]] = deque()
        self._nbytes = 0

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Those that are kept, the oldest first."""
        return tuple(frame for frame, _nbytes in self._frames)

    def keep(self, frame: Frame, nbytes: int, cameras: int = 1) -> None:
        """Keep a frame, unless the one before is too near; the oldest go.

        Args:
            frame: that was inspected.
            nbytes: of its pixels.
            cameras: that share the memory.
        """
        if self._frames and frame.captured - self._frames[-1][0].captured < APART_SECONDS:
            return
        self._frames.append((frame, _TIMES_HELD * nbytes))
        self._nbytes += _TIMES_HELD * nbytes
        most = MOST_BYTES // max(1, cameras)
        while len(self._frames) > MOST_FRAMES or (self._nbytes > most and len(self._frames) > 1):
            self._nbytes -= self._frames.popleft()[1]
