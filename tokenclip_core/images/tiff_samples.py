"""The samples of one page of a TIFF, as they are stored: strips or tiles, any depth, the lossless compressions.

The tags are tifffile's work. The pixels are put together here, a band of rows at a time, so that the same picture is
the same array whatever its compression, no optional package decides what can be read, and memory is known beforehand.
LZW, PackBits and Zstandard are decoded by the libtiff that Pillow brings.
"""

from __future__ import annotations

import io
import lzma
import struct
import zlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, TiffImagePlugin

from tokenclip_core.errors import ImageError
from tokenclip_core.images.limits import check_memory

if TYPE_CHECKING:
    from tifffile import TiffPage

# Values of the TIFF 6.0 specification and its supplements: Compression, Predictor, SampleFormat.
_NONE, _LZW, _DEFLATE, _OLD_DEFLATE, _PACKBITS, _LZMA, _ZSTD = 1, 5, 8, 32946, 32773, 34925, 50000
_HORIZONTAL, _FLOATING_POINT = 2, 3
_UNSIGNED, _SIGNED, _FLOAT, _UNDEFINED = 1, 2, 3, 4
_BY_LIBTIFF = {_LZW: "tiff_lzw", _PACKBITS: "packbits", _ZSTD: "zstd"}

SUPPORTED_COMPRESSIONS = frozenset({_NONE, _LZW, _DEFLATE, _OLD_DEFLATE, _PACKBITS, _LZMA, _ZSTD})
"""Values of the tag Compression that `read_samples` decodes."""

_BAND_BYTES = 2**24
_MAX_BYTES = 2**30
# Copies in memory of the strips or tiles that are decoded together: stored, decompressed, joined, without predictor.
_COPIES, _COPIES_BY_LIBTIFF = 4, 6
_MOST_CHANNELS = 8
# LZMA gives some 12 million bytes a second where the others give a hundred.
_MOST_LZMA_SAMPLES = 2**26
_UNPACKED_AT_ONCE = 2**21
_REVERSED = np.packbits(np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)[:, ::-1], axis=1).ravel()

_Bytes = npt.NDArray[np.uint8]


def read_samples(page: TiffPage, stream: IO[bytes]) -> npt.NDArray[Any]:
    """Read a page.

    Args:
        page: of a file that tifffile has opened; its size has been checked.
        stream: the same file.

    Returns:
        (H, W, C) of the stored type; integers of 1 to 7 and 9 to 15 bits in the next larger type, neither shifted nor
        stretched.

    Raises:
        ImageError: the samples are of a kind that is not supported, too large, or some are missing.
        Exception: any error that a decoder raises on a damaged file.
    """
    layout = _Layout(page)
    planes = [_read_plane(layout, stream, number) for number in range(layout.planes)]
    return planes[0] if len(planes) == 1 else np.concatenate(planes, axis=2)


