"""Boxes for numbers, with room between the number and the frame: a style sheet can't reach the line within a box."""

from __future__ import annotations

import math

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QWidget
from typing_extensions import override

_ROOM = 5
_THRESHOLD_DECIMALS, _LEAST_DECIMALS = 6, 2


class WholeNumberBox(QSpinBox):
    """Takes whole numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lineEdit().setTextMargins(_ROOM, 0, 0, 0)


class NumberBox(QDoubleSpinBox):
    """Takes numbers with decimals, behind a point or a comma; what is no number, or out of range, is marked red.

    A text that is left so falls back to the number before.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lineEdit().setTextMargins(_ROOM, 0, 0, 0)
        self.setProperty("wrong", False)
        self.lineEdit().textChanged.connect(self._mark)
        # Qt emits no signal when the text falls back.
        self.editingFinished.connect(lambda: self._mark(self.text()))

    @override
    def validate(self, input: str, pos: int) -> tuple[QValidator.State, str, int]:
        good = self._number(input) is not None
        return (QValidator.State.Acceptable if good else QValidator.State.Intermediate), input, pos

    @override
    def valueFromText(self, text: str) -> float:
        number = self._number(text)
        return self.value() if number is None else number

    def _number(self, text: str) -> float | None:
        """The number in a text, in the box's range; None for anything else."""
        if self.specialValueText() and text == self.specialValueText():
            return self.minimum()
        plain = text.removeprefix(self.prefix()).removesuffix(self.suffix()).strip()
        try:
            # Two separators may be meant for thousands or be a slip; neither is guessed.
            number = float(plain.replace(",", ".")) if "_" not in plain else math.nan
        except ValueError:
            return None
        return number if self.minimum() <= number <= self.maximum() else None

    def _mark(self, text: str) -> None:
        wrong = self._number(text) is None
        if wrong != self.property("wrong"):
            self.setProperty("wrong", wrong)
            self.style().unpolish(self)
            self.style().polish(self)


class ThresholdBox(NumberBox):
    """Takes a threshold in [0, 1], with as many decimals as it has, from two to six."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(0.0, 1.0)
        self.setSingleStep(0.01)
        self.setDecimals(_THRESHOLD_DECIMALS)
        self.setKeyboardTracking(False)

    @override
    def textFromValue(self, val: float) -> str:
        words = f"{val:.{_THRESHOLD_DECIMALS}f}"
        least = len(words) - (_THRESHOLD_DECIMALS - _LEAST_DECIMALS)
        return words[:least] + words[least:].rstrip("0")
