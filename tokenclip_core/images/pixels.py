"""Arrays of samples into 8-bit RGB: the rules that `reading` states, for arrays from files, cameras and programs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from tokenclip_core.errors import ImageError
from tokenclip_core.images.samples import Samples

BACKGROUND = (255, 255, 255)
"""The colour on which transparent pictures are composited."""

RgbImage = npt.NDArray[np.uint8]
"""(H, W, 3) uint8, RGB."""

_FLOAT_RANGES = (1, 256, 65536)
_BAND_SAMPLES = 2**21
_Reduction = Callable[[npt.NDArray[Any]], npt.NDArray[np.uint8]]


def to_rgb(array: npt.NDArray[Any], *, bits: int | None = None) -> RgbImage:
    """Convert an array of samples to RGB by the rules of `reading`.

    Args:
        array: (H, W), (H, W, 1) grey, (H, W, 2) grey and alpha, (H, W, 3) RGB or (H, W, 4) RGB and alpha, of any
            boolean, integer or float type.
        bits: how many bits of integers are used, so that 2^bits - 1 is white; None for all bits of their type.

    Returns:
        (H, W, 3) uint8 RGB, contiguous; the array itself where it is that already.

    Raises:
        ImageError: another shape or type, an empty side, values that need more bits, or floats far above 65535.
    """
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or array.shape[2] not in (1, 2, 3, 4) or 0 in array.shape:
        raise ImageError(
            f"an array of shape {array.shape} is not an image; give (height, width) or (height, width, 1 to 4 channels)"
        )
    return samples_to_rgb(Samples(array, bits))


def samples_to_rgb(samples: Samples) -> RgbImage:
    """Convert samples to (H, W, 3) uint8 RGB by the rules of `to_rgb`; orientation is left to the caller."""
    values = samples.values
    if samples.palette is not None:
        return _looked_up(values[:, :, 0], samples.palette)
    if values.dtype == np.uint8 and values.shape[2] == 3 and samples.bits is None:
        return np.ascontiguousarray(values)
    reduce = _reduction(values, samples.bits)
    rgb = np.empty((*values.shape[:2], 3), np.uint8)
    rows = max(1, _BAND_SAMPLES // (values.shape[1] * values.shape[2]))
    for top in range(0, len(values), rows):
        band = reduce(values[top : top + rows])
        channels = band.shape[2]
        colour = band[:, :, :1] if channels <= 2 else band[:, :, :3]
        if channels in (2, 4):
            colour = _composite(colour, band[:, :, -1:], premultiplied=samples.premultiplied)
        rgb[top : top + rows] = colour
    return rgb


def check_bits(values: npt.NDArray[Any], bits: int) -> None:
    """See that integers fit in a number of bits.

    Args:
        values: of any shape, not empty, none negative.
        bits: at least 1.

    Raises:
        ImageError: some are greater.
    """
    largest = int(values.max())
    if largest >= 2**bits:
        raise ImageError(f"samples up to {largest} need more than {bits} bits; name the camera's bits (--bits)")


def _looked_up(indices: npt.NDArray[Any], palette: npt.NDArray[np.uint8]) -> RgbImage:
    if int(indices.max()) >= len(palette):
        raise ImageError(f"a pixel has the colour {int(indices.max())} of a palette of {len(palette)}; save it as RGB")
    colours = palette[:, :3]
    if palette.shape[1] == 4:
        colours = _composite(palette[np.newaxis, :, :3], palette[np.newaxis, :, 3:])[0]
    return np.ascontiguousarray(colours[indices])


def _reduction(values: npt.NDArray[Any], bits: int | None) -> _Reduction:
    """How samples of this type, with these extremes, become 8 bits."""
    kind = values.dtype.kind
    if kind == "b":
        return lambda band: band.astype(np.uint8) * np.uint8(255)
    if kind in "ui":
        own = values.dtype.itemsize * 8 - (kind == "i")
        if bits is not None and bits < own:
            check_bits(values, bits)
        return partial(_shifted, bits=own if bits is None else min(bits, own))
    if kind == "f":
        largest = max((_largest(band) for band in np.array_split(values, -(-values.size // _BAND_SAMPLES))), default=0)
        full = next((full for full in _FLOAT_RANGES if largest <= 1.5 * full), None)
        if full is None:
            raise ImageError(f"float samples up to {largest:.6g} are far above 65535; scale them to 0 to 1")
        return partial(_scaled, full=full)
    raise ImageError(f"samples of type {values.dtype} are not an image; use 8 or 16 bit integers or floats")


def _shifted(band: npt.NDArray[Any], bits: int) -> npt.NDArray[np.uint8]:
    """Keep the 8 highest of `bits`; fewer than 8 are stretched, so that the largest value is white."""
    if band.dtype.kind == "i":
        band = np.maximum(band, 0)
    if bits >= 8:
        return np.asarray(band >> band.dtype.type(bits - 8), np.uint8)
    if band.dtype.kind == "i":
        return np.asarray(band.astype(np.uint8) << np.uint8(8 - bits), np.uint8)
    full = 2**bits - 1
    return np.asarray((band.astype(np.uint16) * 255 + full // 2) // full, np.uint8)


def _largest(band: npt.NDArray[Any]) -> float:
    finite = band[np.isfinite(band)]
    return float(finite.max()) if finite.size else 0.0


def _scaled(band: npt.NDArray[Any], full: int) -> npt.NDArray[np.uint8]:
    scaled = np.nan_to_num(band.astype(np.float32) * np.float32(256 / full), nan=0.0)
    return np.asarray(np.clip(scaled, 0, 255, out=scaled), np.uint8)


def _composite(
    colour: npt.NDArray[np.uint8], alpha: npt.NDArray[np.uint8], *, premultiplied: bool = False
) -> npt.NDArray[np.uint8]:
    """Composite (H, W, 1 or 3) on the background, rounding to nearest."""
    if int(alpha.min()) == 255:
        return colour
    background = np.array(BACKGROUND[: colour.shape[2]], np.uint16)
    weight = alpha.astype(np.uint16)
    own = np.minimum(colour, weight) * np.uint16(255) if premultiplied else colour * weight
    blended = own + background * (255 - weight) + 127
    return np.asarray(blended // 255, np.uint8)
