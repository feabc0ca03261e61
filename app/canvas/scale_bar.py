"""The colours of the heatmap from 0 to 1, with a mark at the threshold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.shell.theme import Colours
from app.widgets.painted import Sized, painted

_LABEL = 18
_TOP_LABEL = 34


class ScaleBar(Sized):
    """Says which colour is which value; the scale is absolute, the same for every part, unless it is stretched.

    Attributes:
        top: the value of the last colour.
    """

    wanted = QSize(186, 24)
    least = QSize(110, 24)

    def __init__(self, colours: npt.NDArray[np.uint8], parent: QWidget | None = None) -> None:
        """Make a bar for (256, 4) uint8 colours."""
        super().__init__(parent)
        self._colours = colours
        self._threshold = 0.5
        self.top = 1.0
        self.setToolTip(self.tr("The scale is absolute: 0 is normal, 1 is anomalous, for every part alike."))
        self.setAccessibleName(self.tr("Heatmap scale from 0 to 1"))

    def set_threshold(self, threshold: float) -> None:
        """Mark a threshold."""
        self._threshold = threshold
        self.update()

    def set_top(self, top: float) -> None:
        """Say which value has the last colour: 1, or less where the scale is stretched."""
        self.top = top
        self.setAccessibleDescription("" if top == 1 else f"0 – {top:.2f}")
        self.update()

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        bar = QRectF(_LABEL, self.height() / 2 - 5, self.width() - _LABEL - _TOP_LABEL, 10)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for step in range(0, 256, 15):
            red, green, blue = (int(value) for value in self._colours[step][:3])
            gradient.setColorAt(step / 255, QColor(red, green, blue))
        painter.setPen(QPen(QColor(colours.muted), 1))
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 2, 2)
        if self._threshold <= self.top:
            x = bar.left() + self._threshold / self.top * bar.width()
            painter.setPen(QPen(QColor(colours.text), 2))
            painter.drawLine(QPointF(x, bar.top() - 4), QPointF(x, bar.bottom() + 4))
        painter.setPen(QColor(colours.text))
        painter.drawText(QRectF(0, 0, _LABEL - 6, self.height()), Qt.AlignmentFlag.AlignCenter, "0")
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        most = "1" if self.top == 1 else f"{self.top:.2f}"
        painter.drawText(QRectF(bar.right() + 8, 0, _TOP_LABEL - 8, self.height()), left, most)
