"""Widgets that paint themselves: their size and paint event, and the plate below words that lie over a picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.shell.theme import Colours, current_colours

_PLATE_ALPHA = 225

_Widget = TypeVar("_Widget", bound=QWidget)


def painted(paint: Callable[[_Widget, QPainter, QRect, Colours], None]) -> Callable[[_Widget, QPaintEvent], None]:
    """Make a widget's paint event of a method that takes a painter, the rectangle to be painted, and the colours.

    The colours are those of the theme in force. Edges of what is drawn are smooth. The painter is ended within the
    event, not when the last reference to it goes: Qt flushes right after the event.
    """

    @wraps(paint)
    def paint_event(widget: _Widget, event: QPaintEvent) -> None:
        with QPainter(widget) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint(widget, painter, event.rect(), current_colours())

    return paint_event


class Sized(QWidget):
    """A widget without a layout that says how large it would like to be, in pixels.

    Attributes:
        wanted: its size where there is room.
        least: down to which it gives way; an invalid one, as Qt has it, for no such limit.
    """

    wanted, least = QSize(), QSize()

    @override
    def sizeHint(self) -> QSize:
        return self.wanted

    @override
    def minimumSizeHint(self) -> QSize:
        return self.least


def paint_plate(painter: QPainter, area: QRect, colours: Colours) -> None:
    """Paint the ground, a little translucent, of words that lie over a picture."""
    ground = QColor(colours.surface)
    ground.setAlpha(_PLATE_ALPHA)
    painter.setPen(QColor(colours.border))
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
