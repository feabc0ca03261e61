"""How hot a region of a map must be for its size: small regions must be hot, large ones may be faint.

For one size A the level of a map is its peak after area opening: the highest threshold at which a connected region (8
neighbours) of at least A patches is left (Vincent 1993, grayscale area openings). Each size has its own limit, and what
counts is how far the level is from it. So one threshold holds for every size, and a part has a region at a threshold if
and only if its score reaches it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray, sigmoid
from tokenclip_core.errors import SettingsError

SIZES = (1, 2, 3, 5, 8, 13, 21, 34)
"""Sizes of the regions that are looked for, in patches."""

SLOPE = 0.4
"""Log odds by which the limit falls where the size doubles.

A steeper slope finds more of the large faint defects and fewer of the small ones; this value loses least on procedural
folders and real parts.
"""

# Probabilities are kept this far from 0 and 1, so that their log odds are finite.
_SMALLEST_PROBABILITY = 1e-7
_MOST_SIZES = 64
_MARGIN = 1e-3
# Of the good parts that may be rejected, the share that the score of the whole part alone may reject.
_WHOLE_SHARE = 0.25

BoolArray = npt.NDArray[np.bool_]


class Found(NamedTuple):
    """How far the hottest region of a map is from its limit.

    Attributes:
        regional: the score of regions, in [0, 1].
        size: patches of the size that it is of; 0 where nothing is inspected.
    """

    regional: float
    size: int


@dataclass(frozen=True)
class AreaCurve:
    """The limits of regions of each size.

    Attributes:
        sizes: in patches, ascending from 1.
        limits: log odds of the map at which a region of each size scores 0.5; never rising.
        whole_limit: log odds at which the whole part scores 0.5; None where nothing speaks for the whole part.
    """

    sizes: tuple[int, ...] = (1,)
    limits: tuple[float, ...] = (0.0,)
    whole_limit: float | None = 0.0

    def __post_init__(self) -> None:
        if not 1 <= len(self.sizes) <= _MOST_SIZES or len(self.sizes) != len(self.limits):
            raise SettingsError(f"a curve has {len(self.sizes)} sizes and {len(self.limits)} limits; it needs as many.")
        if self.sizes[0] != 1 or list(self.sizes) != sorted(set(self.sizes)):
            raise SettingsError(f"the sizes of a curve are {self.sizes}; they must ascend from 1.")
        if not all(np.isfinite(limit) for limit in (*self.limits, self.whole_limit or 0.0)):
            raise SettingsError("a limit of a curve is not a number.")

    def found(self, token_map: FloatArray, inspected: BoolArray | None = None) -> Found:
        """How far the hottest region is from its limit.

        Args:
            token_map: (gh, gw) in [0, 1].
            inspected: (gh, gw) bool, False for patches that are left out; None for all.
        """
        levels = area_levels(token_map, self.sizes, inspected)
        there = int(np.isfinite(levels).sum())  # where no region has a size, none has a larger one
        if there == 0:
            return Found(0.0, 0)
        odds = log_odds(levels[:there].astype(np.float32))
        scores = sigmoid(odds - np.asarray(self.limits[:there]))
        best = int(scores.argmax())
        return Found(float(scores[best]), self.sizes[best])

    def size_scores(self, token_map: FloatArray, inspected: BoolArray | None = None) -> tuple[float, ...]:
        """The score that regions of at least each of `SIZES` reach, in [0, 1]; 0 where none is as large.

        The first is what `found` says of all regions whose limits are no lower than those of larger ones. A size that
        the curve lacks has the limit of the next smaller one.

        Args:
            token_map: (gh, gw) in [0, 1].
            inspected: as for `found`.
        """
        levels = area_levels(token_map, SIZES, inspected)
        there = int(np.isfinite(levels).sum())
        known = np.searchsorted(self.sizes, SIZES[:there], "right") - 1
        odds = log_odds(levels[:there].astype(np.float32))
        scores = sigmoid(odds - np.asarray(self.limits)[known])
        return (*map(float, scores), *(0.0 for _ in SIZES[there:]))

    def whole(self, value: float | None) -> float:
        """The score of the whole part, from what speaks for it in [0, 1]; 0 where nothing does."""
        if value is None or self.whole_limit is None:
            return 0.0
        return float(sigmoid(log_odds(np.asarray(value, np.float32)) - self.whole_limit))

    def reaching(self, token_map: FloatArray, threshold: float, inspected: BoolArray | None = None) -> BoolArray:
        """(gh, gw) bool: patches of the regions whose score reaches a threshold; some if and only if `found` does.

        Args:
            token_map: (gh, gw) in [0, 1].
            threshold: in [0, 1].
            inspected: as for `found`.
        """
        reached = np.zeros(token_map.shape, np.bool_)
        odds = log_odds(token_map)
        for size, limit in zip(self.sizes, self.limits, strict=True):
            above = np.asarray(sigmoid(odds - limit) >= threshold)
            if inspected is not None:
                above &= inspected
            if above.any():
                reached |= _of_area(above, size)
        return reached

    def excess(self, odds: npt.NDArray[np.float64]) -> float:
        """How far the hottest region of a map is above its limit, in log odds; below 0 where no region reaches it.

        Args:
            odds: (gh, gw) log odds.
        """
        levels = area_levels(odds, self.sizes)
        return max(float(level) - limit for level, limit in zip(levels, self.limits, strict=True))

    def raised(self, by: float) -> AreaCurve:
        """The curve whose regions must be hotter by some log odds, 0 or more."""
        return self if by == 0 else replace(self, limits=tuple(limit + by for limit in self.limits))

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON, as `from_mapping` reads them."""
        return {"sizes": list(self.sizes), "limits": list(self.limits), "whole_limit": self.whole_limit}

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Read a curve from JSON.

        Raises:
            SettingsError: it is none.
        """
        try:
            whole = values["whole_limit"]
            return cls(
                tuple(int(size) for size in values["sizes"]),
                tuple(float(limit) for limit in values["limits"]),
                None if whole is None else float(whole),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise SettingsError(f"this is no curve of limits ({error}); make it again.") from error


def log_odds(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """log(p / (1 - p)) of values in [0, 1], finite at both ends."""
    clipped = np.minimum(np.maximum(np.asarray(values, np.float64), _SMALLEST_PROBABILITY), 1 - _SMALLEST_PROBABILITY)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


def area_levels(
    token_map: npt.NDArray[np.floating], sizes: Sequence[int], inspected: BoolArray | None = None
) -> npt.NDArray[np.float64]:
    """The highest thresholds at which a connected region of at least so many patches is left.

    Args:
        token_map: (gh, gw).
        sizes: in patches, ascending.
        inspected: (gh, gw) bool, False for patches that are left out; None for all.

    Returns:
        One value of the map for each size; minus infinity where no region is as large.
    """
    width = token_map.shape[1]
    values = token_map.reshape(-1)
    order = np.argsort(-values, kind="stable")
    if inspected is not None:
        order = order[inspected.reshape(-1)[order]]
    # With a border of patches that never come, every patch has eight neighbours in the array.
    places = (order // width + 1) * (width + 2) + order % width + 1
    forest = _Forest(token_map.shape[0] + 2, width + 2)
    levels = np.full(len(sizes), -np.inf)
    reached = 0
    for place, value in zip(places.tolist(), values[order].tolist(), strict=True):
        area = forest.add(place)
        while reached < len(sizes) and area >= sizes[reached]:
            levels[reached] = value
            reached += 1
        if reached == len(sizes):
            break
    return levels


class _Forest:
    """Connected regions of patches that come one by one (Tarjan 1975, disjoint sets)."""

    def __init__(self, height: int, width: int) -> None:
        self._parent = [-1] * (height * width)
        self._area = [0] * (height * width)
        self._around = (-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1)

    def add(self, place: int) -> int:
        """Add a patch, not one of the border; returns how many patches its region has now."""
        parent, area = self._parent, self._area
        parent[place], area[place], mine = place, 1, place
        for step in self._around:
            other = parent[place + step]
            if other < 0:
                continue
            while other != parent[other]:
                parent[other] = parent[parent[other]]
                other = parent[other]
            if other != mine:
                if area[other] > area[mine]:
                    mine, other = other, mine
                parent[other] = mine
                area[mine] += area[other]
        return area[mine]


def _components(above: BoolArray) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Labels of connected regions (0 for none) and each one's area, the background's 0."""
    # Imported here: recipes and thresholds are read before the window is drawn, which has no time for OpenCV.
    import cv2

    _, labels, statistics, _ = cv2.connectedComponentsWithStats(above.astype(np.uint8), connectivity=8)
    areas = np.array(statistics[:, cv2.CC_STAT_AREA], np.int32)
    areas[0] = 0
    return np.asarray(labels, np.int32), areas


