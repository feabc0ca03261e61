"""Into how many pieces a file is cut: readers take one at a time, so that very many take minutes, however small."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from typing import IO

from tokenclip_core.errors import ImageError

MOST_PIECES = 200_000
"""Pieces that a file may have.

An uncompressed PNG of the largest size has some 65,000 chunks as encoders write them; readers take 2 µs for each.
"""

_JPEG_SCAN = 0xDA
_JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xDA)})
_BOXES_OF_BOXES = frozenset({b"jp2h", b"meta"})
_Walk = Callable[[IO[bytes]], Iterator[None]]


def check_pieces(stream: IO[bytes], head: bytes) -> None:
    """See that a reader is not kept busy with a file's pieces: chunks, segments, blocks or boxes beside its pixels.

    Args:
        stream: the open file; it may be anywhere afterwards.
        head: its first 32 bytes.

    Raises:
        ImageError: it has more than `MOST_PIECES` pieces.
    """
    for begins, least, walk in _WALKS:
        if begins(head):
            # A file that is too short for so many pieces is not searched.
            if os.fstat(stream.fileno()).st_size > least * MOST_PIECES and not _ends_in_time(walk(stream)):
                raise ImageError(f"the file has more than {MOST_PIECES} pieces beside its pixels; save it again")
            return


def _ends_in_time(pieces: Iterator[None]) -> bool:
    return all(number < MOST_PIECES for number, _ in enumerate(pieces))


def _png(stream: IO[bytes]) -> Iterator[None]:
    stream.seek(8)
    while len(head := stream.read(8)) == 8:
        yield
        stream.seek(struct.unpack(">I4s", head)[0] + 4, os.SEEK_CUR)


def _jpeg(stream: IO[bytes]) -> Iterator[None]:
    """Segments, and the bytes between them, up to the first scan."""
    stream.seek(2)
    while len(marker := stream.read(2)) == 2 and marker[1] != _JPEG_SCAN:
        yield
        if marker[0] != 0xFF or marker[1] == 0xFF:
            stream.seek(-1, os.SEEK_CUR)
        elif marker[1] not in _JPEG_WITHOUT_LENGTH:
            length = stream.read(2)
            if len(length) < 2:
                return
            stream.seek(max(0, struct.unpack(">H", length)[0] - 2), os.SEEK_CUR)


def _gif(stream: IO[bytes]) -> Iterator[None]:
    """Blocks and what they consist of, and the bytes between them, up to the first picture."""
    stream.seek(10)
    flags = stream.read(3)[0]
    stream.seek(13 + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0))
    while (kind := stream.read(1)) not in (b"", b"\x2c", b"\x3b"):
        yield
        if kind == b"\x21":
            stream.seek(1, os.SEEK_CUR)
            while (length := stream.read(1)) not in (b"", b"\0"):
                yield
                stream.seek(length[0], os.SEEK_CUR)


def _webp(stream: IO[bytes]) -> Iterator[None]:
    stream.seek(12)
    while len(head := stream.read(8)) == 8:
        yield
        length = struct.unpack("<4sI", head)[1]
        stream.seek(length + length % 2, os.SEEK_CUR)


def _boxes(stream: IO[bytes]) -> Iterator[None]:
    """Boxes of ISO 15444 and 14496, and those in the boxes that hold headers."""
    stream.seek(0)
    while len(head := stream.read(8)) == 8:
        yield
        length, kind = struct.unpack(">I4s", head)
        taken = 8
        if length == 1:
            wide = stream.read(8)
            length, taken = int.from_bytes(wide, "big"), 16
        if length < taken:
            return
        if kind not in _BOXES_OF_BOXES:
            stream.seek(min(length - taken, 2**62), os.SEEK_CUR)
        elif kind == b"meta":
            stream.seek(4, os.SEEK_CUR)


_WALKS: tuple[tuple[Callable[[bytes], bool], int, _Walk], ...] = (
    (lambda head: head.startswith(b"\x89PNG"), 12, _png),
    (lambda head: head.startswith(b"\xff\xd8"), 1, _jpeg),
    (lambda head: head.startswith(b"GIF8"), 1, _gif),
    (lambda head: head.startswith(b"RIFF"), 8, _webp),
    (lambda head: head[4:8] in (b"jP  ", b"ftyp"), 8, _boxes),
)
