"""What a file holds before it becomes a picture: its samples, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

# What each orientation asks for: (swap rows and columns, flip the rows' order, flip the columns' order).
_ORIENTATIONS = {
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of one picture.

    Attributes:
        values: (H, W, C) as stored, white as the largest value: grey, grey and alpha, RGB, RGB and alpha; or indices
            into the palette, (H, W, 1).
        bits: significant bits of the integers that the file states; None for all bits of their type.
        palette: (N, 3) RGB or (N, 4) with alpha, uint8; None without one.
        premultiplied: the colours were multiplied with alpha.
        lossy: the values were changed a little by their compression.
        dark_is_true: truth values, stored so that viewers show what is true as black.
        orientation: of EXIF or TIFF, 1 to 8; not applied yet.
    """

    values: npt.NDArray[Any]
    bits: int | None = None
    palette: npt.NDArray[np.uint8] | None = None
    premultiplied: bool = False
    lossy: bool = False
    dark_is_true: bool = False
    orientation: int = 1


def swaps_sides(orientation: int) -> bool:
    """Whether width and height change places when a picture is turned upright."""
    return _ORIENTATIONS.get(orientation, (False,))[0]


def upright(picture: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """(H, W, …) turned and mirrored as EXIF's orientation asks; unknown ones leave it as it is. Contiguous."""
    swap, flip_rows, flip_columns = _ORIENTATIONS.get(orientation, (False, False, False))
    if swap:
        picture = picture.swapaxes(0, 1)
    return np.ascontiguousarray(picture[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1])
