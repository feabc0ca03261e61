"""Which layers lie over the part, and the zoom; one row above the canvas."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QWidget
from typing_extensions import override

from app.parts.state import Layer
from app.widgets.icon_strip import IconStrip

_MOST_PERCENT = 10_000
"""From here on the zoom is said as a factor, which has room."""


class LayerBar(IconStrip):
    """Layer buttons with their keys, and zoom buttons.

    Attributes:
        zoom_label: says the zoom.

    Signals:
        layer_chosen: (Layer).
        regions_toggled: (bool).
        grid_toggled: (bool).
        region_toggled: (bool) the tools of the region of interest are to be seen or not.
        fit_requested, actual_size_requested: no arguments.
        zoom_requested: (factor).
    """

    layer_chosen = Signal(object)
    regions_toggled = Signal(bool)
    grid_toggled = Signal(bool)
    region_toggled = Signal(bool)
    fit_requested = Signal()
    actual_size_requested = Signal()
    zoom_requested = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: dict[Layer, QToolButton] = {}
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        # Beside both panels it just fits a screen of 1366 pixels.
        layout.setSpacing(2)
        for layer, key, text, tip in (
            (Layer.ORIGINAL, "1", self.tr("Original"), self.tr("The part alone")),
            (Layer.HEATMAP, "2", self.tr("Heatmap"), self.tr("How anomalous each place is, from 0 to 1")),
            (
                Layer.SUBSPACES,
                "3",
                self.tr("Subspaces"),
                self.tr("The textual subspace that each patch chose; greyer where it is less sure"),
            ),
        ):
            button = self._button(key, text, tip)
            self._group.addButton(button)
            self._layers[layer] = button
            button.clicked.connect(lambda _checked, chosen=layer: self.layer_chosen.emit(chosen))
            layout.addWidget(button)
        layout.addSpacing(4)
        self._regions = self._button("4", self.tr("Regions"), self.tr("Outline what is at or above the threshold"))
        self._grid = self._button("G", self.tr("Grid"), self.tr("The patches that the model sees"))
        self._regions.toggled.connect(self.regions_toggled)
        self._grid.toggled.connect(self.grid_toggled)
        layout.addWidget(self._regions)
        layout.addWidget(self._grid)
        self._areas = self._button(
            "I", self.tr("Areas"), self.tr("Region of interest: what is inspected, and what is not")
        )
        self._areas.toggled.connect(self.region_toggled)
        self._areas.hide()
        layout.addWidget(self._areas)
        layout.addStretch(1)
        self.zoom_label = QLabel()
        self.zoom_label.setObjectName("muted")
        self.zoom_label.setMinimumWidth(self.zoom_label.fontMetrics().horizontalAdvance("0000 %"))
        self.zoom_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.zoom_label)
        smaller = self._icon_button("zoom-out", self.tr("Zoom out (−)"), lambda: self.zoom_requested.emit(1 / 1.25))
        larger = self._icon_button("zoom-in", self.tr("Zoom in (+)"), lambda: self.zoom_requested.emit(1.25))
        whole = self._icon_button("fit", self.tr("Show the whole part (F)"), self.fit_requested.emit)
        for button in (smaller, larger, whole):
            layout.addWidget(button)
        # Where there is no room for all, wheel and keys zoom as well.
        self._spared: tuple[QWidget, ...] = (self.zoom_label, smaller, larger)
        actual = QToolButton()
        actual.setText("1:1")
        actual.setToolTip(self.tr("One pixel of the part on one pixel of the screen (0)"))
        actual.setAccessibleName(self.tr("Actual size"))
        actual.clicked.connect(self.actual_size_requested)
        layout.addWidget(actual)

    @property
    def grid_shown(self) -> bool:
        """Whether the patch grid is to be seen."""
        return self._grid.isChecked()

    def show_layer(self, layer: Layer) -> None:
        """Check the button of a layer."""
        self._layers[layer].setChecked(True)

    def show_toggles(self, *, regions: bool, grid: bool) -> None:
        """Check the buttons of regions and grid."""
        self._regions.setChecked(regions)
        self._grid.setChecked(grid)

    def offer_region_tools(self) -> None:
        """Have a button for the tools of the region of interest."""
        self._areas.show()

    def show_region_tools(self, shown: bool) -> None:
        """Check that button, without asking for the tools again."""
        self._areas.blockSignals(True)
        self._areas.setChecked(shown)
        self._areas.blockSignals(False)

    def toggle_region_tools(self) -> None:
        """As if the button were clicked."""
        self._areas.toggle()

    def toggle_regions(self) -> None:
        """As if the button were clicked."""
        self._regions.toggle()

    def toggle_grid(self) -> None:
        """As if the button were clicked."""
        self._grid.toggle()

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
        return QSize(size.width() - self._sparing(), size.height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        roomy = event.size().width() >= self.minimumSizeHint().width() + self._sparing(of_all=True)
        for widget in self._spared:
            widget.setVisible(roomy)

    def _sparing(self, *, of_all: bool = False) -> int:
        """The width of what can be spared and is shown, or of all that can be spared."""
        layout = self.layout()
        gap = 0 if layout is None else layout.spacing()
        spared = [widget for widget in self._spared if of_all or not widget.isHidden()]
        return sum(max(widget.minimumSizeHint().width(), widget.minimumWidth()) + gap for widget in spared)

    def _button(self, key: str, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(f"{key}  {text}")
        button.setAccessibleName(text)
        button.setToolTip(f"{tip} ({key})")
        button.setCheckable(True)
        return button

    def _icon_button(self, name: str, tip: str, slot: object) -> QToolButton:
        button = QToolButton()
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(slot)
        self.set_icon(button, name)
        return button
