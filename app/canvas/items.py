"""What lies on the canvas: the part's pixels, its overlays, the outline of regions, the patch grid."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from app.gallery.model import moved_patch
from tokenclip_core.output.layers import EDGE_COLOUR, LINE_COLOUR

SHARP_FROM = 2.0
"""Screen pixels per image pixel from which pixels are drawn as squares."""

SMALLEST_CELL = 4.0
"""Screen pixels below which the patch grid would only be a haze."""


def _scale(painter: QPainter) -> float:
    """Screen pixels per scene unit, device pixels included."""
    return abs(painter.deviceTransform().m11())


def _pixel_ratio(painter: QPainter) -> float:
    """Device pixels per pixel of the platform: cosmetic pens count in the former."""
    return painter.device().devicePixelRatioF()


class PictureItem(QGraphicsItem):
    """Pixels with halved levels over a rectangle of the scene; paints only what is exposed, from a fitting level."""

    def __init__(self, *, sharp: bool, never_sharp: bool = False) -> None:
        """Make an empty item.

        Args:
            sharp: draw squares at any zoom (patches).
            never_sharp: interpolate at any zoom (a smooth map).
        """
        super().__init__()
        self._sharp, self._never_sharp = sharp, never_sharp
        self._levels: tuple[QImage, ...] = ()
        self._area = QRectF()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def set_levels(self, levels: Sequence[QImage], area: QRectF) -> None:
        """Show other pixels over `area`."""
        self.prepareGeometryChange()
        self._levels, self._area = tuple(levels), area
        self.update()

    @property
    def empty(self) -> bool:
        """Whether there are no pixels."""
        return not self._levels

    @override
    def boundingRect(self) -> QRectF:
        return self._area

    @override
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self._levels:
            return
        scale = _scale(painter)
        image = self._level_for(scale)
        across, down = image.width() / self._area.width(), image.height() / self._area.height()
        smooth = self._never_sharp or (not self._sharp and scale / across < SHARP_FROM)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        # One pixel more on each side, so that interpolation meets its neighbours at the border of the exposed area.
        margin = 2 / across
        target = option.exposedRect.adjusted(-margin, -margin, margin, margin).intersected(self._area)
        left = int((target.left() - self._area.left()) * across)
        top = int((target.top() - self._area.top()) * down)
        right = min(image.width(), int((target.right() - self._area.left()) * across) + 1)
        bottom = min(image.height(), int((target.bottom() - self._area.top()) * down) + 1)
        source = QRectF(left, top, right - left, bottom - top)
        target = QRectF(
            self._area.left() + left / across,
            self._area.top() + top / down,
            source.width() / across,
            source.height() / down,
        )
        painter.drawImage(target, image, source)

    def _level_for(self, scale: float) -> QImage:
        """The smallest level that still has a pixel for every screen pixel."""
        chosen = self._levels[0]
        for level in self._levels[1:]:
            if level.width() / self._area.width() < scale:
                break
            chosen = level
        return chosen


class OutlineItem(QGraphicsItem):
    """Line segments of constant width on the screen, light on dark, to be seen on anything."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = QPainterPath()
        self._area = QRectF()

    def set_lines(self, segments: QPainterPath, area: QRectF) -> None:
        """Show other segments, all within `area`."""
        self.prepareGeometryChange()
        self._lines, self._area = segments, area
        self.update()

    @property
    def empty(self) -> bool:
        """Whether there are no segments."""
        return self._lines.isEmpty()

    @override
    def boundingRect(self) -> QRectF:
        return self._area

    @override
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        # Other items leave smoothing on; along pixels' edges it would only blur, and differ from `outline_layer`.
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for colour, width in ((EDGE_COLOUR, 3.5), (LINE_COLOUR, 1.5)):
            pen = QPen(QColor(*colour), width * _pixel_ratio(painter))
            pen.setCosmetic(True)
            pen.setCapStyle(Qt.PenCapStyle.SquareCap)
            painter.setPen(pen)
            painter.drawPath(self._lines)


class GridItem(QGraphicsItem):
    """The patch grid, with the hovered and the pinned patch."""

    def __init__(self) -> None:
        super().__init__()
        self._area = QRectF()
        self._grid = self._pinned_in = (0, 0)
        self._lines_shown = False
        self.hovered: tuple[int, int] | None = None
        self.pinned: tuple[int, int] | None = None

    @property
    def grid(self) -> tuple[int, int]:
        """(gh, gw) patches."""
        return self._grid

    def set_grid(self, grid: tuple[int, int], area: QRectF) -> None:
        """Show a grid of (gh, gw) patches over `area`; what is pinned stays at its place in the part."""
        self.prepareGeometryChange()
        self._grid, self._area, self.hovered = grid, area, None
        if grid[0]:
            if self.pinned is not None and self._pinned_in[0]:
                self.pinned = moved_patch(self.pinned, self._pinned_in, grid)
            self._pinned_in = grid
        self.update()

    def show_lines(self, shown: bool) -> None:
        """Draw the grid's lines or only the marked patches."""
        self._lines_shown = shown
        self.update()

    def patch_at(self, position: QPointF) -> tuple[int, int] | None:
        """(row, column) of the patch at a place in the scene."""
        gh, gw = self._grid
        if not gh or not self._area.contains(position):
            return None
        row = int((position.y() - self._area.top()) / self._area.height() * gh)
        column = int((position.x() - self._area.left()) / self._area.width() * gw)
        return min(row, gh - 1), min(column, gw - 1)

    def patch_area(self, patch: tuple[int, int]) -> QRectF:
        """Where a patch lies in the scene."""
        gh, gw = self._grid
        width, height = self._area.width() / gw, self._area.height() / gh
        return QRectF(self._area.left() + patch[1] * width, self._area.top() + patch[0] * height, width, height)

    @override
    def boundingRect(self) -> QRectF:
        return self._area

    @override
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        gh, gw = self._grid
        if not gh:
            return
        if self._lines_shown and _scale(painter) * self._area.width() / gw >= SMALLEST_CELL:
            pen = QPen(QColor(255, 255, 255, 120), 1)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawLines(self._grid_lines())
        for patch, colour in ((self.pinned, QColor(80, 200, 255)), (self.hovered, QColor(255, 255, 255))):
            if patch is not None:
                self._mark(painter, patch, colour)

    def _grid_lines(self) -> list[QLineF]:
        gh, gw = self._grid
        area = self._area
        across = [area.top() + row * area.height() / gh for row in range(1, gh)]
        down = [area.left() + column * area.width() / gw for column in range(1, gw)]
        return [QLineF(area.left(), y, area.right(), y) for y in across] + [
            QLineF(x, area.top(), x, area.bottom()) for x in down
        ]

    def _mark(self, painter: QPainter, patch: tuple[int, int], colour: QColor) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for shade, width in ((QColor(0, 0, 0, 190), 4.0), (colour, 2.0)):
            pen = QPen(shade, width * _pixel_ratio(painter))
            pen.setCosmetic(True)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.drawRect(self.patch_area(patch))
