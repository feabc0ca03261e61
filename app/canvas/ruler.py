"""How long a millimetre is on the canvas: a line in its lower right corner, once a part's size is known."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.shell.theme import Colours
from app.widgets.painted import paint_plate, painted

LONGEST = 140
"""Pixels of the screen that the line takes at most."""

_MARGIN, _TICK, _HEIGHT = 8, 4, 34
"""Opacity of the ground, of 255: the part shines through a little."""


def round_length(most: float) -> float:
    """The longest of 1, 2 and 5 times a power of ten that is not over `most`, which is over 0."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(digit * power for digit in (5, 2, 1) if digit * power <= most * (1 + 1e-9))


class Ruler(QWidget):
    """Lies in the lower right corner of another widget."""

    def __init__(self, host: QWidget) -> None:
        """Make a hidden ruler over `host`, which calls `place` whenever its size changes."""
        super().__init__(host)
        self._millimetres = 0.0
        self._zoom = 1.0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Scale in millimetres"))
        self.hide()

    @property
    def length(self) -> float:
        """Length of the line in millimetres; 0 where the part's size is not known."""
        scale = self._millimetres / self._zoom
        return round_length(LONGEST * scale) if scale > 0 else 0.0

    @property
    def words(self) -> str:
        """The words beside the line."""
        length = self.length
        return f"{1000 * length:g} µm" if length < 0.1 else f"{length:g} mm"

    def show_scale(self, millimetres: float) -> None:
        """Say how many millimetres a pixel of the picture shows; 0 for not known."""
        self._millimetres = millimetres
        self._changed()

    def show_zoom(self, zoom: float) -> None:
        """Say how many pixels of the screen a pixel of the picture takes."""
        self._zoom = max(zoom, 1e-6)
        self._changed()

    def _changed(self) -> None:
        self.setAccessibleDescription(self.words if self.length else "")
        self.resize(self.sizeHint())
        self.place()
        self.update()

    def place(self) -> None:
        """Go to the host's corner; hidden where that has no room, or nothing is known."""
        host = self.parentWidget()
        if host is None:
            return
        self.move(host.width() - self.width() - _MARGIN, host.height() - self.height() - _MARGIN)
        self.setVisible(self.length > 0 and host.width() > 3 * self.width())

    @override
    def sizeHint(self) -> QSize:
        line = self.length / self._millimetres * self._zoom if self._millimetres else 0
        words = self.fontMetrics().horizontalAdvance(self.words)
        return QSize(round(max(line, words)) + 2 * _MARGIN, _HEIGHT)

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        if not self._millimetres:
            return
        paint_plate(painter, self.rect(), colours)
        painter.setPen(QPen(QColor(colours.text), 2))
        line = self.length / self._millimetres * self._zoom
        left, bottom = (self.width() - line) / 2, self.height() - _MARGIN
        painter.drawLine(QPointF(left, bottom), QPointF(left + line, bottom))
        for x in (left, left + line):
            painter.drawLine(QPointF(x, bottom - _TICK), QPointF(x, bottom))
        area = QRectF(0, 2, self.width(), bottom - _TICK - 2)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.words)
