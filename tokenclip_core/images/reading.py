"""Image files into RGB arrays: one rule for every format, and a clear error for everything else.

What is read: PNG (and animated PNG), JPEG, BMP, TIFF (also BigTIFF), WebP, GIF, PGM and PPM (all of Netpbm's), JPEG
2000 and AVIF, told apart by their content, whatever the file is called. Of an animated file the first picture is read;
of a TIFF the page that `FILE#page=2` names, else the first.

The rules, the same for every format and compression, and never dependent on what the picture shows:

* More than 8 bits: the 8 most significant bits are kept, `floor(256 * value / range)`. The range is 2^bits for integers
  (2^(bits - 1) for signed ones, negative values are black). The bits are those that the file states (a TIFF of 12 bits
  a sample, a PGM whose largest value is 4095, the precision of JPEG 2000), else those that the caller names, else all
  of the type's: cameras of 10, 12 or 14 bits are often stored in 16 without a word, see `depth`.
  For floats the range is 1, 256 or 65536: the smallest that the largest value exceeds at most by half; greater values
  are refused, NaN is black. Fewer than 8 bits are stretched, so that the largest value is white.
* Where 0 is white (TIFF), values are turned over.
* Transparency is composited on white (`BACKGROUND`).
* CMYK, YCbCr and palettes are converted to RGB; embedded colour profiles are ignored.
* EXIF and TIFF orientation is applied, so width and height are as a viewer shows them.
* A JPEG that lacks only its end marker is read, since every pixel is there. Any file with missing pixels is refused:
  a grey rest of a picture would be inspected as if it were the part.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tokenclip_core.errors import ImageError
from tokenclip_core.images.folders import IMAGE_SUFFIXES, find_images, natural_key
from tokenclip_core.images.outside import read_samples_outside, read_size_outside
from tokenclip_core.images.pages import split_page
from tokenclip_core.images.pillow_files import (
    decode,
    is_fragile,
    left_to_libtiff,
    open_picture,
    picture_orientation,
    states_16_bits,
)
from tokenclip_core.images.pixels import BACKGROUND, RgbImage, samples_to_rgb, to_rgb
from tokenclip_core.images.pnm import read_pnm, read_pnm_header
from tokenclip_core.images.quiet import quiet, silence_libtiff
from tokenclip_core.images.samples import Samples, swaps_sides, upright
from tokenclip_core.images.tiff import LeftToLibtiffError, read_tiff, tiff_is_16_bit, tiff_size
from tokenclip_core.printable import printable

__all__ = [
    "BACKGROUND",
    "IMAGE_SUFFIXES",
    "MAX_PIXELS",
    "RgbImage",
    "find_images",
    "load_image",
    "may_leave_bits_unused",
    "natural_key",
    "read_samples",
    "read_size",
    "to_rgb",
]

MAX_PIXELS = 2**27
"""Pixel limit of `load_image` unless told otherwise: 134 million (16384 x 8192), 400 MB as RGB."""

_TIFF = re.compile(rb"II\*\0|MM\0\*|II\+\0|MM\0\+")
_PNM = re.compile(rb"P[56][\s#]")
# What decoders say of files that are whole, but of a kind that they don't know.
_NOT_READ = re.compile(r"\b(?:unsupported|not supported|not available|not implemented)\b", re.IGNORECASE)
_CheckSize = Callable[[tuple[int, int]], None]

for _library in ("PIL", "tifffile"):
    # Their remarks on odd tags would otherwise reach stderr when a program has not set up logging.
    logging.getLogger(_library).addHandler(logging.NullHandler())


def load_image(path: str | os.PathLike[str], *, max_pixels: int = MAX_PIXELS, bits: int | None = None) -> RgbImage:
    """Read an image file.

    Args:
        path: the file; its suffix does not matter. `FILE#page=2` names a page of a TIFF.
        max_pixels: files with more pixels are refused before their pixels are decoded.
        bits: how many bits of 16-bit (or deeper) integers the camera uses, 8 to 16; files that state it, and those of 8
            bits or floats, are read as ever. None for all of them.

    Returns:
        (H, W, 3) uint8 RGB, contiguous and writable, upright, of the image's own size.

    Raises:
        ImageError: the file is missing, a folder, unreadable, empty, not an image, cut off, damaged, too large, or has
            samples that need more bits.
    """
    samples = read_samples(path, max_pixels=max_pixels, exact=bits is not None)
    if bits is not None and samples.bits is None and samples.values.dtype.kind in "ui":
        deep = samples.values.dtype.itemsize > 1 and samples.palette is None
        samples = dataclasses.replace(samples, bits=bits if deep else None)
    with _telling(path):
        rgb = upright(samples_to_rgb(samples), samples.orientation)
    # What comes from a decoder's own memory may be read only.
    return rgb if rgb.flags.writeable else rgb.copy()


def read_samples(path: str | os.PathLike[str], *, max_pixels: int = MAX_PIXELS, exact: bool = True) -> Samples:
    """Read what an image file holds, before it becomes a picture: for masks, and to learn how deep pictures are.

    Args:
        path: as in `load_image`.
        max_pixels: as in `load_image`.
        exact: all bits of deep colour PNG files are wanted too, which takes twice the time; else 8 do.

    Raises:
        ImageError: as `load_image`.
    """
    try:
        return read_samples_here(path, max_pixels=max_pixels, exact=exact, trusting=False)
    except _LeftOutsideError:
        with _telling(path):
            return read_samples_outside(path, max_pixels=max_pixels, exact=exact)


def read_samples_here(
    path: str | os.PathLike[str], *, max_pixels: int = MAX_PIXELS, exact: bool = True, trusting: bool = True
) -> Samples:
    """As `read_samples`, with every decoder in this process.

    Args:
        path: as in `read_samples`.
        max_pixels: as in `read_samples`.
        exact: as in `read_samples`.
        trusting: also decoders that are fragile, see `outside`; otherwise files for these are not read here.

    Raises:
        ImageError: as `read_samples`.
    """
    file, page = split_page(path)

    def check_size(size: tuple[int, int]) -> None:
        _check_size(size, max_pixels)

    with _telling(path), _opened(file) as stream, quiet():
        head = stream.read(32)
        if _TIFF.match(head):
            return _tiff_samples(stream, page, check_size, trusting=trusting)
        if page > 1:
            raise ImageError(f"the file has no page {page}; only TIFF files have pages")
        if _PNM.match(head):
            return read_pnm(stream, check_size)
        if not trusting and is_fragile(head):
            raise _LeftOutsideError
        return decode(stream, open_picture(stream, head, check_size), exact=exact)


def read_size(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Read only the (width, height) in pixels of an image file, upright, without decoding it.

    Raises:
        ImageError: as `load_image`, except for damage in the pixel data.
    """
    try:
        return read_size_here(path, trusting=False)
    except _LeftOutsideError:
        with _telling(path):
            return read_size_outside(path)


