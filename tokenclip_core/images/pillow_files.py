"""The formats that Pillow reads: their headers, checked before any memory is taken, and their samples."""

from __future__ import annotations

import dataclasses
import io
import os
import re
import struct
import sys
from collections.abc import Callable
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
)
from PIL import WebPImagePlugin as WebPImagePlugin

from tokenclip_core.errors import ImageError
from tokenclip_core.images import limits
from tokenclip_core.images.jpeg import has_all_scans
from tokenclip_core.images.limits import Cost, check_cost
from tokenclip_core.images.pieces import check_pieces
from tokenclip_core.images.pnm import check_plain_header
from tokenclip_core.images.samples import Samples
from tokenclip_core.images.tiff import LeftToLibtiffError

FORMATS = "PNG, JPEG, BMP, TIFF, WebP, GIF, PGM, PPM, JPEG 2000 or AVIF"
"""The formats that are read, in words."""

_ORIENTATION_TAG = 0x0112
# Upper bounds of what one byte of a file can stand for (deflate: 1032 to 1, one bit a pixel; JPEG: one bit for an
# 8 x 8 block). A file that promises more is cut off or made to exhaust memory, and is refused before anything is taken.
_PIXELS_PER_BYTE = {"PNG": 1032 * 8, "JPEG": 64 * 8}
# Each scan of a progressive JPEG goes over all pixels again. Encoders write about ten.
_MOST_SCANNED_PIXELS = 30 * 2**27
_MOST_SCANS = 1000
_BAND_PIXELS = 2**20
_COSTS = {
    "BMP": limits.BMP,
    "DIB": limits.BMP,
    "GIF": limits.GIF,
    "WEBP": limits.WEBP,
    "JPEG2000": limits.JPEG_2000,
    "AVIF": limits.AVIF,
}
_PLAIN_COSTS = {"1": limits.PLAIN_BITS, "RGB": limits.PLAIN_COLOUR}
_LOSSY = frozenset({"JPEG", "MPO", "AVIF", "JPEG2000"})

