"""Drawing areas on the canvas: rectangle, polygon and brush, and choosing one to take it away."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal

from app.areas.items import AreasItem
from app.editing.adjustments import MOST_POINTS, Area, AreaKind, Areas

_LEAST_SIDE = 0.004
_POINT_EVERY = 0.2
"""A stroke keeps a place for each such share of its width: more would draw nothing else."""

CLOSING_PIXELS = 10
"""A click this near to a polygon's first corner, in pixels of the screen, closes it."""


class Tool(StrEnum):
    """What the mouse does on the canvas."""

    NONE = "none"
    RECTANGLE = "rectangle"
    POLYGON = "polygon"
    BRUSH = "brush"
    SELECT = "select"


class AreasDrawing(QObject):
    """Turns presses, moves and releases on the part into areas.

    Attributes:
        item: what shows them.
        tool: what the mouse does now.
        kind: of the areas that are drawn.
        brush: its width in units of the part's width.
        zoom: screen pixels per pixel of the part.

    Signals:
        areas_changed: (Areas) as a person wants it.
        chosen_changed: another area is chosen, or none.
        closed: the person is through (Escape without anything begun).
    """

    areas_changed = Signal(object)
    chosen_changed = Signal()
    closed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.item = AreasItem()
        self.tool = Tool.NONE
        self.kind: AreaKind = "ignore"
        self.brush = 0.05
        self._areas = Areas()
        self._bounds = QRectF()
        self._points: list[tuple[float, float]] = []
        self._corners: list[tuple[float, float]] = []
        self._dragging = False
        self._part, self._of_another = "", False
        self.zoom = 1.0

    @property
    def active(self) -> bool:
        """Whether the mouse draws."""
        return self.tool is not Tool.NONE and not self._bounds.isEmpty()

    @property
    def begun(self) -> bool:
        """Whether an area is being drawn."""
        return bool(self._points)

    @property
    def dragging(self) -> bool:
        """Whether a rectangle or a stroke waits for its end."""
        return self._dragging

    def ends_at(self, place: QPointF) -> bool:
        """Whether the polygon's last corner lies at a place of the scene."""
        return self.tool is Tool.POLYGON and bool(self._points) and self._points[-1] == self._relative(place)

    def take_back(self) -> None:
        """Remove the last corner, or the unfinished rectangle or stroke, or else the area drawn last."""
        if self.tool is Tool.POLYGON and len(self._points) > 1:
            self._points.pop()
            self._show_draft()
        elif self._points:
            self._drop()
        else:
            self.remove_chosen()

    def set_tool(self, tool: Tool) -> None:
        """Choose what the mouse does; an unfinished polygon comes back with its tool."""
        if self.tool is Tool.POLYGON and self._points:
            self._corners = self._points
        self._drop()
        self.tool = tool
        if tool is Tool.POLYGON:
            self._points, self._corners = self._corners, []
            self._show_draft()
        self.item.editing = tool is not Tool.NONE
        self._choose(None)

    def set_bounds(self, bounds: QRectF) -> None:
        """Draw on a part of that size."""
        if bounds != self._bounds:
            self._drop()
            self._corners = []
        self._bounds = bounds
        self.item.set_bounds(bounds)

    def set_part(self, path: str) -> None:
        """Draw on another part.

        An area of the whole folder that was begun goes on; a mark goes only on the part where it was begun.
        """
        self._of_another = (self._of_another or path != self._part) and bool(self._points or self._corners)
        self._part = path
        if self._of_another and self.kind == "defect":
            self._corners = []
            self._drop()

    def set_areas(self, areas: Areas) -> None:
        """Show areas."""
        self._areas = areas
        self.item.set_areas(areas)

    def press(self, place: QPointF) -> None:
        """Handle a press of the left button at a place of the scene."""
        point = self._relative(place)
        if self.tool is Tool.SELECT:
            self._choose(self.item.area_at(place))
        elif self.tool is Tool.POLYGON:
            if self._closes(place):
                self._finish()
                return
            self._points.append(point)
            self._show_draft()
        else:
            self._points = [point]
            self._dragging = True
            self._show_draft()

    def move(self, place: QPointF) -> None:
        """Handle a move of the mouse, with or without a button."""
        point = self._relative(place)
        if self.tool is Tool.POLYGON and self._points:
            self._show_draft(point)
        elif self._dragging and self.tool is Tool.RECTANGLE:
            self._points[1:] = [point]
            self._show_draft()
        elif self._dragging and self.tool is Tool.BRUSH:
            last = self._points[-1]
            across = (point[0] - last[0]) * self._bounds.width()
            down = (point[1] - last[1]) * self._bounds.height()
            if (across**2 + down**2) ** 0.5 >= _POINT_EVERY * self.brush * self._bounds.width():
                self._points.append(point)
                self._show_draft()

    def release(self, place: QPointF) -> None:
        """Handle the release of the left button."""
        if self._dragging:
            self.move(place)
            self._finish()

    def double_click(self) -> None:
        """Close the polygon; the press before has added its last corner."""
        if self.tool is Tool.POLYGON:
            self._finish()

    def key(self, key: Qt.Key) -> bool:
        """Handle a key on the canvas; returns whether it was used here."""
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.tool is Tool.POLYGON and self._points:
            self._finish()
        elif key == Qt.Key.Key_Escape:
            if self._points:
                self._drop()
            else:
                self.closed.emit()
        elif key == Qt.Key.Key_Backspace and self.tool is Tool.POLYGON and self._points:
            self._points.pop()
            self._show_draft()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_chosen()
        elif key == Qt.Key.Key_Tab and self._following() is not None:
            self._choose(self._following())
        else:
            return False
        return True

    def _following(self) -> int | None:
        """The area after the chosen one; None behind the last."""
        following = 0 if self.item.chosen is None else self.item.chosen + 1
        return following if self.tool is Tool.SELECT and following < len(self._areas.areas) else None

    def _choose(self, index: int | None) -> None:
        self.item.choose(index)
        self.chosen_changed.emit()

    @property
    def to_remove(self) -> int | None:
        """The chosen area, or of those that are drawn now the one drawn last; None where there is neither."""
        if self.item.chosen is not None:
            return self.item.chosen
        areas = enumerate(self._areas.areas)
        return max((number for number, area in areas if self._is_drawn_now(area)), default=None)

    def remove_chosen(self) -> None:
        """Take the area `to_remove` away."""
        areas, index = self._areas.areas, self.to_remove
        if index is not None:
            self._want(Areas(areas[:index] + areas[index + 1 :]))

    def clear(self) -> None:
        """Take all areas away that say what is inspected, or all marked defects, whichever are drawn now."""
        self._drop()
        self._want(Areas(tuple(area for area in self._areas.areas if not self._is_drawn_now(area))))

    def _is_drawn_now(self, area: Area) -> bool:
        return (area.kind == "defect") == (self.kind == "defect")

    def add(self, area: Area) -> None:
        """Take an area to the others."""
        self._want(Areas((*self._areas.areas, area)))

    def _closes(self, place: QPointF) -> bool:
        """Whether a place of the scene is the polygon's first corner, as far as a person can tell."""
        if len(self._points) < 3:
            return False
        x, y = self._points[0]
        away = place - QPointF(x * self._bounds.width() + self._bounds.left(), y * self._bounds.height())
        return max(abs(away.x()), abs(away.y())) * self.zoom <= CLOSING_PIXELS

    def _relative(self, place: QPointF) -> tuple[float, float]:
        x = min(max(place.x(), self._bounds.left()), self._bounds.right()) / self._bounds.width()
        y = min(max(place.y(), self._bounds.top()), self._bounds.bottom()) / self._bounds.height()
        return round(x, 5), round(y, 5)

    def _draft(self, *more: tuple[float, float]) -> Area | None:
        points = (*self._points, *more)
        if self.tool is Tool.RECTANGLE and len(points) >= 2:
            (left, top), (right, bottom) = points[0], points[-1]
            if min(abs(right - left), abs(bottom - top)) >= _LEAST_SIDE:
                return Area(self.kind, "rectangle", ((left, top), (right, bottom)))
        elif self.tool is Tool.POLYGON and len(set(points)) >= 3:
            return Area(self.kind, "polygon", tuple(dict.fromkeys(points))[:MOST_POINTS])
        elif self.tool is Tool.BRUSH and points:
            return Area(self.kind, "brush", points[:MOST_POINTS], self.brush)
        return None

    def _show_draft(self, *more: tuple[float, float]) -> None:
        self.item.set_draft(self._draft(*more))

    def _finish(self) -> None:
        area = self._draft()
        self._drop()
        if area is not None:
            self.add(area)

    def _drop(self) -> None:
        self._points, self._dragging = [], False
        self._of_another = self._of_another and bool(self._corners)
        self.item.set_draft(None)

    def _want(self, areas: Areas) -> None:
        if areas != self._areas:
            self.areas_changed.emit(areas)
