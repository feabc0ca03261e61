"""Pictures of a result for files: the overlay, the 16-bit anomaly map and the map of subspaces."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from tokenclip_core.files import write_atomically
from tokenclip_core.images.pixels import RgbImage
from tokenclip_core.inspection.result import InspectionResult, Region

MAP_RANGE = 65535
"""What a value of 1 is in a 16-bit map."""

# The map alone decides how much of it covers the part, so that a good part stays a photograph.
_OPACITY = 0.65
_OUTLINE = (255, 255, 255)


def overlay_picture(image: RgbImage, result: InspectionResult, regions: Sequence[Region] = ()) -> RgbImage:
    """Lay the anomaly map over the part, on an absolute scale: the same value has the same colour in every picture.

    Args:
        image: (H, W, 3) uint8, the part.
        result: of the same part.
        regions: outlined with their bounding boxes.

    Returns:
        (H, W, 3) uint8.
    """
    picture = blended(image, np.asarray(result.anomaly_map, np.float32))
    for region in regions:
        corner = (region.x + region.width - 1, region.y + region.height - 1)
        cv2.rectangle(picture, (region.x, region.y), corner, _OUTLINE, 1)
    return picture


def blended(image: RgbImage, values: npt.NDArray[np.float32]) -> RgbImage:
    """Lay (H, W) float32 values in [0, 1] over an (H, W, 3) uint8 image, on the absolute scale."""
    levels = np.asarray(np.rint(values * 255), np.uint8)
    colours = np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)[:, :, ::-1], np.float32)
    weight = (_OPACITY * np.sqrt(values))[:, :, np.newaxis]
    return np.asarray(np.rint(image * (1 - weight) + colours * weight), np.uint8)


def map_picture(result: InspectionResult) -> npt.NDArray[np.uint16]:
    """Return the anomaly map as (H, W) uint16, round(65535 * value)."""
    return np.asarray(np.rint(np.asarray(result.anomaly_map, np.float64) * MAP_RANGE), np.uint16)


def subspace_picture(result: InspectionResult) -> RgbImage:
    """Colour every patch as the subspace with its largest weight; the surer, the more saturated.

    Returns:
        (H, W, 3) uint8 of the image's own size; a patch without any preference, or ignored, is grey.
    """
    colours = np.array([subspace.colour for subspace in result.subspaces], np.float64)
    weights = np.asarray(result.assignment, np.float64)
    count = weights.shape[2]
    even = 1 / count if count > 1 else 0.0
    sureness = np.clip((weights.max(axis=2, keepdims=True) - even) / (1 - even), 0, 1)
    grid = colours[weights.argmax(axis=2)] * sureness + 128 * (1 - sureness)
    size = (result.anomaly_map.shape[1], result.anomaly_map.shape[0])
    return np.asarray(Image.fromarray(np.rint(grid).astype(np.uint8)).resize(size, Image.Resampling.NEAREST))


def save_picture(path: Path, picture: npt.NDArray[Any]) -> None:
    """Write an (H, W, 3) uint8 or (H, W) uint16 picture as PNG, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, format="PNG", compress_level=1)
    write_atomically(path, stream.getvalue())
