"""One of two panes side by side: a part, what is said of it, and which model says it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.canvas.notice import CanvasNotice
from app.compare.canvas import LinkedCanvas
from app.parts.delegate import verdict_word
from app.parts.state import Layer, Verdict, score_words
from app.shell.theme import current_colours
from app.widgets.elided_label import ElidedLabel
from app.widgets.layouts import fill
from app.widgets.said import Said, muted

_MARGIN, _MARGIN_RIGHT, _GAP = 12, 8, 8
_LEAST_WIDTH = 40
_OF_A_BUTTON = 10
"""Pixels around a button's words, which stand below the part's name."""


class ComparePane(QWidget):
    """One of the two: lines that say what is shown and what inspects it, and the canvas.

    Attributes:
        canvas: the part.

    Signals:
        layer_chosen: (Layer).
    """

    layer_chosen = Signal(object)

    title = Said("_name")
    """The part's name."""

    notice = Said("_notice")
    """What is said over the canvas."""

    model = Said("_model")
    """The model's name, where it is not to be chosen."""

    def __init__(self, side: str, parent: QWidget | None = None) -> None:
        """Make a pane; `side` is its accessible name."""
        super().__init__(parent)
        self.canvas = LinkedCanvas()
        self.canvas.setAccessibleName(side)
        self.heading = QWidget()
        self.heading.setObjectName("strip")
        self.heading.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._line = QWidget()
        self._line.setFixedHeight(2)
        self._line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._name, self._model = ElidedLabel(), ElidedLabel()
        for label in (self._name, self._model):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            label.setMinimumWidth(_LEAST_WIDTH)
        self._verdict = QLabel()
        self._layers = QComboBox()
        self._layers.setAccessibleName(f"{side}: " + self.tr("Layer"))
        for layer, text in (
            (Layer.ORIGINAL, self.tr("Original")),
            (Layer.HEATMAP, self.tr("Heatmap")),
            (Layer.SUBSPACES, self.tr("Subspaces")),
        ):
            self._layers.addItem(text, layer.value)
        self._layers.activated.connect(lambda _index: self.layer_chosen.emit(Layer(self._layers.currentData())))
        self._time = muted(QLabel())
        self._notice = CanvasNotice(self.canvas)
        self._part_row, self._model_row = QHBoxLayout(), QHBoxLayout()
        for row in (self._part_row, self._model_row):
            row.setSpacing(_GAP)
            row.setContentsMargins(_MARGIN, 0, 0, 0)
        self._part_row.addWidget(self._name, 1)
        self._part_row.addWidget(self._verdict)
        self._model_row.addWidget(self._model, 1)
        self._model_row.addWidget(self._time)
        self._model_row.addWidget(self._layers)
        fill(QVBoxLayout(self.heading), self._part_row, self._model_row, margins=(0, 3, _MARGIN_RIGHT, 4), spacing=1)
        fill(QVBoxLayout(self), self._line, self.heading, (self.canvas, 1), margins=(0, 0, 0, 0), spacing=0)
        self._judged: tuple[Verdict, float | None] | None = None
        self.show_active(False)

    @property
    def verdict(self) -> tuple[Verdict, float | None] | None:
        """How the part is judged, and its score."""
        return self._judged

    @property
    def row_heights(self) -> tuple[int, int]:
        """In pixels, of the lines above the canvas."""
        for row in (self._part_row, self._model_row):
            # What a row knows of its widgets is as old as the last time it was laid out.
            row.invalidate()
        return self._part_row.sizeHint().height(), self._model_row.sizeHint().height()

    def raise_rows(self, heights: tuple[int, int]) -> None:
        """Make the lines at least so high, as those of the other pane are."""
        for row, height in zip((self._part_row, self._model_row), heights, strict=True):
            if row.sizeHint().height() < height:
                row.addStrut(height)

    def put_beside_verdict(self, widget: QWidget) -> None:
        """Have one more control in the part's line."""
        self._part_row.addWidget(widget)

    def put_in_place_of_model(self, widget: QWidget) -> None:
        """Have a choice of the model where its name is."""
        self._model.hide()
        self._model_row.setContentsMargins(_MARGIN - _OF_A_BUTTON, 0, 0, 0)
        self._model_row.insertWidget(0, widget)
        self._model_row.insertStretch(1, 1)

    def show_name(self, name: str, path: str) -> None:
        """Say which part is shown."""
        if (name, path) != (self._name.text(), self._name.toolTip()):
            self._name.setText(name)
            self._name.explain(path)

    def show_model(self, name: str, milliseconds: float | None) -> None:
        """Say which model inspects it, and how long that took if it is of interest."""
        time = "" if milliseconds is None else self.tr("{value} ms").format(value=f"{milliseconds:,.0f}")
        if (name, time) != (self._model.text(), self._time.text()):
            self._model.setText(name)
            self._model.explain(name)
            self._time.setText(time)

    def show_verdict(self, verdict: Verdict, score: float | None) -> None:
        """Say how it is judged."""
        if self._judged != (verdict, score):
            self._judged = (verdict, score)
            self._colour_verdict(verdict, score)

    def _colour_verdict(self, verdict: Verdict, score: float | None) -> None:
        colours = current_colours()
        colour = {Verdict.DEFECT: colours.defect, Verdict.GOOD: colours.good}.get(verdict, colours.muted)
        number = "" if score is None else f" <b>{score_words(score)}</b>"
        self._verdict.setText(f'<span style="color:{colour}">{verdict_word(verdict)}{number}</span>')

    def show_layer(self, layer: Layer) -> None:
        """Show a layer."""
        self.canvas.set_layer(layer)
        self._layers.setCurrentIndex(self._layers.findData(layer.value))

    def show_active(self, active: bool) -> None:
        """Whether the keys of the layers belong to this pane."""
        colours = current_colours()
        self._line.setStyleSheet(f"background: {colours.accent if active else colours.surface};")

    def take_theme(self) -> None:
        """Take the colours of the theme in force."""
        self.canvas.apply_theme()
        if self._judged is not None:
            self._colour_verdict(*self._judged)

    def show_notice(self, text: str) -> None:
        """Say what is still to come; "" for nothing."""
        if text:
            self._notice.show_progress(text)
        else:
            self._notice.clear()

    def show_trouble(self, heading: str, reason: str) -> None:
        """Say what is wrong."""
        self._notice.show_error(heading, reason)
