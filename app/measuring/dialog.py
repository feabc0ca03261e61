"""What is measured from which parts, and what came out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFormLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.evidence.names import limit_words
from app.measuring.curves import Curves
from app.measuring.model import COST, F1, HAND, RATE, MeasureChoice, Measured
from app.parts.state import threshold_words
from app.widgets.action_button import ActionButton
from app.widgets.elided_label import ElidedLabel
from app.widgets.number_box import NumberBox
from app.widgets.said import Said, muted
from tokenclip_core.judgement.calibration import conformal_rank, parts_needed

_MARKED, _FOLDER, _NONE = "marked", "folder", "none"


class Orders(NamedTuple):
    """What the dialog's buttons do."""

    measure: Callable[[], object]
    use: Callable[[], object]
    save: Callable[[], object]
    choose_good: Callable[[], Path | None]
    choose_defective: Callable[[], Path | None]


class MeasureDialog(QDialog):
    """Asks for parts and a rate, shows the threshold with its guarantee, and puts it in force.

    Attributes:
        good_box, defective_box, by_box: what is chosen.
        rate_box: per cent of good parts that may be rejected.
        cost_box: what a missed defect costs, in rejected good parts.
        limits_box: whether each channel of evidence gets a limit, at that rate.
        smallest_box: whether the smallest region is measured, too, at that rate.
        curves: what every threshold does, where defective parts were measured.
    """

    words = Said("_words")
    """What is said of the threshold."""

    progress = Said("_progress")
    """What is being done."""

    def __init__(self, good: int, defective: int, orders: Orders, parent: QWidget | None = None) -> None:
        """Make the dialog.

        Args:
            good: inspected parts of the open folder that are known to be good.
            defective: the same of defective ones.
            orders: what its buttons do.
            parent: the window.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Measure a threshold"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._orders = orders
        self._folders: dict[QComboBox, Path] = {}
        self.good_box = _box(self.tr("Good parts"))
        self.good_box.addItem(self.tr("Known as good in this folder ({count})").format(count=f"{good:,}"), _MARKED)
        self.defective_box = _box(self.tr("Defective parts"))
        self.defective_box.addItem(self.tr("None"), _NONE)
        marked = self.tr("Known as defective in this folder ({count})").format(count=f"{defective:,}")
        self.defective_box.addItem(marked, _MARKED)
        if defective:
            self.defective_box.setCurrentIndex(1)
        self.by_box = _box(self.tr("Chosen by"))
        for words, how in (
            (self.tr("False-reject rate"), RATE),
            (self.tr("Best F1"), F1),
            (self.tr("Least cost"), COST),
            (self.tr("The threshold in force"), HAND),
        ):
            self.by_box.addItem(words, how)
        self.rate_box = _number(self.tr("Good parts that may be rejected"), 0.0, 50.0, 1.0, " %")
        self.cost_box = _number(self.tr("A missed defect costs"), 0.01, 100_000.0, 10.0, "")
        self.limits_box = QCheckBox(self.tr("Limits for each channel of evidence, at that rate"))
        self.smallest_box = QCheckBox(self.tr("Smallest region, at that rate"))
        self._words = QLabel(self.tr("Decisions and folders named good or defect say what is known of a part."))
        self._words.setWordWrap(True)
        self._words.setMinimumWidth(420)
        self._progress = muted(ElidedLabel())
        self.curves = Curves()
        self.measure_action = self.addAction(self.tr("Measure"), orders.measure)
        self.use_action = self.addAction(self.tr("Use this threshold"), orders.use)
        self.save_action = self.addAction(self.tr("Save the calibration…"), orders.save)
        self._lay_out()
        self.show_measured(None)

    @property
    def choice(self) -> MeasureChoice:
        """What is asked for."""
        return MeasureChoice(
            good=self._folders[self.good_box] if self.good_box.currentData() == _FOLDER else None,
            defective=self._folders[self.defective_box] if self.defective_box.currentData() == _FOLDER else None,
            with_defective=self.defective_box.currentData() != _NONE,
            chosen_by=str(self.by_box.currentData()),
            rate=self.rate_box.value() / 100,
            miss_cost=self.cost_box.value(),
            channel_limits=self.limits_box.isChecked(),
            smallest_region=self.smallest_box.isChecked(),
        )

    def take_folder(self, box: QComboBox, folder: Path) -> None:
        """Offer a folder in one of the boxes, and choose it."""
        self._folders[box] = folder
        place = box.findData(_FOLDER)
        if place < 0:
            box.addItem(folder.name, _FOLDER)
            place = box.count() - 1
        box.setItemText(place, folder.name)
        box.setItemData(place, str(folder), Qt.ItemDataRole.ToolTipRole)
        box.setCurrentIndex(place)

    def show_progress(self, words: str) -> None:
        """Say what is being done; "" when nothing is."""
        self._progress.setText(words)
        self.measure_action.setEnabled(not words)

    def show_problem(self, words: str) -> None:
        """Say why there is no threshold."""
        self.show_measured(None)
        self._words.setText(words)

    def show_measured(self, measured: Measured | None) -> None:
        """Show the result of a measurement."""
        for action in (self.use_action, self.save_action):
            action.setEnabled(measured is not None)
        threshold = 0.0 if measured is None else measured.calibration.threshold
        self.curves.show_curves(None if measured is None else measured.curves, threshold)
        if measured is not None:
            self._words.setText("\n".join(self._lines(measured)))

    def _lines(self, measured: Measured) -> list[str]:
        found = measured.calibration
        low, high = (f"{100 * share:.2f}" for share in measured.interval)
        few, many = (f"{100 * share:.0f}" for share in measured.among)
        lines = [
            self.tr("Threshold {threshold}").format(threshold=f"{found.threshold:.6f}"),
            self.tr("{rejected} of {total} good parts would be rejected").format(
                rejected=f"{found.good_rejected:,}", total=f"{found.good_parts:,}"
            ),
        ]
        if found.defective_parts:
            lines.append(
                self.tr("{found} of {total} defective parts are found").format(
                    found=f"{found.defective_found:,}", total=f"{found.defective_parts:,}"
                )
            )
        lines.append(
            self.tr(
                "Of good parts to come, {low} to {high} % are rejected: {few} to {many} of the next 100 (95 %)"
            ).format(low=low, high=high, few=few, many=many)
        )
        if found.chosen_by == RATE:
            rate, needed = threshold_words(100 * found.false_reject_rate), parts_needed(found.false_reject_rate)
            if not needed:
                lines.append(self.tr("No number of good parts can promise that none is rejected"))
            elif found.good_parts < needed:
                words = self.tr("A rate of {rate} % needs {needed} good parts to be promised; add some")
                lines.append(words.format(rate=rate, needed=f"{needed:,}"))
            else:
                words = self.tr("A good part to come is rejected with a probability of at most {rate} %")
                lines.append(words.format(rate=rate))
        return [*lines, *self._limit_lines(measured), *self._smallest_lines(measured)]

    def _smallest_lines(self, measured: Measured) -> list[str]:
        if measured.smallest_rate is None:
            return []
        pixels, rate = measured.calibration.smallest_region, threshold_words(100 * measured.smallest_rate)
        if not pixels:
            words = self.tr(
                "Smallest region: none, since more than {rate} % of the good parts are defective as a whole"
            )
            return [words.format(rate=rate)]
        parts = measured.calibration.good_parts
        if conformal_rank(parts, measured.smallest_rate) <= parts:
            words = self.tr("Smallest region: {pixels} px; at most {rate} % of good parts to come have one as large")
        elif needed := parts_needed(measured.smallest_rate):
            words = self.tr(
                "Smallest region: {pixels} px, larger than any of these good parts has; "
                "a rate of {rate} % needs {needed} good parts to be promised"
            ).replace("{needed}", f"{needed:,}")
        else:
            words = self.tr(
                "Smallest region: {pixels} px, larger than any of these good parts has; "
                "no number of good parts can promise that none to come has one as large"
            )
        return [words.format(pixels=f"{pixels:,}", rate=rate)]

    def _limit_lines(self, measured: Measured) -> list[str]:
        found = measured.calibration
        if not found.channel_limits:
            return []
        limits = self.tr("Limits of the evidence, each at that rate by itself: {limits}")
        rejected = self.tr("With the limits, {rejected} of {total} good parts would be rejected")
        return [
            limits.format(limits=limit_words(found.channel_limits)),
            rejected.format(rejected=f"{len(measured.rejected):,}", total=f"{found.good_parts:,}"),
        ]

    def _choose_folder(self, box: QComboBox, choose: Callable[[], Path | None]) -> None:
        folder = choose()
        if folder is not None:
            self.take_folder(box, folder)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        for box, choose in (
            (self.good_box, self._orders.choose_good),
            (self.defective_box, self._orders.choose_defective),
        ):
            row = QHBoxLayout()
            row.addWidget(box, 1)
            action = self.addAction(self.tr("Folder…"), partial(self._choose_folder, box, choose))
            button = ActionButton(action, words=True)
            button.setObjectName("review")
            row.addWidget(button)
            form.addRow(box.accessibleName(), row)
        form.addRow(self.by_box.accessibleName(), self.by_box)
        form.addRow(self.rate_box.accessibleName(), self.rate_box)
        form.addRow(self.cost_box.accessibleName(), self.cost_box)
        form.addRow("", self.limits_box)
        form.addRow("", self.smallest_box)
        buttons = QHBoxLayout()
        buttons.addWidget(self._progress, 1)
        for action in (self.measure_action, self.save_action, self.use_action):
            button = ActionButton(action, words=True)
            button.setObjectName("review")
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addLayout(form)
        layout.addWidget(self._words)
        layout.addWidget(self.curves)
        layout.addLayout(buttons)


def _box(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    return box


def _number(name: str, low: float, high: float, value: float, unit: str) -> NumberBox:
    box = NumberBox()
    box.setDecimals(3)
    box.setRange(low, high)
    box.setSuffix(unit)
    box.setValue(value)
    box.setAccessibleName(name)
    return box
