"""What a person can do with the picture: layers, zoom, pointing by the keyboard."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut

from app.canvas.canvas import ZOOM_STEP
from app.canvas.display import Display
from app.parts.state import Layer
from app.shell.actions import Action, Actions, When
from app.shell.stage import Stage
from app.shell.views import Views

_LAYERS = {
    "layer-original": Layer.ORIGINAL,
    "layer-heatmap": Layer.HEATMAP,
    "layer-subspaces": Layer.SUBSPACES,
}


class Zoomable(Protocol):
    """What can be zoomed: one part, two panes, or the cameras."""

    def fit(self) -> None:
        """Show all of it."""
        ...

    def actual_size(self) -> None:
        """One pixel on one pixel of the screen."""
        ...

    def zoom_by(self, factor: float) -> None:
        """Zoom."""
        ...


class CanvasController(QObject):
    """Declares the actions, and shows in them which layers are on."""

    def __init__(self, views: Views, actions: Actions, stage: Stage, display: Display) -> None:
        super().__init__(views)
        self._views, self._actions, self._stage, self._display = views, actions, stage, display
        views.canvas.follow(display)
        self._declare_layers()
        self._declare_zoom()
        display.changed.connect(self._show)
        self._show()
        # Elsewhere the space bar presses buttons.
        for widget in (views.canvas, views.parts.view):
            shortcut = QShortcut(QKeySequence("Space"), widget)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(views.canvas.flip)

    @property
    def _front(self) -> Zoomable:
        if self._stage.live:
            return self._views.live
        return self._views.compare if self._stage.comparing else self._views.canvas

    def _declare_layers(self) -> None:
        words = {
            "layer-original": (self.tr("&Original"), self.tr("Original"), self.tr("The part alone")),
            "layer-heatmap": (
                self.tr("&Heatmap"),
                self.tr("Heatmap"),
                self.tr("How anomalous each place is, from 0 to 1"),
            ),
            "layer-subspaces": (
                self.tr("&Subspaces"),
                self.tr("Subspaces"),
                self.tr("The textual subspace that each patch chose; greyer where it is less sure"),
            ),
        }
        for key, (name, (text, short, tip)) in enumerate(words.items(), 1):
            self._actions.declare(
                Action(
                    name,
                    text,
                    partial(self._choose, name),
                    keys=(str(key),),
                    short=f"{key}  {short}",
                    tip=tip,
                    checkable=True,
                )
            )
        self._actions.declare(
            Action(
                "regions",
                self.tr("Outline &regions"),
                self._toggle_regions,
                keys=("4",),
                short="4  " + self.tr("Regions"),
                tip=self.tr("Outline what is at or above the threshold"),
                checkable=True,
            ),
            Action(
                "grid",
                self.tr("Patch &grid"),
                self._toggle_grid,
                keys=("G",),
                short="G  " + self.tr("Grid"),
                tip=self.tr("The patches that the model sees"),
                checkable=True,
            ),
            Action(
                "point",
                self.tr("&Point with the keyboard"),
                self._views.canvas.point_by_keys,
                keys=("K",),
                when=When.PARTS,
            ),
        )

    def _declare_zoom(self) -> None:
        self._actions.declare(
            Action(
                "fit",
                self.tr("&Fit the window"),
                lambda: self._front.fit(),
                keys=("F",),
                icon="fit",
                tip=self.tr("Show the whole part"),
            ),
            Action(
                "actual-size",
                self.tr("&Actual size"),
                lambda: self._front.actual_size(),
                keys=("0",),
                short="1:1",
                tip=self.tr("One pixel of the part on one pixel of the screen"),
            ),
            Action(
                "zoom-in", self.tr("Zoom &in"), lambda: self._front.zoom_by(ZOOM_STEP), keys=("+", "="), icon="zoom-in"
            ),
            Action(
                "zoom-out",
                self.tr("Zoom &out"),
                lambda: self._front.zoom_by(1 / ZOOM_STEP),
                keys=("-",),
                icon="zoom-out",
            ),
        )

    def _choose(self, name: str) -> None:
        self._display.take(layer=_LAYERS[name])
        # Choosing the same one again unchecks it otherwise, and shows it where it was flipped away.
        self._show()
        self._views.canvas.set_layer(self._views.canvas.layer_chosen)

    def _toggle_regions(self) -> None:
        self._display.take(regions=not self._display.look.regions)

    def _toggle_grid(self) -> None:
        self._display.take(grid=not self._display.look.grid)

    def _show(self) -> None:
        look = self._display.look
        for name, layer in _LAYERS.items():
            self._actions.check(name, layer is look.layer)
        self._actions.check("regions", look.regions)
        self._actions.check("grid", look.grid)
