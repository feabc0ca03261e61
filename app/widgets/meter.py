"""Small painted pieces of the subspaces' rows: a square of colour, and a value as a bar."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.parts.state import Colour, score_words, threshold_words
from app.shell.theme import Colours, current_colours
from app.widgets.painted import Sized, painted

SWATCH_EDGE = 110
"""Opacity of the line around a square, of 255: a dark green one would be lost on a dark panel."""


def edge_pen() -> QPen:
    """A fine line around what is painted in a subspace's colour, whatever it lies on."""
    edge = QColor(current_colours().muted)
    edge.setAlpha(SWATCH_EDGE)
    return QPen(edge, 1)


def draw_swatch(painter: QPainter, area: QRectF, colour: QColor) -> None:
    """A square of a subspace's colour with a fine line around it, to be seen on any panel."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(edge_pen())
    painter.setBrush(colour)
    painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)


class Swatch(QWidget):
    """A square of a subspace's colour."""

    def __init__(self, colour: Colour, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = QColor(*colour)
        self.setFixedSize(12, 12)

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        draw_swatch(painter, QRectF(self.rect()), self._colour)


class Meter(Sized):
    """A value in [0, 1] as a bar with its number, and a mark at a threshold of its own."""

    wanted = QSize(90, 20)
    least = QSize(52, 20)

    def __init__(self, colour: Colour, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = QColor(*colour)
        self._value: float | None = None
        self._mark: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def reached(self) -> bool:
        """Whether the value is at or above the mark."""
        return self._value is not None and self._mark is not None and self._value >= self._mark

    def set_value(self, value: float | None) -> None:
        """Show a value, or nothing."""
        self._value = value
        self._describe()

    def set_mark(self, mark: float | None) -> None:
        """Show a threshold, or none."""
        self._mark = mark
        self._describe()

    def _describe(self) -> None:
        words = [] if self._value is None else [score_words(self._value)]
        if self._mark is not None:
            words.append(self.tr("threshold {value}").format(value=threshold_words(self._mark)))
        self.setAccessibleDescription(", ".join(words))
        self.update()

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        number = painter.fontMetrics().horizontalAdvance("0.00") + 6
        track = QRectF(0, self.height() / 2 - 3, self.width() - number, 6)
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(track, 3, 3)
        if self._value is not None:
            filled = QRectF(track.left(), track.top(), max(2.0, track.width() * min(1.0, self._value)), track.height())
            painter.setBrush(self._colour if self.isEnabled() else QColor(colours.border))
            painter.setPen(edge_pen())
            painter.drawRoundedRect(filled, 3, 3)
        if self._mark is not None:
            x = track.left() + track.width() * self._mark
            painter.setPen(QPen(QColor(colours.defect if self.reached else colours.text), 2))
            painter.drawLine(QPointF(x, track.top() - 4), QPointF(x, track.bottom() + 4))
        if self._value is not None:
            text = colours.text if self.isEnabled() else colours.muted
            painter.setPen(QColor(colours.defect if self.reached else text))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(self.rect(), right, score_words(self._value))
