"""Arrays of samples into 8-bit RGB: the rules that `image_io` states, for arrays from files, cameras and programs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tokenclip_core.errors import ImageError

BACKGROUND = (255, 255, 255)
"""The colour on which transparent pictures are composited."""

RgbImage = npt.NDArray[np.uint8]
"""(H, W, 3) uint8, RGB."""

_FLOAT_RANGES = (1, 256, 65536)


def to_rgb(array: npt.NDArray[Any]) -> RgbImage:
    """Convert an array of samples to RGB by the rules of `image_io`.

    Args:
        array: (H, W), (H, W, 1) grey, (H, W, 2) grey and alpha, (H, W, 3) RGB or (H, W, 4) RGB and alpha, of any
            boolean, integer or float type.

    Returns:
        (H, W, 3) uint8 RGB, contiguous; the array itself where it is that already.

    Raises:
        ImageError: another shape or type, an empty side, or floats far above 65535.
    """
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or array.shape[2] not in (1, 2, 3, 4) or 0 in array.shape:
        raise ImageError(
            f"an array of shape {array.shape} is not an image; give (height, width) or (height, width, 1 to 4 channels)"
        )
    samples = _eight_bits(array)
    channels = samples.shape[2]
    colour = samples[:, :, :1] if channels <= 2 else samples[:, :, :3]
    if channels in (2, 4):
        colour = _composite(colour, samples[:, :, -1:])
    if colour.shape[2] == 1:
        colour = np.repeat(colour, 3, axis=2)
    return np.ascontiguousarray(colour)


def _eight_bits(samples: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Keep the 8 most significant bits of samples of any type."""
    kind = samples.dtype.kind
    if samples.dtype == np.uint8:
        return np.asarray(samples, np.uint8)
    if kind == "b":
        return samples.astype(np.uint8) * np.uint8(255)
    if kind in "ui":
        bits = samples.dtype.itemsize * 8 - (kind == "i")
        positive = np.maximum(samples, 0) if kind == "i" else samples
        shifted = positive >> (bits - 8) if bits >= 8 else positive << (8 - bits)
        return np.asarray(shifted, np.uint8)
    if kind == "f":
        finite = samples[np.isfinite(samples)]
        largest = float(finite.max()) if finite.size else 0.0
        full = next((full for full in _FLOAT_RANGES if largest <= 1.5 * full), None)
        if full is None:
            raise ImageError(f"float samples up to {largest:.6g} are far above 65535; scale them to 0 to 1")
        scaled = np.nan_to_num(samples.astype(np.float32) * np.float32(256 / full), nan=0.0)
        return np.asarray(np.clip(scaled, 0, 255, out=scaled), np.uint8)
    raise ImageError(f"samples of type {samples.dtype} are not an image; use 8 or 16 bit integers or floats")


def _composite(colour: npt.NDArray[np.uint8], alpha: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Composite (H, W, 1 or 3) on the background, rounding to nearest."""
    if int(alpha.min()) == 255:
        return colour
    background = np.array(BACKGROUND[: colour.shape[2]], np.uint16)
    weight = alpha.astype(np.uint16)
    blended = colour * weight + background * (255 - weight) + 127
    return np.asarray(blended // 255, np.uint8)
