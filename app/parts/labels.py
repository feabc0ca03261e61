"""What parts are called where several files have one name: with as much of their folder as tells them apart. No Qt."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_DEEPEST = 6
"""Folders that a label names at most."""

_MOST_COMPARED = 500
"""Files of one name that are compared with each other."""


class PartLabels:
    """Names of files; added to as files are found."""

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self._by_name: dict[str, list[str]] = {}
        self._ends: dict[str, Counter[str]] = {}
        self.add(paths)

    def add(self, paths: Iterable[str]) -> None:
        """Know more files, each of them given once."""
        for path in paths:
            name = path.rsplit(os.sep, 1)[-1]
            alike = self._by_name.setdefault(name, [])
            alike.append(path)
            if len(alike) <= _MOST_COMPARED:
                self._ends.pop(name, None)

    def of(self, path: str) -> str:
        """What a file is called among those that are known."""
        name = path.rsplit(os.sep, 1)[-1]
        alike = self._by_name.get(name, ())
        if len(alike) < 2:
            return name
        if name not in self._ends:
            self._ends[name] = Counter(end for other in alike[:_MOST_COMPARED] for end in _ends(other))
        *shorter, longest = _ends(path)
        return next((end for end in shorter if self._ends[name][end] < 2), longest)


def _ends(path: str) -> list[str]:
    """A path's last two parts, its last three, and so on to the deepest that a label names."""
    words = Path(path).parts
    deepest = min(len(words), _DEEPEST)
    return [str(Path(*words[-depth:])) for depth in (*range(2, deepest), deepest)]


def folder_of(path: str) -> str:
    """The folder that a file lies in."""
    return path.rpartition(os.sep)[0]


def folder_counts(paths: Iterable[str], most: int) -> dict[str, int]:
    """How many files lie right in each folder, in the order in which they come; none where there are over `most`."""
    counts = Counter(folder_of(path) for path in paths)
    return dict(counts) if len(counts) <= most else {}
