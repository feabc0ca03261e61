"""Below the canvas: the overlay's opacity, the heatmap's scale, and the value under the cursor."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from app.canvas.display import Display
from app.canvas.scale_bar import ScaleBar
from app.parts.state import Layer, score_words
from app.widgets.layouts import fill
from app.widgets.said import muted

_STRETCH_FRAME = 20
"""Pixels around the words of the button."""


class CanvasFooter(QWidget):
    """Controls and readings of the overlay.

    Signals:
        stretch_toggled: (bool) the scale is to end at the part's highest value, or at 1.
    """

    stretch_toggled = Signal(bool)

    def __init__(self, heat_colours: npt.NDArray[np.uint8], display: Display, parent: QWidget | None = None) -> None:
        """Make the row for the heatmap's (256, 4) uint8 colours, and a display that it mirrors."""
        super().__init__(parent)
        self._display = display
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        label = muted(QLabel(self.tr("Opacity")))
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(0, 100)
        self._opacity.setMinimumWidth(48)
        self._opacity.setMaximumWidth(110)
        self._opacity.setAccessibleName(self.tr("Opacity of the overlay"))
        self._opacity.valueChanged.connect(lambda value: display.take(opacity=value / 100))
        self.scale_bar = ScaleBar(heat_colours)
        policy = self.scale_bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.scale_bar.setSizePolicy(policy)
        self._stretch = QToolButton()
        self._stretch.setObjectName("small")
        self._stretch.setText(self.tr("Stretch"))
        self._stretch.setCheckable(True)
        self._stretch.setToolTip(
            self.tr("Give this part's highest value the last colour. Parts can't be compared then: good ones glow too.")
        )
        self._stretch.toggled.connect(self.stretch_toggled)
        policy = self._stretch.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._stretch.setSizePolicy(policy)
        # The style's least width of such a button is that of an icon; in a narrow window the slider gives way instead.
        words = self._stretch.fontMetrics().horizontalAdvance(self._stretch.text())
        room = QWidget()
        fill(QHBoxLayout(room), self._stretch, margins=(0, 0, 0, 0))
        room.setMinimumWidth(words + _STRETCH_FRAME)
        self._subject = QLabel()
        self._subject.setObjectName("subject")
        self._subject.hide()
        self._reading = QLabel()
        self._reading.setTextFormat(Qt.TextFormat.RichText)
        self._reading.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._reading.setMinimumWidth(self._reading.fontMetrics().horizontalAdvance("x 00000  y 00000  0.000"))
        fill(
            QHBoxLayout(self),
            label,
            self._opacity,
            8,
            self.scale_bar,
            room,
            self._subject,
            None,
            self._reading,
            margins=(12, 6, 12, 6),
            spacing=8,
        )
        display.changed.connect(self._take_look)
        self._take_look()

    def _take_look(self) -> None:
        look = self._display.look
        layer = look.layer
        with QSignalBlocker(self._opacity):
            self._opacity.setValue(round(100 * look.opacity))
        self.scale_bar.setVisible(layer is Layer.HEATMAP)
        self._stretch.setVisible(layer is Layer.HEATMAP)
        self._opacity.setEnabled(layer is not Layer.ORIGINAL)

    def show_subject(self, text: str) -> None:
        """Say what the heatmap shows where that is not the whole map."""
        self._subject.setText(text)
        self._subject.setVisible(bool(text))

    def show_stretched(self, stretched: bool) -> None:
        """Check the button that stretches the scale."""
        self._stretch.setChecked(stretched)

    def show_reading(self, x: int, y: int, value: float | None) -> None:
        """The place under the cursor and the map's value there; nothing for a negative place."""
        if x < 0:
            self._reading.clear()
            return
        # Said to be rich text: by itself, Qt takes only what begins with a tag for it.
        number = "" if value is None else f" &nbsp;<b>{score_words(value)}</b>"
        self._reading.setText(f"x {x} &nbsp;y {y}{number}")
