"""What the containers of videos say of themselves: whether a file is cut off, and how long its film lasts."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import IO

_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})


def is_cut_off(path: Path) -> bool:
    """Whether the file of a video is shorter than its own structure says (MP4 and MOV, Matroska and WebM, AVI)."""
    try:
        length = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(12)
            if head[4:8] in _BOXES:
                return _boxes_exceed(stream, length)
            if head[:4] == b"RIFF":
                return 8 + int.from_bytes(head[4:8], "little") > length
            if head.startswith(_EBML):
                return _segment_exceeds(stream, length)
    except (OSError, struct.error, IndexError):
        return False
    return False


def movie_seconds(path: Path) -> float:
    """How long an MP4 or MOV says that its film lasts, without what its edit list leaves out; 0 where it says nothing.

    ISO 14496-12, 8.2.2.
    """
    try:
        length = path.stat().st_size
        with path.open("rb") as stream:
            if stream.read(12)[4:8] not in _BOXES:
                return 0.0
            movie = _find_box(stream, b"moov", 0, length)
            header = None if movie is None else _find_box(stream, b"mvhd", *movie)
            if header is None:
                return 0.0
            stream.seek(header[0])
            content = stream.read(32)
            scale, duration = struct.unpack_from(">IQ" if content[0] else ">II", content, 20 if content[0] else 12)
    except (OSError, struct.error, IndexError):
        return 0.0
    return duration / scale if scale else 0.0


def _find_box(stream: IO[bytes], kind: bytes, place: int, end: int) -> tuple[int, int] | None:
    """Where the content of the first box of a kind begins and ends, between two places; None if there is none."""
    while place + 8 <= end:
        stream.seek(place)
        head = stream.read(16)
        size, begin = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, begin = int.from_bytes(head[8:16], "big"), 16
        size = size or end - place
        if size < begin:
            return None
        if head[4:8] == kind:
            return place + begin, min(place + size, end)
        place += size
    return None


def _boxes_exceed(stream: IO[bytes], length: int) -> bool:
    """ISO 14496-12, 4.2: a box of size 0 reaches to the end of the file, 1 says that 64 bits follow."""
    place = 0
    while place < length:
        stream.seek(place)
        head = stream.read(16)
        if len(head) < 8:
            return True
        size = int.from_bytes(head[:4], "big")
        if size == 0:
            return False
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8:
            return False
        place += size
    return place > length


def _segment_exceeds(stream: IO[bytes], length: int) -> bool:
    """RFC 8794: the segment follows the header; a size of only ones is unknown, as in live recordings."""
    stream.seek(4)
    size, _, start = _variable_size(stream)
    stream.seek(start + size)
    if stream.read(4) != _SEGMENT:
        return False
    size, unknown, start = _variable_size(stream)
    return not unknown and start + size > length


def _variable_size(stream: IO[bytes]) -> tuple[int, bool, int]:
    """A variable-size integer: its value, whether it is of only ones, and where it ends."""
    first = stream.read(1)[0]
    octets = 9 - first.bit_length()
    rest = stream.read(octets - 1)
    value = int.from_bytes(bytes([first & (0xFF >> octets)]) + rest, "big")
    return value, value == 2 ** (7 * octets) - 1, stream.seek(0, os.SEEK_CUR)
