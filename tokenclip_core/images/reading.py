"""Image files into RGB arrays: one rule for every format, and a clear error for everything else.

What is read: PNG (and animated PNG), JPEG, BMP, TIFF (also BigTIFF), WebP and GIF, told apart by their content,
whatever the file is called. Of an animated or multi-page file the first picture is read.

The rules, the same for every format and never dependent on what the picture shows:

* More than 8 bits: the 8 most significant bits are kept, `floor(256 * value / range)`. The range is 2^bits for integers
  (2^(bits - 1) for signed ones, negative values are black). For floats it is 1, 256 or 65536: the smallest that the
  largest value exceeds at most by half; greater values are refused, NaN is black.
* Transparency is composited on white (`BACKGROUND`).
* CMYK, YCbCr and palettes are converted to RGB; embedded colour profiles are ignored.
* EXIF and TIFF orientation is applied, so width and height are as a viewer shows them.
* A JPEG that lacks only its end marker is read, since every pixel is there. Any file with missing pixels is refused:
  a grey rest of a picture would be inspected as if it were the part.
"""

from __future__ import annotations

import io
import logging
import os
import re
import stat
import struct
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import BmpImagePlugin, GifImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin, TiffImagePlugin
from PIL import WebPImagePlugin as WebPImagePlugin

from tokenclip_core.errors import ImageError
from tokenclip_core.images.folders import IMAGE_SUFFIXES, find_images, natural_key
from tokenclip_core.images.pixels import BACKGROUND, RgbImage, to_rgb
from tokenclip_core.images.tiff import looks_deep, read_deep_tiff

__all__ = [
    "BACKGROUND",
    "IMAGE_SUFFIXES",
    "MAX_PIXELS",
    "RgbImage",
    "find_images",
    "load_image",
    "natural_key",
    "read_size",
    "to_rgb",
]

MAX_PIXELS = 2**27
"""Pixel limit of `load_image` unless told otherwise: 134 million (16384 x 8192), 400 MB as RGB."""

_ORIENTATION_TAG = 0x0112
# What each orientation asks for: (swap rows and columns, flip the rows' order, flip the columns' order).
_ORIENTATIONS = {
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}
# Upper bounds of what one byte of a file can stand for (deflate: 1032 to 1, one bit a pixel; JPEG: one bit for an
# 8 x 8 block). A file that promises more is cut off or made to exhaust memory, and is refused before anything is taken.
_PIXELS_PER_BYTE = {"PNG": 1032 * 8, "JPEG": 64 * 8}

for _library in ("PIL", "tifffile"):
    # Their remarks on odd tags would otherwise reach stderr when a program has not set up logging.
    logging.getLogger(_library).addHandler(logging.NullHandler())


def load_image(path: str | os.PathLike[str], *, max_pixels: int = MAX_PIXELS) -> RgbImage:
    """Read an image file.

    Args:
        path: the file; its suffix does not matter.
        max_pixels: files with more pixels are refused before their pixels are decoded.

    Returns:
        (H, W, 3) uint8 RGB, contiguous and writable, upright, of the image's own size.

    Raises:
        ImageError: the file is missing, a folder, unreadable, empty, not an image, cut off, damaged, or too large.
    """
    file = Path(path)
    with _opened(file) as stream, _quiet():
        image = _open_image(file, stream, max_pixels)
        if isinstance(image, TiffImagePlugin.TiffImageFile | None) and looks_deep(image):
            samples, orientation = _deep_tiff(file, stream, image, max_pixels)
            return _upright(to_rgb(samples), orientation)
        rgb = _decode(file, stream, image)
        return _upright(rgb, _orientation(image))


