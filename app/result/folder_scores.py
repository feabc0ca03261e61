"""How the scores of all inspected parts of the folder are spread, and what a threshold does to them; no Qt."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import PurePath

import numpy as np
import numpy.typing as npt

from app.parts.state import Part
from app.review.model import Decision, Review, review_key
from tokenclip_core.images.names import is_defective, is_good

BARS = 64
_LEAST_SPAN = 0.02
_MARGIN = 0.06
"""Share of the span that is left free on either side of the scores."""

_ALMOST = 0.05
"""Decimals by which a step may miss the next one: a step of 0.00009 needs no more decimals than one of 0.0001."""


class Group(IntEnum):
    """What is known of a part apart from its score: by a decision, or by the name of its folder."""

    GOOD = 0
    DEFECTIVE = 1
    UNDECIDED = 2


@dataclass(frozen=True, eq=False)
class FolderScores:
    """Scores of inspected parts.

    Attributes:
        scores: (n,) in [0, 1].
        groups: (n,) of `Group`.
        numbers: (n,) indices of the parts in the list.
    """

    scores: npt.NDArray[np.float64]
    groups: npt.NDArray[np.int8]
    numbers: npt.NDArray[np.intp]

    def of(self, group: Group) -> list[float]:
        """The scores of one group, in the order of the parts."""
        found: list[float] = self.scores[self.groups == group].tolist()
        return found

    def span(self, threshold: float) -> tuple[float, float]:
        """Between which values the scores and a threshold lie, with some room, within [0, 1].

        Where all of them are close together, so is the span: then more decimals of the threshold matter.
        """
        low = float(min(self.scores.min(initial=threshold), threshold))
        high = float(max(self.scores.max(initial=threshold), threshold))
        room = max((high - low) * _MARGIN, (_LEAST_SPAN - (high - low)) / 2)
        return max(0.0, low - room), min(1.0, high + room)

    def histogram(self, low: float, high: float) -> npt.NDArray[np.int64]:
        """(groups, BARS) counts of the scores between two values; what lies beyond is in the first and last bar."""
        scaled = (self.scores - low) / max(high - low, 1e-9) * BARS
        places = np.clip(scaled, 0, BARS - 1).astype(np.int64)
        counts = np.bincount(self.groups.astype(np.int64) * BARS + places, minlength=len(Group) * BARS)
        return counts.reshape(len(Group), BARS)


NO_SCORES = FolderScores(np.zeros(0), np.zeros(0, np.int8), np.zeros(0, np.intp))


class FolderGroups:
    """Knows the group of every part of the open folder; what was known before of parts is not worked out again."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._labels: list[int] = []
        self._numbers: dict[str, int] = {}
        self._by_folder: dict[str, Group] = {}

    def scores(self, parts: Sequence[Part], reviews: Mapping[str, Review]) -> FolderScores:
        """The scores of the inspected parts, by what is decided or by the names of their folders.

        Args:
            parts: of the open folder; more of them may have come since the last time.
            reviews: by `review_key`.
        """
        self._learn(parts)
        scores = np.array([part.score for part in parts], np.float64)
        groups = np.array(self._labels, np.int8)
        for key, review in reviews.items():
            number = self._numbers.get(key)
            if number is not None and review.decision is not Decision.NONE:
                groups[number] = Group.GOOD if review.decision is Decision.ACCEPTED else Group.DEFECTIVE
        inspected = ~np.isnan(scores)
        return FolderScores(scores[inspected], groups[inspected], np.flatnonzero(inspected))

    def _learn(self, parts: Sequence[Part]) -> None:
        known = len(self._parts)
        same = known <= len(parts) and (
            not known or (parts[0] is self._parts[0] and parts[known - 1] is self._parts[-1])
        )
        if not same:
            known = 0
            self._parts, self._labels, self._numbers = [], [], {}
        for number in range(known, len(parts)):
            path = parts[number].path
            folder = path.rpartition(os.sep)[0]
            label = self._by_folder.get(folder)
            if label is None:
                label = self._by_folder[folder] = _label(folder)
            self._labels.append(label)
            self._numbers[review_key(path)] = number
        self._parts.extend(parts[known:])


def decimals_of(low: float, high: float, pixels: float) -> int:
    """How many decimals of a threshold matter on an axis between two values of so many pixels: 2 to 6."""
    step = max(high - low, 1e-9) / max(pixels, 1.0)
    return int(min(6, max(2, np.ceil(-np.log10(step) - _ALMOST))))


def _label(folder: str) -> Group:
    name = PurePath(folder).name
    if is_defective(name):
        return Group.DEFECTIVE
    return Group.GOOD if is_good(name) else Group.UNDECIDED
