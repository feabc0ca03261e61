"""Between numpy and QImage, without a copy where it can be helped."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QByteArray, QDataStream
from PySide6.QtGui import QImage, QPainterPath

from app.parts.state import ArgbArray, FloatArray

# What a QDataStream holds of each point of a path; of its elements, these two are all that lines need.
_POINT = np.dtype([("element", ">i4"), ("x", ">f8"), ("y", ">f8")])
_LINE_TO = 1


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


def lines(segments: FloatArray) -> QPainterPath:
    """(S, 4) float32 x1, y1, x2, y2 into lines for QPainter; read as a whole, since there may be many thousands."""
    path = QPainterPath()
    if not len(segments):
        return path
    points = np.zeros(2 * len(segments), _POINT)
    points["element"][1::2] = _LINE_TO
    points["x"], points["y"] = segments[:, 0::2].ravel(), segments[:, 1::2].ravel()
    count, start_and_rule = np.array([len(points)], ">i4"), np.zeros(2, ">i4")
    stream = QDataStream(QByteArray(count.tobytes() + points.tobytes() + start_and_rule.tobytes()))
    stream >> path
    return path
