"""What OpenCV's readers of video have in common: they print nothing on the terminal, and they give RGB."""

from __future__ import annotations

import os
import threading

import numpy as np
import numpy.typing as npt

from tokenclip_core.errors import ImageError
from tokenclip_core.images.pixels import RgbImage

_QUIET = "-8"
_loading = threading.Lock()


def quiet_libraries() -> None:
    """Load OpenCV, and let it and FFmpeg print nothing: what they print of an address may hold a password."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _QUIET)
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    # Several cameras begin at once: threads that import the same things may see them half-made.
    with _loading:
        # As a whole: importing `cv2.utils` while another thread loads OpenCV breaks both imports.
        import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def decode_jpeg(data: bytes) -> RgbImage:
    """A whole JPEG of a stream into (H, W, 3) uint8 RGB.

    Raises:
        ImageError: it is cut off or damaged.
    """
    import cv2

    if not is_whole_jpeg(data):
        raise ImageError("a frame of the stream is cut off; it is left out")
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        pixels = None
    if pixels is None:
        raise ImageError("a frame of the stream is damaged; it is left out")
    return rgb(np.asarray(pixels, np.uint8))


def is_whole_jpeg(data: bytes) -> bool:
    """Whether data begin and end as a JPEG does; some cameras put zeros behind it."""
    return data.startswith(b"\xff\xd8") and data[-64:].rstrip(b"\0\r\n").endswith(b"\xff\xd9")


def rgb(bgr: npt.NDArray[np.uint8]) -> RgbImage:
    """OpenCV's (H, W, 3) BGR, or (H, W) grey, into (H, W, 3) uint8 RGB."""
    import cv2

    code = cv2.COLOR_GRAY2RGB if bgr.ndim == 2 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(bgr, code), np.uint8)
