"""Between numpy and QImage, without a copy where it can be helped."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF
from PySide6.QtGui import QImage

from app.state import ArgbArray, FloatArray


def argb_image(pixels: ArgbArray) -> QImage:
    """A QImage over (H, W) premultiplied ARGB, no copy; the array must not change, and lives as long as the image."""
    contiguous = np.ascontiguousarray(pixels)
    height, width = contiguous.shape
    return QImage(contiguous.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)


def rgb_image(pixels: npt.NDArray[np.uint8]) -> QImage:
    """A QImage with its own copy of (H, W, 3) uint8 RGB."""
    contiguous = np.ascontiguousarray(pixels)
    height, width = contiguous.shape[:2]
    return QImage(contiguous.data, width, height, 3 * width, QImage.Format.Format_RGB888).convertToFormat(
        QImage.Format.Format_RGB32
    )


def lines(segments: FloatArray) -> list[QLineF]:
    """(S, 4) float32 x1, y1, x2, y2 into lines for QPainter."""
    return [QLineF(*segment) for segment in segments.tolist()]
