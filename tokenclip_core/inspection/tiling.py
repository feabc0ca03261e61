"""How large parts are cut into tiles: small defects keep their pixels, and each tile is its own transport problem.

The tiles of a part have one size and overlap. Where they do, the map goes over from one to the next linearly, so that
no seam is left; where a part is covered by one tile alone, its map is that tile's to the last bit. What belongs to
patches is not blended: of the patches that lie over each other, the one nearest to its tile's middle is taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray
from tokenclip_core.errors import SettingsError

SMALLEST_TILE = 32
OVERLAP_PARTS = 8
"""Tiles overlap by their side divided by this number, unless another overlap is given."""


@dataclass(frozen=True)
class Tiling:
    """How a part is cut.

    Attributes:
        tile: side of a tile in pixels of the part's image, at least `SMALLEST_TILE`.
        overlap: pixels that neighbouring tiles share at least, 0 up to half a tile.
    """

    tile: int
    overlap: int = 0

    def __post_init__(self) -> None:
        if self.tile < SMALLEST_TILE:
            raise SettingsError(f"a tile's side is {self.tile} pixels; it must be at least {SMALLEST_TILE}.")
        if not 0 <= self.overlap <= self.tile // 2:
            raise SettingsError(
                f"tiles overlap by {self.overlap} pixels; it must be 0 to half of a tile's side ({self.tile // 2})."
            )

    @classmethod
    def of_side(cls, tile: int) -> Tiling:
        """Tiles of a side in pixels, with the usual overlap."""
        return cls(tile, tile // OVERLAP_PARTS)

    def cuts(self, height: int, width: int) -> bool:
        """Whether a part of `height` x `width` pixels is cut into more than one tile."""
        return max(height, width) > self.tile

    def to_mapping(self) -> dict[str, int]:
        """Plain values for JSON."""
        return {"tile": self.tile, "overlap": self.overlap}


@dataclass(frozen=True)
class Tile:
    """Where a tile lies, in pixels of the part's image."""

    x: int
    y: int
    width: int
    height: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of the part's image."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)


def tiles_of(height: int, width: int, tiling: Tiling) -> tuple[Tile, ...]:
    """The tiles that cover a part exactly, row by row; a part that is smaller than a tile is one.

    Args:
        height: of the part's image in pixels.
        width: of the part's image in pixels.
        tiling: how to cut. Tiles lie at equal distances, so neighbours may share more than is asked for.
    """
    return TiledArea(height, width, tiling).tiles


@dataclass(frozen=True)
class TiledArea:
    """A part of some size, cut: where its tiles lie, and how what they say is put together.

    Attributes:
        height: of the part's image in pixels.
        width: of the part's image in pixels.
        tiling: how it is cut.
    """

    height: int
    width: int
    tiling: Tiling

    @cached_property
    def tiles(self) -> tuple[Tile, ...]:
        """All tiles, row by row; they have one size."""
        rows, columns = _spans(self.height, self.tiling), _spans(self.width, self.tiling)
        return tuple(Tile(x, y, right - x, bottom - y) for y, bottom in rows for x, right in columns)

    def grid(self, of_tile: tuple[int, int]) -> tuple[int, int]:
        """(gh, gw) patches of the whole part, as large as those of its tiles, of which each has some (gh, gw)."""
        first = self.tiles[0]
        return (
            max(of_tile[0], round(self.height * of_tile[0] / first.height)),
            max(of_tile[1], round(self.width * of_tile[1] / first.width)),
        )

    def blended(self, maps: Sequence[FloatArray | None]) -> FloatArray:
        """(H, W) float32 from a (h, w) map of each tile; None where a tile is left out, 0 where no tile is."""
        rows, columns = _spans(self.height, self.tiling), _spans(self.width, self.tiling)
        ramps = (
            [_ramp(index, rows) for index in range(len(rows))],
            [_ramp(index, columns) for index in range(len(columns))],
        )
        total, weight = (np.zeros((self.height, self.width), np.float32) for _ in range(2))
        for number, (tile, values) in enumerate(zip(self.tiles, maps, strict=True)):
            if values is not None:
                down, across = divmod(number, len(columns))
                share = np.outer(ramps[0][down], ramps[1][across])
                total[tile.slices] += values * share
                weight[tile.slices] += share
        return np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)

    def gathered(self, of_tiles: Sequence[npt.NDArray[Any] | None], grid: tuple[int, int]) -> npt.NDArray[Any]:
        """One array for the patches of the whole part.

        Args:
            of_tiles: (gh, gw, …) of each tile, None where it is left out.
            grid: (gh, gw) of a tile.

        Returns:
            (GH, GW, …), see `grid`; 0 where a tile is left out.
        """
        known = next(values for values in of_tiles if values is not None)
        whole = self.grid(grid)
        result = np.zeros((*whole, *known.shape[2:]), known.dtype)
        rows = _places(self.height, whole[0], grid[0], _spans(self.height, self.tiling))
        columns = _places(self.width, whole[1], grid[1], _spans(self.width, self.tiling))
        tiles = iter(of_tiles)
        for down, from_rows in rows:
            for across, from_columns in columns:
                values = next(tiles)
                if values is not None and len(down) and len(across):
                    result[down[0] : down[-1] + 1, across[0] : across[-1] + 1] = values[np.ix_(from_rows, from_columns)]
        return result


def _spans(length: int, tiling: Tiling) -> list[tuple[int, int]]:
    """First pixel and the one after the last of each tile along an axis."""
    if length <= tiling.tile:
        return [(0, length)]
    count = math.ceil((length - tiling.overlap) / (tiling.tile - tiling.overlap))
    # Floored, so that no two starts lie further apart than a tile less its overlap.
    starts = [index * (length - tiling.tile) // (count - 1) for index in range(count)]
    return [(start, start + tiling.tile) for start in starts]


def _places(
    length: int, patches: int, of_tile: int, spans: Sequence[tuple[int, int]]
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """For each tile along an axis: which of the part's patches it gives, and from which of its own."""
    centres = (np.arange(patches) + 0.5) * length / patches
    middles = np.array([(first + end) / 2 for first, end in spans])
    nearest = np.abs(centres[:, None] - middles[None, :]).argmin(axis=1)
    places = []
    for index, (first, end) in enumerate(spans):
        mine = np.flatnonzero(nearest == index)
        own = np.floor((centres[mine] - first) * of_tile / (end - first)).astype(np.int64)
        places.append((mine, own.clip(0, of_tile - 1)))
    return places


def _ramp(index: int, spans: Sequence[tuple[int, int]]) -> FloatArray:
    """Weight of a tile's pixels along an axis: rising where it overlaps the tile before, falling where the next one."""
    first, end = spans[index]
    weight = np.ones(end - first)
    if index > 0:
        shared = spans[index - 1][1] - first
        weight[:shared] = (np.arange(shared) + 0.5) / shared
    if index + 1 < len(spans):
        shared = end - spans[index + 1][0]
        if shared > 0:
            weight[-shared:] = np.minimum(weight[-shared:], ((np.arange(shared) + 0.5) / shared)[::-1])
    return np.asarray(weight, dtype=np.float32)
