"""Two canvases side by side: two layers of one part, two parts, or one part by two models, with linked zoom."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget
from typing_extensions import override

from app.compare.canvas import ViewPlace
from app.compare.model_menu import CompareModelMenu
from app.compare.pane import ComparePane
from app.parts.state import Layer, ModelChoice
from app.shell.actions import Actions
from app.widgets.action_button import ActionButton
from app.widgets.themed import Themed

LEFT, RIGHT = 0, 1


class CompareView(Themed):
    """Two panes whose zoom and place are linked.

    Attributes:
        panes: left and right.
        active: index of the pane that the layer keys belong to.
        model_menu: which model inspects the part on the right.

    Signals:
        layer_chosen: (pane's index, Layer).
        active_changed: (pane's index).
        part_wanted: (index) of the part to show beside the shown one.
    """

    layer_chosen = Signal(int, object)
    active_changed = Signal(int)
    part_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.active = RIGHT
        self.panes = (ComparePane(self.tr("Left part")), ComparePane(self.tr("Right part")))
        self.model_menu = CompareModelMenu()
        self.panes[RIGHT].put_in_place_of_model(self.model_menu)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)
        self._splitter = splitter
        for side, pane in enumerate(self.panes):
            splitter.addWidget(pane)
            splitter.setStretchFactor(side, 1)
            pane.canvas.peer = self.panes[1 - side].canvas
            pane.canvas.activated.connect(lambda chosen=side: self.activate(chosen))
            pane.layer_chosen.connect(lambda layer, chosen=side: self._on_layer(chosen, layer))
        self.apply_theme()

    def lay_out(self, actions: Actions) -> None:
        """Show the button that ends the comparison, and have Escape do the same."""
        close = actions["end-comparison"]
        self.panes[RIGHT].put_beside_verdict(ActionButton(close))
        shortcut = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(close.trigger)

    def show_models(self, choices: Sequence[ModelChoice], current: ModelChoice) -> None:
        """List models, and say which one inspects the part on the right."""
        renamed = current.label != self.model_menu.name
        self.model_menu.show_choices(choices, current)
        if renamed:
            self._level_rows()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Fonts and the theme's margins are in force only now.
        self._level_rows()

    def _level_rows(self) -> None:
        """Keep the two parts at one height: a sign of another font may make a line of one pane higher."""
        left, right = (pane.row_heights for pane in self.panes)
        for pane in self.panes:
            pane.raise_rows((max(left[0], right[0]), max(left[1], right[1])))

    def activate(self, side: int) -> None:
        """Give the layer keys to a pane."""
        self.active = side
        for place, pane in enumerate(self.panes):
            pane.show_active(place == side)
        self.active_changed.emit(side)

    def fit(self) -> None:
        """Show both parts whole; the smaller pane decides, since both have one scale."""
        first, second = sorted((pane.canvas for pane in self.panes), key=lambda canvas: canvas.viewport().width())
        second.fit()
        first.fit()

    @property
    def place(self) -> ViewPlace | None:
        """What both show; None where they show all of their parts."""
        canvases = (self.panes[self.active].canvas, self.panes[1 - self.active].canvas)
        return next((canvas.place for canvas in canvases if not canvas.shows_whole), None)

    def take_place(self, place: ViewPlace | None) -> None:
        """Show a place in both, None for all of their parts."""
        if place is None:
            self.fit()
            return
        for pane in self.panes:
            pane.canvas.take_place(place)

    def halve(self) -> None:
        """Give both panes the same width."""
        self._splitter.setSizes([self.width() // 2] * 2)

    def actual_size(self) -> None:
        """One pixel of the active part on one pixel of the screen."""
        self.panes[self.active].canvas.actual_size()

    def zoom_by(self, factor: float) -> None:
        """Zoom both."""
        self.panes[self.active].canvas.zoom_by(factor)

    def _on_layer(self, side: int, layer: Layer) -> None:
        self.activate(side)
        self.layer_chosen.emit(side, layer)

    @override
    def apply_theme(self) -> None:
        for side, pane in enumerate(self.panes):
            pane.take_theme()
            pane.show_active(side == self.active)
