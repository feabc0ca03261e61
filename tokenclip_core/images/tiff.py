"""TIFF files: which pages are pictures, and the samples of one of them with white as the largest value."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tokenclip_core.errors import ImageError
from tokenclip_core.images.pages import directory_entries
from tokenclip_core.images.samples import Samples
from tokenclip_core.images.tiff_samples import read_samples

if TYPE_CHECKING:
    import tifffile

# Values of the TIFF 6.0 specification: PhotometricInterpretation, ExtraSamples, NewSubfileType, Compression, tags.
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _MASK, _SEPARATED, _YCBCR = 0, 1, 2, 3, 4, 5, 6
_ASSOCIATED_ALPHA, _UNASSOCIATED_ALPHA = 1, 2
_REDUCED_OR_MASK, _OLD_REDUCED = 1 | 4, 2
_NEW_SUBFILE_TYPE, _SUBFILE_TYPE, _ORIENTATION, _SOFTWARE, _COLOUR_MAP = 254, 255, 274, 305, 320
_COLOURS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _SEPARATED: 4}
# CCITT, JPEG of both kinds and WebP: libtiff alone decodes these, and all have at most 8 bits.
_LEFT_TO_LIBTIFF = frozenset({2, 3, 4, 6, 7, 50001})


class LeftToLibtiffError(Exception):
    """The page is of at most 8 bits and of a kind that Pillow's libtiff reads as a whole.

    Attributes:
        index: of the page in the file, from 0, reduced ones counted.
        orientation: see `Samples`.
        is_jpeg: what it holds is lossy.
    """

    def __init__(self, index: int, orientation: int, is_jpeg: bool) -> None:
        super().__init__(index)
        self.index, self.orientation, self.is_jpeg = index, orientation, is_jpeg


def read_tiff(stream: IO[bytes], page: int, check_size: Callable[[tuple[int, int]], None]) -> Samples:
    """Read one page of a TIFF.

    Args:
        stream: the open file.
        page: which of its pictures, from 1; reduced copies and masks of other pages do not count.
        check_size: called with the stored (width, height) before any pixel is read; raises to refuse.

    Returns:
        Its samples.

    Raises:
        LeftToLibtiffError: Pillow is to read it.
        ImageError: there is no such page, its samples are of a kind that is not supported, or the file is cut off.
        Exception: any error that the reader raises on a damaged file.
    """
    with _opened(stream) as tiff:
        index, found = _page(tiff, page)
        check_size((found.imagewidth, found.imagelength))
        orientation = int(found.tags.valueof(_ORIENTATION, default=1))
        photometric = int(found.photometric)
        _check_complete(stream, tiff, found)
        if found.imagedepth != 1 or (photometric not in _COLOURS and photometric != _YCBCR):
            raise ImageError(
                f"TIFF of kind {getattr(found.photometric, 'name', photometric)}, axes {found.axes}, is not supported; "
                "save it as grey or RGB"
            )
        compression, flat = int(found.compression), found.bitspersample in (1, 8) and int(found.sampleformat or 1) != 2
        if flat and (compression in _LEFT_TO_LIBTIFF or photometric == _YCBCR):
            raise LeftToLibtiffError(index, orientation, is_jpeg=compression not in (2, 3, 4))
        if photometric == _YCBCR:
            raise ImageError(f"a YCbCr TIFF of {found.bitspersample} bits is not supported; save it as RGB")
        samples = read_samples(found, stream)
        colour_map = found.tags.valueof(_COLOUR_MAP) if photometric == _PALETTE else None
        extra = tuple(int(sample) for sample in found.extrasamples)
        bits, program = int(found.bitspersample), str(found.tags.valueof(_SOFTWARE, default=""))
    if photometric == _PALETTE:
        return Samples(samples[:, :, :1], None, _palette(colour_map, bits), orientation=orientation)
    colours, alpha = _colours(samples, photometric, extra, bits)
    # tifffile writes arrays of truth values so, where it is not told otherwise.
    dark_is_true = photometric == _WHITE_IS_ZERO and bits == 1 and program.startswith("tifffile")
    stated = bits if samples.dtype.kind == "u" and bits < samples.dtype.itemsize * 8 else None
    premultiplied = alpha == _ASSOCIATED_ALPHA
    return Samples(colours, stated, premultiplied=premultiplied, dark_is_true=dark_is_true, orientation=orientation)


def tiff_size(stream: IO[bytes], page: int) -> tuple[tuple[int, int], int]:
    """The stored (width, height) of a page and its orientation; errors as of `read_tiff`."""
    with _opened(stream) as tiff:
        _, found = _page(tiff, page)
        return (found.imagewidth, found.imagelength), int(found.tags.valueof(_ORIENTATION, default=1))


def tiff_is_16_bit(stream: IO[bytes], page: int) -> bool:
    """Whether a page has whole numbers of 16 bits without a sign; errors as of `read_tiff`."""
    with _opened(stream) as tiff:
        _, found = _page(tiff, page)
        return int(found.bitspersample) == 16 and int(found.sampleformat or 1) == 1


@contextmanager
def _opened(stream: IO[bytes]) -> Iterator[tifffile.TiffFile]:
    # Imported here because most programs never meet such a file, and it takes a tenth of a second.
    import tifffile

    stream.seek(0)
    with tifffile.TiffFile(stream) as tiff:
        yield tiff


def _page(tiff: tifffile.TiffFile, number: int) -> tuple[int, tifffile.TiffPage]:
    """The index and the page of the picture of a number, from 1."""
    import tifffile

    found = index = 0
    # Not by the number of pages, which is known only when all of them have been looked for.
    while True:
        try:
            page = tiff.pages[index]
        except IndexError:
            break
        if not isinstance(page, tifffile.TiffPage):
            page = page.aspage()
        if _is_picture(page):
            found += 1
            if found == number:
                return index, page
        index += 1
    if number == 1:
        raise ImageError("the TIFF has no first page; copy it again from its source")
    raise ImageError(f"the TIFF has {found} pages, and no page {number}")


def _is_picture(page: tifffile.TiffPage) -> bool:
    """Whether a page is a picture of its own, not a smaller copy or the mask of another one."""
    reduced = int(page.tags.valueof(_NEW_SUBFILE_TYPE, default=0)) & _REDUCED_OR_MASK
    return (
        not reduced and page.tags.valueof(_SUBFILE_TYPE, default=1) != _OLD_REDUCED and int(page.photometric) != _MASK
    )


def _check_complete(stream: IO[bytes], tiff: tifffile.TiffFile, page: tifffile.TiffPage) -> None:
    """See that neither pixels nor values of tags, which would be guessed, are missing at the file's end."""
    entries, _ = directory_entries(stream, page.offset, tiff.byteorder, big=tiff.is_bigtiff)
    ends = [start + count for start, count in zip(page.dataoffsets, page.databytecounts, strict=False)]
    if max([entry.end for entry in entries] + ends, default=0) > os.fstat(stream.fileno()).st_size:
        raise ImageError("the file is cut off: pixels are missing at its end; copy it again from its source")


