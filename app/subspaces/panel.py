"""The mixer: one row for each textual subspace, with solo and mute, and the scoring below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QBoxLayout,
    QColorDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.editing.adjustments import Adjustments
from app.parts.state import Colour, ModelFacts
from app.shell.theme import icon
from app.subspaces.editor import SubspaceEditor
from app.subspaces.scoring_controls import ScoringControls
from app.widgets.layouts import fill
from app.widgets.meter import Meter, Swatch
from app.widgets.said import muted
from tokenclip_core.judgement.findings import SubspaceResult

_NAME_WIDTH = 84
_ICON = QSize(14, 14)
_ROWS_IN_A_TURN = 4  # of the event loop: a dozen rows are a hundred widgets, and nothing else should wait for them


@dataclass(frozen=True)
class _Row:
    name: QPushButton
    meter: Meter
    mass: QLabel
    own_map: QToolButton
    solo: QToolButton
    mute: QToolButton


class SubspacesPanel(QWidget):
    """Shows what each subspace says and lets a person take it out of the mix.

    Attributes:
        scoring: the sliders.
        paint: (index, colour) draws a subspace in it.
        tolerate: (index, below which anomaly in [0, 1] a subspace is tolerated, or None) has it so.

    Signals:
        mix_changed: (soloed frozenset of indices, muted frozenset of indices).
        renamed: (index, name); an empty name for the model's own.
        own_threshold_changed: (index, threshold in [0, 1] or None).
        own_map_chosen: (index of the subspace whose own map is to be seen, or None).
    """

    mix_changed = Signal(object, object)
    renamed = Signal(int, str)
    own_threshold_changed = Signal(int, object)
    own_map_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._rows: list[_Row] = []
        self._names: tuple[tuple[str, Colour], ...] = ()
        self._values: Sequence[SubspaceResult] | None = None
        self._adjustments = Adjustments()
        self._no_own_maps = ""
        self._said: dict[int, tuple[str, str]] = {}
        self.scoring = ScoringControls()
        self.paint: Callable[[int, Colour], object] = lambda _index, _colour: None
        self.tolerate: Callable[[int, float | None], object] = lambda _index, _limit: None
        self._editor = SubspaceEditor(
            self,
            self.renamed.emit,
            self.own_threshold_changed.emit,
            lambda index, limit: self.tolerate(index, limit),
            lambda index: self._choose_colour(index),
        )
        self._empty = QLabel(self.tr("The model's subspaces appear here as soon as it is loaded."))
        self._empty.setWordWrap(True)
        self._empty.setObjectName("muted")
        self._empty.setContentsMargins(12, 4, 12, 8)
        self._body = QWidget()
        self._body.setObjectName("panel")
        self._grid = QGridLayout(self._body)
        self._grid.setContentsMargins(12, 4, 8, 4)
        self._grid.setHorizontalSpacing(4)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(2, 1)
        self._scroll = QScrollArea()
        content = QWidget()
        content.setObjectName("panel")
        self._scroll.setWidget(content)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._note = muted(QLabel(self.tr("Balanced mass is how transport works, not a finding.")))
        self._note.setWordWrap(True)
        self._note.setContentsMargins(12, 6, 12, 2)
        # Below the rows and not beside them: a low panel has no room for it.
        fill(QVBoxLayout(content), self._body, self._note, None, margins=(0, 0, 0, 0), spacing=0)
        fill(
            QVBoxLayout(self),
            (self._empty, 0, Qt.AlignmentFlag.AlignTop),
            (self._scroll, 1),
            self.scoring,
            margins=(0, 0, 0, 4),
            spacing=0,
        )
        for widget in (self._scroll, self._note, self.scoring):
            widget.hide()

    @property
    def solo_buttons(self) -> tuple[QToolButton, ...]:
        """One for each subspace."""
        return tuple(row.solo for row in self._rows)

    def set_model(self, facts: ModelFacts) -> None:
        """Show rows for a model's subspaces."""
        self.scoring.set_model(facts.scoring, len(facts.subspaces))
        if tuple(facts.subspaces) == self._names:
            return
        self._names = tuple(facts.subspaces)
        self._rows, self._said, self._values = [], {}, None
        _empty(self._grid)
        for column, text, tip in (
            (1, self.tr("Subspace"), self.tr("Click a name to change it, or to give it a threshold of its own")),
            (2, self.tr("Anomaly"), self.tr("The highest anomaly value that this subspace brings to the map")),
            (
                3,
                self.tr("Mass"),
                self.tr("Its share of all patches' weights. Balanced mass is how transport works, not a finding."),
            ),
        ):
            header = muted(QLabel(text))
            header.setToolTip(tip)
            self._grid.addWidget(header, 0, column)
        self._make_rows()

    def _make_rows(self) -> None:
        """Make the next rows, and the others in later turns of the event loop; show all of them at the end."""
        for index in range(len(self._rows), min(len(self._rows) + _ROWS_IN_A_TURN, len(self._names))):
            self._add_row(index, *self._names[index])
        if len(self._rows) < len(self._names):
            QTimer.singleShot(0, self, self._make_rows)
            return
        self._grid.setRowStretch(len(self._names) + 1, 1)
        self.show_adjustments(self._adjustments)
        self.show_values(self._values)
        QTimer.singleShot(0, self, self._reveal)

    def _reveal(self) -> None:
        self._empty.setVisible(not self._names)
        for widget in (self._scroll, self.scoring):
            widget.setVisible(bool(self._names))
        self._note.setVisible(len(self._names) > 1)

    def show_values(self, rows: Sequence[SubspaceResult] | None) -> None:
        """Show a result's values; None clears them."""
        self._values = rows
        values = [None] * len(self._rows) if rows is None else list(rows)
        for row, value in zip(self._rows, values, strict=False):
            row.meter.set_value(None if value is None else value.anomaly)
            row.mass.setText("" if value is None else f"{100 * value.mass:.0f} %")
            heard = value is None or not value.muted
            for widget in (row.meter, row.mass):
                widget.setEnabled(heard)

    def show_adjustments(self, adjustments: Adjustments) -> None:
        """Show names, own thresholds, the mix and the scoring in force."""
        self._adjustments = adjustments
        self.scoring.show_choice(adjustments.scoring)
        thresholds = dict(adjustments.own_thresholds)
        for index, row in enumerate(self._rows):
            row.meter.set_mark(thresholds.get(index))
            row.solo.setChecked(index in adjustments.soloed)
            row.mute.setChecked(index in adjustments.muted)
            name = adjustments.called(self._names[index][0])
            # Only when it changes: one loaded model brings several calls.
            if self._said.get(index) == (name, self._no_own_maps):
                continue
            self._said[index] = (name, self._no_own_maps)
            row.name.setText(row.name.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, _NAME_WIDTH - 10))
            row.name.setToolTip(self.tr("{name}: change its name, or give it its own threshold").format(name=name))
            row.name.setAccessibleName(name)
            row.meter.setAccessibleName(self.tr("Anomaly of {name}").format(name=name))
            for button, tip in (
                (row.own_map, self.tr("Heatmap of {name}: what it alone brings to the map")),
                (row.solo, self.tr("Solo {name}: hear it alone")),
                (row.mute, self.tr("Mute {name}: take it out of the mix")),
            ):
                hindered = self._no_own_maps if button is row.own_map else ""
                button.setToolTip(hindered or tip.format(name=name))
                button.setEnabled(not hindered)
                button.setAccessibleName(tip.format(name=name))

    def take_own_maps_away(self, reason: str) -> None:
        """Offer no heatmaps of single subspaces, and say why; an empty reason gives them back."""
        self._no_own_maps = reason
        self.show_adjustments(self._adjustments)

    def show_own_map(self, index: int | None) -> None:
        """Say whose own map is on the canvas."""
        for place, row in enumerate(self._rows):
            row.own_map.setChecked(place == index)

    def _add_row(self, index: int, name: str, colour: Colour) -> None:
        label = QPushButton()
        label.setObjectName("name")
        label.setText(name)
        label.setFixedWidth(_NAME_WIDTH)
        label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        label.clicked.connect(lambda: self._edit(index))
        mass = QLabel()
        mass.setMinimumWidth(mass.fontMetrics().horizontalAdvance("100 %"))
        mass.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        own_map, solo, mute = (self._toggle(name) for name in ("own-map", "solo", "mute"))
        own_map.clicked.connect(lambda checked: self.own_map_chosen.emit(index if checked else None))
        for button in (solo, mute):
            button.clicked.connect(self._report)
        buttons = QHBoxLayout()
        buttons.setSpacing(2)
        for button in (own_map, solo, mute):
            buttons.addWidget(button)
        row = _Row(label, Meter(colour), mass, own_map, solo, mute)
        for column, widget in enumerate((Swatch(colour), row.name, row.meter, row.mass)):
            self._grid.addWidget(widget, index + 1, column)
        self._grid.addLayout(buttons, index + 1, 4)
        self._rows.append(row)

    def _toggle(self, icon_name: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("small")
        button.setProperty("iconName", icon_name)
        button.setIcon(icon(icon_name))
        button.setIconSize(_ICON)
        button.setCheckable(True)
        return button

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for row in self._rows:
                for button in (row.own_map, row.solo, row.mute):
                    button.setIcon(icon(str(button.property("iconName"))))

    def _edit(self, index: int) -> None:
        row = self._rows[index]
        original = self._names[index][0]
        adjusted = self._adjustments
        limits = (dict(adjusted.own_thresholds).get(index), dict(adjusted.tolerated).get(index))
        place = row.name.mapToGlobal(QPoint(0, row.name.height() + 2))
        self._editor.open_for(index, original, adjusted.called(original), limits, adjusted.threshold, place)

    def _choose_colour(self, index: int) -> None:
        chosen = QColorDialog.getColor(QColor(*self._names[index][1]), self)
        if chosen.isValid():
            self.paint(index, (chosen.red(), chosen.green(), chosen.blue()))

    def _report(self) -> None:
        soloed = frozenset(index for index, row in enumerate(self._rows) if row.solo.isChecked())
        muted = frozenset(index for index, row in enumerate(self._rows) if row.mute.isChecked())
        self.mix_changed.emit(soloed, muted)


def _empty(layout: QGridLayout | QBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        inner = item.layout()
        if isinstance(inner, QBoxLayout):
            _empty(inner)
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
