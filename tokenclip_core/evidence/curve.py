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

import cv2
import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray, sigmoid
from tokenclip_core.errors import SettingsError

SIZES = (1, 2, 3, 5, 8, 13, 21, 34)
"""Patches of the regions that are looked for."""

SLOPE = 0.4
"""Log odds by which the limit falls where the size doubles. The more it falls, the more large faint defects are found
and the fewer small ones; this loses least on procedural folders and real parts."""

# Odds are not told apart beyond this probability of one side.
_SMALLEST_PROBABILITY = 1e-7
_MOST_SIZES = 64
_MARGIN = 1e-3
# Of the good parts that may be rejected, those that the whole part alone may reject.
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
        best = Found(0.0, 0)
        for size, level in zip(self.sizes, area_levels(token_map, self.sizes, inspected), strict=True):
            if np.isfinite(level):
                score = float(self._scaled(np.asarray(level, np.float32), size))
                best = max(best, Found(score, size), key=lambda found: found.regional)
        return best

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
        for size in self.sizes:
            above = np.asarray(self._scaled(token_map, size) >= threshold)
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

    def _scaled(self, values: FloatArray, size: int) -> npt.NDArray[np.float64]:
        """Values of the map as scores of regions of one size; the same value always gives the same score."""
        return np.asarray(sigmoid(log_odds(values) - self.limits[self.sizes.index(size)]))


def log_odds(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """log(p / (1 - p)) of values in [0, 1], finite at both ends."""
    clipped = np.clip(np.asarray(values, np.float64), _SMALLEST_PROBABILITY, 1 - _SMALLEST_PROBABILITY)
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
    given = np.unique(token_map if inspected is None else token_map[inspected])
    levels = np.full(len(sizes), -np.inf)
    last = len(given)
    for place, size in enumerate(sizes):
        # The largest region shrinks as the threshold rises, and a larger size is left at lower thresholds only.
        low, high = -1, last
        while high - low > 1:
            middle = (low + high) // 2
            above = np.asarray(token_map >= given[middle])
            if inspected is not None:
                above &= inspected
            if _largest(above) >= size:
                low = middle
            else:
                high = middle
        if low < 0:
            break
        levels[place], last = given[low], low + 1
    return levels


def _components(above: BoolArray) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Labels of connected regions (0 for none) and each one's area, the background's 0."""
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(above.astype(np.uint8), connectivity=8)
    areas = np.array(statistics[:, cv2.CC_STAT_AREA], np.int32)
    areas[0] = 0
    return np.asarray(labels, np.int32), areas


def _largest(above: BoolArray) -> int:
    return int(_components(above)[1].max())


def _of_area(above: BoolArray, size: int) -> BoolArray:
    """The part of an area whose connected regions have at least so many patches."""
    if size == 1:
        return above
    labels, areas = _components(above)
    return np.asarray((areas >= size)[labels])


def fitted_curve(
    levels: npt.NDArray[np.float64], rate: float, whole: npt.NDArray[np.float64] | None = None
) -> AreaCurve:
    """The curve of `SLOPE` that good parts reach at a rate.

    Args:
        levels: (parts, sizes) log odds of the levels of good parts, at each of `SIZES`.
        rate: share of the parts that may reach a limit, in (0, 1).
        whole: (parts,) log odds of the whole parts; None where nothing speaks for them.
    """
    whole_limit = None
    if whole is not None:
        whole_limit = float(np.quantile(whole, 1 - _WHOLE_SHARE * rate)) + _MARGIN
        rate *= 1 - _WHOLE_SHARE
    shape = -SLOPE * np.log2(SIZES)
    # A level that is a limit itself would reach it.
    offset = float(np.quantile((levels - shape).max(axis=1), 1 - rate)) + _MARGIN
    return AreaCurve(SIZES, tuple((shape + offset).tolist()), whole_limit)
