"""How a run of the history is judged again: at which threshold, and without which regions."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from app.widgets.layouts import fill
from app.widgets.number_box import NumberBox, ThresholdBox
from tokenclip_core.evidence.curve import SIZES


class JudgeAgain(QWidget):
    """Asks for it.

    Attributes:
        box: whether the run is judged again.
        threshold: at which threshold.
        smallest: without regions of fewer patches.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QCheckBox(self.tr("Judge again at"))
        self.threshold = ThresholdBox()
        self.threshold.setValue(0.5)
        self.threshold.setAccessibleName(self.tr("Other threshold"))
        self.smallest = NumberBox()
        self.smallest.setDecimals(0)
        self.smallest.setRange(1, SIZES[-1])
        self.smallest.setPrefix(self.tr("patches ≥ "))
        self.smallest.setAccessibleName(self.tr("Smallest region that counts"))
        what = self.tr(
            "Judged from what is kept of each part, without the model. Other muted subspaces, areas or settings of the "
            "scoring need the parts to be inspected again."
        )
        for widget in (self.box, self.threshold, self.smallest):
            widget.setToolTip(what)
        fill(QHBoxLayout(self), self.box, self.threshold, self.smallest, margins=(0, 0, 0, 0), spacing=8)

    @property
    def wanted(self) -> tuple[float | None, int]:
        """The threshold, None for the run's own verdicts, and the patches of the smallest region that counts."""
        return (self.threshold.value(), round(self.smallest.value())) if self.box.isChecked() else (None, 1)
