"""The process that decodes a video for another one: `python -m tokenclip_core.sources.video_child`."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tokenclip_core.images.reading import MAX_PIXELS
from tokenclip_core.process.child import Answer, serve
from tokenclip_core.sources.video_files import quiet_libraries, rgb

_MOST_BYTES = 2**20
_CONVERTER = b"swscaler"
# Notes that cameras put beside the pixels, which show in none of them: SEI of H.264 and H.265, APP of JPEG.
_BESIDE_PIXELS = (b"SEI", b"APP fields")


class Complaints:
    """What FFmpeg writes on the error stream of this process: it conceals damage, and tells of it nowhere else."""

    def __init__(self) -> None:
        """Listen to it, where there is a place for a file."""
        self._handle: int | None = None
        with contextlib.suppress(OSError):
            self._handle, name = tempfile.mkstemp()
            # Decoders write in threads of their own: always at the end, whatever is read meanwhile.
            handle = os.open(name, os.O_WRONLY | os.O_APPEND)
            os.dup2(handle, 2)
            os.close(handle)
            # On Windows it stays until the system cleans up, since it is open.
            Path(name).unlink()

    def heard(self) -> bytes:
        """What was written of pixels since the last time."""
        if self._handle is None:
            return b""
        said = os.read(self._handle, _MOST_BYTES)
        if os.lseek(self._handle, 0, os.SEEK_CUR) > _MOST_BYTES:
            os.truncate(self._handle, 0)
            os.lseek(self._handle, 0, os.SEEK_SET)
        return about_pixels(said)


def about_pixels(said: bytes) -> bytes:
    """The lines of FFmpeg that tell of pixels."""
    return b"\n".join(line for line in said.splitlines() if not any(word in line for word in _BESIDE_PIXELS))


class VideoDecoder:
    """Decodes one file, which the first request names."""

    def __init__(self, complaints: Complaints) -> None:
        """Begin without a file; `complaints` tell of frames that may show what was never recorded."""
        self._capture = cv2.VideoCapture()
        self._complaints = complaints

    def answer(self, request: dict[str, Any]) -> Answer:
        """Open a file, decode the next frame, or go on at a time; what needs too much memory is said."""
        try:
            if request["task"] == "open":
                return self._open(Path(request["path"])), None
            if request["task"] == "seek":
                self._capture.set(cv2.CAP_PROP_POS_MSEC, request["milliseconds"])
                return {}, None
            return self._next(request["tries"])
        except MemoryError:
            return {"error": "needs more memory than a video may take"}, None

    def _open(self, path: Path) -> dict[str, Any]:
        capture = self._capture
        opened = capture.open(str(path), cv2.CAP_FFMPEG)
        # Phones store pictures as the sensor has them, and a note on how they were held.
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        width, height = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if width * height > MAX_PIXELS:
            capture.release()
            return {"error": f"gives frames of {width} x {height} pixels, more than the limit of {MAX_PIXELS}"}
        return {
            "opened": opened,
            "width": width,
            "height": height,
            "rate": capture.get(cv2.CAP_PROP_FPS),
            "announced": max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT))),
        }

    def _next(self, tries: int) -> Answer:
        """The next frame that can be decoded within so many tries, and how many could not be before it."""
        for skipped in range(tries):
            arrived, pixels = self._capture.read()
            if arrived and pixels is not None:
                said = self._complaints.heard()
                if _CONVERTER in said:
                    # OpenCV gives a black picture then, as if nothing were wrong.
                    return {"error": "can't make pictures of its frames, as of interlaced ones"}, None
                milliseconds = self._capture.get(cv2.CAP_PROP_POS_MSEC)
                facts = {"skipped": skipped, "milliseconds": milliseconds, "doubtful": bool(said)}
                return facts, rgb(np.asarray(pixels, np.uint8))
        return {"skipped": tries, "doubtful": bool(self._complaints.heard())}, None


if __name__ == "__main__":
    quiet_libraries()
    # Only without it FFmpeg's errors come at once, and on the error stream; nobody sees them there.
    os.environ.pop("OPENCV_FFMPEG_LOGLEVEL", None)
    serve(VideoDecoder(Complaints()).answer)
