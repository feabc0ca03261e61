"""Pictures of a result for files: overlays of the map and of the subspaces, and the 16-bit anomaly map."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from tokenclip_core.files import write_atomically
from tokenclip_core.images.pixels import RgbImage
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.output.layers import OPACITY, enlarged, heatmap, lay_over, outline_layer, subspace_layer

MAP_RANGE = 65535
"""The number that stands for an anomaly of 1 in a 16-bit map."""


class HasMap(Protocol):
    """What has an anomaly map: a result of the core, or what the window keeps of one."""

    @property
    def anomaly_map(self) -> npt.NDArray[np.float32]:
        """(H, W) float32 in [0, 1]."""


def overlay_picture(
    image: RgbImage,
    result: HasMap,
    area: npt.NDArray[np.bool_] | None = None,
    *,
    side: int | None = None,
    opacity: float = OPACITY,
) -> RgbImage:
    """Lay the anomaly map over the part, as the canvas shows it: the same value has the same colour in every picture.

    Args:
        image: (H, W, 3) uint8, the part.
        result: of the same part.
        area: (H, W) bool, what regions cover, to be outlined; see `InspectionResult.region_mask`.
        side: pixels of the longer side at most; None for the part's own size.
        opacity: of the map, in [0, 1].

    Returns:
        (H, W, 3) uint8, or smaller where `side` is.
    """
    picture = reduced_picture(image, side)
    values = np.asarray(result.anomaly_map, np.float32)
    picture = lay_over(picture, heatmap(_reduced(values, picture.shape[:2])), opacity)
    if area is None or not area.any():
        return picture
    return lay_over(picture, outline_layer(_reduced(area.astype(np.float32), picture.shape[:2]) > 0))


def reduced_picture(image: RgbImage, side: int | None) -> RgbImage:
    """An (H, W, 3) uint8 image whose longer side has at most `side` pixels; None for its own size."""
    scale = 1.0 if side is None else min(1.0, side / max(image.shape[:2]))
    height, width = (max(1, round(length * scale)) for length in image.shape[:2])
    if (height, width) == image.shape[:2]:
        return image
    resized = Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return np.asarray(resized)


def _reduced(values: npt.NDArray[np.float32], size: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """(H, W) values as (h, w); the mean would fade small defects out, the highest value under a pixel keeps them."""
    height, width = size
    if (height, width) == values.shape:
        return values
    reach = max(1, round(max(values.shape) / max(height, width)))
    highest = cv2.dilate(values, np.ones((reach, reach), np.uint8))
    return np.asarray(cv2.resize(highest, (width, height), interpolation=cv2.INTER_NEAREST), np.float32)


def map_picture(result: InspectionResult) -> npt.NDArray[np.uint16]:
    """Return the anomaly map as (H, W) uint16, round(65535 * value)."""
    return np.asarray(np.rint(np.asarray(result.anomaly_map, np.float64) * MAP_RANGE), np.uint16)


def subspace_picture(image: RgbImage, result: InspectionResult, *, opacity: float = OPACITY) -> RgbImage:
    """Lay the subspaces over the part, as the canvas shows them: each patch in the colour of its dominant subspace.

    Args:
        image: (H, W, 3) uint8, the part.
        result: of the same part.
        opacity: of the colours, in [0, 1].

    Returns:
        (H, W, 3) uint8; the less sure a patch is, the greyer, and an ignored one is the part itself.
    """
    layer = subspace_layer(result.assignment, [subspace.colour for subspace in result.subspaces])
    return lay_over(image, enlarged(layer, *image.shape[:2]), opacity)


def save_picture(path: Path, picture: npt.NDArray[Any]) -> None:
    """Write an (H, W, 3) uint8 or (H, W) uint16 picture as PNG, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, format="PNG", compress_level=1)
    write_atomically(path, stream.getvalue())
