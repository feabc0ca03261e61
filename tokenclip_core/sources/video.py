"""Video files: played at their own times or frame by frame, with loop and seek."""

from __future__ import annotations

import time
from pathlib import Path

from tokenclip_core.sources.frames import Fault, Frame, FrameSource, SourceEndedError, SourceFacts, StreamError
from tokenclip_core.sources.video_reader import VideoFrame, VideoReader

STILL_SECONDS = 0.5
"""After so long the only frame of a video comes again."""

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
            every_frame: as fast as frames are taken, none left out, instead of at the video's own times.
        """
        super().__init__(path.name)
        self.path = path
        self.loop = loop
        self.every_frame = every_frame
        self._reader: VideoReader | None = None
        self._next: VideoFrame | None = None
        self._alone: VideoFrame | None = None
        self._has_more = False
        self._seconds = 0.0
        self._given = 0
        self._began = 0.0
        self._paused = False

    def open(self) -> SourceFacts:
        """Open the file; see `FrameSource`."""
        if not self.path.is_file():
            raise StreamError(Fault.ABSENT, f"{self.path} is not there; choose another video")
        reader = VideoReader(self.path)
        if reader.failure is not None:
            raise self._failed(reader)
        if not reader.is_open:
            reader.close()
            raise StreamError(Fault.UNSUPPORTED, f"{self.path} is no video that can be read; convert it to MP4 (H.264)")
        self._reader, self._next, self._seconds, self._given = reader, None, 0.0, 0
        self._alone, self._has_more = None, False
        self._restart_clock()
        return SourceFacts(width=reader.width, height=reader.height, rate=reader.rate, duration=reader.duration)

    def read(self) -> Frame | None:
        """The next frame, when its time has come."""
        reader = self._reader
        if reader is None:
            raise SourceEndedError
        if self._next is None:
            self._next = reader.read()
        if self._next is None and reader.failure is not None:
            raise self._failed(reader)
        if self._next is None:
            self._at_the_end(reader)
            return None
        self._seconds = self._next.seconds
        if not self.every_frame and not self._paused and not self._wait_for_its_time():
            return None
        found, self._next = self._next, None
        self._given += 1
        # Where a person went on from another place, what comes last may be one frame of many.
        self._has_more = self._has_more or self._given > 1
        self._alone = None if self._has_more else found
        return Frame(lambda: found.pixels, position=found.seconds)

    def close(self) -> None:
        """Close the file."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def seek(self, seconds: float) -> None:
        """Go on at a place of the video."""
        if self._reader is None:
            return
        self._reader.seek(seconds)
        self._next, self._seconds = None, max(0.0, seconds)
        self._has_more = self._has_more or seconds > 0
        self._restart_clock()

    def pause(self, paused: bool) -> None:
        """While paused, frames come as they are asked for."""
        self._paused = paused
        self._restart_clock()

    def interrupt(self) -> None:
        """Return soon, without waiting for a decoder that is at work; from any thread."""
        super().interrupt()
        if (reader := self._reader) is not None:
            reader.interrupt()

    def _failed(self, reader: VideoReader) -> StreamError:
        fault = Fault.UNSUPPORTED if reader.is_unsupported else Fault.LOST
        return StreamError(fault, f"the decoder of {self.path} {reader.failure}; {reader.advice}")

    def _wait_for_its_time(self) -> bool:
        wait = self._began + self._seconds - time.monotonic()
        if wait < -_LATE_SECONDS:
            # Decoding is slower than the video, or the machine was suspended: go on from here instead of catching up.
            self._restart_clock()
            return True
        if wait > 0:
            # A waiting read must end when the thread is to stop.
            return not self.interrupted.wait(wait)
        return True

    def _restart_clock(self) -> None:
        self._began = time.monotonic() - self._seconds

    def _at_the_end(self, reader: VideoReader) -> None:
        alone = self._alone
        if not self._given and alone is None:
            raise StreamError(Fault.EMPTY, f"{self.path} has no frame that can be read; convert it to MP4 (H.264)")
        if not self.loop:
            raise SourceEndedError
        self._given = 0
        if alone is not None:
            # Behind the end of a video of one frame, decoders give nothing from its beginning: it is a still picture.
            self._next, self._seconds = alone, alone.seconds
            self._began = time.monotonic() + STILL_SECONDS - alone.seconds
            return
        reader.seek(0)
        self._seconds = 0.0
        self._restart_clock()
