"""Netpbm's binary grey and colour pictures (PGM P5, PPM P6), whose samples may have any depth up to 16 bits."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import IO

import numpy as np

from tokenclip_core.errors import ImageError
from tokenclip_core.images.limits import check_memory
from tokenclip_core.images.samples import Samples

# Three numbers after the magic, apart by blanks and comments; exactly one blank before the pixels.
_BLANKS = rb"(?:\s|#[^\n\r]*[\n\r])+"
_HEADER = re.compile(rb"P([56])" + (_BLANKS + rb"(\d{1,9})") * 3 + rb"(?:#[^\n\r]*)?\s", re.DOTALL)
_PLAIN_HEADERS = (
    re.compile(rb"P[14]" + (_BLANKS + rb"\d{1,9}") * 2 + rb"[\s#]", re.DOTALL),
    re.compile(rb"P[23f]" + (_BLANKS + rb"\d{1,9}") * 2 + _BLANKS + rb"[-+.\deE]{1,24}[\s#]", re.DOTALL),
)
_HEADER_BYTES = 4096
_MOST = 65535
_DAMAGED_HEADER = "the header of the PGM or PPM file is damaged; copy it again from its source"


def read_pnm_header(stream: IO[bytes]) -> tuple[int, int, int, int, int]:
    """Return width, height, channels, the largest value that the file states, and where the pixels begin.

    Raises:
        ImageError: the header is damaged.
    """
    stream.seek(0)
    found = _HEADER.match(stream.read(_HEADER_BYTES))
    if found is None:
        raise ImageError(_DAMAGED_HEADER)
    kind, *numbers = (int(group) for group in found.groups())
    width, height, most = numbers
    if not 1 <= most <= _MOST:
        raise ImageError(f"the PGM or PPM file states a largest value of {most}; it must be 1 to {_MOST}")
    return width, height, 1 if kind == 5 else 3, most, found.end()


def check_plain_header(stream: IO[bytes]) -> None:
    """See that the header of a file of text, bits or floats ends soon: its reader takes it letter by letter.

    Raises:
        ImageError: it does not, or is damaged.
    """
    stream.seek(0)
    head = stream.read(_HEADER_BYTES)
    if not any(header.match(head) for header in _PLAIN_HEADERS):
        raise ImageError(_DAMAGED_HEADER)


def read_pnm(stream: IO[bytes], check_size: Callable[[tuple[int, int]], None]) -> Samples:
    """Read the first picture of a file.

    Args:
        stream: the open file.
        check_size: called with (width, height) before the pixels are read; raises to refuse.

    Raises:
        ImageError: the file is damaged or cut off.
    """
    width, height, channels, most, start = read_pnm_header(stream)
    check_size((width, height))
    kind = np.dtype(">u2" if most > 255 else "u1")
    # The file's bytes, the samples, four times as much while an odd largest value is stretched, and the picture.
    copies = 2 * kind.itemsize + (12 if most & (most + 1) else 0)
    check_memory("PGM or PPM", (width, height), width * height * (channels * copies + 3))
    stream.seek(start)
    wanted = width * height * channels * kind.itemsize
    data = stream.read(wanted)
    if len(data) < wanted:
        raise ImageError("the file is cut off: pixels are missing at its end; copy it again from its source")
    values = np.frombuffer(data, kind).reshape(height, width, channels).astype(kind.newbyteorder("="))
    if int(values.max()) > most:
        raise ImageError(f"the file has samples above {most}, the largest that it states; save it again")
    full = 255 if most <= 255 else _MOST
    bits = most.bit_length()
    if most == full:
        return Samples(values)
    if most == 2**bits - 1:
        return Samples(values, bits)
    return Samples(((values.astype(np.uint32) * full + most // 2) // most).astype(values.dtype))
