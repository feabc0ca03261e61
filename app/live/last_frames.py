"""The newest inspected frames of a camera, which a person may say were good; no Qt."""

from __future__ import annotations

from collections import deque

from tokenclip_core.sources.frames import Frame

MOST_FRAMES = 20
MOST_BYTES = 64 * 2**20
"""Bytes of the pixels of one camera's kept frames."""

APART_SECONDS = 0.3
"""Seconds between two kept frames, so that they do not all show the same moment."""


class LastFrames:
    """Keeps the newest frames, bounded in number and bytes."""

    def __init__(self) -> None:
        self._frames: deque[tuple[Frame, int]] = deque()
        self._nbytes = 0

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Those that are kept, the oldest first."""
        return tuple(frame for frame, _nbytes in self._frames)

    def keep(self, frame: Frame, nbytes: int) -> None:
        """Keep a frame, unless the one before is too near; the oldest go.

        Args:
            frame: that was inspected.
            nbytes: of its pixels; a frame that is larger than all may be together is not kept.
        """
        if nbytes > MOST_BYTES or (self._frames and frame.captured - self._frames[-1][0].captured < APART_SECONDS):
            return
        self._frames.append((frame, nbytes))
        self._nbytes += nbytes
        while len(self._frames) > MOST_FRAMES or self._nbytes > MOST_BYTES:
            self._nbytes -= self._frames.popleft()[1]
