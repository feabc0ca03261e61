"""What a report should hold, before its place is chosen."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.report.model import MOST_PICTURED, ReportChoice
from app.widgets.layouts import fill
from app.widgets.number_box import WholeNumberBox

_MOST = 10_000


class ReportDialog(QDialog):
    """Asks how many parts with pictures, and whether a table goes beside it."""

    def __init__(self, inspected: int, total: int, parent: QWidget | None = None) -> None:
        """Make the dialog.

        Args:
            inspected: how many parts have a score.
            total: parts of the list.
            parent: the window.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Report"))
        counted = self.tr("Inspected parts: {count} of {total}").format(count=f"{inspected:,}", total=f"{total:,}")
        if inspected < total:
            counted += "\n" + self.tr("Inspect all (Shift+F5) inspects the others.")
        about = QLabel(
            self.tr("One HTML file in English with pictures, scores, regions and notes; the worst parts come first.")
        )
        about.setWordWrap(True)
        about.setMinimumWidth(400)
        self.pictured = WholeNumberBox()
        self.pictured.setRange(1, _MOST)
        self.pictured.setValue(MOST_PICTURED)
        self.pictured.setGroupSeparatorShown(True)
        self.pictured.setAccessibleName(self.tr("Most parts with pictures"))
        self.table = QCheckBox(self.tr("Also save results.csv, with all inspected parts"))
        self.table.setChecked(True)
        count = QLabel(counted)
        count.setObjectName("muted")
        most = QLabel(self.tr("Most parts with pictures"))
        most.setBuddy(self.pictured)
        form = fill(QHBoxLayout(), most, (self.pictured, 1), spacing=12)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        save = buttons.button(QDialogButtonBox.StandardButton.Save)
        save.setText(self.tr("Save as…"))
        save.setDefault(True)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(self.tr("Cancel"))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        fill(QVBoxLayout(self), about, count, form, self.table, 4, buttons, margins=(24, 16, 24, 16), spacing=12)

    @property
    def choice(self) -> ReportChoice:
        """What is asked for now."""
        return ReportChoice(self.pictured.value(), self.table.isChecked())
