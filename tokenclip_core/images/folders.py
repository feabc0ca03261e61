"""The image files below folders, in natural order; quick on 100,000 files, in short steps that let other threads run.

Python sorts a list in one step, which keeps every other thread waiting. So names get keys that compare as plain
strings, are sorted a piece at a time, and merged while they are given out.

What is not a part is left out and counted: masks of other files, pictures of formats that are not read, hidden files.
"""

from __future__ import annotations

import heapq
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from tokenclip_core.errors import ImageError
from tokenclip_core.images.names import (
    UNREAD_SUFFIXES,
    is_hidden,
    is_mask_folder,
    may_be_mask_folder,
    stem_of,
    without_mask_word,
)
from tokenclip_core.images.pages import TIFF_SUFFIXES, page_names

IMAGE_SUFFIXES = frozenset(
    {
        *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".tif", ".tiff", ".webp", ".gif"),
        *(".pgm", ".ppm", ".pbm", ".pnm", ".jp2", ".j2k", ".j2c", ".jpf", ".jpx", ".avif", ".avifs"),
    }
)
"""Lower-case suffixes of the files that are taken from a folder."""

RARE_SUFFIXES = frozenset({".pgm", ".ppm", ".pbm", ".pnm", ".jp2", ".j2k", ".j2c", ".jpf", ".jpx", ".avif", ".avifs"})
"""Suffixes of formats that other programs often pass over, so that it is worth saying that they are read."""

_PIECE = 4000
"""Names sorted in one step: about 3 ms."""

_LOOKED_AT = 3
_SUFFIXES = tuple(IMAGE_SUFFIXES)
_UNREAD = tuple(UNREAD_SUFFIXES)
# A quick test for names that may be masks'; only those are compared with the lists of words.
_MASK_WORD = re.compile(r"mask|gt|truth|label|seg|anno")
_DIGITS = re.compile(r"(\d+)")
# What comes first in a key decides: a number, then text, then the end of the name. No file name has a NUL in it.
_NUMBER, _TEXT, _TEXT_ENDS, _END = "\1", "\2", "\0", "\3"


@dataclass
class LeftOut:
    """What was found below folders, but is not taken for a part.

    Attributes:
        masks: how many files are masks of others, by the folder they are in.
        example: one of them.
        unread: how many pictures are of formats that are not read, by suffix.
    """

    masks: Counter[str] = field(default_factory=Counter)
    example: str = ""
    unread: Counter[str] = field(default_factory=Counter)

    def words(self) -> list[str]:
        """What was left out, one sentence a kind; none where nothing was."""
        said = []
        if self.masks:
            count = sum(self.masks.values())
            said.append(
                f"{count} mask{'s' * (count > 1)} left out, for example {self.example}; "
                "name a folder of masks itself to take them for parts"
            )
        if self.unread:
            kinds = ", ".join(f"{number} {suffix}" for suffix, number in sorted(self.unread.items()))
            said.append(f"pictures left out since their format is not read: {kinds}; convert them to PNG or TIFF")
        return said

    def add_mask(self, path: str) -> None:
        """Count a mask."""
        self.masks[str(PurePath(path).parent)] += 1
        self.example = self.example or path


def find_images(paths: Iterable[str | os.PathLike[str]], left_out: LeftOut | None = None) -> Iterator[Path]:
    """Find the image files in files and folders, every page of a TIFF by itself.

    Files are given back as they are, whatever their suffix, also when they are missing: reading them tells what is
    wrong. Folders are walked recursively, files before folders, in natural order (part2 before part10), without hidden
    names, without masks of other files, and without following a link into a folder already being walked. A folder that
    cannot be listed is given back itself, so that it does not go unnoticed.

    Args:
        paths: files and folders, in the order wanted.
        left_out: counts what is not taken.

    Yields:
        Paths that begin as the given ones do; `FILE#page=2` for a page of a TIFF that has several.
    """
    return map(Path, find_image_names(paths, left_out))


