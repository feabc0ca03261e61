"""Which layers lie over the part, and the zoom; one row above the canvas."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget
from typing_extensions import override

from app.shell.actions import Actions
from app.widgets.action_button import ActionButton
from app.widgets.icon_strip import IconStrip
from app.widgets.said import muted

_MOST_PERCENT = 10_000
"""From here on the zoom is said as a factor, which has room."""

LAYERS = ("layer-original", "layer-heatmap", "layer-subspaces")
_OVERLAYS = ("regions", "grid")
_AREAS = "areas"
_ZOOM = ("zoom-out", "zoom-in", "fit", "actual-size")


class LayerBar(IconStrip):
    """Buttons of the layers, and of the zoom.

    Attributes:
        zoom_label: says the zoom.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.zoom_label = muted(QLabel())
        self.zoom_label.setMinimumWidth(self.zoom_label.fontMetrics().horizontalAdvance("0000 %"))
        self.zoom_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._spared: tuple[QWidget, ...] = (self.zoom_label,)
        self._worded: tuple[ActionButton, ...] = ()
        self._brief = False
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 4, 6, 4)
        # Beside both panels it just fits a screen of 1366 pixels.
        self._row.setSpacing(2)

    def lay_out(self, actions: Actions, *, areas: bool = False) -> None:
        """Show the buttons; also that of the areas' tools where parts are drawn on."""
        names = (*LAYERS, *_OVERLAYS, *((_AREAS,) if areas else ()))
        self._worded = tuple(ActionButton(actions[name]) for name in names)
        for place, button in enumerate(self._worded):
            if place == len(LAYERS):
                self._row.addSpacing(4)
            self._row.addWidget(button)
        self._row.addStretch(1)
        self._row.addWidget(self.zoom_label)
        zoom: list[QToolButton] = [ActionButton(actions[name]) for name in _ZOOM]
        for zooming in zoom:
            self._row.addWidget(zooming)
        # Where there is no room for all, wheel and keys zoom as well.
        self._spared = (self.zoom_label, *zoom[:2])

    def show_zoom(self, zoom: float) -> None:
        """Say the zoom, 1 being 100 %."""
        percent = 100 * zoom
        if percent >= _MOST_PERCENT:
            self.zoom_label.setText(f"{zoom:.0f} ×")
        else:
            self.zoom_label.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")

    @override
    def minimumSizeHint(self) -> QSize:
        size = super().minimumSizeHint()
        return QSize(size.width() - self._sparing() - (0 if self._brief else self._saved()), size.height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        least, width = self.minimumSizeHint().width(), event.size().width()
        self._brief = width < least + self._saved()
        for button in self._worded:
            button.be_brief(self._brief)
        words = 0 if self._brief else self._saved()
        for widget in self._spared:
            widget.setVisible(width >= least + words + self._sparing(of_all=True))

    def _saved(self) -> int:
        """Pixels that are saved when the layers' buttons show their keys alone."""
        return sum(
            button.fontMetrics().horizontalAdvance(button.words(brief=False))
            - button.fontMetrics().horizontalAdvance(button.words(brief=True))
            for button in self._worded
        )

    def _sparing(self, *, of_all: bool = False) -> int:
        """Pixels that the buttons take which may be hidden: of those that are shown, or of all of them."""
        layout = self.layout()
        gap = 0 if layout is None else layout.spacing()
        spared = [widget for widget in self._spared if of_all or not widget.isHidden()]
        return sum(max(widget.minimumSizeHint().width(), widget.minimumWidth()) + gap for widget in spared)
