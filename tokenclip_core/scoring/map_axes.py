"""One axis of the way from tokens to a smooth map, and the step to the part's own size; without torch."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

# The input side in pixels for which AnomalyCLIP states its smoothing; sigma scales with the input.
REFERENCE_SIDE = 518
# The Gaussian ends after this many deviations and mirrors at the edges, as scipy's gaussian_filter does by default.
_TRUNCATE = 4.0

FloatArray = npt.NDArray[np.float32]


def scaled_sigma(sigma: float, size: tuple[int, int]) -> float:
    """The Gaussian's deviation in pixels at a working size.

    Args:
        sigma: deviation in pixels at an input of 518 x 518 (AnomalyCLIP, arXiv 2310.18961).
        size: (h, w) in pixels.
    """
    return sigma * math.sqrt(size[0] * size[1]) / REFERENCE_SIDE


@lru_cache(maxsize=16)
def axis_matrix(tokens: int, pixels: int, sigma: float) -> FloatArray:
    """Bilinear enlargement of one axis (half-pixel centres), then Gaussian smoothing, as one matrix.

    Args:
        tokens: along the axis.
        pixels: along the axis of the map.
        sigma: deviation of the Gaussian in pixels of the map; 0 for none.

    Returns:
        (pixels, tokens) float32, rows sum to 1. Not to be written to: the last ones are kept.
    """
    centres = (np.arange(pixels) + 0.5) * tokens / pixels - 0.5
    centres = np.clip(centres, 0, tokens - 1)
    before = np.minimum(centres.astype(np.int64), max(tokens - 2, 0))
    after = np.minimum(before + 1, tokens - 1)
    share = centres - before
    matrix = np.zeros((pixels, tokens))
    matrix[np.arange(pixels), before] += 1 - share
    matrix[np.arange(pixels), after] += share
    if sigma > 0:
        radius = int(_TRUNCATE * sigma + 0.5)
        kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
        mirrored = np.pad(matrix, ((radius, radius), (0, 0)), mode="symmetric")
        matrix = np.asarray(
            sum(weight * mirrored[shift : shift + pixels] for shift, weight in enumerate(kernel / kernel.sum()))
        )
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True), dtype=np.float32)


def resize_map(working_map: FloatArray, height: int, width: int) -> FloatArray:
    """Bring a map to the part's own size: bilinear where it grows, the area's average where it shrinks.

    Args:
        working_map: (h, w) float32 in [0, 1].
        height: of the part's image in pixels.
        width: of the part's image in pixels.

    Returns:
        (height, width) float32 in [0, 1].
    """
    if working_map.shape == (height, width):
        return np.ascontiguousarray(working_map, dtype=np.float32)
    shrinks = height <= working_map.shape[0] and width <= working_map.shape[1]
    resized = cv2.resize(working_map, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(resized, dtype=np.float32)
