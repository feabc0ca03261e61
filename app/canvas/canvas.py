"""The part under its layers: zoom at the cursor, pan, and the patch under the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainterPath, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget
from typing_extensions import override

from app.areas.tools import AreasDrawing, Tool
from app.canvas.display import Display
from app.canvas.items import GridItem, OutlineItem, PictureItem
from app.canvas.keys import CanvasKeys
from app.canvas.legend import SubspaceLegend
from app.canvas.ruler import Ruler
from app.parts.state import Layer
from app.shell.theme import current_colours

ZOOM_STEP = 1.25
MOST_ZOOM = 64.0
_CLICK_DISTANCE = 4
PAGE, TO_THE_END = 10, 2**31 - 1
"""Parts that a page key goes on, and Home and End."""

_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_PageUp: -PAGE,
    Qt.Key.Key_PageDown: PAGE,
    Qt.Key.Key_Home: -TO_THE_END,
    Qt.Key.Key_End: TO_THE_END,
}


class Canvas(QGraphicsView):
    """Shows one part.

    Attributes:
        drawing: the areas, and the tools that draw them.
        legend: which colour is which subspace.
        ruler: how long a millimetre is.

    Signals:
        cursor_moved: (x, y) in image pixels, or (-1, -1) outside the part.
        patch_hovered: ((row, column)) or (None).
        patch_pinned: ((row, column)) or (None).
        pin_moved: ((row, column)) the pinned patch has another name in the grid of another result.
        zoom_changed: (screen pixels per image pixel).
        step_requested: (how many parts on, or back where it is negative).
    """

    cursor_moved = Signal(int, int)
    patch_hovered = Signal(object)
    patch_pinned = Signal(object)
    pin_moved = Signal(object)
    zoom_changed = Signal(float)
    step_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = QGraphicsScene(self)
        self._picture = PictureItem(sharp=False)
        self._heatmap = PictureItem(sharp=False, never_sharp=True)
        self._subspaces = PictureItem(sharp=True)
        self._outline = OutlineItem()
        self._grid = GridItem()
        self.drawing = AreasDrawing(self)
        self.keys = CanvasKeys(
            self.drawing,
            lambda: self.mapToScene(self.viewport().rect().center()),
            pointed=self._follow_keys,
            chosen=self._pin_at,
        )
        layers = (
            self._picture,
            self._heatmap,
            self._subspaces,
            self.drawing.item,
            self._outline,
            self._grid,
            self.keys.item,
        )
        for depth, item in enumerate(layers):
            item.setZValue(depth)
            self._scene.addItem(item)
        self.setScene(self._scene)
        # What is dropped here is for the whole window, which would not hear of it.
        self.setAcceptDrops(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.legend = SubspaceLegend(self)
        self.ruler = Ruler(self)
        self.setAccessibleName(self.tr("Part"))
        self.setMinimumSize(240, 160)
        self._area = QRectF()
        self._fitted = True
        self._layer = Layer.HEATMAP
        self._flipped = self._own_layer = False
        self._display: Display | None = None
        self._anchor: tuple[QPointF, QPointF] | None = None
        self._pressed: QPoint | None = None
        self._panned = False
        self.set_layer(Layer.HEATMAP)

    @property
    def zoom(self) -> float:
        """Screen pixels (of the platform, not of the device) per image pixel."""
        return float(self.transform().m11())

    @property
    def layer(self) -> Layer:
        """The layer that is shown now."""
        return Layer.ORIGINAL if self._flipped else self._layer

    @property
    def layer_chosen(self) -> Layer:
        """The layer that is shown unless the part alone is."""
        return self._layer

    def show_picture(self, levels: Sequence[QImage], width: int, height: int) -> None:
        """Show a part's pixels, without overlays; the zoom is kept for a part of the same size."""
        area = QRectF(0, 0, width, height)
        same = area == self._area
        self._area = area
        self._picture.set_levels(levels, area)
        self.drawing.set_bounds(area)
        self.clear_overlays()
        self.keys.set_area(area, (0, 0))
        margin = max(width, height)
        self._scene.setSceneRect(area.adjusted(-margin, -margin, margin, margin))
        if not same or self._fitted:
            self.fit()

    def show_overlays(self, heatmap: QImage, subspaces: QImage, grid: tuple[int, int]) -> None:
        """Lay a result over the part."""
        self._heatmap.set_levels([heatmap], self._area)
        self._subspaces.set_levels([subspaces], self._area)
        pinned = self._grid.pinned
        self._grid.set_grid(grid, self._area)
        self.keys.set_area(self._area, grid)
        if self._grid.pinned != pinned:
            self.pin_moved.emit(self._grid.pinned)

    def show_heatmap(self, heatmap: QImage) -> None:
        """Lay another heatmap over the part."""
        self._heatmap.set_levels([heatmap], self._area)

    def show_outline(self, segments: QPainterPath) -> None:
        """Outline the regions."""
        self._outline.set_lines(segments, self._area)

    def clear_overlays(self) -> None:
        """Show the part alone; a result follows."""
        for item in (self._heatmap, self._subspaces):
            item.set_levels([], QRectF())
        self.legend.show_rows(())
        self._outline.set_lines(QPainterPath(), QRectF())
        self._grid.set_grid((0, 0), QRectF())

    def clear(self) -> None:
        """Show nothing."""
        self._area = QRectF()
        self._picture.set_levels([], QRectF())
        self.drawing.set_bounds(QRectF())
        self.clear_overlays()

    def set_layer(self, layer: Layer) -> None:
        """Show a layer over the part."""
        self._layer, self._flipped = layer, False
        self._show_layer()

    def flip(self) -> None:
        """Switch between the part alone and its layer."""
        self._flipped = not self._flipped
        self._show_layer()

    def follow(self, display: Display, *, own_layer: bool = False) -> None:
        """Mirror a display from now on; the layer too, unless this canvas has its own."""
        self._display, self._own_layer = display, own_layer
        display.changed.connect(self._take_look)
        self._take_look()

    def _take_look(self) -> None:
        if self._display is None:
            return
        look = self._display.look
        if not self._own_layer and look.layer is not self._layer:
            self.set_layer(look.layer)
        self._heatmap.setOpacity(look.opacity)
        self._subspaces.setOpacity(look.opacity)
        self._outline.setVisible(look.regions)
        self._grid.show_lines(look.grid)

    def set_tool(self, tool: Tool) -> None:
        """Draw areas with the left button, or pin patches again; the middle button pans either way."""
        self.drawing.set_tool(tool)
        self._set_hovered(None)
        self._show_cursor()

    def fit(self) -> None:
        """Show the whole part."""
        if self._area.isEmpty():
            return
        self._fitted = True
        available = self.viewport().rect().adjusted(16, 16, -16, -16)
        scale = min(available.width() / self._area.width(), available.height() / self._area.height())
        self._set_zoom(max(scale, 1e-3))
        self.centerOn(self._area.center())
        self._anchor = None

    def actual_size(self) -> None:
        """One image pixel on one pixel of the device."""
        self._fitted = False
        centre = self.mapToScene(self.viewport().rect().center())
        self._set_zoom(1 / self.devicePixelRatioF())
        self.centerOn(centre)
        self._anchor = None

    def zoom_by(self, factor: float, anchor: QPointF | None = None) -> None:
        """Zoom; what lies at `anchor` (in the viewport, its middle by default) stays there."""
        if self._area.isEmpty():
            return
        anchor = QPointF(self.viewport().rect().center()) if anchor is None else anchor
        least = 0.5 * min(1.0, self.viewport().width() / self._area.width())
        target = min(MOST_ZOOM, max(least, self.zoom * factor))
        self._fitted = False
        # Scrolling rounds to pixels: steps at one place all keep the place of the first, or the errors would add up.
        if self._anchor is None or self._anchor[0] != anchor:
            self._anchor = (QPointF(anchor), self._to_scene(anchor))
        self._set_zoom(target)
        moved = (self._anchor[1] - self._to_scene(anchor)) * target
        self._scroll(moved.x(), moved.y())

    def zoom_to(self, area: QRectF) -> None:
        """Show a place of the part with some of its surroundings."""
        self._fitted = False
        side = max(area.width(), area.height(), 8.0) * 2.5
        self._set_zoom(min(MOST_ZOOM, min(self.viewport().width(), self.viewport().height()) / side))
        self.centerOn(area.center())
        self._anchor = None

    def pin(self, patch: tuple[int, int] | None) -> None:
        """Keep a patch marked."""
        self._grid.pinned = patch
        self._grid.update()
        self.patch_pinned.emit(patch)

    @property
    def pinned(self) -> tuple[int, int] | None:
        """The patch that is kept marked."""
        return self._grid.pinned

    @property
    def shown_area(self) -> QRect:
        """Where the part is seen in the viewport."""
        seen = self.viewportTransform().mapRect(self._area).toAlignedRect()
        return seen.intersected(self.viewport().rect())

    def reveal(self, patch: tuple[int, int]) -> None:
        """Pin a patch and move it into view."""
        self.pin(patch)
        if not self._fitted:
            self.ensureVisible(self._grid.patch_area(patch))
            self._anchor = None

    def apply_theme(self) -> None:
        """Take the background of the theme in force."""
        self.setBackgroundBrush(QColor(current_colours().canvas))

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.keys.end()
        if self.drawing.active and event.button() == Qt.MouseButton.LeftButton:
            self.drawing.press(self._to_scene(event.position()))
        elif event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed, self._panned = event.position().toPoint(), False

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        if self._pressed is not None:
            moved = position - self._pressed
            if self._panned or moved.manhattanLength() > _CLICK_DISTANCE:
                self._panned, self._fitted = True, False
                self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
                self._scroll(-moved.x(), -moved.y())
                self._anchor = None
                self._pressed = position
            return
        if self.drawing.active:
            self.drawing.move(self._to_scene(event.position()))
        self._hover(event.position())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._show_cursor()
        if self.drawing.active and event.button() == Qt.MouseButton.LeftButton:
            self.drawing.release(self._to_scene(event.position()))
            return
        if self._pressed is not None and not self._panned and event.button() == Qt.MouseButton.LeftButton:
            self._pin_at(self._to_scene(event.position()))
        self._pressed = None

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.drawing.active:
            self.drawing.double_click()
        elif self._fitted:
            self.actual_size()
        else:
            self.fit()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._set_hovered(None)
        self.cursor_moved.emit(-1, -1)

    @override
    def event(self, event: QEvent) -> bool:
        # Arrows are the window's shortcuts, unless they move the cross.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
            if plain and self.keys.wants(Qt.Key(event.key())):
                event.accept()
                return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.keys.press(event):
            return
        if self.drawing.active and self.drawing.key(Qt.Key(event.key())):
            return
        # The view's own keys would scroll; the window's shortcuts have the others.
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
        else:
            self.step_requested.emit(step)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.legend.place()
        self.ruler.place()
        if self._fitted:
            self.fit()

    @override
    def focusNextPrevChild(self, forward: bool) -> bool:
        # Tab goes from area to area while one is to be chosen, and leaves the canvas otherwise.
        if forward and self.drawing.tool is Tool.SELECT and self.drawing.key(Qt.Key.Key_Tab):
            return True
        return super().focusNextPrevChild(forward)

    def _show_cursor(self) -> None:
        if self.drawing.tool in (Tool.RECTANGLE, Tool.POLYGON, Tool.BRUSH):
            self.viewport().setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.viewport().unsetCursor()

    def _show_layer(self) -> None:
        self._heatmap.setVisible(self.layer is Layer.HEATMAP)
        self._subspaces.setVisible(self.layer is Layer.SUBSPACES)
        self.legend.want(self.layer is Layer.SUBSPACES)

    def _set_zoom(self, scale: float) -> None:
        self.resetTransform()
        self.scale(scale, scale)
        self.drawing.zoom = scale
        self.ruler.show_zoom(scale)
        self.zoom_changed.emit(scale * self.devicePixelRatioF())

    def _scroll(self, across: float, down: float) -> None:
        for bar, by in ((self.horizontalScrollBar(), across), (self.verticalScrollBar(), down)):
            bar.setValue(bar.value() + round(by))

    def _to_scene(self, position: QPointF) -> QPointF:
        inverse, _ = self.viewportTransform().inverted()
        return inverse.map(position)

    def point_by_keys(self) -> None:
        """Show the cross that arrows move, or put it away."""
        if self.keys.active:
            self.keys.end()
        else:
            self.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.keys.begin()

    def _follow_keys(self, place: QPointF | None) -> None:
        if place is None:
            self._set_hovered(None)
            return
        if not self._fitted:
            self.ensureVisible(QRectF(place, place).adjusted(-1, -1, 1, 1))
            self._anchor = None
        self._look_at(place)

    def _pin_at(self, place: QPointF) -> None:
        patch = self._grid.patch_at(place)
        self.pin(None if patch == self._grid.pinned else patch)

    def _hover(self, position: QPointF) -> None:
        self._look_at(self._to_scene(position))

    def _look_at(self, place: QPointF) -> None:
        inside = self._area.contains(place) and not self._picture.empty
        self.cursor_moved.emit(int(place.x()) if inside else -1, int(place.y()) if inside else -1)
        self._set_hovered(self._grid.patch_at(place) if inside and not self.drawing.active else None)

    def _set_hovered(self, patch: tuple[int, int] | None) -> None:
        if patch != self._grid.hovered:
            self._grid.hovered = patch
            self._grid.update()
            self.patch_hovered.emit(patch)