class _Layout:
    """How a page's samples lie in the file: checked, with everything that its decoding needs."""

    def __init__(self, page: TiffPage) -> None:
        self.width, self.height = page.imagewidth, page.imagelength
        self.bits = int(page.bitspersample)
        self.format = int(page.sampleformat or _UNSIGNED)
        self.compression = int(page.compression)
        self.predictor = int(page.predictor)
        self.byte_order = page.parent.byteorder
        self.reversed_bits = int(page.fillorder) == 2
        self.planes = page.samplesperpixel if int(page.planarconfig or 1) == 2 else 1
        self.channels = page.samplesperpixel if self.planes == 1 else 1
        self.tiled = page.is_tiled
        self.segment_width = page.tilewidth if self.tiled else self.width
        self.segment_height = page.tilelength if self.tiled else min(page.rowsperstrip or self.height, self.height)
        if min(self.segment_width, self.segment_height) < 1:
            raise ImageError("the TIFF has strips or tiles without pixels; copy it again from its source")
        self.across = -(-self.width // self.segment_width)
        self.down = -(-self.height // self.segment_height)
        self.offsets, self.counts = tuple(page.dataoffsets), tuple(page.databytecounts)
        self.row_bytes = -(-self.segment_width * self.channels * self.bits // 8)
        self.type = self._type(page)
        self._check(page)

    @property
    def by_libtiff(self) -> bool:
        """Whether Pillow's libtiff decompresses the strips."""
        return self.compression in _BY_LIBTIFF

    @property
    def packed(self) -> bool:
        """Whether samples share bytes."""
        return self.bits not in (8, 16, 32, 64)

    def rows(self, down: int) -> int:
        """Rows of the segments at a place from the top; the last strip ends with the picture."""
        if self.tiled:
            return self.segment_height
        return min(self.segment_height, self.height - down * self.segment_height)

    def _type(self, page: TiffPage) -> np.dtype[Any]:
        name = {_UNSIGNED: "u", _UNDEFINED: "u", _SIGNED: "i", _FLOAT: "f"}.get(self.format)
        sizes = {"u": range(1, 17), "i": (8,), "f": ()}
        if name is None or not (self.bits in sizes[name] or self.bits in (16, 32, 64)):
            kind = getattr(page.sampleformat, "name", "unknown")
            raise ImageError(
                f"TIFF samples of {self.bits} bits and kind {kind} are not supported; save it with 16 bits"
            )
        return np.dtype(f"{name}{1 if self.bits <= 8 else 2 if self.bits <= 16 else self.bits // 8}")

    def _check(self, page: TiffPage) -> None:
        if self.compression not in SUPPORTED_COMPRESSIONS:
            raise ImageError(
                f"there is no decoder for a TIFF of {self.bits} bits with the compression "
                f"{getattr(page.compression, 'name', self.compression)}; save it with LZW, Deflate or none"
            )
        if self.predictor not in (1, _HORIZONTAL, _FLOATING_POINT) or (self.predictor > 1 and self.packed):
            raise ImageError(
                f"the TIFF's predictor {self.predictor} with {self.bits} bits is not supported; save it without one"
            )
        if page.samplesperpixel > _MOST_CHANNELS:
            raise ImageError(f"a TIFF of {page.samplesperpixel} channels is not a picture; save it as grey or RGB")
        wanted = self.planes * self.across * self.down
        if len(self.offsets) < wanted or len(self.counts) < wanted:
            raise ImageError("the file is cut off: it lacks strips or tiles of its pixels; copy it again")
        if 0 in self.counts[:wanted]:
            raise ImageError("pixels are missing: a strip or tile of the TIFF is empty; save it as a whole picture")
        if self.compression == _LZMA and self.width * self.height * page.samplesperpixel > _MOST_LZMA_SAMPLES:
            raise ImageError("a TIFF so large takes too long to decode with LZMA; save it with Deflate or LZW")
        check_memory("TIFF", (self.width, self.height), self._memory(page))

    def _memory(self, page: TiffPage) -> float:
        """Bytes that reading and converting to RGB takes, at most."""
        pixels = self.width * self.height
        samples = pixels * page.samplesperpixel * self.type.itemsize
        # Planes are put together, inks and white as zero are turned over, and alpha is picked: one copy more.
        plain = self.planes == 1 and int(page.photometric) not in (0, 5) and not page.extrasamples
        segments = self.segment_width * self.segment_height * self.across * self.channels * self.type.itemsize
        band = max(segments, 2 * _BAND_BYTES)
        return samples * (1 if plain else 2) + 3 * pixels + band * (_COPIES_BY_LIBTIFF if self.by_libtiff else _COPIES)


def _read_plane(layout: _Layout, stream: IO[bytes], number: int) -> npt.NDArray[Any]:
    """One plane, (H, W, channels): all channels together, or one of them."""
    plane = np.empty((layout.height, layout.width, layout.channels), layout.type)
    first = number * layout.across * layout.down
    per_band = max(1, _BAND_BYTES // (layout.segment_height * layout.row_bytes * layout.across))
    for top in range(0, layout.down, per_band):
        bottom = min(top + per_band, layout.down)
        segments = range(first + top * layout.across, first + bottom * layout.across)
        rows = [layout.rows(down) for down in range(top, bottom) for _ in range(layout.across)]
        samples = _samples(layout, _decoded(layout, list(_stored(layout, stream, segments)), rows))
        if layout.tiled:
            grid = (bottom - top, layout.across, layout.segment_height, layout.segment_width, layout.channels)
            samples = samples.reshape(grid).swapaxes(1, 2)
            samples = samples.reshape(grid[0] * grid[2], grid[1] * grid[3], layout.channels)
        start = top * layout.segment_height
        stop = min(bottom * layout.segment_height, layout.height)
        plane[start:stop] = samples[: stop - start, : layout.width]
    return plane


def _stored(layout: _Layout, stream: IO[bytes], segments: range) -> Iterator[bytes]:
    """Yield the bytes of each strip or tile as the file has them, bits in the usual order."""
    for segment in segments:
        stream.seek(layout.offsets[segment])
        data = stream.read(layout.counts[segment])
        if len(data) < layout.counts[segment]:
            raise ImageError("the file is cut off: pixels are missing at its end; copy it again from its source")
        yield _REVERSED[np.frombuffer(data, np.uint8)].tobytes() if layout.reversed_bits else data


def _decoded(layout: _Layout, segments: list[bytes], rows: list[int]) -> _Bytes:
    """Decompress segments of the given rows into (all rows, bytes a row)."""
    if layout.by_libtiff:
        return _by_libtiff(layout, segments, rows)
    parts = []
    for data, height in zip(segments, rows, strict=True):
        wanted = height * layout.row_bytes
        if layout.compression == _NONE:
            found = data[:wanted]
        elif layout.compression == _LZMA:
            found = lzma.LZMADecompressor(memlimit=_MAX_BYTES).decompress(data, wanted)
        else:
            found = zlib.decompressobj().decompress(data, wanted)
        if len(found) < wanted:
            raise ImageError("the file is cut off: a strip or tile is too short; copy it again from its source")
        parts.append(found)
    return np.frombuffer(b"".join(parts), np.uint8).reshape(-1, layout.row_bytes)


def _by_libtiff(layout: _Layout, segments: list[bytes], rows: list[int]) -> _Bytes:
    """Decompress segments as the strips of an 8-bit grey picture, whose pixels are the bytes wanted."""
    count = len(segments)
    tags = 9
    places = 8 + 2 + 12 * tags + 4
    starts = np.cumsum([places + 8 * count, *map(len, segments)])[:-1]
    table = struct.pack(f"<{2 * count}I", *starts, *map(len, segments))
    offsets, counts = (places, places + 4 * count) if count > 1 else (int(starts[0]), len(segments[0]))
    entries = (
        (256, 4, 1, layout.row_bytes),
        (257, 4, 1, sum(rows)),
        (258, 3, 1, 8),
        (259, 3, 1, layout.compression),
        (262, 3, 1, 1),
        (273, 4, count, offsets),
        (277, 3, 1, 1),
        (278, 4, 1, rows[0]),
        (279, 4, count, counts),
    )
    head = b"II*\0" + struct.pack("<IH", 8, tags) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    try:
        with TiffImagePlugin.TiffImageFile(io.BytesIO(b"".join([head, bytes(4), table, *segments]))) as image:
            image.load()
            return np.asarray(image, np.uint8)
    except OSError:
        name = _BY_LIBTIFF[layout.compression]
        if not _is_built_in(name):
            raise ImageError(
                f"this installation of Pillow has no decoder for the compression {name}; save the TIFF with Deflate"
            ) from None
        raise


def _is_built_in(name: str) -> bool:
    try:
        Image.new("L", (1, 1)).save(io.BytesIO(), "TIFF", compression=name)
    except Exception:  # Whatever reason libtiff gives, the segment can't be decoded.
        return False
    return True


def _samples(layout: _Layout, rows: _Bytes) -> npt.NDArray[Any]:
    """(rows, width, channels) of the stored type from decompressed rows."""
    shape = (len(rows), layout.segment_width, layout.channels)
    if layout.packed:
        return _unpacked(rows, layout.segment_width * layout.channels, layout.bits).reshape(shape)
    if layout.predictor == _FLOATING_POINT:
        # The differences run over single bytes; the highest bytes of a whole row come first (TIFF Technical Note 3).
        summed = rows.reshape(len(rows), -1, layout.channels).cumsum(axis=1, dtype=np.uint8)
        planes = summed.reshape(len(rows), layout.type.itemsize, -1).transpose(0, 2, 1)
        big = np.ascontiguousarray(planes).view(layout.type.newbyteorder(">"))
        return big.reshape(shape).astype(layout.type)
    stored = rows.reshape(-1).view(layout.type.newbyteorder(layout.byte_order)).reshape(shape)
    if layout.predictor == _HORIZONTAL:
        whole = np.dtype(f"u{layout.type.itemsize}")
        numbers = stored.view(whole.newbyteorder(layout.byte_order))
        return numbers.cumsum(axis=1, dtype=whole).view(layout.type)
    return stored.astype(layout.type, copy=False)


def _unpacked(rows: _Bytes, count: int, bits: int) -> npt.NDArray[Any]:
    """`count` numbers of each row, whose first is in the highest bits; every row begins with a new byte."""
    numbers = np.zeros((len(rows), count), np.uint8 if bits < 8 else np.uint16)
    kind = numbers.dtype.type
    # Every bit takes a byte meanwhile.
    step = max(1, _UNPACKED_AT_ONCE // (count * bits))
    for top in range(0, len(rows), step):
        flat = np.unpackbits(rows[top : top + step], axis=1)[:, : count * bits].reshape(-1, count, bits)
        for place in range(bits):
            numbers[top : top + step] |= flat[:, :, place].astype(kind) << kind(bits - 1 - place)
    return numbers