def find_image_names(paths: Iterable[str | os.PathLike[str]], left_out: LeftOut | None = None) -> Iterator[str]:
    """As `find_images`, but yield plain strings, which takes a third of the time."""
    left_out = LeftOut() if left_out is None else left_out
    for path in map(Path, paths):
        found = _walk(str(path), frozenset(), left_out) if _is_folder(path) else iter((str(path),))
        for name in found:
            if name.lower().endswith(TIFF_SUFFIXES):
                yield from page_names(name)
            else:
                yield name


def image_names(folder: Path) -> list[str]:
    """The names of the image files right in a folder, in natural order, masks too, without hidden ones.

    Raises:
        OSError: it cannot be listed.
    """
    names = (entry.name for entry in os.scandir(folder) if not entry.is_dir())
    return sorted((name for name in names if name.lower().endswith(_SUFFIXES) and not is_hidden(name)), key=natural_key)


def natural_key(name: str) -> str:
    """Return a sort key under which numbers inside names count as numbers, and case does not matter first."""
    pieces = _DIGITS.split(name)
    key = ""
    for place, piece in enumerate(pieces):
        if place % 2:
            number = str(int(piece))
            # A number of more digits is greater, so its length comes first, as one character.
            key += _NUMBER + chr(len(number)) + number
        elif piece:
            key += _TEXT + piece.casefold() + _TEXT_ENDS
    return key + _END + name


def _walk(folder: str, ancestors: frozenset[Path], left_out: LeftOut) -> Iterator[str]:
    """Yield the image files below a folder; `ancestors` are the real paths of the folders being walked."""
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    suspects: list[str] = []
    try:
        real = Path(folder).resolve()
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if is_hidden(name):
                    continue
                if _leads_to_a_folder(entry):
                    folders[natural_key(name)] = entry.path
                elif (lower := name.lower()).endswith(_SUFFIXES):
                    key = natural_key(name)
                    files[key] = entry.path
                    if _MASK_WORD.search(lower):
                        suspects.append(key)
                elif lower.endswith(_UNREAD):
                    left_out.unread[PurePath(lower).suffix] += 1
    except OSError:
        yield folder
        return
    if real in ancestors:
        return
    if suspects:
        _leave_out_masks(files, suspects, left_out)
    yield from _in_order(files)
    for path in _in_order(folders):
        if _holds_masks(path):
            for mask in _walk(path, ancestors | {real}, LeftOut()):
                left_out.add_mask(mask)
        else:
            yield from _walk(path, ancestors | {real}, left_out)


def _leave_out_masks(files: dict[str, str], suspects: Iterable[str], left_out: LeftOut) -> None:
    """Take those files away that are named as masks of others in the same folder.

    Args:
        files: paths by their keys.
        suspects: keys of those whose name has a word for masks in it.
        left_out: counts them.
    """
    # Of `000.png` the mask may be called `000_mask.png` or `000.png_mask.png`.
    stems = {name.casefold() for path in files.values() for name in (PurePath(path).stem, PurePath(path).name)}
    for key in suspects:
        part = without_mask_word(stem_of(files[key], IMAGE_SUFFIXES))
        if part is not None and part.casefold() in stems:
            left_out.add_mask(files.pop(key))


def _holds_masks(folder: str) -> bool:
    """Whether a folder holds masks: by its name, or where that may mean both, by its name and its pictures."""
    name = PurePath(folder).name
    if is_mask_folder(name):
        return True
    return may_be_mask_folder(name) and looks_like_masks(folder)


def looks_like_masks(folder: str) -> bool:
    """Whether the first pictures below a folder, of which there are some, all look like masks."""
    # Imported here, since reading pictures needs the names of this module.
    from tokenclip_core.images.masks import looks_like_mask

    first: list[str] = []
    for path in _walk(folder, frozenset(), LeftOut()):
        first.append(path)
        if len(first) == _LOOKED_AT:
            break
    try:
        return bool(first) and all(looks_like_mask(path) for path in first)
    except ImageError:
        return False


def _leads_to_a_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        # No file could have such a name; reading it raises the error that says so.
        return False


def _in_order(paths: dict[str, str]) -> Iterator[str]:
    """The values in the order of their keys."""
    keys = list(paths)
    pieces = [sorted(keys[start : start + _PIECE]) for start in range(0, len(keys), _PIECE)]
    return (paths[key] for key in heapq.merge(*pieces))
