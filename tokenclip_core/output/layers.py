"""What is laid over a part, as colours with opacity: the heatmap, the subspaces, the outline of regions.

One definition for the canvas, the report and the pictures that a command saves. Layers are premultiplied ARGB, as Qt
paints them, and `lay_over` rounds as Qt does, so that a saved picture is the canvas to the pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

OPACITY = 0.7
"""Opacity of a layer over the part, 0 to 1, unless a person chooses another one."""

FloatArray = npt.NDArray[np.float32]
RgbArray = npt.NDArray[np.uint8]
ArgbArray = npt.NDArray[np.uint32]
"""(H, W) uint32, one premultiplied 0xAARRGGBB pixel each."""

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
# The anomaly from which on the colour is opaque: a good part stays a photograph, a defect is covered by its colour.
_FULL_ALPHA_AT = 0.6
_GREY = 128.0
_STRIP = 256
"""Rows that are laid over at a time, so that little memory is taken."""

_LEAST_COLOUR = 0.15
"""Least share of the subspace's colour in a patch, the rest being grey: that of a patch between two subspaces."""

LINE_COLOUR, EDGE_COLOUR = (255, 255, 255), (24, 24, 24)
"""Colours (red, green, blue) of the outline of regions and of its edge, so that it is seen on any picture. Both are
opaque, because lines cross."""


def heat_colours() -> npt.NDArray[np.uint8]:
    """The heatmap's colours for 0 to 1 in 256 steps: (256, 4) uint8 red, green, blue, opacity; 0 is transparent."""
    steps = np.linspace(0, 1, 256)
    anchors = np.linspace(0, 1, len(_INFERNO))
    colours = np.stack([np.interp(steps, anchors, _INFERNO[:, channel]) for channel in range(3)], axis=1)
    alpha = 255 * np.clip(steps / _FULL_ALPHA_AT, 0, 1)
    return np.round(np.column_stack([colours, alpha])).astype(np.uint8)


def premultiplied(rgba: npt.NDArray[np.uint8]) -> ArgbArray:
    """(..., 4) uint8 red, green, blue, opacity into (...) premultiplied ARGB."""
    wide = rgba.astype(np.uint32)
    alpha = wide[..., 3]
    red, green, blue = ((wide[..., channel] * alpha + 127) // 255 for channel in range(3))
    return np.asarray(alpha << 24 | red << 16 | green << 8 | blue, dtype=np.uint32)


def heatmap(anomaly_map: FloatArray, top: float = 1.0) -> ArgbArray:
    """The map in colours, on one absolute scale: the same value has the same colour in every picture.

    Args:
        anomaly_map: (H, W), values in [0, 1].
        top: where the scale ends, if a person asks for another end than 1.

    Returns:
        (H, W) ARGB.
    """
    steps = anomaly_map * np.float32(255 / top)
    return _heat_table().take(np.clip(np.rint(steps, out=steps), 0, 255, out=steps).astype(np.uint8))


@cache
def _heat_table() -> ArgbArray:
    """(256,) premultiplied ARGB of the heatmap's colours."""
    return premultiplied(heat_colours())


def subspace_layer(assignment: FloatArray, colours: Sequence[tuple[int, int, int]]) -> ArgbArray:
    """Each patch in the colour of its dominant subspace, greyer the less sure it is.

    Args:
        assignment: (gh, gw, K); how sure a patch is, is its first weight minus its second.
        colours: K of (red, green, blue), 0 to 255.

    Returns:
        (gh, gw) ARGB; patches without weight are transparent.
    """
    ordered = np.sort(assignment, axis=-1)
    first = ordered[..., -1]
    second = ordered[..., -2] if assignment.shape[-1] > 1 else np.zeros_like(first)
    sure = np.clip(first - second, 0, 1)[..., np.newaxis]
    table = np.array(colours, dtype=np.float64)
    strength = _LEAST_COLOUR + (1 - _LEAST_COLOUR) * sure
    mixed = _GREY + (table[assignment.argmax(axis=-1)] - _GREY) * strength
    alpha = np.where(first > 0, 255.0, 0.0)[..., np.newaxis]
    return premultiplied(np.round(np.concatenate([mixed, alpha], axis=-1)).astype(np.uint8))


def enlarged(layer: ArgbArray, height: int, width: int) -> ArgbArray:
    """A layer of one pixel a patch, (gh, gw), over a part of (height, width): each pixel is that of its patch."""
    rows, columns = (_nearest(pixels, patches) for pixels, patches in zip((height, width), layer.shape, strict=True))
    return np.asarray(layer[rows[:, np.newaxis], columns])


def _nearest(pixels: int, patches: int) -> npt.NDArray[np.int64]:
    """(pixels,), the patch that each pixel's middle is in; counted in steps of 1/65536, as Qt scales pictures."""
    step = 65536 * patches // pixels
    return np.asarray(np.minimum(((step + 1) // 2 - 1 + np.arange(pixels) * step) >> 16, patches - 1), np.int64)


def outline_layer(area: npt.NDArray[np.bool_]) -> ArgbArray:
    """A white line of two pixels along the border of an (H, W) bool area, with a dark edge; transparent elsewhere."""
    line, edge = (premultiplied(np.array([*colour, 255], np.uint8)) for colour in (LINE_COLOUR, EDGE_COLOUR))
    near, far = (_border(area, reach) for reach in (1, 2))
    return np.where(near, line, np.where(far, edge, np.uint32(0)))


def _border(area: npt.NDArray[np.bool_], reach: int) -> npt.NDArray[np.bool_]:
    """(H, W) bool, pixels in whose square of 2 * reach + 1 pixels there is area and something else.

    What lies beyond the picture is no area.
    """
    # Imported here because the window starts without it.
    import cv2

    padded = np.pad(area, reach).astype(np.uint8)
    square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    border = cv2.dilate(padded, square) != cv2.erode(padded, square)
    return np.asarray(border[reach : reach + area.shape[0], reach : reach + area.shape[1]])


def lay_over(picture: RgbArray, layer: ArgbArray, opacity: float = 1.0) -> RgbArray:
    """Paint a layer over a picture of the same size, with the arithmetic of Qt's raster engine.

    Args:
        picture: (H, W, 3) uint8.
        layer: (H, W) ARGB.
        opacity: of the layer as a whole, in [0, 1].

    Returns:
        (H, W, 3) uint8.
    """
    # Qt keeps opacity in 256 steps and turns them into 255.
    share = np.uint32((round(opacity * 256) * 255) >> 8)
    laid = np.empty_like(picture)
    for top in range(0, len(picture), _STRIP):
        strip = slice(top, top + _STRIP)
        remaining = 255 - _scaled(layer[strip] >> np.uint32(24), share)
        for channel, shift in enumerate(np.array((16, 8, 0), np.uint32)):
            above = _scaled((layer[strip] >> shift) & np.uint32(0xFF), share)
            laid[strip, :, channel] = above + _scaled(picture[strip, :, channel].astype(np.uint32), remaining)
    return laid


def _scaled(values: ArgbArray, factor: np.uint32 | ArgbArray) -> ArgbArray:
    """Values of 0 to 255 times factor / 255, rounded as Qt's BYTE_MUL."""
    product = values * factor
    return np.asarray((product + (product >> 8) + 0x80) >> 8, dtype=np.uint32)
