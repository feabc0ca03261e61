"""From a part of any size to the pixels a backbone sees: grid, resize, normalisation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from tokenclip_core.arrays import FloatArray
from tokenclip_core.errors import ImageError, SettingsError

# A longer grid than this has too few patches across to say where something is.
MAX_GRID_ASPECT = 16


def check_image(image: npt.NDArray[np.uint8]) -> None:
    """Refuse anything but a (H, W, 3) uint8 RGB array with pixels.

    Raises:
        ImageError: another type, shape or dtype; the message says how to convert.
    """
    if not isinstance(image, np.ndarray):
        raise ImageError(f"an image must be a numpy array, not {type(image).__name__}; use load_image to read a file.")
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ImageError(
            f"the image has shape {image.shape} and type {image.dtype}; expected (height, width, 3) uint8 RGB, "
            "as load_image and to_rgb give."
        )
    if 0 in image.shape:
        raise ImageError(f"the image has no pixels: its shape is {image.shape}.")


def target_size(height: int, width: int, image_size: int, patch_size: tuple[int, int]) -> tuple[int, int]:
    """Input size for a part: whole patches, about image_size² pixels, the part's aspect as near as the grid allows.

    Args:
        height: the part's height in pixels, >= 1.
        width: the part's width in pixels, >= 1.
        image_size: side in pixels that a square part would get.
        patch_size: (height, width) of a patch in pixels.

    Returns:
        (h, w) in pixels, each at least one patch; the grid is never longer than 16 : 1.

    Raises:
        SettingsError: a size below 1.
    """
    patch_height, patch_width = patch_size
    if min(height, width, image_size, patch_height, patch_width) < 1:
        raise SettingsError(
            f"sizes must be positive: image {width} x {height}, image_size {image_size}, patch {patch_size}."
        )
    patches = image_size * image_size / (patch_height * patch_width)
    aspect = (height / patch_height) / (width / patch_width)
    aspect = min(max(aspect, 1 / MAX_GRID_ASPECT), MAX_GRID_ASPECT)
    ideal_down, ideal_across = math.sqrt(patches * aspect), math.sqrt(patches / aspect)

    def misfit(grid: tuple[int, int]) -> float:
        down, across = math.log(grid[0] / ideal_down), math.log(grid[1] / ideal_across)
        return abs(down - across) + abs(down + across)

    candidates = itertools.product(
        {max(1, math.floor(ideal_down)), math.ceil(ideal_down)},
        {max(1, math.floor(ideal_across)), math.ceil(ideal_across)},
    )
    allowed = [grid for grid in sorted(candidates) if max(grid) <= MAX_GRID_ASPECT * min(grid)]
    gh, gw = min(allowed, key=misfit) if allowed else (1, 1)
    return gh * patch_height, gw * patch_width


def to_pixels(
    image: npt.NDArray[np.uint8], size: tuple[int, int], mean: Sequence[float], std: Sequence[float]
) -> FloatArray:
    """Resize and normalise one image as open_clip's own transform does (Pillow's antialiased bicubic).

    Args:
        image: (H, W, 3) uint8 RGB.
        size: (h, w) of the result in pixels.
        mean: subtracted per channel, of RGB in [0, 1].
        std: divided by, per channel.

    Returns:
        (3, h, w) float32.

    Raises:
        ImageError: not such an image.
    """
    check_image(image)
    height, width = size
    if image.shape[:2] == (height, width):
        resized = image
    else:
        picture = Image.fromarray(np.ascontiguousarray(image))
        resized = np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC))
    planes = np.ascontiguousarray(resized.transpose(2, 0, 1), dtype=np.float32)
    shift, scale = (np.array(values, np.float32).reshape(3, 1, 1) for values in (mean, std))
    planes /= 255
    planes -= shift
    planes /= scale
    return planes


def groups_of_equal_size(sizes: Sequence[tuple[int, int]], largest: int) -> list[list[int]]:
    """Indices of equal sizes together, at most ``largest`` in a group: what can be encoded as one batch.

    Args:
        sizes: (h, w) of each image in pixels.
        largest: images a group at most, >= 1.

    Returns:
        Every index once, in the order in which its size first appears.
    """
    by_size: dict[tuple[int, int], list[int]] = {}
    for index, size in enumerate(sizes):
        by_size.setdefault(size, []).append(index)
    return [
        indices[start : start + largest] for indices in by_size.values() for start in range(0, len(indices), largest)
    ]
