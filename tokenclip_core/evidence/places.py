"""Where patches lie, for parts that lie in the same place in every picture, such as those in a fixture.

Such a part's patch is compared with patches near its own place only, so that a good structure at a wrong place is seen:
a screw where there should be none, though there are screws elsewhere. SPADE (Cohen and Hoshen, 2020, arXiv 2005.02357)
compares pixels at places of similar pictures, PaDiM (Defard et al., 2021, arXiv 2011.08785) at the very same place;
here the neighbourhood counts, since no fixture is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.distances import BLOCK_BYTES

DEFAULT_REACH = 0.1
"""How far from its own place a patch is compared, as a share of the part's height and width."""

_SLACK = 1e-6
"""Added to the reach, so that rounding leaves out no place that is exactly as far."""


def check_reach(reach: float) -> float:
    """The same reach.

    Raises:
        SettingsError: it is not in (0, 1].
    """
    if not 0 < reach <= 1:
        raise SettingsError(f"the reach of a place is {reach:g}; it must be above 0 and at most 1, such as 0.1.")
    return reach


@lru_cache(maxsize=64)
def places_of(grid: tuple[int, int]) -> FloatArray:
    """The centres of a grid's patches, row by row.

    Args:
        grid: (gh, gw).

    Returns:
        (gh * gw, 2) float32 (y, x) in (0, 1), as shares of the part's height and width.
    """
    gh, gw = grid
    y, x = np.meshgrid((np.arange(gh) + 0.5) / gh, (np.arange(gw) + 0.5) / gw, indexing="ij")
    found = np.stack([y.ravel(), x.ravel()], axis=1).astype(np.float32)
    found.setflags(write=False)
    return found


class Elsewhere:
    """Which patches are not compared, because they lie elsewhere; reckoned for some of them at a time.

    Where no other patch lies within reach, the nearest ones are compared all the same. What fits into a block of
    `distances` is kept once it was reckoned.
    """

    def __init__(self, others: FloatArray, places: FloatArray, reach: float) -> None:
        """Find how far each patch has to look.

        Args:
            others: (M, 2) places of the patches that are compared with.
            places: (N, 2) places of the patches of a part.
            reach: at most so far away, vertically and horizontally, in (0, 1].
        """
        self._others, self._places = others, places
        nearest = np.full(len(places), np.inf, np.float32)
        distinct = np.unique(others, axis=0)
        rows = max(1, BLOCK_BYTES // (4 * max(len(places), 1)))
        for start in range(0, len(distinct), rows):
            np.minimum(nearest, _gaps(distinct[start : start + rows], places).min(axis=0), out=nearest)
        self._reaches = np.maximum(np.float32(reach), nearest) + np.float32(_SLACK)
        self._rows = rows
        self._kept: npt.NDArray[np.bool_] | None = None

    def __getitem__(self, rows: slice) -> npt.NDArray[np.bool_]:
        """(rows, N) bool of some of the others; over all of them, no column is True throughout."""
        if self._kept is None and len(self._others) * len(self._places) <= BLOCK_BYTES:
            starts = range(0, len(self._others), self._rows)
            self._kept = np.concatenate([self._reckoned(slice(start, start + self._rows)) for start in starts])
        return self._reckoned(rows) if self._kept is None else self._kept[rows]

    def _reckoned(self, rows: slice) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = _gaps(self._others[rows], self._places) > self._reaches
        return found


def _gaps(others: FloatArray, places: FloatArray) -> FloatArray:
    """(M, N) float32, the larger of the vertical and the horizontal distance."""
    gaps: FloatArray = np.abs(others[:, None, 0] - places[None, :, 0])
    np.maximum(gaps, np.abs(others[:, None, 1] - places[None, :, 1]), out=gaps)
    return gaps


@dataclass(frozen=True)
class Near:
    """Where the patches of a part lie, and how far from there others count.

    Attributes:
        grid: (gh, gw) of the part's patches.
        reach: share of the part's height and width, in (0, 1].
    """

    grid: tuple[int, int]
    reach: float

    def elsewhere(self, grid: tuple[int, int] | None) -> Elsewhere:
        """What is not compared of another part; kept, since most parts of a folder have the same grid.

        Raises:
            SettingsError: the grid is not known.
        """
        if grid is None:
            raise SettingsError("the places of the pool's patches are not known; gather the pool again.")
        return _elsewhere(grid, self.grid, self.reach)

    def elsewhere_of(self, places: FloatArray) -> Elsewhere:
        """What is not compared of patches at (M, 2) places."""
        return Elsewhere(places, places_of(self.grid), self.reach)


@lru_cache(maxsize=4)
def _elsewhere(grid: tuple[int, int], own: tuple[int, int], reach: float) -> Elsewhere:
    return Elsewhere(places_of(grid), places_of(own), reach)
