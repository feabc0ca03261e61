"""Learned positions on another grid, in numpy: what torch's interpolation does, as two small matrices."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray
from tokenclip_core.scoring.map_axes import axis_matrix

# Keys (1981): the cubic of Pillow, and of torch where it smooths before it shrinks.
_CUBIC = -0.5
_CUBIC_SUPPORT = 2.0


def resized_positions(
    values: FloatArray, old_grid: tuple[int, int], new_grid: tuple[int, int], prefix_tokens: int, interpolation: str
) -> FloatArray:
    """Learned positions for another grid; equal to `tokenclip_core.model.visual_towers.resize_positions` to rounding.

    Args:
        values: (1, prefix + N, W) float32.
        old_grid: (gh, gw) that they were learned on.
        new_grid: (gh, gw) wanted.
        prefix_tokens: of the values, those before the patches, which stay.
        interpolation: ``bicubic`` (antialiased) or ``bilinear``.

    Returns:
        (1, prefix + new N, W) float32.
    """
    if old_grid == new_grid:
        return values
    matrix = _cubic_matrix if interpolation == "bicubic" else _linear_matrix
    rows, columns = (matrix(old, new) for old, new in zip(old_grid, new_grid, strict=True))
    prefix, planes = values[:, :prefix_tokens], values[0, prefix_tokens:].reshape(*old_grid, -1)
    resized = np.einsum("ij,kl,jlw->ikw", rows, columns, planes, optimize=True)
    return np.concatenate([prefix, resized.reshape(1, new_grid[0] * new_grid[1], -1)], axis=1, dtype=np.float32)


@lru_cache(maxsize=64)
def _cubic_matrix(old: int, new: int) -> FloatArray:
    """(new, old) float32 antialiased bicubic weights of one axis; not to be written to."""
    scale = old / new
    stretch = max(scale, 1.0)
    centres = (np.arange(new) + 0.5) * scale
    first = np.maximum((centres - _CUBIC_SUPPORT * stretch + 0.5).astype(np.int64), 0)
    last = np.minimum((centres + _CUBIC_SUPPORT * stretch + 0.5).astype(np.int64), old)
    places = np.arange(old)
    inside = (places >= first[:, None]) & (places < last[:, None])
    weights = np.where(inside, _cubic((places + 0.5 - centres[:, None]) / stretch), 0.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def _linear_matrix(old: int, new: int) -> FloatArray:
    """(new, old) float32 bilinear weights of one axis, without smoothing."""
    return axis_matrix(old, new, 0.0)


def _cubic(distance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The cubic at distances in pixels of the coarser grid."""
    far = np.abs(distance)
    near = ((_CUBIC + 2) * far - (_CUBIC + 3)) * far**2 + 1
    wide = ((far - 5) * far + 8) * far * _CUBIC - 4 * _CUBIC
    return np.where(far < 1, near, np.where(far < _CUBIC_SUPPORT, wide, 0.0))
