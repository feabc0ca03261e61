"""How tokens become a map: sliders that answer at once, since the encoder's tokens are kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.editing.adjustments import ScoringChoice
from app.parts.state import ScoringFacts
from app.widgets.elided_label import ElidedLabel
from app.widgets.layouts import fill
from app.widgets.said import muted

LEAST_EPSILON, MOST_EPSILON = 5e-4, 0.2
MOST_SIGMA = 16.0
SIGMA_STEP = 0.5
MOST_RARITY = 0.5
RARITY_STEP = 0.01
TILE_SIDES = (256, 512, 1024, 2048)
_EPSILON_STEPS = 104


def assignment_words() -> tuple[tuple[str, str], ...]:
    """The ways to assign patches, as `Judging.assignment` names them, each with its words."""
    return (
        ("", QCoreApplication.translate("ScoringControls", "Optimal transport")),
        ("softmax", QCoreApplication.translate("ScoringControls", "Softmax")),
        ("all", QCoreApplication.translate("ScoringControls", "All subspaces (k = K)")),
    )


class ScoringControls(QWidget):
    """Assignment, top-k, epsilon, smoothing, rarity, blocks and tiles; folded away, one line says how they stand.

    Attributes:
        assign: ("" for the model's own, "softmax", or "all": transport to all subspaces, k = K) assigns patches so.

    Signals:
        choice_changed: (ScoringChoice, name of the value that was moved; "" for all of them).
        unfolded: (bool).
    """

    choice_changed = Signal(object, str)
    unfolded = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.assign: Callable[[str], object] = lambda _way: None
        self._own = ScoringFacts()
        self._choice = ScoringChoice()
        self._fold = QToolButton()
        self._fold.setObjectName("fold")
        self._fold.setText(self.tr("Scoring"))
        self._fold.setToolTip(self.tr("How patches are assigned to subspaces, and how the map is smoothed"))
        self._fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._fold.setArrowType(Qt.ArrowType.RightArrow)
        self._fold.setCheckable(True)
        self._fold.toggled.connect(self._unfold)
        self._summary = muted(ElidedLabel())
        self._summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._reset = QToolButton()
        self._reset.setText(self.tr("Reset"))
        self._reset.setToolTip(self.tr("Back to the model's own values"))
        self._reset.clicked.connect(self.reset)
        self._body = QWidget()
        self._body.hide()
        self._grid = QGridLayout(self._body)
        self._grid.setContentsMargins(0, 0, 0, 2)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._top_k, self._top_k_value = self._slider(
            0,
            self.tr("Top-k"),
            self.tr("How many subspaces each patch keeps: its own few, or all of them"),
            lambda place: self._move("top_k", place),
        )
        self._epsilon, self._epsilon_value = self._slider(
            1,
            self.tr("Epsilon"),
            self.tr("How soft the transport is: small decides for few subspaces, large spreads over all"),
            lambda place: self._move("epsilon", self._epsilon_at(place)),
        )
        self._epsilon.setRange(0, _EPSILON_STEPS)
        self._sigma, self._sigma_value = self._slider(
            2,
            self.tr("Smoothing"),
            self.tr("Gaussian smoothing of the map, in pixels at an input of 518 pixels"),
            lambda place: self._move("sigma", place * SIGMA_STEP),
        )
        self._sigma.setRange(0, round(MOST_SIGMA / SIGMA_STEP))
        self._rarity, self._rarity_value = self._slider(
            3,
            self.tr("Rarity"),
            self.tr(
                "How rare a patch must be in its part to count in full in the map: what repeats all over a part is "
                "seldom a defect. Off shows large, even areas best. The score does not change."
            ),
            lambda place: self._move("rarity_scale", round(place * RARITY_STEP, 2)),
        )
        self._rarity.setRange(0, round(MOST_RARITY / RARITY_STEP))
        self._layers_label = muted(QLabel(self.tr("Blocks")))
        self._layers_label.setToolTip(self.tr("The blocks of the model whose patches count"))
        self._layers = QWidget()
        self._layers_row = QHBoxLayout(self._layers)
        self._layers_row.setContentsMargins(0, 0, 0, 0)
        self._layers_row.setSpacing(4)
        self._layer_buttons: dict[int, QToolButton] = {}
        self._grid.addWidget(self._layers_label, 4, 0)
        self._grid.addWidget(self._layers, 4, 1, 1, 2)
        self._tiles = self._build_tiles()
        self._assignment = self._build_assignment()
        top = fill(QHBoxLayout(), self._fold, (self._summary, 1), self._reset, spacing=4)
        fill(QVBoxLayout(self), top, self._body, margins=(12, 2, 12, 4), spacing=2)
        self._show()

    @property
    def is_unfolded(self) -> bool:
        """Whether the sliders are seen."""
        return self._fold.isChecked()

    def set_unfolded(self, unfolded: bool) -> None:
        """Show the sliders or only the line."""
        self._fold.setChecked(unfolded)

    def set_model(self, own: ScoringFacts, subspaces: int) -> None:
        """Offer what a model can, from its own values."""
        self._own = own
        self._top_k.setRange(1, max(1, subspaces))
        self._top_k.setEnabled(subspaces > 1)
        self._epsilon.setEnabled(subspaces > 1)
        # The stretch behind the buttons too, or each model's would stand further to the right.
        while (item := self._layers_row.takeAt(0)) is not None:
            button_before = item.widget()
            if button_before is not None:
                button_before.deleteLater()
        self._layer_buttons = {}
        for layer in own.layers if len(own.layers) > 1 else ():
            button = QToolButton()
            button.setObjectName("small")
            button.setText(str(layer))
            button.setCheckable(True)
            button.setAccessibleName(self.tr("Block {number}").format(number=layer))
            button.clicked.connect(self._take_layers)
            self._layers_row.addWidget(button)
            self._layer_buttons[layer] = button
        self._layers_row.addStretch(1)
        for widget in (self._layers_label, self._layers):
            widget.setVisible(bool(self._layer_buttons))
        self._show()

    def show_choice(self, choice: ScoringChoice) -> None:
        """Show the values in force."""
        self._choice = choice
        self._show()

    def reset(self) -> None:
        """Take the model's own values again; how patches are assigned is another choice, and stays."""
        choice = ScoringChoice(assignment=self._choice.assignment)
        if choice != self._choice:
            self._take(choice, "")

    def _slider(self, row: int, text: str, tip: str, slot: Callable[[int], object]) -> tuple[QSlider, QLabel]:
        label = muted(QLabel(text))
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setAccessibleName(text)
        slider.setMinimumWidth(80)
        slider.valueChanged.connect(slot)
        label.setBuddy(slider)
        value = QLabel()
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setMinimumWidth(value.fontMetrics().horizontalAdvance("0.0000"))
        cells: tuple[QWidget, ...] = (label, slider, value)
        for column, cell in enumerate(cells):
            cell.setToolTip(tip)
            self._grid.addWidget(cell, row, column)
        return slider, value

    def show_assignment(self, assignment: str) -> None:
        """Show which assignment is in force."""
        self._assignment.setCurrentIndex(max(0, self._assignment.findData(assignment)))

    def _build_assignment(self) -> QComboBox:
        assignment = self._choice_box(
            6,
            self.tr("Assignment"),
            self.tr("How patches are assigned to subspaces"),
            self.tr("Compare optimal transport with a plain softmax; the map follows."),
        )
        for value, words in assignment_words():
            assignment.addItem(words, value)
        assignment.activated.connect(lambda: self.assign(assignment.currentData()))
        return assignment

    def _build_tiles(self) -> QComboBox:
        tiles = self._choice_box(
            5,
            self.tr("Tiles"),
            self.tr("Tiles of large parts"),
            self.tr(
                "Larger parts are cut into overlapping tiles of this side, each inspected by itself: small defects "
                "keep their pixels. Every tile goes through the model, so that takes longer."
            ),
        )
        tiles.addItem(self.tr("Off"), 0)
        for side in TILE_SIDES:
            tiles.addItem(self.tr("Parts above {side} px").format(side=side), side)
        tiles.activated.connect(lambda: self._take(replace(self._choice, tile=tiles.currentData()), "tiles"))
        return tiles

    def _choice_box(self, row: int, text: str, name: str, tip: str) -> QComboBox:
        label, box = QLabel(text), QComboBox()
        label.setObjectName("muted")
        box.setAccessibleName(name)
        for widget in (label, box):
            widget.setToolTip(tip)
        label.setBuddy(box)
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(box, row, 1, 1, 2)
        return box

    def _show_tiles(self, side: int) -> None:
        place = self._tiles.findData(side)
        if place < 0:
            self._tiles.addItem(self.tr("Parts above {side} px").format(side=side), side)
            place = self._tiles.count() - 1
        self._tiles.setCurrentIndex(place)

    def _unfold(self, unfolded: bool) -> None:
        self._fold.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
        self._body.setVisible(unfolded)
        self._show()
        self.unfolded.emit(unfolded)

    def _move(self, name: str, value: float) -> None:
        # A value that equals the model's own is not kept as a choice, so that results scored before are found again.
        own = math.isclose(value, getattr(self._own, name), rel_tol=1e-6, abs_tol=1e-9)
        changes: dict[str, Any] = {name: None if own else value}
        self._take(replace(self._choice, **changes), name)

    def _take_layers(self) -> None:
        chosen = tuple(layer for layer, button in self._layer_buttons.items() if button.isChecked())
        if not chosen:
            self._show()  # one at least stays
            return
        self._take(replace(self._choice, layers=() if len(chosen) == len(self._own.layers) else chosen), "layers")

    def _take(self, choice: ScoringChoice, name: str) -> None:
        self._choice = choice
        self._show()
        self.choice_changed.emit(choice, name)

    def _show(self) -> None:
        values: dict[str, Any] = {
            name: getattr(self._own, name) if chosen is None else chosen
            for name, chosen in (
                ("top_k", self._choice.top_k),
                ("epsilon", self._choice.epsilon),
                ("sigma", self._choice.sigma),
                ("rarity_scale", self._choice.rarity_scale),
            )
        }
        for slider, place in (
            (self._top_k, min(values["top_k"], self._top_k.maximum())),
            (self._epsilon, self._epsilon_place(values["epsilon"])),
            (self._sigma, round(values["sigma"] / SIGMA_STEP)),
            (self._rarity, round(values["rarity_scale"] / RARITY_STEP)),
        ):
            slider.blockSignals(True)
            slider.setValue(place)
            slider.blockSignals(False)
        epsilon, sigma = f"{values['epsilon']:.2g}", f"{values['sigma']:.3g}"
        self._top_k_value.setText(str(values["top_k"]))
        self._epsilon_value.setText(epsilon)
        self._sigma_value.setText(f"{sigma} px")
        rarity = values["rarity_scale"]
        self._rarity_value.setText(f"{rarity:.2f}" if rarity else self.tr("Off"))
        layers = self._choice.layers or self._own.layers
        for layer, button in self._layer_buttons.items():
            button.setChecked(layer in layers)
        self._show_tiles(self._choice.tile)
        summary = self.tr("top-{count} · epsilon {epsilon} · smooth {sigma} px").format(
            count=values["top_k"], epsilon=epsilon, sigma=sigma
        )
        if self._choice.tile:
            summary += " · " + self.tr("tiles {side} px").format(side=self._choice.tile)
        self._summary.setText("" if self.is_unfolded else summary)
        changed = self._choice != ScoringChoice(assignment=self._choice.assignment)
        self._reset.setEnabled(changed)
        self._reset.setVisible(changed or self.is_unfolded)

    def _epsilon_at(self, place: int) -> float:
        if place == self._epsilon_place(self._own.epsilon):
            return self._own.epsilon
        value = LEAST_EPSILON * (MOST_EPSILON / LEAST_EPSILON) ** (place / _EPSILON_STEPS)
        return float(f"{value:.2g}")

    @staticmethod
    def _epsilon_place(epsilon: float) -> int:
        share = math.log(epsilon / LEAST_EPSILON) / math.log(MOST_EPSILON / LEAST_EPSILON)
        return round(_EPSILON_STEPS * min(1.0, max(0.0, share)))
