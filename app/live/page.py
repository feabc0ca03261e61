"""The live view: cameras side by side or one of them large, the layers above, the controls below."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.canvas.layer_bar import LayerBar
from app.live.controls import LiveControls
from app.live.tile import LiveTile
from app.parts.state import Layer
from app.shell.theme import current_colours, icon
from tokenclip_core.output.layers import OPACITY


class LivePage(QWidget):
    """What is seen of the cameras.

    Attributes:
        layer_bar, controls: the views.
        selected: number of the camera that the controls and panels are for, or None.

    Signals:
        add_requested, leave_requested: no arguments.
        demo_requested: no arguments.
        camera_selected: (number).
    """

    add_requested = Signal()
    leave_requested = Signal()
    demo_requested = Signal()
    camera_selected = Signal(int)
    enlarged = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.selected: int | None = None
        self._tiles: dict[int, LiveTile] = {}
        self._large: int | None = None
        self._layer = Layer.HEATMAP
        self._opacity, self._regions, self._grid_shown = OPACITY, True, False
        self.layer_bar = LayerBar()
        self.controls = LiveControls()
        self._add = self._tool("add", self.tr("Add camera"), self.tr("Add a camera, a stream, a video or a folder"))
        self._add.clicked.connect(self.add_requested)
        self._side_by_side = self._tool("grid", self.tr("All"), self.tr("All cameras side by side (Esc)"))
        self._side_by_side.clicked.connect(lambda: self.enlarge(None))
        self._leave = self._tool("previous", self.tr("Parts"), self.tr("Back to the parts"))
        self._leave.clicked.connect(self.leave_requested)
        top = QWidget()
        top.setObjectName("strip")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(top)
        row.setContentsMargins(8, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self._leave)
        row.addWidget(self._add)
        row.addWidget(self._side_by_side)
        row.addWidget(self.layer_bar, 1)
        self._area = QWidget()
        self._cells = QGridLayout(self._area)
        self._cells.setContentsMargins(8, 8, 8, 8)
        self._cells.setSpacing(8)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._welcome())
        self._stack.addWidget(self._area)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(top)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.controls)
        for key, slot in (("Esc", lambda: self.enlarge(None)), ("Space", self.controls.freeze_requested.emit)):
            shortcut = QShortcut(QKeySequence(key), self._area)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)
        self.layer_bar.fit_requested.connect(self._fit)
        self.layer_bar.actual_size_requested.connect(self._actual_size)
        self.layer_bar.zoom_requested.connect(self._zoom)
        self._draw_icons()
        self._arrange()

    @property
    def large(self) -> int | None:
        """The camera that is shown alone; None while all are."""
        return self._large

    @property
    def tiles(self) -> dict[int, LiveTile]:
        """The cameras' tiles by number."""
        return dict(self._tiles)

    def add_tile(self, number: int, name: str) -> LiveTile:
        """Show one more camera, and select it."""
        tile = LiveTile(number, name)
        self._tiles[number] = tile
        tile.chosen.connect(self.select)
        tile.enlarge_requested.connect(self.enlarge)
        tile.canvas.zoom_changed.connect(lambda zoom: self._show_zoom(number, zoom))
        self._dress(tile)
        self.select(number)
        self._arrange()
        return tile

    def remove_tile(self, number: int) -> None:
        """Show a camera no longer."""
        tile = self._tiles.pop(number)
        self._cells.removeWidget(tile)
        tile.hide()
        tile.deleteLater()
        if self._large == number:
            self._large = None
        if self.selected == number:
            self.selected = None
            for other in self._tiles:
                self.select(other)
                break
        self._arrange()

    def select(self, number: int) -> None:
        """Let the controls and panels be for a camera."""
        if number == self.selected:
            return
        self.selected = number
        self._arrange()
        self.camera_selected.emit(number)

    def enlarge(self, number: int | None) -> None:
        """Show one camera large, or all of them."""
        self._large = number
        if number is not None:
            self.select(number)
        self._arrange()
        if number is not None:
            self._tiles[number].canvas.setFocus()
        self.enlarged.emit(number)

    def set_layer(self, layer: Layer) -> None:
        """Show a layer over all cameras."""
        self._layer = layer
        self.layer_bar.show_layer(layer)
        for tile in self._tiles.values():
            tile.canvas.set_layer(layer)

    def set_opacity(self, opacity: float) -> None:
        """How much of the picture the overlays cover, in [0, 1]."""
        self._opacity = opacity
        for tile in self._tiles.values():
            tile.canvas.set_opacity(opacity)

    def set_overlays(self, *, regions: bool, grid: bool) -> None:
        """Outline regions, draw the patch grid, or not."""
        self._regions, self._grid_shown = regions, grid
        self.layer_bar.show_toggles(regions=regions, grid=grid)
        for tile in self._tiles.values():
            self._dress(tile)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icons()

    def _dress(self, tile: LiveTile) -> None:
        tile.canvas.set_layer(self._layer)
        tile.canvas.set_opacity(self._opacity)
        tile.canvas.set_regions_shown(self._regions)
        tile.canvas.set_grid_shown(self._grid_shown)

    def _arrange(self) -> None:
        """As few rows and columns as the tiles need, for pictures that are wider than high."""
        shown = [number for number in self._tiles if self._large in (None, number)]
        columns = max(1, math.ceil(math.sqrt(len(shown))))
        for tile in self._tiles.values():
            self._cells.removeWidget(tile)
        for line in range(max(self._cells.rowCount(), self._cells.columnCount())):
            self._cells.setRowStretch(line, int(line * columns < len(shown)))
            self._cells.setColumnStretch(line, int(line < min(columns, len(shown))))
        for position, number in enumerate(shown):
            self._cells.addWidget(self._tiles[number], position // columns, position % columns)
            self._cells.setRowStretch(position // columns, 1)
            self._cells.setColumnStretch(position % columns, 1)
        for number, tile in self._tiles.items():
            tile.setVisible(number in shown)
            tile.show_selected(number == self.selected, framed=len(shown) > 1)
        self._stack.setCurrentIndex(1 if self._tiles else 0)
        self._side_by_side.setVisible(len(self._tiles) > 1)
        self._side_by_side.setEnabled(len(shown) < len(self._tiles))
        self.controls.show_usable(bool(self._tiles))

    def _welcome(self) -> QWidget:
        page = QWidget()
        self._picture = QLabel()
        heading = QLabel(self.tr("No camera yet"))
        heading.setObjectName("heading")
        text = QLabel(
            self.tr("Add a camera of this computer, a network camera, a video, or a folder that pictures arrive in.")
        )
        text.setObjectName("muted")
        add = QPushButton(self.tr("Add camera…"))
        add.setDefault(True)
        add.clicked.connect(self.add_requested)
        demo = QPushButton(self.tr("Show a demonstration"))
        demo.clicked.connect(self.demo_requested)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(add)
        buttons.addWidget(demo)
        buttons.addStretch(1)
        column = QVBoxLayout(page)
        column.setSpacing(8)
        column.addStretch(2)
        for label in (self._picture, heading, text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(label is text)
            column.addWidget(label)
        column.addSpacing(16)
        column.addLayout(buttons)
        column.addStretch(3)
        return page

    def _tool(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setProperty("iconName", name)
        return button

    def _draw_icons(self) -> None:
        for button in (self._add, self._side_by_side, self._leave):
            button.setIcon(icon(str(button.property("iconName"))))
        self._picture.setPixmap(icon("camera", current_colours().muted).pixmap(48, 48))

    def _show_zoom(self, number: int, zoom: float) -> None:
        if number == self.selected:
            self.layer_bar.show_zoom(zoom)

    def _fit(self) -> None:
        for tile in self._tiles.values():
            tile.canvas.fit()

    def _actual_size(self) -> None:
        if self.selected is not None:
            self._tiles[self.selected].canvas.actual_size()

    def _zoom(self, factor: float) -> None:
        if self.selected is not None:
            self._tiles[self.selected].canvas.zoom_by(factor)