# Each format's first bytes and reader. The readers are called directly, not by Image.open, so that only these formats
# are ever parsed and the pixel limit is this module's own instead of a global of Pillow's.
_READERS: tuple[tuple[re.Pattern[bytes], Callable[[IO[bytes]], ImageFile.ImageFile]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), PngImagePlugin.PngImageFile),
    (re.compile(rb"\xff\xd8\xff"), JpegImagePlugin.JpegImageFile),
    (re.compile(rb"BM"), BmpImagePlugin.BmpImageFile),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), WebPImagePlugin.WebPImageFile),
    (re.compile(rb"GIF8[79]a"), GifImagePlugin.GifImageFile),
    (re.compile(rb"P[1-4f][\s#]"), PpmImagePlugin.PpmImageFile),
    (_JPEG_2000 := re.compile(rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  \r\n\x87\n"), Jpeg2KImagePlugin.Jpeg2KImageFile),
    (_AVIF := re.compile(rb"....ftypavi[fs]", re.DOTALL), AvifImagePlugin.AvifImageFile),
)


def is_fragile(head: bytes) -> bool:
    """Whether a file that begins so is decoded outside this process, by the rule of `outside`."""
    return bool(_JPEG_2000.match(head) or _AVIF.match(head))


def open_picture(stream: IO[bytes], head: bytes, check_size: Callable[[tuple[int, int]], None]) -> ImageFile.ImageFile:
    """Parse the header and check the size.

    Args:
        stream: the open file.
        head: its first 32 bytes.
        check_size: called with the stored (width, height) before memory is taken for pixels; raises to refuse.

    Raises:
        ImageError: it is no image of these formats, or too short for what it promises.
        Exception: any error that the reader raises on a damaged file.
    """
    reader = next((reader for magic, reader in _READERS if magic.match(head)), None)
    if reader is None:
        raise ImageError(f"this is not a {FORMATS} image; convert it or leave it out")
    if reader is WebPImagePlugin.WebPImageFile:
        check_size(_webp_size(head))
        check_cost(limits.WEBP, _webp_size(head), os.fstat(stream.fileno()).st_size)
    if reader is PpmImagePlugin.PpmImageFile:
        check_plain_header(stream)
    check_pieces(stream, head)
    stream.seek(0)
    image = reader(stream)
    check_size(image.size)
    promised = image.size[0] * image.size[1]
    length = os.fstat(stream.fileno()).st_size
    if promised > _PIXELS_PER_BYTE.get(image.format or "", sys.maxsize) * length:
        raise ImageError(f"the file is cut off: it is too short for its {promised} pixels; copy it again")
    return image


def _cost(image: ImageFile.ImageFile, *, deep: bool) -> Cost:
    """What decoding takes for an opened file; `deep` says that all bits of a 16-bit colour PNG are wanted."""
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        progressive = "progressive" in image.info or "progression" in image.info
        if image.mode == "CMYK":
            return limits.PROGRESSIVE_CMYK_JPEG if progressive else limits.CMYK_JPEG
        return limits.PROGRESSIVE_JPEG if progressive else limits.JPEG
    if image.format == "PNG":
        return limits.DEEP_PNG if deep else limits.PNG
    decoder = str(image.tile[0][0]) if image.tile else ""
    if decoder == "ppm_plain":
        return _PLAIN_COSTS.get(image.mode, limits.PLAIN_GREY)
    if decoder == "bmp_rle":
        return limits.RUN_LENGTH_BMP
    return _COSTS.get(image.format or "", limits.NETPBM)


def _is_deep_colour_png(stream: IO[bytes]) -> bool:
    """Whether a file is a PNG of 16 bits in colour or with transparency, of which Pillow keeps 8."""
    stream.seek(0)
    head = stream.read(26)
    return head.startswith(b"\x89PNG") and head[24] == 16 and head[25] in (2, 4, 6)


def _check_scans(stream: IO[bytes], pixels: int) -> None:
    """See that a JPEG does not go over its pixels so often that decoding takes minutes.

    Raises:
        ImageError: it has too many scans.
    """
    stream.seek(0)
    # In the data of a scan a byte of 255 is always followed by 0 or a restart marker, so this finds markers only.
    scans = stream.read().count(b"\xff\xda")
    if scans > _MOST_SCANS or scans * pixels > _MOST_SCANNED_PIXELS:
        raise ImageError(f"a JPEG of {scans} scans would take too long to decode; save it again")


def decode(stream: IO[bytes], image: ImageFile.ImageFile, *, exact: bool) -> Samples:
    """Decode the pixels of an opened file.

    Args:
        stream: the open file.
        image: what `open_picture` returned for it.
        exact: keep all bits of deep colour PNG files.

    Raises:
        ImageError: the samples are of a kind that is not supported.
        Exception: any error that the decoder raises on a damaged file.
    """
    check_cost(_cost(image, deep=exact and _is_deep_colour_png(stream)), image.size, os.fstat(stream.fileno()).st_size)
    lossy = image.format in _LOSSY or (image.format == "WEBP" and _is_lossy_webp(stream))
    check_end(stream, image.format or "")
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        _check_scans(stream, image.size[0] * image.size[1])
    try:
        samples = _samples(image)
    except (OSError, SyntaxError):
        if isinstance(image, JpegImagePlugin.JpegImageFile) and (repaired := _without_end_marker(stream)) is not None:
            samples = repaired
        else:
            raise
    if exact and image.format == "PNG":
        samples = _deep_png(stream) or samples
    elif image.format == "JPEG2000":
        samples = _deep_jpeg2000(stream, samples)
    # After decoding: asked before, Pillow decodes a PNG for it and swallows the errors of a damaged one.
    return dataclasses.replace(samples, lossy=lossy, orientation=picture_orientation(image))


def left_to_libtiff(stream: IO[bytes], left: LeftToLibtiffError) -> Samples:
    """Read a page of a TIFF that is compressed with JPEG, WebP or as a fax."""
    stream.seek(0)
    with TiffImagePlugin.TiffImageFile(stream) as image:
        image.seek(left.index)
        check_cost(limits.LIBTIFF, image.size, os.fstat(stream.fileno()).st_size)
        samples = _samples(image)
    return dataclasses.replace(samples, lossy=left.is_jpeg, orientation=left.orientation)


def picture_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 (upright) if there is none or it cannot be read."""
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # A damaged EXIF block does not make the pixels unreadable.
        return 1
    return value if isinstance(value, int) else 1


def states_16_bits(head: bytes) -> bool:
    """Whether a file that begins so is a PNG of 16 bits, or of JPEG 2000, whose depth is known only when it is read."""
    return (head.startswith(b"\x89PNG") and head[24:25] == b"\x10") or head.startswith((b"\xff\x4f", b"\0\0\0\x0cjP"))


def check_end(stream: IO[bytes], kind: str) -> None:
    """See that a file of boxes or a code stream ends as it should, where decoders accept what is cut off.

    Raises:
        ImageError: its end is missing.
    """
    if kind not in ("JPEG2000", "AVIF"):
        return
    stream.seek(0)
    data = stream.read()
    complete = data.rstrip(b"\0").endswith(b"\xff\xd9") if data.startswith(b"\xff\x4f") else _boxes_are_whole(data)
    if not complete:
        raise ImageError("the file is cut off: pixels are missing at its end; copy it again from its source")


def _boxes_are_whole(data: bytes) -> bool:
    """Whether the boxes of ISO 15444 and 14496 fill a file, and a code stream in them has its end marker."""
    place = 0
    has_data = False
    while place < len(data):
        if place + 8 > len(data):
            return False
        length, kind = struct.unpack_from(">I4s", data, place)
        header = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, place + 8)
            header = 16
        end = len(data) if length == 0 else place + length
        if end > len(data) or end < place + header:
            return False
        if kind == b"jp2c":
            has_data = data[end - 2 : end] == b"\xff\xd9"
        has_data |= kind == b"mdat"
        place = end
    return has_data


def _samples(image: ImageFile.ImageFile) -> Samples:
    """The samples of a Pillow image of any supported mode."""
    image.load()
    mode = image.mode
    if mode in ("LAB", "HSV"):
        raise ImageError(f"the colour space {mode} is not supported; save the image as RGB")
    if mode == "P":
        image.apply_transparency()
        wanted = "RGBA" if image.palette is not None and image.palette.mode == "RGBA" else "RGB"
        palette = np.zeros((256, len(wanted)), np.uint8)
        colours_given = np.asarray(image.getpalette(wanted), np.uint8).reshape(-1, len(wanted))
        palette[: len(colours_given)] = colours_given
        return Samples(_array(image), palette=palette)
    if mode.startswith("I") or mode == "F":
        if mode == "I" and image.format != "PNG":
            raise ImageError("samples of 32 bits in this format are not supported; save the image with 16 bits")
        values = _array(image)
        # Some versions of Pillow give the 16-bit grey of a PNG in 32-bit integers.
        return Samples(values.astype(np.uint16) if mode == "I" else values)
    if "transparency" in image.info or mode == "PA":
        return Samples(_array(image, "RGBA"))
    if mode in ("1", "L", "LA", "La", "RGB", "RGBA", "RGBa"):
        return Samples(_array(image), premultiplied=mode in ("La", "RGBa"))
    return Samples(_array(image, "RGB"))


def _array(image: Image.Image, mode: str | None = None) -> npt.NDArray[Any]:
    """(H, W, C) of an image, in another mode if one is given; a band at a time, or Pillow copies the whole twice."""
    width, height = image.size
    rows = max(1, _BAND_PIXELS // width)
    values: npt.NDArray[Any] | None = None
    for top in range(0, height, rows):
        band = image.crop((0, top, width, min(top + rows, height)))
        part = np.atleast_3d(np.asarray(band if mode is None else band.convert(mode)))
        if values is None:
            values = np.empty((height, width, part.shape[2]), part.dtype)
        values[top : top + rows] = part
    if values is None:
        raise ImageError("it has no pixels; copy it again from its source")
    return values


def _deep_png(stream: IO[bytes]) -> Samples | None:
    """All bits of a colour PNG of 16 bits, of which Pillow keeps 8; None for other PNG files."""
    if not _is_deep_colour_png(stream):
        return None
    import cv2

    stream.seek(0)
    data = stream.read()
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16 or values.ndim != 3:
        raise ImageError("its 16-bit colours can't be read; save it as 16-bit TIFF")
    channels = [2, 1, 0, 3] if values.shape[2] == 4 else [2, 1, 0]
    return Samples(np.asarray(values)[:, :, channels])


def _deep_jpeg2000(stream: IO[bytes], samples: Samples) -> Samples:
    """The samples as the precision asks that a JPEG 2000 file states for them.

    Pillow rounds colours of more than 8 bits up to 8, so that the brightest become black; OpenCV keeps all their bits.
    """
    stream.seek(0)
    data = stream.read()
    # ITU-T T.800, A.5.1: the marker SIZ follows SOC; precision - 1 and the sign of each component are at its end.
    size = data.find(b"\xff\x4f\xff\x51") + 2
    (count,) = struct.unpack_from(">H", data, size + 38)
    precisions = {data[size + 40 + 3 * index] for index in range(count)}
    bits = max(precisions) + 1
    if bits <= 8:
        return samples
    if len(precisions) > 1 or bits > 16:
        raise ImageError("its components are signed, of several depths, or of over 16 bits; save it as 16-bit TIFF")
    if samples.values.dtype == np.uint16:
        # Pillow has shifted fewer bits up.
        return dataclasses.replace(samples, bits=None if bits == 16 else 16)
    import cv2

    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if count != 3 or values is None or values.dtype != np.uint16 or values.ndim != 3 or values.shape[2] != 3:
        raise ImageError(f"its {count} channels of {bits} bits can't be read; save it as 16-bit TIFF")
    return Samples(np.asarray(values)[:, :, ::-1], None if bits == 16 else bits)


def _without_end_marker(stream: IO[bytes]) -> Samples | None:
    """Decode a JPEG whose data stops early, if every pixel is there; None if some are missing.

    libjpeg invents what is missing from whatever follows, so a scan is complete exactly if two different tails give the
    same pixels; scans and restart intervals that are missing as a whole are counted.
    """
    stream.seek(0)
    data = stream.read()
    if not has_all_scans(data):
        return None
    pictures = []
    for filler in (b"\x55", b"\x9a"):
        try:
            pictures.append(_samples(JpegImagePlugin.JpegImageFile(io.BytesIO(data + filler * 64 + b"\xff\xd9"))))
        except Exception:  # Not to be repaired; the caller reports the first error.
            return None
    return pictures[0] if np.array_equal(pictures[0].values, pictures[1].values) else None


def _is_lossy_webp(stream: IO[bytes]) -> bool:
    stream.seek(12)
    while len(head := stream.read(8)) == 8:
        kind, length = struct.unpack("<4sI", head)
        if kind in (b"VP8 ", b"VP8L"):
            return bool(kind == b"VP8 ")
        if kind == b"ANMF":
            # The frame's own chunks follow its 16 bytes of place and size.
            length = 16
        stream.seek(length + length % 2, os.SEEK_CUR)
    return False


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
