"""From one value per token to a smooth map: bilinear enlargement and Gaussian smoothing as one linear operator.

Both are separable and linear, so that the map is ``rows @ tokens @ columns.T`` with two small matrices. That is quick,
the same for the same numbers, and it runs backwards: a score read from the map can be traced to its tokens.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from tokenclip_core.scoring.map_axes import axis_matrix, scaled_sigma


@dataclass(frozen=True)
class Peak:
    """The mean of a map's highest pixels.

    Attributes:
        value: that mean, in [0, 1].
        weights: (N,) float32, how much each token counts in it: value = weights · token values.
    """

    value: float
    weights: Tensor


@dataclass(frozen=True)
class MapOperator:
    """Enlarges and smooths token values of one grid to one working size.

    Attributes:
        rows: (h, gh) float32.
        columns: (w, gw) float32.
    """

    rows: Tensor
    columns: Tensor

    @property
    def grid(self) -> tuple[int, int]:
        """(gh, gw)."""
        return self.rows.shape[1], self.columns.shape[1]

    def enlarge(self, token_values: Tensor) -> Tensor:
        """(gh, gw) values to the (h, w) map; a convex combination of them in every pixel."""
        enlarged: Tensor = self.rows @ token_values @ self.columns.T
        return enlarged

    def enlarge_kept(self, token_values: Tensor, ignored: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Enlarge without letting ignored tokens in.

        Args:
            token_values: (gh, gw) float32.
            ignored: (gh, gw) bool, or None.

        Returns:
            The (h, w) map, 0 where the nearest token is ignored, and its (h, w) coverage that `peak` needs (None if
            nothing is ignored; 0 marks ignored pixels).
        """
        if ignored is None:
            return self.enlarge(token_values), None
        kept = (~ignored).to(token_values.dtype)
        coverage = self.enlarge(kept)
        height, width = self.rows.shape[0], self.columns.shape[0]
        down = torch.arange(height, device=kept.device) * kept.shape[0] // height
        across = torch.arange(width, device=kept.device) * kept.shape[1] // width
        coverage = coverage * kept[down][:, across]
        values = self.enlarge(token_values * kept)
        return torch.where(coverage > 0, values / coverage.clamp_min(1e-6), torch.zeros_like(values)), coverage

    def peak(self, working_map: Tensor, fraction: float, coverage: Tensor | None = None) -> Peak:
        """Mean of the highest ``fraction`` of the pixels (at least one) of a map that `enlarge_kept` made.

        Pixels that tie for the last place share it, so that the tokens' weights don't depend on an order of pixels.
        """
        flat = working_map.flatten()
        pixels = flat.numel() if coverage is None else int((coverage > 0).sum())
        if pixels == 0:
            return Peak(0.0, torch.zeros(self.rows.shape[1] * self.columns.shape[1], device=flat.device))
        if coverage is not None:
            flat = torch.where(coverage.flatten() > 0, flat, torch.full_like(flat, -1.0))
        count = max(1, math.ceil(fraction * pixels))
        threshold = torch.topk(flat, count, sorted=True).values[-1]
        above, level = flat > threshold, flat == threshold
        share = (count - above.sum()) / level.sum()
        chosen = (above.to(flat.dtype) + level.to(flat.dtype) * share) / count
        value = float((chosen * flat).sum().clamp(0, 1))
        if coverage is not None:
            chosen = chosen / coverage.flatten().clamp_min(1e-6)
        weights = self.rows.T @ chosen.view_as(working_map) @ self.columns
        return Peak(value, weights.flatten())


def map_operator(
    grid: tuple[int, int], size: tuple[int, int], sigma: float, device: torch.device | str = "cpu"
) -> MapOperator:
    """The operator for a grid (gh, gw) and a working size (h, w) in pixels.

    Args:
        grid: tokens down and across.
        size: the working size, usually the backbone's input.
        sigma: Gaussian deviation in pixels at an input of 518 x 518, scaled to ``size``; 0 for no smoothing.
        device: where the matrices are to be.
    """
    return _cached_operator(grid, size, scaled_sigma(sigma, size), str(device))


@lru_cache(maxsize=32)
def _cached_operator(grid: tuple[int, int], size: tuple[int, int], sigma: float, device: str) -> MapOperator:
    rows, columns = (
        torch.from_numpy(axis_matrix(tokens, pixels, sigma)) for tokens, pixels in zip(grid, size, strict=True)
    )
    return MapOperator(rows.to(device), columns.to(device))
