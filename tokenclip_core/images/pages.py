"""Files of several pictures: the pages of a TIFF, which are parts of their own, and the frames of an animation.

A page is named `FILE#page=2`, from 1, wherever a file may be named.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tokenclip_core.errors import ImageError
from tokenclip_core.images.pieces import check_pieces
from tokenclip_core.small_files import open_regular

TIFF_SUFFIXES = (".tif", ".tiff")
"""Lower-case suffixes of the files that may have pages."""

_PAGE = re.compile(r"(.+)#page=([1-9]\d{0,8})", re.DOTALL)
_ANIMATED_SUFFIXES = frozenset({".gif", ".png", ".apng", ".webp", ".avif", ".avifs"})
_MOST_PAGES = 100_000
_MOST_TAGS = 4096
_MOST_BLOCKS = 2_000_000
# TIFF 6.0: what marks a page as a smaller copy or a mask of another one.
_NEW_SUBFILE_TYPE, _SUBFILE_TYPE, _PHOTOMETRIC = 254, 255, 262
_REDUCED_OR_MASK, _OLD_REDUCED, _MASK = 1 | 4, 2, 4
_TYPE_BYTES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}


def split_page(path: str | os.PathLike[str]) -> tuple[Path, int]:
    """The file and the page, from 1, that a path names."""
    file = Path(path)
    found = _PAGE.fullmatch(os.fspath(path))
    if found is None or file.exists():
        return file, 1
    return Path(found[1]), int(found[2])


def page_names(name: str) -> list[str]:
    """The names of the pages of a TIFF file; the name itself if it has only one, or can't be read."""
    try:
        with open_regular(Path(name)) as stream:
            count = count_pages(stream)
    except (OSError, ValueError, struct.error):
        return [name]
    return [name] if count < 2 else [f"{name}#page={number}" for number in range(1, count + 1)]


def count_pages(stream: IO[bytes]) -> int:
    """How many pictures a TIFF holds, without smaller copies and masks of others; walks the directories only.

    Raises:
        struct.error: the file ends within a directory.
    """
    head = stream.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None:
        return 1
    (version,) = struct.unpack_from(f"{order}H", head, 2)
    big = version == 43
    if not big and version != 42:
        return 1
    (place,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", head, 8 if big else 4)
    seen: set[int] = set()
    pages = 0
    while place and place not in seen and len(seen) < _MOST_PAGES:
        seen.add(place)
        entries, place = directory_entries(stream, place, order, big=big)
        pages += _is_picture(entries)
    return pages


def count_frames(path: str | os.PathLike[str]) -> int:
    """How many pictures an animated GIF, PNG, WebP or AVIF shows one after the other; 1 for everything else."""
    file = Path(path)
    if file.suffix.lower() not in _ANIMATED_SUFFIXES:
        return 1
    try:
        with open_regular(file) as stream:
            return _frames(stream)
    except (ImageError, OSError, ValueError, struct.error):
        return 1


@dataclass(frozen=True)
class DirectoryEntry:
    """One entry of a TIFF directory.

    Attributes:
        tag: its number.
        value: of a single whole number, else where the values are.
        end: where in the file its values end; 0 if they are in the entry itself.
    """

    tag: int
    value: int
    end: int


def directory_entries(stream: IO[bytes], place: int, order: str, *, big: bool) -> tuple[list[DirectoryEntry], int]:
    """The entries of the TIFF directory at a place, and the place of the next one (0 for none).

    Args:
        stream: the open file.
        place: of the directory.
        order: "<" or ">", the order of bytes.
        big: whether the file is a BigTIFF.

    Raises:
        struct.error: the file ends within the directory.
    """
    size, length, number, pointer = (8, 20, "Q", "Q") if big else (2, 12, "H", "I")
    stream.seek(place)
    (count,) = struct.unpack(f"{order}{number}", stream.read(size))
    if not 0 < count <= _MOST_TAGS:
        return [], 0
    table = stream.read(count * length)
    entries = []
    for start in range(0, count * length, length):
        tag, kind, values = struct.unpack_from(f"{order}HH{pointer}", table, start)
        inline = 8 if big else 4
        number = "H" if kind == 3 and values == 1 else pointer
        (value,) = struct.unpack_from(order + number, table, start + length - inline)
        taken = _TYPE_BYTES.get(kind, 1) * values
        entries.append(DirectoryEntry(tag, value, value + taken if taken > inline else 0))
    (following,) = struct.unpack(f"{order}{pointer}", stream.read(8 if big else 4))
    return entries, following


def _is_picture(entries: list[DirectoryEntry]) -> bool:
    """Whether a directory describes a picture of its own."""
    return not any(
        (entry.tag == _NEW_SUBFILE_TYPE and entry.value & _REDUCED_OR_MASK)
        or (entry.tag == _SUBFILE_TYPE and entry.value == _OLD_REDUCED)
        or (entry.tag == _PHOTOMETRIC and entry.value == _MASK)
        for entry in entries
    )


def _frames(stream: IO[bytes]) -> int:
    head = stream.read(32)
    check_pieces(stream, head)
    stream.seek(len(head))
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return next((struct.unpack(">I", body[:4])[0] for kind, body in _png_chunks(stream) if kind == b"acTL"), 1)
    if head.startswith(b"GIF8"):
        return _gif_frames(stream)
    if head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X":
        return _webp_frames(stream) if head[20] & 2 else 1
    if head[4:12] == b"ftypavis":
        from PIL import AvifImagePlugin

        stream.seek(0)
        with AvifImagePlugin.AvifImageFile(stream) as image:
            return int(getattr(image, "n_frames", 1))
    return 1


def _png_chunks(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The chunks before the pixels; of long ones only the beginning."""
    stream.seek(8)
    while len(head := stream.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind in (b"IDAT", b"IEND"):
            return
        yield kind, stream.read(min(length, 16))
        stream.seek(max(0, length - 16) + 4, os.SEEK_CUR)


def _webp_frames(stream: IO[bytes]) -> int:
    stream.seek(12)
    frames = 0
    while len(head := stream.read(8)) == 8:
        kind, length = struct.unpack("<4sI", head)
        frames += kind == b"ANMF"
        stream.seek(length + length % 2, os.SEEK_CUR)
    return max(frames, 1)


def _gif_frames(stream: IO[bytes]) -> int:
    """Frames of a GIF, counted by its blocks without decoding any; frames beyond very many blocks are not counted."""
    stream.seek(10)
    flags = stream.read(3)[0]
    stream.seek(13 + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0))
    frames = blocks = 0
    while blocks < _MOST_BLOCKS and (kind := stream.read(1)) in (b"\x21", b"\x2c"):
        if kind == b"\x2c":
            frames += 1
            flags = stream.read(9)[8]
            stream.seek(3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0, os.SEEK_CUR)
        stream.seek(1, os.SEEK_CUR)
        while blocks < _MOST_BLOCKS and (length := stream.read(1)) not in (b"", b"\0"):
            blocks += 1
            stream.seek(length[0], os.SEEK_CUR)
        blocks += 1
    return max(frames, 1)
