"""A small popup for one subspace: its name, and a threshold of its own."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget
from typing_extensions import override

from app.widgets.layouts import fill
from app.widgets.number_box import ThresholdBox
from app.widgets.popup import Popup

_WIDTH = 260


class SubspaceEditor(Popup):
    """Where a subspace is named and gets its threshold."""

    def __init__(
        self, parent: QWidget, rename: Callable[[int, str], object], judge: Callable[[int, float | None], object]
    ) -> None:
        """Make it.

        Args:
            parent: over which it opens.
            rename: told the index of a subspace and its name; an empty name for the model's own.
            judge: told the index of a subspace and its own threshold in [0, 1], or None.
        """
        super().__init__(parent)
        self._rename, self._judge = rename, judge
        self.setFixedWidth(_WIDTH)
        self._index = -1
        self._name = QLineEdit()
        self._name.setAccessibleName(self.tr("Name of the subspace"))
        self._name.setMaxLength(60)
        self._own = QCheckBox(self.tr("Own threshold"))
        self._spin = ThresholdBox()
        self._spin.setFixedWidth(76)
        self._spin.setAccessibleName(self.tr("Own threshold of the subspace"))
        for signal in (self._own.toggled, self._spin.valueChanged):
            signal.connect(self._take_threshold)
        heading = QLabel(self.tr("Name"))
        heading.setObjectName("muted")
        heading.setBuddy(self._name)
        note = QLabel(
            self.tr(
                "Where this subspace alone reaches its own threshold, there is a region, and the part is a defect, "
                "whatever the score."
            )
        )
        note.setObjectName("muted")
        note.setWordWrap(True)
        row = fill(QHBoxLayout(), (self._own, 1), self._spin)
        fill(QVBoxLayout(self), heading, self._name, 4, row, note, margins=(12, 10, 12, 12), spacing=6)

    def open_for(
        self, index: int, original: str, name: str, threshold: float | None, suggestion: float, place: QPoint
    ) -> None:
        """Show a subspace's name and threshold at a place of the screen; `suggestion` is where a new one starts."""
        self._index = index
        self._name.setText("" if name == original else name)
        self._name.setPlaceholderText(original)
        for widget in (self._own, self._spin):
            widget.blockSignals(True)
        self._own.setChecked(threshold is not None)
        self._spin.setValue(suggestion if threshold is None else threshold)
        self._spin.setEnabled(threshold is not None)
        for widget in (self._own, self._spin):
            widget.blockSignals(False)
        self.adjustSize()
        self.show_at(place)
        self._name.setFocus()
        self._name.selectAll()

    @override
    def take_entry(self) -> None:
        if self._index >= 0:
            index, self._index = self._index, -1
            self._rename(index, self._name.text())

    def _take_threshold(self) -> None:
        self._spin.setEnabled(self._own.isChecked())
        if self._index >= 0:
            self._judge(self._index, self._spin.value() if self._own.isChecked() else None)