def _of_area(above: BoolArray, size: int) -> BoolArray:
    """The part of an area whose connected regions have at least so many patches."""
    if size == 1:
        return above
    labels, areas = _components(above)
    return np.asarray((areas >= size)[labels])


def fitted_curve(
    levels: npt.NDArray[np.float64], rate: float, whole: npt.NDArray[np.float64] | None = None, slope: float = SLOPE
) -> AreaCurve:
    """The curve whose limits a given share of good parts reaches.

    Args:
        levels: (parts, sizes) log odds of the levels of good parts, at each of `SIZES`.
        rate: share of the parts that may reach a limit, in (0, 1).
        whole: (parts,) log odds of the whole parts; None where nothing speaks for them.
        slope: log odds by which limits fall where the size doubles.
    """
    whole_limit = None
    if whole is not None:
        whole_limit = float(np.quantile(whole, 1 - _WHOLE_SHARE * rate)) + _MARGIN
        rate *= 1 - _WHOLE_SHARE
    shape = -slope * np.log2(SIZES)
    # The margin keeps a part whose level is exactly the limit from reaching it.
    offset = float(np.quantile((levels - shape).max(axis=1), 1 - rate)) + _MARGIN
    return AreaCurve(SIZES, tuple((shape + offset).tolist()), whole_limit)
