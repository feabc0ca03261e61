"""Masks are not photographs: which pixels a file marks, from its samples as they are stored.

* Whatever the depth, 8 to 64 bits or floats: every value but 0 marks, so that numbers of labels are not lost.
* A palette's index marks, unless its first colour is not black and another one is: then black is what is unmarked.
* A colour marks by any channel; where 0 is white (TIFF), white marks, as a viewer shows it.
* What is wholly transparent is unmarked; where all that is not transparent is black, it marks.
* What was compressed with loss (JPEG, lossy WebP, AVIF, JPEG 2000) is cut at half of its brightest value, or of its
  range where even that is nearly black; alpha as colours.
* Truth values that tifffile wrote by itself, which are black where they are true, mark where they are true.
"""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
import numpy.typing as npt

from tokenclip_core.images.reading import read_samples
from tokenclip_core.images.samples import Samples, upright

Mask = npt.NDArray[np.bool_]
"""(H, W) bool, True where marked."""

_MASK_VALUES = 16
_MASK_SHARE = 0.98
_EXTREME = 24
_LOOKED_AT = 2**18
_NEARLY_BLACK = 1 / 8
"""Of the range: what is below that may be noise of the compression alone."""


def read_mask(path: str | os.PathLike[str]) -> Mask:
    """Read which pixels a file marks.

    Returns:
        (H, W) bool, upright.

    Raises:
        ImageError: as `load_image`.
    """
    samples = read_samples(path)
    return upright(_marked(samples), samples.orientation)


def looks_like_mask(path: str | os.PathLike[str]) -> bool:
    """Whether a picture has so few values, nearly all of them extreme, that it is a mask rather than a photograph.

    Raises:
        ImageError: as `load_image`.
    """
    samples = read_samples(path)
    values = samples.values
    if samples.palette is not None or values.dtype.kind == "b":
        return True
    # A part of the pixels tells it, and sorting all of a large picture takes seconds and gigabytes.
    step = math.ceil(math.sqrt(values.shape[0] * values.shape[1] / _LOOKED_AT))
    values = values[::step, ::step]
    found, counts = np.unique(values, return_counts=True)
    if len(found) <= _MASK_VALUES:
        return True
    most = 255 if values.dtype == np.uint8 else int(found[-1])
    extreme = (found <= _EXTREME) | (found >= most - _EXTREME)
    return bool(counts[extreme].sum() > _MASK_SHARE * values.size)


def _marked(samples: Samples) -> Mask:
    if samples.palette is not None:
        return _marked_by_palette(samples.values[:, :, 0], samples.palette)
    values = samples.values
    if samples.dark_is_true:
        return np.asarray(values[:, :, 0] == 0, np.bool_)
    channels = values.shape[2]
    colours = values[:, :, :-1] if channels in (2, 4) else values
    # Compression with loss changes alpha as it does colours.
    marks = (lambda part: _beyond_half(part, samples)) if samples.lossy else _not_zero
    marked = marks(colours)
    if channels in (2, 4):
        visible = marks(values[:, :, -1:])
        shown = marked & visible
        return visible if not shown.any() and not visible.all() else shown
    return marked


def _marked_by_palette(indices: npt.NDArray[Any], palette: npt.NDArray[np.uint8]) -> Mask:
    black = np.logical_not(palette[:, :3].any(axis=1))
    used = np.isin(np.arange(len(palette)), indices)
    unmarked = np.arange(len(palette)) == 0
    if not black[0] and np.any(black & used):
        unmarked = black
    if palette.shape[1] == 4:
        unmarked = unmarked | (palette[:, 3] == 0)
    return np.asarray(~unmarked[indices], np.bool_)


def _not_zero(colours: npt.NDArray[Any]) -> Mask:
    marks = colours != 0
    if colours.dtype.kind == "f":
        marks &= ~np.isnan(colours)
    return np.asarray(marks.any(axis=2), np.bool_)


def _beyond_half(values: npt.NDArray[Any], samples: Samples) -> Mask:
    if values.dtype.kind == "b":
        return np.asarray(values.any(axis=2), np.bool_)
    if values.dtype.kind == "f":
        whole: float = 1
    else:
        whole = 2 ** (samples.bits or values.dtype.itemsize * 8 - (values.dtype.kind == "i"))
    brightest = float(values.max())
    half = brightest / 2 if brightest >= whole * _NEARLY_BLACK else whole / 2
    return np.asarray((values >= half).any(axis=2), np.bool_)
