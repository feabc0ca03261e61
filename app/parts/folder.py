"""Finding the images below folders, a portion at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenclip_core.files import is_there
from tokenclip_core.images.folders import LeftOut, find_image_names
from tokenclip_core.images.names import is_hidden
from tokenclip_core.images.pages import split_page

PORTION = 1000
"""Files at a time: few enough that a list takes them in a few milliseconds."""

_QUIET_SECONDS = 0.8
"""A file that was written to more recently may be only half there."""


def found_images(
    paths: Iterable[Path], stopped: Callable[[], bool], left_out: LeftOut | None = None
) -> Iterator[list[str]]:
    """Portions of the image files in files and folders, in natural order.

    Args:
        paths: files and folders; folders are searched with everything below.
        stopped: asked between files; the search ends when it says so.
        left_out: counts what is no part: masks, and pictures of formats that are not read.
    """
    portion: list[str] = []
    for name in find_image_names(paths, left_out):
        if stopped():
            return
        portion.append(name)
        # The first rows appear at once, the others in larger portions.
        if len(portion) >= PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


@dataclass(frozen=True)
class FolderChanges:
    """What is otherwise in the opened places since they were read.

    Attributes:
        new: images that were not there, in natural order.
        gone: images that are not there any more.
        unfinished: whether there are new ones that are still being written, to be looked for again.
    """

    new: tuple[str, ...] = ()
    gone: frozenset[str] = frozenset()
    unfinished: bool = False


def folder_changes(paths: Sequence[Path], known: Sequence[str], stopped: Callable[[], bool]) -> FolderChanges:
    """Read files and folders once more, and compare with the images that were found before.

    Args:
        paths: as `found_images` takes them.
        known: what it found.
        stopped: asked between portions; nothing is said to be new or gone then.
    """
    before, now = set(known), set[str]()
    new: list[str] = []
    for portion in found_images(paths, stopped):
        now.update(portion)
        new.extend(name for name in portion if name not in before)
    ages = {name: _age(name) for name in new}
    quiet = tuple(name for name in new if ages[name] >= _QUIET_SECONDS)
    unfinished = any(0 <= age < _QUIET_SECONDS for age in ages.values())
    gone = frozenset(name for name in known if name not in now or not is_there(split_page(name)[0]))
    return FolderChanges() if stopped() else FolderChanges(quiet, gone, unfinished)


def folders_below(paths: Iterable[Path], most: int, stopped: Callable[[], bool]) -> tuple[str, ...]:
    """Opened folders with those below them, and the folders of opened files; at most so many, without hidden ones."""
    found: dict[str, None] = {}
    for path in paths:
        if not path.is_dir():
            found[str(path.parent)] = None
            continue
        for folder, below, _ in os.walk(path):
            found[folder] = None
            below[:] = sorted(name for name in below if not is_hidden(name))
            if len(found) >= most or stopped():
                return tuple(found)[:most]
    return tuple(found)[:most]


def _age(name: str) -> float:
    """Seconds since an image file was written last, whatever the clocks say; -1 for what is none."""
    file = split_page(name)[0]
    try:
        return abs(time.time() - file.stat().st_mtime) if file.is_file() else -1.0
    except (OSError, ValueError):
        return -1.0
