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
        self.add(paths)

    def add(self, paths: Iterable[str]) -> None:
        """Know more files, each of them given once."""
        for path in paths:
            self._by_name.setdefault(path.rsplit(os.sep, 1)[-1], []).append(path)

    def of(self, path: str) -> str:
        """What a file is called among those that are known."""
        words = Path(path).parts
        alike = self._by_name.get(words[-1], [])[:_MOST_COMPARED]
        if len(alike) < 2:
            return words[-1]
        others = [Path(other).parts for other in alike]
        deepest = min(len(words), _DEEPEST)
        for depth in range(2, deepest):
            if sum(other[-depth:] == words[-depth:] for other in others) < 2:
                return str(Path(*words[-depth:]))
        return str(Path(*words[-deepest:]))


def folder_of(path: str) -> str:
    """The folder that a file lies in."""
    return path.rpartition(os.sep)[0]


def folder_counts(paths: Iterable[str], most: int) -> dict[str, int]:
    """How many files lie right in each folder, in the order in which they come; none where there are over `most`."""
    counts = Counter(folder_of(path) for path in paths)
    return dict(counts) if len(counts) <= most else {}
