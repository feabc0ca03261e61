"""Two canvases side by side: two layers of one part, or two parts, with linked zoom."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QSplitter, QToolButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.state import Layer, Verdict
from app.theme import current_colours, icon
from app.views.compare_canvas import LinkedCanvas
from app.views.parts_delegate import verdict_word

LEFT, RIGHT = 0, 1
_HEADING_MARGIN = 12


class ComparePane(QWidget):
    """One of the two: a line that says what is shown, and the canvas.

    Attributes:
        canvas: the part.

    Signals:
        layer_chosen: (Layer).
    """

    layer_chosen = Signal(object)

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
        self._name = QLabel()
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._name.setMinimumWidth(40)
        self._full_name = ""
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
        self._notice = QLabel(self.canvas)
        self._notice.setObjectName("strip")
        self._notice.setAutoFillBackground(True)
        self._notice.setMargin(8)
        self._notice.setWordWrap(True)
        row = QHBoxLayout(self.heading)
        row.setContentsMargins(_HEADING_MARGIN, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(self._name, 1)
        row.addWidget(self._verdict)
        row.addWidget(self._layers)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._line)
        layout.addWidget(self.heading)
        layout.addWidget(self.canvas, 1)
        self._judged: tuple[Verdict, float | None] | None = None
        self.show_active(False)
        self.show_notice("")

    @property
    def title(self) -> str:
        """The part's name."""
        return self._full_name

    @property
    def notice(self) -> str:
        """What is said over the canvas."""
        return self._notice.text()

    def show_name(self, name: str, path: str) -> None:
        """Say which part is shown."""
        self._full_name = name
        self._name.setToolTip(path)
        self._elide()

    def show_verdict(self, verdict: Verdict, score: float | None) -> None:
        """Say how it is judged."""
        self._judged = (verdict, score)
        colours = current_colours()
        colour = {Verdict.DEFECT: colours.defect, Verdict.GOOD: colours.good}.get(verdict, colours.muted)
        number = "" if score is None else f" <b>{score:.2f}</b>"
        self._verdict.setText(f'<span style="color:{colour}">{verdict_word(verdict)}{number}</span>')
        self._elide()

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
            self.show_verdict(*self._judged)

    def show_notice(self, text: str) -> None:
        """Say what is still to come, or what is wrong."""
        self._notice.setText(text)
        self._notice.setVisible(bool(text))
        self._place_notice()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()
        self._place_notice()

    def _elide(self) -> None:
        # As wide as the label will be: the layout has not run yet when a pane is shown first.
        row = self.heading.layout()
        others = [] if row is None else [row.itemAt(place) for place in range(row.count())]
        taken = sum(item.sizeHint().width() for item in others if item is not None and item.widget() is not self._name)
        gaps = 0 if row is None else row.spacing() * (row.count() - 1) + 2 * _HEADING_MARGIN
        width = max(40, self.width() - taken - gaps)
        metrics = self._name.fontMetrics()
        self._name.setText(metrics.elidedText(self._full_name, Qt.TextElideMode.ElideMiddle, width))

    def _place_notice(self) -> None:
        width = max(80, self.canvas.width() - 32)
        wanted = self._notice.fontMetrics().horizontalAdvance(self._notice.text()) + 24
        self._notice.setFixedWidth(min(width, wanted))
        self._notice.setFixedHeight(max(24, self._notice.heightForWidth(min(width, wanted))))
        self._notice.move(16, 16)


class CompareView(QWidget):
    """Two panes whose zoom and place are linked.

    Attributes:
        panes: left and right.
        active: index of the pane that the layer keys belong to.

    Signals:
        close_requested: by Esc or the button.
        layer_chosen: (pane's index, Layer).
        active_changed: (pane's index).
    """

    close_requested = Signal()
    layer_chosen = Signal(int, object)
    active_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.active = RIGHT
        self.panes = (ComparePane(self.tr("Left part")), ComparePane(self.tr("Right part")))
        self._close = QToolButton()
        self._close.setAccessibleName(self.tr("End the comparison"))
        self._close.setToolTip(self.tr("End the comparison (Esc)"))
        self._close.clicked.connect(self.close_requested)
        heading = self.panes[RIGHT].heading.layout()
        if heading is not None:
            heading.addWidget(self._close)
        height = max(pane.heading.sizeHint().height() for pane in self.panes)
        for pane in self.panes:
            pane.heading.setFixedHeight(height)
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
            other = self.panes[1 - side].canvas
            pane.canvas.peer = other
            pane.canvas.place_changed.connect(other.take_place)
            pane.canvas.patch_hovered.connect(lambda _patch, here=pane.canvas, there=other: there.mark_like(here))
            pane.canvas.activated.connect(lambda chosen=side: self.activate(chosen))
            pane.layer_chosen.connect(lambda layer, chosen=side: self._on_layer(chosen, layer))
        shortcut = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self.close_requested)
        self._take_theme()

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

    def halve(self) -> None:
        """Give both panes the same width."""
        self._splitter.setSizes([self.width() // 2] * 2)

    def actual_size(self) -> None:
        """One pixel of the active part on one pixel of the screen."""
        self.panes[self.active].canvas.actual_size()

    def zoom_by(self, factor: float) -> None:
        """Zoom both."""
        self.panes[self.active].canvas.zoom_by(factor)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._take_theme()

    def _on_layer(self, side: int, layer: Layer) -> None:
        self.activate(side)
        self.layer_chosen.emit(side, layer)

    def _take_theme(self) -> None:
        self._close.setIcon(icon("close"))
        for side, pane in enumerate(self.panes):
            pane.take_theme()
            pane.show_active(side == self.active)
