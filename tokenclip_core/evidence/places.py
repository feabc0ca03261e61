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


def too_far(others: FloatArray, places: FloatArray, reach: float) -> npt.NDArray[np.bool_]:
    """Which patches are not compared, because they lie elsewhere.

    Where no other patch lies within reach, the nearest ones are compared all the same.

    Args:
        others: (M, 2) places of the patches that are compared with.
        places: (N, 2) places of the patches of a part.
        reach: at most so far away, vertically and horizontally, in (0, 1].

    Returns:
        (M, N) bool; no column is True throughout.
    """
    gap = np.abs(others[:, None, 0] - places[None, :, 0])
    np.maximum(gap, np.abs(others[:, None, 1] - places[None, :, 1]), out=gap)
    far: npt.NDArray[np.bool_] = gap > np.maximum(np.float32(reach), gap.min(axis=0)) + _SLACK
    return far


@dataclass(frozen=True)
class Near:
    """Where the patches of a part lie, and how far from there others count.

    Attributes:
        grid: (gh, gw) of the part's patches.
        reach: share of the part's height and width, in (0, 1].
    """

    grid: tuple[int, int]
    reach: float

    def elsewhere(self, grid: tuple[int, int] | None) -> npt.NDArray[np.bool_]:
        """(M, N) bool, as `too_far`, for another part's grid; kept, since most parts of a folder have the same one.

        Raises:
            SettingsError: the grid is not known.
        """
        if grid is None:
            raise SettingsError("the places of the pool's patches are not known; gather the pool again.")
        return _elsewhere(grid, self.grid, self.reach)

    def elsewhere_of(self, places: FloatArray) -> npt.NDArray[np.bool_]:
        """(M, N) bool, as `too_far`, for (M, 2) places."""
        return too_far(places, places_of(self.grid), self.reach)


@lru_cache(maxsize=8)
def _elsewhere(grid: tuple[int, int], own: tuple[int, int], reach: float) -> npt.NDArray[np.bool_]:
    found = too_far(places_of(grid), places_of(own), reach)
    found.setflags(write=False)
    return found
