"""The keyboard on the canvas: a cross that arrows move, to pin a patch or to draw areas without a mouse."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from app.areas.tools import AreasDrawing, Tool

_ARM, _GAP = 14.0, 4.0
_FAST = 10
_DRAWING_STEP = 0.005
"""Step of an arrow key while areas are drawn, as a share of the part's longer side; patches are walked one by one."""

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_DRAWN = (Tool.RECTANGLE, Tool.POLYGON, Tool.BRUSH)


class CrossItem(QGraphicsItem):
    """A cross of the same size at any zoom."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.hide()

    @override
    def boundingRect(self) -> QRectF:
        return QRectF(-_ARM - 2, -_ARM - 2, 2 * _ARM + 4, 2 * _ARM + 4)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        for colour, width in ((QColor(0, 0, 0, 200), 4.0), (QColor(255, 255, 255), 1.5)):
            painter.setPen(QPen(colour, width))
            for across, down in _ARROWS.values():
                painter.drawLine(QPointF(across * _GAP, down * _GAP), QPointF(across * _ARM, down * _ARM))


class CanvasKeys:
    """Moves the cross, and does with it what the mouse would do.

    Attributes:
        item: the cross.
    """

    def __init__(
        self,
        drawing: AreasDrawing,
        start: Callable[[], QPointF],
        *,
        pointed: Callable[[QPointF | None], object],
        chosen: Callable[[QPointF], object],
    ) -> None:
        """Make it.

        Args:
            drawing: what areas are drawn with.
            start: where the cross begins, in the scene.
            pointed: told where in the scene the cross is now; None when it was put away.
            chosen: told where Return was pressed while nothing is drawn.
        """
        self.item = CrossItem()
        self._drawing, self._start = drawing, start
        self._pointed, self._chosen = pointed, chosen
        self._area, self._patch = QRectF(), (1.0, 1.0)

    @property
    def active(self) -> bool:
        """Whether the cross is seen."""
        return self.item.isVisible()

    def set_area(self, area: QRectF, grid: tuple[int, int]) -> None:
        """Move on a part of that size and (gh, gw) patches; (0, 0) while they are not known."""
        if area != self._area:
            self.end()
        self._area = area
        self._patch = area.width() / max(1, grid[1]), area.height() / max(1, grid[0])
        if not all(grid):
            self._patch = area.width() / 32, area.height() / 32

    def begin(self) -> None:
        """Show the cross."""
        if not self._area.isEmpty() and not self.active:
            self.item.setPos(self._inside(self._start()))
            self.item.show()
            self._pointed(self.item.pos())

    def end(self) -> None:
        """Put the cross away."""
        if self.active:
            self.item.hide()
            self._pointed(None)

    def wants(self, key: Qt.Key) -> bool:
        """Whether a key is meant for the cross, and not for the window's shortcuts."""
        if key in _ARROWS:
            return self.active or self._draws
        return self.active and (key in _ENTER or key in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace))

    def press(self, event: QKeyEvent) -> bool:
        """Handle a key on the canvas; returns whether it was used here."""
        key = Qt.Key(event.key())
        if not self.wants(key):
            return False
        if key in _ARROWS:
            self._walk(key, _FAST if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif key in _ENTER:
            self._choose()
        elif key == Qt.Key.Key_Backspace:
            self._drawing.take_back()
        elif self._drawing.begun:
            self._drawing.key(key)
        else:
            self.end()
        return True

    @property
    def _draws(self) -> bool:
        return self._drawing.active and self._drawing.tool in _DRAWN

    def _walk(self, key: Qt.Key, times: int) -> None:
        if not self.active:
            self.begin()
            return
        step = self._patch
        if self._draws:
            step = (_DRAWING_STEP * max(self._area.width(), self._area.height()),) * 2
        across, down = _ARROWS[key]
        place = self.item.pos() + QPointF(across * step[0], down * step[1]) * times
        self.item.setPos(self._inside(place))
        if self._drawing.active:
            self._drawing.move(self.item.pos())
        self._pointed(self.item.pos())

    def _choose(self) -> None:
        place = self.item.pos()
        if not self._drawing.active:
            self._chosen(place)
        elif self._drawing.dragging:
            self._drawing.release(place)
        elif self._drawing.ends_at(place):
            self._drawing.double_click()
        else:
            self._drawing.press(place)

    def _inside(self, place: QPointF) -> QPointF:
        # On an edge a patch would no longer lie below.
        margin = 1e-3
        return QPointF(
            min(max(place.x(), self._area.left()), self._area.right() - margin),
            min(max(place.y(), self._area.top()), self._area.bottom() - margin),
        )
