"""The paint event of widgets that paint themselves, and the plate below words that lie over a picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.shell.theme import Colours

_PLATE_ALPHA = 225

_Widget = TypeVar("_Widget", bound=QWidget)


def painted(paint: Callable[[_Widget, QPainter, QRect], None]) -> Callable[[_Widget, QPaintEvent], None]:
    """Make a widget's paint event of a method that takes a painter and the rectangle to be painted.

    Edges of what it draws are smooth. The painter is ended within the event, not when the last reference to it goes:
    Qt flushes right after the event.
    """

    @wraps(paint)
    def paint_event(widget: _Widget, event: QPaintEvent) -> None:
        with QPainter(widget) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint(widget, painter, event.rect())

    return paint_event


def paint_plate(painter: QPainter, area: QRect, colours: Colours) -> None:
    """Paint the ground, a little translucent, of words that lie over a picture."""
    ground = QColor(colours.surface)
    ground.setAlpha(_PLATE_ALPHA)
    painter.setPen(QColor(colours.border))
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
