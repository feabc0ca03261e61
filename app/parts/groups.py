"""Parts in groups by their folder, where they are listed by name: where a group begins, and its counts. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app.parts.labels import PartLabels, folder_of

MOST_GROUPS = 500
"""Number of groups up to which the list has headings."""


@dataclass(frozen=True)
class Group:
    """Parts of one folder, row after row.

    Attributes:
        label: the folder, with as much of those above as tells it apart.
        first: its first row.
        end: the row after its last one.
    """

    label: str
    first: int
    end: int


@dataclass(frozen=True)
class Heading:
    """Over the first row of a group.

    Attributes:
        label: the folder, with as much of those above as tells it apart.
        count: its parts in the list.
        inspected: those that are inspected, or could not be.
        defects: those that are defective.
    """

    label: str
    count: int
    inspected: int
    defects: int


class FolderGroups:
    """Knows the folder of each part; added to as files are found."""

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self._folders: dict[str, int] = {}
        self._codes: list[int] = []
        self._labels = PartLabels()
        self.add(paths)

    def add(self, paths: Iterable[str]) -> None:
        """Know more parts, in the order of their indices."""
        for path in paths:
            folder = folder_of(path)
            if folder not in self._folders:
                self._folders[folder] = len(self._folders)
                self._labels.add([folder])
            self._codes.append(self._folders[folder])

    @property
    def useful(self) -> bool:
        """Whether there is more than one folder, and not too many."""
        return 1 < len(self._folders) <= MOST_GROUPS

    def groups(self, order: Sequence[int]) -> dict[int, Group]:
        """The group of each row that begins one; `order` has the index of each row's part."""
        if not order or not self.useful:
            return {}
        rows = np.asarray(order, np.intp)
        codes = np.asarray(self._codes, np.intp)[rows]
        starts = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))
        names = list(self._folders)
        ends = np.append(starts[1:], len(rows))
        return {
            int(start): Group(self._labels.of(names[codes[start]]), int(start), int(end))
            for start, end in zip(starts, ends, strict=True)
        }