def read_size(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Read only the (width, height) in pixels of an image file, upright, without decoding it.

    Raises:
        ImageError: as `load_image`, except for damage in the pixel data.
    """
    file = Path(path)
    with _opened(file) as stream, _quiet():
        image = _open_image(file, stream, sys.maxsize)
        if image is None:
            samples, orientation = _deep_tiff(file, stream, None, sys.maxsize)
            height, width = samples.shape[:2]
        else:
            width, height = image.size
            # Pillow has already swapped the sides of a TIFF; the others it leaves to the caller.
            orientation = 1 if isinstance(image, TiffImagePlugin.TiffImageFile) else _orientation(image)
    return (height, width) if _ORIENTATIONS.get(orientation, (False,))[0] else (width, height)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a regular, non-empty file for reading."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            if not os.access(path, os.R_OK | os.X_OK):
                raise ImageError(f"{path}: no permission to list the folder; change its permissions")
            raise ImageError(f"{path}: this is a folder; name a file in it, or inspect the folder")
        # Opening a pipe would wait for a writer that may never come.
        if not stat.S_ISREG(status.st_mode):
            raise ImageError(f"{path}: this is a device or a pipe; name an image file")
        if status.st_size == 0:
            raise ImageError(f"{path}: the file is empty; copy it again from its source")
        stream = path.open("rb")
    except FileNotFoundError:
        raise ImageError(f"{path}: there is no such file; check the name") from None
    except PermissionError:
        raise ImageError(f"{path}: no permission to read the file; change its permissions") from None
    except (OSError, ValueError) as error:
        raise ImageError(f"{path}: the file cannot be opened ({error})") from error
    with stream:
        yield stream


def _webp_size(head: bytes) -> tuple[int, int]:
    """Return the canvas size of a WebP file from its first 30 bytes; Pillow takes the memory while opening it."""
    kind = head[12:16]
    if kind == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("unknown kind of WebP")


# Each format's first bytes and reader. The readers are called directly, not by Image.open, so that only these formats
# are ever parsed and the pixel limit is this module's own instead of a global of Pillow's.
_READERS: tuple[tuple[re.Pattern[bytes], Callable[[IO[bytes]], ImageFile.ImageFile]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), PngImagePlugin.PngImageFile),
    (re.compile(rb"\xff\xd8\xff"), JpegImagePlugin.JpegImageFile),
    (re.compile(rb"BM"), BmpImagePlugin.BmpImageFile),
    (re.compile(rb"II\*\0|MM\0\*|II\+\0|MM\0\+"), TiffImagePlugin.TiffImageFile),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), WebPImagePlugin.WebPImageFile),
    (re.compile(rb"GIF8[79]a"), GifImagePlugin.GifImageFile),
)


def _open_image(path: Path, stream: IO[bytes], max_pixels: int) -> ImageFile.ImageFile | None:
    """Parse the header and check the size; None for a TIFF of a kind that only tifffile reads."""
    head = stream.read(32)
    reader = next((reader for magic, reader in _READERS if magic.match(head)), None)
    if reader is None:
        raise ImageError(f"{path}: this is not a PNG, JPEG, BMP, TIFF, WebP or GIF image; convert it or leave it out")
    try:
        if reader is WebPImagePlugin.WebPImageFile:
            _check_size(path, _webp_size(head), max_pixels)
        stream.seek(0)
        image = reader(stream)
    except ImageError:
        raise
    except Exception as error:  # Whatever a parser trips over in a damaged file is the file's fault.
        if reader is TiffImagePlugin.TiffImageFile:
            return None
        raise _damaged(path, error) from error
    _check_size(path, image.size, max_pixels)
    promised = image.size[0] * image.size[1]
    if promised > _PIXELS_PER_BYTE.get(image.format or "", sys.maxsize) * os.fstat(stream.fileno()).st_size:
        raise ImageError(f"{path}: the file is cut off: it is too short for its {promised} pixels; copy it again")
    return image


def _check_size(path: Path, size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise ImageError(f"{path}: the file is damaged: it says it is {width} x {height} pixels; copy it again")
    if width * height > max_pixels:
        raise ImageError(
            f"{path}: {width} x {height} pixels are more than the limit of {max_pixels}; crop or shrink the image"
        )


def _decode(path: Path, stream: IO[bytes], image: ImageFile.ImageFile | None) -> RgbImage:
    """Decode the pixels of an opened file and convert them; orientation is left to the caller."""
    if image is None:
        raise ImageError(f"{path}: the TIFF header is damaged or of an unknown kind; save it again as 8 or 16 bit RGB")
    try:
        return _convert(image)
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from error
    except MemoryError as error:
        raise ImageError(f"{path}: there is not enough memory for its pixels; shrink the image") from error
    except Exception as error:  # As above: decoders raise many kinds of errors on damaged data.
        if isinstance(image, JpegImagePlugin.JpegImageFile) and (repaired := _without_end_marker(stream)) is not None:
            return repaired
        raise _damaged(path, error) from error


def _convert(image: Image.Image) -> RgbImage:
    """Convert a Pillow image of any supported mode to RGB."""
    image.load()
    mode = image.mode
    if mode.startswith("I") or mode == "F":
        samples = np.asarray(image)
        if mode == "I" and image.format != "PNG":
            raise ImageError("samples of 32 bits in this compression are not supported; save the image with 16 bits")
        # Some versions of Pillow hold the 16-bit grey of a PNG in 32-bit integers.
        return to_rgb(samples.astype(np.uint16) if mode == "I" else samples)
    if mode in ("LAB", "HSV"):
        raise ImageError(f"the colour space {mode} is not supported; save the image as RGB")
    if mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return to_rgb(np.asarray(image.convert("RGBA")))
    return np.array(image if mode == "RGB" else image.convert("RGB"))


def _without_end_marker(stream: IO[bytes]) -> RgbImage | None:
    """Decode a JPEG whose data stops early, if every pixel is there; None if some are missing.

    libjpeg invents what is missing from whatever follows, so the picture is complete exactly if two different tails
    give the same pixels. A progressive file is never taken: without its last scans it is complete but coarse.
    """
    stream.seek(0)
    data = stream.read()
    pictures = []
    for filler in (b"\x55", b"\x9a"):
        try:
            image = JpegImagePlugin.JpegImageFile(io.BytesIO(data + filler * 64 + b"\xff\xd9"))
            if "progressive" in image.info:
                return None
            pictures.append(_convert(image))
        except Exception:  # Not to be repaired; the caller reports the first error.
            return None
    return pictures[0] if np.array_equal(pictures[0], pictures[1]) else None


def _deep_tiff(
    path: Path, stream: IO[bytes], image: ImageFile.ImageFile | None, max_pixels: int
) -> tuple[npt.NDArray[Any], int]:
    """Read a TIFF of more than 8 bits; falls back on Pillow where tifffile lacks the codec."""
    try:
        return read_deep_tiff(stream, lambda size: _check_size(path, size, max_pixels))
    except ImageError as error:
        raise error if str(error).startswith(str(path)) else ImageError(f"{path}: {error}") from error
    except MemoryError as error:
        raise ImageError(f"{path}: there is not enough memory for its pixels; shrink the image") from error
    except Exception as error:  # As above: whatever a damaged file makes the reader trip over.
        if image is None:
            raise _damaged(path, error) from error
        return _decode(path, stream, image), _orientation(image)


def _orientation(image: Image.Image | None) -> int:
    """Return the EXIF orientation, 1 (upright) if there is none or it cannot be read."""
    if image is None:
        return 1
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # A damaged EXIF block does not make the pixels unreadable.
        return 1
    return value if isinstance(value, int) else 1


def _upright(image: RgbImage, orientation: int) -> RgbImage:
    swap, flip_rows, flip_columns = _ORIENTATIONS.get(orientation, (False, False, False))
    if swap:
        image = image.transpose(1, 0, 2)
    image = image[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1]
    return np.ascontiguousarray(image)


def _damaged(path: Path, error: Exception) -> ImageError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return ImageError(f"{path}: the file is cut off or damaged ({reason}); copy it again from its source")


class _Silence:
    """Counts who wants warnings ignored, so that many threads can read at once and the last one restores the filters.

    `warnings.catch_warnings` alone changes state of the whole process and does not survive overlapping use.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._filters: AbstractContextManager[object] | None = None

    def enter(self) -> None:
        with self._lock:
            self._count += 1
            if self._count == 1:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.simplefilter("ignore")

    def leave(self) -> None:
        with self._lock:
            self._count -= 1
            if self._count == 0 and self._filters is not None:
                self._filters.__exit__(None, None, None)
                self._filters = None


_silence = _Silence()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the readers' warnings about odd metadata from the user: what matters is raised as an error."""
    if getattr(sys.flags, "context_aware_warnings", 0):  # Newer Pythons keep the filters per thread.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
        return
    _silence.enter()
    try:
        yield
    finally:
        _silence.leave()
