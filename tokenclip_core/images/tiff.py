"""TIFF files of more than 8 bits a sample, which Pillow reads only in part: the samples as they are stored."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import TiffImagePlugin

from tokenclip_core.errors import ImageError

# Values of the TIFF 6.0 specification: PhotometricInterpretation, ExtraSamples, Orientation.
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _SEPARATED = 0, 1, 2, 5
_ASSOCIATED_ALPHA, _UNASSOCIATED_ALPHA = 1, 2
_BITS_PER_SAMPLE, _ORIENTATION = 258, 274
_COLOURS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _SEPARATED: 4}


def looks_deep(image: TiffImagePlugin.TiffImageFile | None) -> bool:
    """Return whether a TIFF needs `read_deep_tiff`: Pillow cannot open it (None) or its samples exceed 8 bits."""
    return image is None or max(image.tag_v2.get(_BITS_PER_SAMPLE, (1,))) > 8


def read_deep_tiff(stream: IO[bytes], check_size: Callable[[tuple[int, int]], None]) -> tuple[npt.NDArray[Any], int]:
    """Read the first page of a TIFF.

    Args:
        stream: the open file.
        check_size: called with the stored (width, height) before any pixel is read; raises to refuse.

    Returns:
        The samples, (H, W, 1 to 4) of the stored type, with white as the largest value, packed integers of fewer
        bits than their type shifted up to fill it; and the orientation tag, 1 to 8.

    Raises:
        ImageError: the samples are of a kind that is not supported, or the file is cut off.
        Exception: whatever the reader trips over in a damaged file or for want of a codec.
    """
    # Imported here because most programs never meet such a file, and it takes a tenth of a second.
    import tifffile

    stream.seek(0)
    with tifffile.TiffFile(stream) as tiff:
        page = tiff.pages[0]
        if not isinstance(page, tifffile.TiffPage):
            raise ImageError("the TIFF has no first page; copy it again from its source")
        check_size((page.imagewidth, page.imagelength))
        _check_complete(page.dataoffsets, page.databytecounts, os.fstat(stream.fileno()).st_size)
        photometric = int(page.photometric)
        if photometric not in _COLOURS or page.axes not in ("YX", "YXS", "SYX"):
            raise ImageError(
                f"TIFF of kind {getattr(page.photometric, 'name', photometric)}, axes {page.axes}, is not supported; "
                "save it as grey or RGB"
            )
        samples = np.asarray(page.asarray(maxworkers=1))
        orientation = int(page.tags.valueof(_ORIENTATION, default=1))
        extra = tuple(int(sample) for sample in page.extrasamples)
        bits = page.bitspersample
    if page.axes == "SYX":
        samples = np.moveaxis(samples, 0, 2)
    samples = samples.reshape(*samples.shape[:2], -1)
    unused = samples.dtype.itemsize * 8 - bits
    if samples.dtype.kind == "u" and unused > 0:
        samples = samples << unused
    return _colours(samples, photometric, extra), orientation


def _check_complete(offsets: tuple[int, ...], counts: tuple[int, ...], file_size: int) -> None:
    if any(offset + count > file_size for offset, count in zip(offsets, counts, strict=False)):
        raise ImageError("the file is cut off: pixels are missing at its end; copy it again from its source")


def _colours(samples: npt.NDArray[Any], photometric: int, extra: tuple[int, ...]) -> npt.NDArray[Any]:
    """Return grey or RGB, with the alpha channel if there is one; other extra channels are dropped."""
    count = _COLOURS[photometric]
    if samples.shape[2] < count:
        raise ImageError(f"a TIFF with {samples.shape[2]} of {count} channels is damaged; copy it again")
    colour, rest = samples[:, :, :count], samples[:, :, count:]
    if photometric == _WHITE_IS_ZERO and samples.dtype.kind in "ub":
        colour = np.iinfo(samples.dtype).max - colour if samples.dtype.kind == "u" else ~colour
    if photometric == _SEPARATED:
        if samples.dtype.kind != "u":
            raise ImageError("CMYK with signed or float samples is not supported; save it as RGB")
        full = np.iinfo(samples.dtype).max
        ink = colour[:, :, :3] / full
        black = colour[:, :, 3:] / full
        return np.asarray(((1 - ink) * (1 - black) * full + 0.5).astype(samples.dtype))
    if extra and extra[0] in (_ASSOCIATED_ALPHA, _UNASSOCIATED_ALPHA) and rest.shape[2]:
        return np.concatenate([colour, rest[:, :, :1]], axis=2)
    return colour
