"""From one value per token to a smooth map: bilinear enlargement and Gaussian smoothing as one linear operator.

Both are separable and linear, so that the map is ``rows @ tokens @ columns.T`` with two small matrices. That is quick,
the same for the same numbers, and it runs backwards: a score read from the map can be traced to its tokens.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tokenclip_core.arrays import at_least, largest, like, namespace
from tokenclip_core.scoring.map_axes import axis_matrix, scaled_sigma


@dataclass(frozen=True)
class Peak:
    """The mean of a map's highest pixels.

    Attributes:
        value: that mean, in [0, 1].
        weights: (N,) float32, how much each token counts in it: value = weights · token values.
    """

    value: float
    weights: Any


@dataclass(frozen=True, eq=False)
class MapOperator:
    """Enlarges and smooths token values of one grid to one working size; numpy's or torch's, as its matrices are.

    Attributes:
        rows: (h, gh) float32.
        columns: (w, gw) float32.
    """

    rows: Any
    columns: Any

    @property
    def grid(self) -> tuple[int, int]:
        """(gh, gw)."""
        return self.rows.shape[1], self.columns.shape[1]

    def enlarge(self, token_values: Any) -> Any:
        """(gh, gw) values to the (h, w) map; a convex combination of them in every pixel."""
        return self.rows @ token_values @ self.columns.T

    def enlarge_kept(self, token_values: Any, ignored: Any | None) -> tuple[Any, Any | None]:
        """Enlarge the values of the tokens that are not ignored; ignored ones do not change the map around them.

        Args:
            token_values: (gh, gw) float32.
            ignored: (gh, gw) bool, or None.

        Returns:
            The (h, w) map, 0 where the nearest token is ignored, and its (h, w) coverage that `peak` needs (None if
            nothing is ignored; 0 marks ignored pixels).
        """
        if ignored is None:
            return self.enlarge(token_values), None
        xp = namespace(token_values)
        kept = xp.astype(~ignored, token_values.dtype)
        down, across = (
            like(np.arange(pixels) * tokens // pixels, kept)
            for tokens, pixels in zip(self.grid, (self.rows.shape[0], self.columns.shape[0]), strict=True)
        )
        coverage = self.enlarge(kept) * kept[down][:, across]
        values = self.enlarge(token_values * kept)
        return xp.where(coverage > 0, values / at_least(coverage, 1e-6), xp.zeros_like(values)), coverage

    def peak(self, working_map: Any, fraction: float, coverage: Any | None = None) -> Peak:
        """Mean of the highest ``fraction`` of the pixels (at least one) of a map that `enlarge_kept` made.

        Pixels that tie for the last place share it, so that the tokens' weights don't depend on an order of pixels.
        """
        xp = namespace(working_map)
        flat = xp.reshape(working_map, (-1,))
        pixels = flat.shape[0] if coverage is None else int(xp.sum(xp.astype(coverage > 0, xp.int64)))
        if pixels == 0:
            return Peak(0.0, xp.reshape(xp.zeros_like(self.rows.T @ working_map @ self.columns), (-1,)))
        if coverage is not None:
            flat = xp.where(xp.reshape(coverage, (-1,)) > 0, flat, xp.full_like(flat, -1.0))
        count = max(1, math.ceil(fraction * pixels))
        last = xp.min(largest(flat, count))
        above, level = xp.astype(flat > last, flat.dtype), xp.astype(flat == last, flat.dtype)
        share = (count - xp.sum(above)) / xp.sum(level)
        chosen = (above + level * share) / count
        value = min(max(float(xp.sum(chosen * flat)), 0.0), 1.0)
        if coverage is not None:
            chosen = chosen / at_least(xp.reshape(coverage, (-1,)), 1e-6)
        weights = self.rows.T @ xp.reshape(chosen, working_map.shape) @ self.columns
        return Peak(value, xp.reshape(weights, (-1,)))


def map_operator(grid: tuple[int, int], size: tuple[int, int], sigma: float, example: Any = None) -> MapOperator:
    """The operator for a grid (gh, gw) and a working size (h, w) in pixels.

    Args:
        grid: tokens down and across.
        size: the working size, usually the backbone's input.
        sigma: Gaussian deviation in pixels at an input of 518 x 518, scaled to ``size``; 0 for no smoothing.
        example: an array of the kind, and on the device, that it is for; None for numpy.
    """
    rows, columns = (
        axis_matrix(tokens, pixels, scaled_sigma(sigma, size)) for tokens, pixels in zip(grid, size, strict=True)
    )
    return MapOperator(rows, columns) if example is None else MapOperator(like(rows, example), like(columns, example))
