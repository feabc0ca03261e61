"""Maps and pictures into pixels that can be painted as they are; numpy and Pillow only, for worker threads."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from app.parts.state import ArgbArray, FloatArray, FoundRegions, Picture, ThresholdView
from tokenclip_core.output import layers

BINS = 64
MAX_OVERLAY_SIDE = 1600
"""Overlays are painted enlarged beyond this: the map has one value a patch, more pixels would not say more."""

MAX_OUTLINE_SIDE = 1600
TOP_LEVEL_SIDE = 1024
"""The smallest level of a picture is at most this long; halves are made until then."""

_STRIP = 256
_COVERED = 0.5


def reduced(values: FloatArray, side: int) -> FloatArray:
    """(H, W) values averaged over squares, so that no side is longer than `side`."""
    factor = -(-max(values.shape) // side)
    if factor <= 1:
        return values
    height, width = (length // factor * factor for length in values.shape)
    if not height or not width:
        return values[:: min(factor, values.shape[0]), :: min(factor, values.shape[1])]
    blocks = values[:height, :width].reshape(height // factor, factor, width // factor, factor)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)


def heatmap(anomaly_map: FloatArray, top: float = 1.0) -> ArgbArray:
    """The map, ARGB, on the absolute scale 0 to 1, or from 0 to `top` where a person asks for it."""
    return layers.heatmap(reduced(anomaly_map, MAX_OVERLAY_SIDE), top)


def histogram(anomaly_map: FloatArray) -> npt.NDArray[np.int64]:
    """Counts of the map's values in `BINS` equal steps of [0, 1]."""
    steps = (reduced(anomaly_map, MAX_OVERLAY_SIDE) * np.float32(BINS)).astype(np.uint8)
    counts = np.bincount(steps.ravel(), minlength=BINS + 1)
    counts[BINS - 1] += counts[BINS]  # 1 belongs to the last step
    return np.asarray(counts[:BINS], dtype=np.int64)


def argb(rgb: npt.NDArray[np.uint8]) -> ArgbArray:
    """(H, W, 3) uint8 RGB into opaque ARGB, strip by strip so that little more memory is taken than the result's."""
    result = np.empty(rgb.shape[:2], dtype=np.uint32)
    for top in range(0, len(rgb), _STRIP):
        strip = rgb[top : top + _STRIP].astype(np.uint32)
        result[top : top + _STRIP] = 0xFF000000 | strip[..., 0] << 16 | strip[..., 1] << 8 | strip[..., 2]
    return result


def picture(rgb: npt.NDArray[np.uint8]) -> Picture:
    """(H, W, 3) uint8 RGB into a picture with halved levels, so that a zoomed-out paint reads few pixels."""
    height, width = rgb.shape[:2]
    levels = [argb(rgb)]
    image = Image.fromarray(rgb)
    while max(image.size) > TOP_LEVEL_SIDE and min(image.size) > 1:
        image = image.reduce(2)
        levels.append(argb(np.asarray(image)))
    return Picture(width, height, tuple(levels))


def outline(area: npt.NDArray[np.bool_]) -> FloatArray:
    """Line segments around an (H, W) bool area: (S, 4) float32 x1, y1, x2, y2 in image pixels."""
    small = (
        reduced(np.asarray(area, dtype=np.float32), MAX_OUTLINE_SIDE) if max(area.shape) > MAX_OUTLINE_SIDE else area
    )
    covered = small >= _COVERED
    rows, columns = (np.flatnonzero(covered.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.zeros((0, 4), np.float32)
    # Areas are small most often: only what is around them is looked at.
    top, left = rows[0], columns[0]
    inside = np.pad(covered[top : rows[-1] + 1, left : columns[-1] + 1], 1)
    # An edge lies between two rows (columns) that differ; neighbouring edges of one row become one segment.
    across = _runs(inside[1:, 1:-1] != inside[:-1, 1:-1])
    down = _runs((inside[1:-1, 1:] != inside[1:-1, :-1]).T)
    segments = np.concatenate(
        [
            np.column_stack([across[:, 1], across[:, 0], across[:, 2], across[:, 0]]),
            np.column_stack([down[:, 0], down[:, 1], down[:, 0], down[:, 2]]),
        ]
    ) + np.array([left, top, left, top])
    scale_x, scale_y = area.shape[1] / small.shape[1], area.shape[0] / small.shape[0]
    return np.asarray(segments * np.array([scale_x, scale_y, scale_x, scale_y]), np.float32)


def threshold_view(found: FoundRegions, threshold: float) -> ThresholdView:
    """The regions that were found at a threshold, and their outline."""
    return ThresholdView(threshold, found.regions, outline(found.area))


def _runs(edges: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Runs of true values along the rows of (R, C): (n, 3) row, start, end."""
    padded = np.pad(edges.astype(np.int8), ((0, 0), (1, 1)))
    changes = np.diff(padded, axis=1)
    rows, starts = np.nonzero(changes == 1)
    ends = np.nonzero(changes == -1)[1]
    return np.column_stack([rows, starts, ends]).astype(np.int64)
