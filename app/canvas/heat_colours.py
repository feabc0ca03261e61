"""The heatmap's colour map."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# The colour map "inferno" of matplotlib (CC0), at nine equal steps: perceptually even, and readable with deuteranopia.
_INFERNO = np.array(
    [
        (0, 0, 4),
        (33, 12, 74),
        (87, 16, 110),
        (138, 34, 106),
        (188, 55, 84),
        (227, 89, 51),
        (249, 142, 9),
        (249, 203, 53),
        (252, 255, 164),
    ],
    dtype=np.float64,
)
# A good part stays readable below its map, a defect is covered by its colour.
_LEAST_ALPHA, _FULL_ALPHA_AT = 0.25, 0.6


def heat_colours() -> npt.NDArray[np.uint8]:
    """The heatmap's colours for 0 to 1 in 256 steps: (256, 4) uint8 red, green, blue, opacity."""
    steps = np.linspace(0, 1, 256)
    anchors = np.linspace(0, 1, len(_INFERNO))
    colours = np.stack([np.interp(steps, anchors, _INFERNO[:, channel]) for channel in range(3)], axis=1)
    alpha = 255 * np.clip(_LEAST_ALPHA + (1 - _LEAST_ALPHA) * steps / _FULL_ALPHA_AT, 0, 1)
    return np.round(np.column_stack([colours, alpha])).astype(np.uint8)
