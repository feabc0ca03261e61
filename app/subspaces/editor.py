"""A small popup for one subspace: its name, a threshold of its own, and up to where it is tolerated."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.widgets.layouts import fill
from app.widgets.number_box import ThresholdBox
from app.widgets.popup import Popup
from app.widgets.said import muted

_WIDTH = 260


class SubspaceEditor(Popup):
    """Where a subspace is named, and gets its threshold and its tolerance."""

    def __init__(
        self,
        parent: QWidget,
        rename: Callable[[int, str], object],
        judge: Callable[[int, float | None], object],
        tolerate: Callable[[int, float | None], object],
        paint: Callable[[int], object],
    ) -> None:
        """Make it.

        Args:
            parent: over which it opens.
            rename: told the index of a subspace and its name; an empty name for the model's own.
            judge: told the index of a subspace and its own threshold in [0, 1], or None.
            tolerate: told the index of a subspace and below which anomaly it is tolerated, or None.
            paint: told the index of a subspace that is to have another colour.
        """
        super().__init__(parent)
        self._rename, self._judge, self._tolerate, self._paint = rename, judge, tolerate, paint
        self.setFixedWidth(_WIDTH)
        self._index = -1
        self._shown: tuple[float | None, float | None] = (None, None)
        self._name = QLineEdit()
        self._name.setAccessibleName(self.tr("Name of the subspace"))
        self._name.setMaxLength(60)
        self._own = QCheckBox(self.tr("Own threshold"))
        self._spin = ThresholdBox()
        self._spin.setFixedWidth(76)
        self._spin.setAccessibleName(self.tr("Own threshold of the subspace"))
        self._tolerated = QCheckBox(self.tr("Tolerated below"))
        self._limit = ThresholdBox()
        self._limit.setFixedWidth(76)
        self._limit.setAccessibleName(self.tr("Tolerance of the subspace"))
        self._colour = QPushButton(self.tr("Colour…"))
        limits = (self._own.toggled, self._spin.valueChanged, self._tolerated.toggled, self._limit.valueChanged)
        for signal, slot in (*((one, self._take_limits) for one in limits), (self._colour.clicked, self._take_colour)):
            signal.connect(slot)
        heading = muted(QLabel(self.tr("Name")))
        heading.setBuddy(self._name)
        note = muted(
            QLabel(
                self.tr(
                    "Where this subspace alone reaches its own threshold, there is a region, and the part is a defect, "
                    "whatever the score."
                )
            )
        )
        note.setWordWrap(True)
        forgives = muted(
            QLabel(self.tr("Patches whose anomaly comes from this subspace most don't count below its tolerance."))
        )
        forgives.setWordWrap(True)
        row = fill(QHBoxLayout(), (self._own, 1), self._spin)
        other = fill(QHBoxLayout(), (self._tolerated, 1), self._limit)
        rows = (heading, self._name, self._colour, 4, row, note, 4, other, forgives)
        fill(QVBoxLayout(self), *rows, margins=(12, 10, 12, 12), spacing=6)

    def open_for(
        self,
        index: int,
        original: str,
        name: str,
        limits: tuple[float | None, float | None],
        suggestion: float,
        place: QPoint,
    ) -> None:
        """Show a subspace's name, threshold and tolerance at a place of the screen.

        Args:
            index: of the subspace.
            original: its name in the model.
            name: what it is called.
            limits: its own threshold and its tolerance, each in [0, 1] or None.
            suggestion: where a new threshold starts.
            place: of the popup.
        """
        self._index = index
        self._name.setText("" if name == original else name)
        self._name.setPlaceholderText(original)
        self._shown = limits
        higher = min(1.0, round((suggestion + 1) / 2, 2))
        for box, spin, limit, first in (
            (self._own, self._spin, limits[0], suggestion),
            (self._tolerated, self._limit, limits[1], higher),
        ):
            with QSignalBlocker(box), QSignalBlocker(spin):
                box.setChecked(limit is not None)
                spin.setValue(first if limit is None else limit)
                spin.setEnabled(limit is not None)
        self.adjustSize()
        self.show_at(place)
        self._name.setFocus()
        self._name.selectAll()

    @override
    def take_entry(self) -> None:
        if self._index >= 0:
            index, self._index = self._index, -1
            self._rename(index, self._name.text())

    def _take_colour(self) -> None:
        index = self._index
        self.close()
        if index >= 0:
            self._paint(index)

    def _take_limits(self) -> None:
        self._spin.setEnabled(self._own.isChecked())
        self._limit.setEnabled(self._tolerated.isChecked())
        if self._index < 0:
            return
        own = self._spin.value() if self._own.isChecked() else None
        tolerated = self._limit.value() if self._tolerated.isChecked() else None
        before, self._shown = self._shown, (own, tolerated)
        if own != before[0]:
            self._judge(self._index, own)
        if tolerated != before[1]:
            self._tolerate(self._index, tolerated)
