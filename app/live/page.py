"""The live view: cameras side by side or one of them large, the layers above, the controls below."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.canvas.display import Display
from app.canvas.layer_bar import LayerBar
from app.live.controls import LiveControls
from app.live.tile import LiveTile
from app.shell.actions import Actions
from app.shell.theme import current_colours, icon
from app.widgets.action_button import ActionButton
from app.widgets.layouts import fill
from app.widgets.said import muted
from app.widgets.themed import Themed


class LivePage(Themed):
    """What is seen of the cameras.

    Attributes:
        layer_bar, controls: the views.
        first_demo: the button that shows a demonstration, where there is no camera.
        selected: number of the camera that the controls and panels are for, or None.

    Signals:
        camera_selected: (number).
        enlarged: (number, or None while all are shown).
    """

    camera_selected = Signal(int)
    enlarged = Signal(object)

    def __init__(self, display: Display, parent: QWidget | None = None) -> None:
        """Make the page, whose tiles mirror a display."""
        super().__init__(parent)
        self._display = display
        self._actions: Actions | None = None
        self.selected: int | None = None
        self._tiles: dict[int, LiveTile] = {}
        self._large: int | None = None
        self.layer_bar = LayerBar()
        self.controls = LiveControls()
        top = QWidget()
        top.setObjectName("strip")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._top = QHBoxLayout(top)
        self._top.setContentsMargins(8, 0, 0, 0)
        self._top.setSpacing(4)
        self._top.addWidget(self.layer_bar, 1)
        self._area = QWidget()
        self._cells = QGridLayout(self._area)
        self._cells.setContentsMargins(8, 8, 8, 8)
        self._cells.setSpacing(8)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._welcome())
        self._stack.addWidget(self._area)
        fill(QVBoxLayout(self), top, (self._stack, 1), self.controls, margins=(0, 0, 0, 0), spacing=0)
        self.apply_theme()
        self._arrange()

    def lay_out(self, actions: Actions) -> None:
        """Show the buttons of the live view's actions."""
        self._actions = actions
        for place, name in enumerate(("add-camera", "all-cameras")):
            self._top.insertWidget(place, ActionButton(actions[name], words=True))
        self.layer_bar.lay_out(actions)
        self.controls.lay_out(actions)
        for button, name in ((self._first_add, "add-camera"), (self.first_demo, "show-demonstration")):
            button.clicked.connect(actions[name].trigger)
        for key, name in (("Esc", "all-cameras"), ("Space", "freeze")):
            shortcut = QShortcut(QKeySequence(key), self._area)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(actions[name].trigger)
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
        tile = LiveTile(number, name, choose=self.select, enlarge=self.enlarge)
        self._tiles[number] = tile
        tile.canvas.zoom_changed.connect(lambda zoom: self._show_zoom(number, zoom))
        tile.canvas.follow(self._display)
        self.select(number)
        self._arrange()
        return tile

    def remove_tile(self, number: int) -> None:
        """Show a camera no longer."""
        place = list(self._tiles).index(number)
        tile = self._tiles.pop(number)
        self._cells.removeWidget(tile)
        tile.hide()
        tile.deleteLater()
        if self._large == number:
            self._large = None
        if self.selected == number:
            # The one that comes to its place, else the last.
            self.selected = None
            if self._tiles:
                self.select(list(self._tiles)[min(place, len(self._tiles) - 1)])
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
        if self._actions is not None:
            self._actions["all-cameras"].setVisible(len(self._tiles) > 1)
            self._actions.allow("all-cameras", len(shown) < len(self._tiles))
            self.controls.show_usable(bool(self._tiles))

    def _welcome(self) -> QWidget:
        page = QWidget()
        self._picture = QLabel()
        heading = QLabel(self.tr("No camera yet"))
        heading.setObjectName("heading")
        text = muted(
            QLabel(
                self.tr(
                    "Add a camera of this computer, a network camera, a video, or a folder that pictures arrive in."
                )
            )
        )
        add = self._first_add = QPushButton(self.tr("Add camera…"))
        add.setDefault(True)
        demo = self.first_demo = QPushButton(self.tr("Show a demonstration"))
        buttons = fill(QHBoxLayout(), None, add, demo, None)
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

    @override
    def apply_theme(self) -> None:
        self._picture.setPixmap(icon("camera", current_colours().muted).pixmap(48, 48))

    def _show_zoom(self, number: int, zoom: float) -> None:
        if number == self.selected:
            self.layer_bar.show_zoom(zoom)

    def fit(self) -> None:
        """Show all of each picture."""
        for tile in self._tiles.values():
            tile.canvas.fit()

    def actual_size(self) -> None:
        """One pixel of the selected picture on one pixel of the screen."""
        if self.selected is not None:
            self._tiles[self.selected].canvas.actual_size()

    def zoom_by(self, factor: float) -> None:
        """Zoom the selected picture."""
        if self.selected is not None:
            self._tiles[self.selected].canvas.zoom_by(factor)
