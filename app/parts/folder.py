"""Finding the images below folders, a portion at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenclip_core.files import is_there
from tokenclip_core.images.folders import LeftOut, find_image_names
from tokenclip_core.images.names import is_hidden
from tokenclip_core.images.pages import split_page
from tokenclip_core.images.settled import PATIENCE_SECONDS, SettledFiles, Signature, is_whole, signature_of

PORTION = 1000
"""Files at a time: few enough that a list takes them in a few milliseconds."""


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
    """What has changed in the opened places since they were read.

    Attributes:
        new: images that were not there, in natural order.
        gone: images that are not there any more.
        again: images that are another content than when they were taken, to be read once more.
        unfinished: whether something may still be written, to be looked for again.
    """

    new: tuple[str, ...] = ()
    gone: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    unfinished: bool = False


class FolderReader:
    """Reads opened places again and again; what is still being written is waited for.

    A new file is taken when it has stayed the same for a while. One that was seen to grow must be readable, too, or
    have been waited for long enough. What can't be read, and what was taken just now, is taken again when it changes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without having looked.

        Args:
            clock: seconds that only go forward.
        """
        self._clock = clock
        self._waited_for = SettledFiles(clock)
        self._taken: dict[str, tuple[Signature, float]] = {}

    def changes(
        self, paths: Sequence[Path], known: Sequence[str], failed: Collection[str], stopped: Callable[[], bool]
    ) -> FolderChanges:
        """Read files and folders once more, and compare with the images that were found before.

        Args:
            paths: as `found_images` takes them.
            known: what it found.
            failed: those of them that can't be read.
            stopped: asked between portions; nothing is said to be new or gone then.
        """
        before, now = set(known), set[str]()
        new: list[str] = []
        for portion in found_images(paths, stopped):
            now.update(portion)
            new.extend(name for name in portion if name not in before)
        gone = frozenset(name for name in known if name not in now or not is_there(split_page(name)[0]))
        if stopped():
            return FolderChanges()
        self._watch_failed([name for name in failed if name not in gone])
        changed = {name: sign for name in self._taken if (sign := _signature(name)) and sign != self._taken[name][0]}
        found = {name: sign for name in new if (sign := _signature(name))}
        quiet = [name for name in self._waited_for.quiet(found | changed) if self._is_ready(name)]
        moment = self._clock()
        for name in quiet:
            self._taken[name] = ((found | changed)[name], moment)
        young = any(moment - since < PATIENCE_SECONDS for _, since in self._taken.values())
        waiting = len(quiet) < len(found) + len(changed)
        again = frozenset(name for name in quiet if name in changed)
        taken = frozenset(quiet)
        return FolderChanges(tuple(name for name in new if name in taken), gone, again, waiting or young)

    def _watch_failed(self, failed: Collection[str]) -> None:
        """Watch what can't be read, and what was taken so lately that it may still be written."""
        moment, watched = self._clock(), set(failed)
        self._taken = {
            name: taken
            for name, taken in self._taken.items()
            if name in watched or moment - taken[1] < PATIENCE_SECONDS
        }
        for name in watched.difference(self._taken):
            signature = _signature(name)
            if signature is not None:
                self._taken[name] = (signature, moment)

    def _is_ready(self, name: str) -> bool:
        waited_for = self._waited_for
        return not waited_for.has_grown(name) or waited_for.is_late(name) or is_whole(Path(name))


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


def _signature(name: str) -> Signature | None:
    """The signature of an image file as it is now; None for what is no image file."""
    file = split_page(name)[0]
    return signature_of(file) if file.is_file() else None
