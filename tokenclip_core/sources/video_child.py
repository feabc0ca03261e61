"""The process that decodes a video for another one: `python -m tokenclip_core.sources.video_child`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tokenclip_core.images.reading import MAX_PIXELS
from tokenclip_core.process.child import Answer, serve
from tokenclip_core.sources.video_files import quiet_libraries, rgb


class VideoDecoder:
    """Decodes one file, which the first request names."""

    def __init__(self) -> None:
        self._capture = cv2.VideoCapture()

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
                milliseconds = self._capture.get(cv2.CAP_PROP_POS_MSEC)
                return {"skipped": skipped, "milliseconds": milliseconds}, rgb(np.asarray(pixels, np.uint8))
        return {"skipped": tries}, None


if __name__ == "__main__":
    quiet_libraries()
    serve(VideoDecoder().answer)
