"""A canvas that can show the same place as another one."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QFocusEvent, QMouseEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.canvas.canvas import Canvas


@dataclass(frozen=True)
class ViewPlace:
    """What a canvas shows, in shares of its part, so that parts of different sizes can be looked at alike.

    Attributes:
        across: where the middle of the view is, 0 at the part's left edge and 1 at its right one.
        down: likewise from its top.
        scale: zoom in units of the zoom at which the part just fits into the smaller of both views.
    """

    across: float
    down: float
    scale: float


class LinkedCanvas(Canvas):
    """A `Canvas` beside another one.

    Attributes:
        peer: the other one.

    Signals:
        activated: clicked or reached by the keyboard.
    """

    activated = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._following = False
        self.peer: LinkedCanvas = self
        self.setMinimumSize(120, 120)
        for signal in (
            self.zoom_changed,
            self.horizontalScrollBar().valueChanged,
            self.verticalScrollBar().valueChanged,
        ):
            signal.connect(self._lead)

    @property
    def place(self) -> ViewPlace | None:
        """What is shown; None without a part."""
        if self._area.isEmpty() or self.zoom <= 0:
            return None
        middle = self._to_scene(QPointF(self.viewport().width() / 2, self.viewport().height() / 2))
        return ViewPlace(
            (middle.x() - self._area.left()) / self._area.width(),
            (middle.y() - self._area.top()) / self._area.height(),
            self.zoom / self._fit_zoom,
        )

    def take_place(self, place: ViewPlace) -> None:
        """Show the same place of this part."""
        if self._area.isEmpty() or place.scale <= 0:
            return
        self._following = True
        try:
            self._fitted = False
            self._anchor = None
            zoom = place.scale * self._fit_zoom
            if abs(zoom - self.zoom) > 1e-9 * zoom:
                self._set_zoom(zoom)
            self.centerOn(
                self._area.left() + place.across * self._area.width(),
                self._area.top() + place.down * self._area.height(),
            )
        finally:
            self._following = False

    @property
    def shows_whole(self) -> bool:
        """Whether all of the part is in view, or there is none."""
        view = QRectF(self.viewport().rect())
        return self._area.isEmpty() or view.contains(self.mapFromScene(self._area).boundingRect().toRectF())

    @property
    def _fit_zoom(self) -> float:
        width = min(self.viewport().width(), self.peer.viewport().width())
        height = min(self.viewport().height(), self.peer.viewport().height())
        return max(1e-6, min(width / self._area.width(), height / self._area.height()))

    def mark_like(self, other: LinkedCanvas) -> None:
        """Mark the patch where the cursor is in the other canvas; emits no signal."""
        middle = other.marked_middle
        patch = None
        if middle is not None and not self._area.isEmpty():
            across, down = middle.x() * self._area.width(), middle.y() * self._area.height()
            patch = self._grid.patch_at(self._area.topLeft() + QPointF(across, down))
        if patch != self._grid.hovered:
            self._grid.hovered = patch
            self._grid.update()

    @property
    def patch_marked(self) -> tuple[int, int] | None:
        """The patch that is marked by the cursor, here or in the other canvas."""
        return self._grid.hovered

    @property
    def marked_middle(self) -> QPointF | None:
        """Middle of the marked patch, in shares of the part's sides; None without one."""
        patch = self._grid.hovered
        if patch is None or self._area.isEmpty():
            return None
        middle = self._grid.patch_area(patch).center() - self._area.topLeft()
        return QPointF(middle.x() / self._area.width(), middle.y() / self._area.height())

    @property
    def area(self) -> QRectF:
        """The part in the scene; empty without one."""
        return QRectF(self._area)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.activated.emit()
        super().mousePressEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.activated.emit()
        super().focusInEvent(event)

    @override
    def _set_hovered(self, patch: tuple[int, int] | None) -> None:
        changed = patch != self._grid.hovered
        super()._set_hovered(patch)
        if changed and self.peer is not self:
            self.peer.mark_like(self)

    def _lead(self) -> None:
        """Have the other one show the same place, after zooming, panning or resizing of this one."""
        place = self.place
        if not self._following and place is not None and self.peer is not self:
            self.peer.take_place(place)
