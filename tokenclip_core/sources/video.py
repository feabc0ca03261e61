"""Video files: played at their own rate or frame by frame, with loop and seek."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tokenclip_core.sources.frames import Fault, Frame, FrameSource, SourceEndedError, SourceFacts, StreamError
from tokenclip_core.sources.video_files import quiet_libraries, rgb

if TYPE_CHECKING:
    import cv2

DEFAULT_RATE = 25.0
"""For files that do not tell."""

_MOST_RATE = 1000.0
_LATE_SECONDS = 0.5


class VideoFileSource(FrameSource):
    """A video file.

    Attributes:
        loop: begin again at the end.
    """

    def __init__(self, path: Path, *, loop: bool = True, every_frame: bool = False) -> None:
        """Name a file.

        Args:
            path: of the file.
            loop: begin again at the end.
            every_frame: as fast as frames are taken, none left out, instead of the video's own rate.
        """
        super().__init__(path.name)
        self.path = path
        self.loop = loop
        self.every_frame = every_frame
        self._capture: cv2.VideoCapture | None = None
        self._rate = DEFAULT_RATE
        self._number = 0
        self._given = 0
        self._began = 0.0
        self._paused = False

    def open(self) -> SourceFacts:
        """Open the file; see `FrameSource`."""
        if not self.path.is_file():
            raise StreamError(Fault.ABSENT, f"{self.path} is not there; choose another video")
        quiet_libraries()
        import cv2

        capture = cv2.VideoCapture(str(self.path), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            capture.release()
            raise StreamError(Fault.UNSUPPORTED, f"{self.path} is no video that can be read; convert it to MP4 (H.264)")
        rate = capture.get(cv2.CAP_PROP_FPS)
        self._rate = rate if 0 < rate <= _MOST_RATE else DEFAULT_RATE
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self._capture, self._number, self._given = capture, 0, 0
        self._restart_clock()
        return SourceFacts(
            width=int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            height=int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
            rate=self._rate,
            duration=max(0.0, count) / self._rate,
        )

    def read(self) -> Frame | None:
        """The next frame, when its time has come."""
        capture = self._capture
        if capture is None:
            raise SourceEndedError
        if not self.every_frame and not self._paused and not self._wait_for_its_time():
            return None
        arrived, pixels = capture.read()
        if not arrived or pixels is None:
            self._at_the_end()
            return None
        position = self._number / self._rate
        self._number += 1
        self._given += 1
        image = rgb(np.asarray(pixels, np.uint8))
        return Frame(lambda: image, position=position)

    def close(self) -> None:
        """Close the file."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def seek(self, seconds: float) -> None:
        """Go on at a place of the video."""
        if self._capture is None:
            return
        self._number = max(0, round(seconds * self._rate))
        import cv2

        self._capture.set(cv2.CAP_PROP_POS_FRAMES, self._number)
        self._restart_clock()

    def pause(self, paused: bool) -> None:
        """While paused, frames come as they are asked for."""
        self._paused = paused
        self._restart_clock()

    def _wait_for_its_time(self) -> bool:
        wait = self._began + self._number / self._rate - time.monotonic()
        if wait < -_LATE_SECONDS:
            # Decoding is slower than the video, or the machine slept: go on from here, rather than rush.
            self._restart_clock()
            return True
        if wait > 0:
            # A waiting read must end when the thread is to stop.
            return not self.interrupted.wait(wait)
        return True

    def _restart_clock(self) -> None:
        self._began = time.monotonic() - self._number / self._rate

    def _at_the_end(self) -> None:
        if not self._given:
            raise StreamError(Fault.EMPTY, f"{self.path} has no frame that can be read; convert it to MP4 (H.264)")
        if not self.loop:
            raise SourceEndedError
        self._given = 0
        self.seek(0)