def _palette(colour_map: Any, bits: int) -> npt.NDArray[np.uint8]:
    """(2^bits, 3) uint8 from the tag ColorMap, 16 bits each."""
    entries = np.asarray(colour_map if colour_map is not None else (), np.uint16).reshape(-1)
    if entries.size != 3 * 2**bits:
        raise ImageError("the TIFF's palette is missing or damaged; save it as RGB")
    colours = entries.reshape(3, -1).T
    # Some programs write 8 bits here, against the specification; libtiff takes them in the same way.
    return (colours if colours.max() < 256 else colours >> 8).astype(np.uint8)


def _colours(
    samples: npt.NDArray[Any], photometric: int, extra: tuple[int, ...], bits: int
) -> tuple[npt.NDArray[Any], int]:
    """Return grey or RGB, with the alpha channel if there is one, and its kind; other extra channels are dropped."""
    count = _COLOURS[photometric]
    if samples.shape[2] < count:
        raise ImageError(f"a TIFF with {samples.shape[2]} of {count} channels is damaged; copy it again")
    colour, rest = samples[:, :, :count], samples[:, :, count:]
    if count == 1 and rest.shape[2] > 1:
        raise ImageError(
            f"a TIFF of {samples.shape[2]} channels that are no colours is not supported; save one of them, or RGB"
        )
    full = 2**bits - 1
    if photometric == _WHITE_IS_ZERO:
        if samples.dtype.kind != "u":
            raise ImageError("a TIFF of signed or float samples whose white is 0 is not supported; save it as grey")
        colour = samples.dtype.type(full) - colour
    if photometric == _SEPARATED:
        if samples.dtype.kind != "u" or bits > 16:
            raise ImageError("CMYK with signed, float or 32-bit samples is not supported; save it as RGB")
        return _rgb_of_cmyk(colour, full), 0
    kinds = [kind for kind in extra if kind in (_ASSOCIATED_ALPHA, _UNASSOCIATED_ALPHA)]
    if extra and kinds[:1] == [extra[0]] and rest.shape[2]:
        return np.concatenate([colour, rest[:, :, :1]], axis=2), extra[0]
    return colour, 0


def _rgb_of_cmyk(cmyk: npt.NDArray[Any], full: int) -> npt.NDArray[Any]:
    """(H, W, 3) RGB of the same type from (H, W, 4) ink, a few rows at a time."""
    colours = np.empty((*cmyk.shape[:2], 3), cmyk.dtype)
    rows = max(1, 2**20 // max(cmyk.shape[1], 1))
    for top in range(0, len(cmyk), rows):
        ink = cmyk[top : top + rows].astype(np.float32) / full
        light = (1 - ink[:, :, :3]) * (1 - ink[:, :, 3:]) * full + 0.5
        colours[top : top + rows] = light.astype(cmyk.dtype)
    return colours
