"""Files that are whole or not there: written beside their place, and moved to it when all is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PARTIAL_SUFFIX = ".partial"
"""Suffix of a file that is being written; one that is left over belongs to a program that was killed."""


class PendingFile:
    """A file that is not yet in its place.

    For writing that takes many steps; `replacing` is the same for one block, `write_atomically` for content at hand.

    Attributes:
        path: where it is to be.
        partial: where it is written meanwhile, in the same folder.
    """

    def __init__(self, path: Path) -> None:
        """Choose where to write meanwhile; nothing is written yet, and a folder that is missing stays missing."""
        self.path = path
        # Independent of the file's own name, which may be as long as a file system allows, and of other writers.
        # Not by `secrets`, whose import costs a command line that writes nothing several milliseconds.
        self.partial = path.with_name(f".{os.urandom(8).hex()}{PARTIAL_SUFFIX}")

    def commit(self, *, durable: bool = False) -> None:
        """Move what was written to its place, over an earlier file.

        Args:
            durable: wait until the content is on the disk, so that a power cut leaves the old file or the new one.

        Raises:
            OSError: the disk is full or gone.
        """
        if durable:
            with self.partial.open("rb+") as stream:
                os.fsync(stream.fileno())
        self.partial.replace(self.path)

    def discard(self) -> None:
        """Take away what was written and not committed; where that fails, it is left."""
        with suppress(OSError):
            self.partial.unlink(missing_ok=True)


def is_there(path: Path) -> bool:
    """Whether there is such a file or folder, also where its name is none that a file system could have."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def free_place(place: Path) -> Path:
    """A place where nothing is: this one, or else the first of ``name (2).suffix``, ``name (3).suffix`` and so on."""
    number, free = 2, place
    while os.path.lexists(free):
        free = place.with_name(f"{place.stem} ({number}){place.suffix}")
        number += 1
    return free


@contextmanager
def replacing(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Give a path to write to; the file comes to `path` when the block ends, and is taken away if the block fails.

    Args:
        path: where the file is to be; its folder is made if need be.
        durable: wait until the content is on the disk.

    Yields:
        A path in the same folder, where nothing is yet.

    Raises:
        OSError: the disk is full or gone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    pending = PendingFile(path)
    try:
        yield pending.partial
        pending.commit(durable=durable)
    finally:
        pending.discard()


def write_atomically(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a file so that a reader sees the old content or the new, never a part; makes its folder if need be.

    Args:
        path: of the file.
        content: all of it.
        durable: wait until the content is on the disk.

    Raises:
        OSError: the disk is full or gone; an earlier file is as it was.
    """
    with replacing(path, durable=durable) as partial:
        partial.write_bytes(content)