def read_size_here(path: str | os.PathLike[str], *, trusting: bool = True) -> tuple[int, int]:
    """As `read_size`, with every decoder in this process; the rest as of `read_samples_here`."""
    file, page = split_page(path)

    def check_size(size: tuple[int, int]) -> None:
        _check_size(size, sys.maxsize)

    orientation = 1
    with _telling(path), _opened(file) as stream, quiet():
        head = stream.read(32)
        if _TIFF.match(head):
            (width, height), orientation = tiff_size(stream, page)
        elif _PNM.match(head):
            width, height = read_pnm_header(stream)[:2]
        elif not trusting and is_fragile(head):
            raise _LeftOutsideError
        else:
            picture = open_picture(stream, head, check_size)
            (width, height), orientation = picture.size, picture_orientation(picture)
        check_size((width, height))
    return (height, width) if swaps_sides(orientation) else (width, height)


def may_leave_bits_unused(path: str | os.PathLike[str]) -> bool:
    """Whether a file's header says 16 bits and nothing else: they may be the 10, 12 or 14 bits of a camera.

    Raises:
        ImageError: as `load_image`, except for damage in the pixel data.
    """
    file, page = split_page(path)
    with _telling(path), _opened(file) as stream, quiet():
        head = stream.read(32)
        if _TIFF.match(head):
            return tiff_is_16_bit(stream, page)
        if _PNM.match(head):
            return read_pnm_header(stream)[3] == 2**16 - 1
        return states_16_bits(head)


class _LeftOutsideError(BaseException):
    """The file needs a decoder that runs in another process. `_telling` passes this on: it is no error of the file."""


def _tiff_samples(stream: IO[bytes], page: int, check_size: _CheckSize, *, trusting: bool) -> Samples:
    silence_libtiff()
    try:
        return read_tiff(stream, page, check_size)
    except LeftToLibtiffError as left:
        if not trusting:
            raise _LeftOutsideError from None
        return left_to_libtiff(stream, left)


@contextmanager
def _telling(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn any error of a reader into an ImageError that names the file."""
    shown = os.fspath(path)
    try:
        yield
    except ImageError as error:
        if str(error).startswith(printable(shown)):
            raise
        raise ImageError(f"{shown}: {error}") from error
    except MemoryError as error:
        raise ImageError(f"{shown}: there is not enough memory for its pixels; shrink the image") from error
    except Exception as error:  # Parsers raise errors of all kinds on damaged files.
        reason = " ".join(str(error).split()) or type(error).__name__
        if _NOT_READ.search(reason):
            raise ImageError(
                f"{shown}: it is of a kind that is not read here, or damaged ({reason}); save it as PNG or copy it anew"
            ) from error
        raise ImageError(
            f"{shown}: the file is cut off or damaged ({reason}); copy it again from its source"
        ) from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a regular, non-empty file for reading."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            if not os.access(path, os.R_OK | os.X_OK):
                raise ImageError("no permission to list the folder; change its permissions")
            raise ImageError("this is a folder; name a file in it, or inspect the folder")
        # Opening a pipe would wait for a writer that may never come.
        if not stat.S_ISREG(status.st_mode):
            raise ImageError("this is a device or a pipe; name an image file")
        if status.st_size == 0:
            raise ImageError("the file is empty; copy it again from its source")
        stream = path.open("rb")
    except FileNotFoundError:
        raise ImageError("there is no such file; check the name") from None
    except PermissionError:
        raise ImageError("no permission to read the file; change its permissions") from None
    except (OSError, ValueError) as error:
        raise ImageError(f"the file cannot be opened ({error})") from error
    with stream:
        yield stream


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise ImageError(f"the file is damaged: it says it is {width} x {height} pixels; copy it again")
    if width * height > max_pixels:
        raise ImageError(f"{width} x {height} pixels are more than the limit of {max_pixels}; crop or shrink the image")
