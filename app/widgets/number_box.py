"""Boxes for numbers, with room between the number and the frame: a style sheet can't reach the line within a box."""

from __future__ import annotations

from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QWidget

_ROOM = 5


class WholeNumberBox(QSpinBox):
    """Takes whole numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lineEdit().setTextMargins(_ROOM, 0, 0, 0)


class NumberBox(QDoubleSpinBox):
    """Takes numbers with decimals."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lineEdit().setTextMargins(_ROOM, 0, 0, 0)
