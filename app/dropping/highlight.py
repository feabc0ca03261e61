"""A frame over the whole window while something is dragged over it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.shell.theme import Colours
from app.widgets.painted import painted

_FRAME = 3
_VEIL = 0.82


class DropHighlight(QWidget):
    """Says that what is dragged will be taken; hidden until then, and never in the way of the mouse."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Drop to open"))
        self.hide()

    def appear(self) -> None:
        """Lie over the whole window."""
        self.setGeometry(self.window().rect())
        self.show()
        self.raise_()

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        accent = QColor(colours.accent)
        painter.setPen(QPen(accent, _FRAME))
        inset = _FRAME / 2 + 1
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 8, 8)
        font = self.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.2)
        painter.setFont(font)
        text = self.tr("Drop to open")
        words = painter.fontMetrics().boundingRect(text)
        plate = QRectF(0, 0, words.width() + 48, words.height() + 24)
        plate.moveCenter(QRectF(self.rect()).center())
        ground = QColor(colours.surface)
        ground.setAlphaF(_VEIL)
        painter.setBrush(ground)
        painter.drawRoundedRect(plate, 8, 8)
        painter.setPen(QColor(colours.text))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
