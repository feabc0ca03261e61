"""The image files below folders, in natural order; quick on 100,000 files, and never long without a breath.

Python sorts a list in one step, which keeps every other thread waiting. So names get keys that compare as plain
strings, are sorted a piece at a time, and merged while they are given out.
"""

from __future__ import annotations

import heapq
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

IMAGE_SUFFIXES = frozenset(
    {".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".tif", ".tiff", ".webp", ".gif"}
)
"""Lower-case suffixes of the files that are taken from a folder."""

_PIECE = 4000
"""Names sorted in one step: about 3 ms."""

_SUFFIXES = tuple(IMAGE_SUFFIXES)
_DIGITS = re.compile(r"(\d+)")
# What comes first in a key decides: a number, then text, then the end of the name. No file name has a NUL in it.
_NUMBER, _TEXT, _TEXT_ENDS, _END = "\1", "\2", "\0", "\3"


def find_images(paths: Iterable[str | os.PathLike[str]]) -> Iterator[Path]:
    """Find the image files in files and folders.

    Files are given back as they are, whatever their suffix, also when they are missing: reading them tells what is
    wrong. Folders are walked recursively, files before folders, in natural order (part2 before part10), without hidden
    names and without following a link into a folder already being walked. A folder that cannot be listed is given back
    itself, so that it does not go unnoticed.

    Args:
        paths: files and folders, in the order wanted.

    Yields:
        Paths that begin as the given ones do.
    """
    return map(Path, find_image_names(paths))


def find_image_names(paths: Iterable[str | os.PathLike[str]]) -> Iterator[str]:
    """As `find_images`, but yield plain strings, which takes a third of the time."""
    for path in map(Path, paths):
        if _is_folder(path):
            yield from _walk(str(path), frozenset())
        else:
            yield str(path)


def natural_key(name: str) -> str:
    """Return a sort key under which numbers inside names count as numbers, and case does not matter first."""
    pieces = _DIGITS.split(name)
    key = ""
    for place, piece in enumerate(pieces):
        if place % 2:
            number = str(int(piece))
            # More digits, a greater number; the length comes first, as one character.
            key += _NUMBER + chr(len(number)) + number
        elif piece:
            key += _TEXT + piece.casefold() + _TEXT_ENDS
    return key + _END + name


def _walk(folder: str, ancestors: frozenset[Path]) -> Iterator[str]:
    """Yield the image files below a folder; `ancestors` are the real paths of the folders being walked."""
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    try:
        real = Path(folder).resolve()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if _leads_to_a_folder(entry):
                    folders[natural_key(entry.name)] = entry.path
                elif entry.name.lower().endswith(_SUFFIXES):
                    files[natural_key(entry.name)] = entry.path
    except OSError:
        yield folder
        return
    if real in ancestors:
        return
    yield from _in_order(files)
    for path in _in_order(folders):
        yield from _walk(path, ancestors | {real})


def _leads_to_a_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        # No file could have such a name; reading it tells so.
        return False


def _in_order(paths: dict[str, str]) -> Iterator[str]:
    """The values in the order of their keys."""
    keys = list(paths)
    pieces = [sorted(keys[start : start + _PIECE]) for start in range(0, len(keys), _PIECE)]
    return (paths[key] for key in heapq.merge(*pieces))
