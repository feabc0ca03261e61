"""Areas on the canvas: what is ignored is hatched, edges have their own colours; marked defects are always seen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from app.editing.adjustments import Area, Areas

COLOURS = {"include": QColor(90, 220, 160), "ignore": QColor(255, 196, 84), "defect": QColor(255, 120, 220)}
"""Colours of the areas' edges, by kind."""

_VEIL = QColor(20, 22, 26, 150)
_HATCH = QColor(255, 255, 255, 70)
_SHADE = QColor(0, 0, 0, 190)


def area_path(area: Area, width: float, height: float) -> QPainterPath:
    """An area of a part of that size, in its pixels."""
    points = [QPointF(x * width, y * height) for x, y in area.points]
    path = QPainterPath()
    if area.shape == "rectangle":
        path.addRect(QRectF(points[0], points[1]).normalized())
    elif area.shape == "polygon":
        path.addPolygon(points)
        path.closeSubpath()
    else:
        stroke = area.width * width
        if len(points) == 1:
            path.addEllipse(points[0], stroke / 2, stroke / 2)
            return path
        line = QPainterPath(points[0])
        for point in points[1:]:
            line.lineTo(point)
        stroker = QPainterPathStroker()
        stroker.setWidth(stroke)
        stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
        stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        path = stroker.createStroke(line).simplified()
    return path


class AreasItem(QGraphicsItem):
    """Paints `Areas`, the area that is being drawn, and which area is chosen.

    Attributes:
        editing: whether the edges of the areas are drawn too.
    """

    def __init__(self) -> None:
        super().__init__()
        self.editing = False
        self._bounds = QRectF()
        self._areas = Areas()
        self._paths: list[QPainterPath] = []
        self._ignored = QPainterPath()
        self._draft: Area | None = None
        self._chosen: int | None = None

    def set_bounds(self, bounds: QRectF) -> None:
        """Lie over a part of that size."""
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds
            self._compose()

    def set_areas(self, areas: Areas) -> None:
        """Show other areas."""
        if areas != self._areas:
            self._areas = areas
            self._chosen = None
            self._compose()

    def set_draft(self, area: Area | None) -> None:
        """Show the area that is being drawn."""
        self._draft = area
        self.update()

    @property
    def chosen(self) -> int | None:
        """Which of the areas is chosen."""
        return self._chosen

    def choose(self, index: int | None) -> None:
        """Mark an area."""
        self._chosen = index
        self.update()

    def area_at(self, position: QPointF) -> int | None:
        """The area drawn last that covers a place of the scene."""
        hits = [index for index, path in enumerate(self._paths) if path.contains(position)]
        return hits[-1] if hits else None

    @override
    def boundingRect(self) -> QRectF:
        return self._bounds

    @override
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setClipRect(self._bounds)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._ignored.isEmpty():
            painter.fillPath(self._ignored, _VEIL)
            hatch = QBrush(_HATCH, Qt.BrushStyle.BDiagPattern)
            # The hatch is of the screen, not of the part: it keeps its width at any zoom.
            inverse, _ = painter.worldTransform().inverted()
            hatch.setTransform(inverse)
            painter.fillPath(self._ignored, hatch)
            self._edge(painter, self._ignored, COLOURS["ignore"], 1.5, Qt.PenStyle.SolidLine)
        for index, (area, path) in enumerate(zip(self._areas.areas, self._paths, strict=True)):
            if not self.editing and area.kind != "defect":
                continue
            colour = COLOURS[area.kind]
            style = Qt.PenStyle.SolidLine if index == self._chosen else Qt.PenStyle.DashLine
            self._edge(painter, path, colour, 3.0 if index == self._chosen else 1.5, style)
        if self.editing and self._draft is not None:
            path = area_path(self._draft, self._bounds.width(), self._bounds.height())
            colour = QColor(COLOURS[self._draft.kind])
            self._edge(painter, path, colour, 2.0, Qt.PenStyle.SolidLine)
            colour.setAlpha(60)
            painter.fillPath(path, colour)

    def _edge(self, painter: QPainter, path: QPainterPath, colour: QColor, width: float, style: Qt.PenStyle) -> None:
        ratio = painter.device().devicePixelRatioF()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for shade, wide, line in ((_SHADE, width + 2, Qt.PenStyle.SolidLine), (colour, width, style)):
            pen = QPen(shade, wide * ratio, line)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPath(path)

    def _compose(self) -> None:
        width, height = self._bounds.width(), self._bounds.height()
        self._paths = [area_path(area, width, height) for area in self._areas.areas]
        included, ignored = QPainterPath(), QPainterPath()
        for area, path in zip(self._areas.areas, self._paths, strict=True):
            if area.kind == "include":
                included = included.united(path)
            elif area.kind == "ignore":
                ignored = ignored.united(path)
        whole = QPainterPath()
        whole.addRect(self._bounds)
        if not included.isEmpty():
            ignored = ignored.united(whole.subtracted(included))
        self._ignored = (
            ignored.intersected(whole) if self._areas.areas and not self._bounds.isEmpty() else QPainterPath()
        )
        self.update()
