"""What a report should hold, before its place is chosen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.report.model import MOST_PICTURED, ReportChoice
from app.widgets.layouts import fill
from app.widgets.number_box import WholeNumberBox
from app.widgets.said import muted

_MOST = 10_000


class _Kind(QCheckBox):
    """Says when it is checked or not any more."""

    def __init__(self, words: str, changed: Callable[[], object]) -> None:
        super().__init__(words)
        self._changed = changed

    @override
    def checkStateSet(self) -> None:
        super().checkStateSet()
        self._changed()

    @override
    def nextCheckState(self) -> None:
        super().nextCheckState()
        self._changed()


class ReportDialog(QDialog):
    """Asks what is to be written, and how many parts have pictures."""

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
            self.tr(
                "The report has pictures, scores, regions and who decided what; the worst parts come first. The other "
                "files hold all inspected parts."
            )
        )
        about.setWordWrap(True)
        about.setMinimumWidth(400)
        self.pictured = WholeNumberBox()
        self.pictured.setRange(1, _MOST)
        self.pictured.setValue(MOST_PICTURED)
        self.pictured.setGroupSeparatorShown(True)
        self.pictured.setAccessibleName(self.tr("Most parts with pictures"))
        self.page = _Kind(self.tr("Web page (HTML)"), self._take_kinds)
        self.paper = _Kind(self.tr("Pages of paper (PDF)"), self._take_kinds)
        self.table = _Kind(self.tr("Table (CSV)"), self._take_kinds)
        self.lines = _Kind(self.tr("JSON lines"), self._take_kinds)
        self.coco = _Kind(self.tr("Regions as COCO"), self._take_kinds)
        self.labelme = _Kind(self.tr("Regions as LabelMe"), self._take_kinds)
        self._save: QAbstractButton | None = None
        self._kinds = (self.page, self.paper, self.table, self.lines, self.coco, self.labelme)
        count = muted(QLabel(counted))
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
        kinds = QGridLayout()
        for place, kind in enumerate(self._kinds):
            kinds.addWidget(kind, place // 2, place % 2)
        self._save = save
        for kind in (self.page, self.table):
            kind.setChecked(True)
        fill(QVBoxLayout(self), about, count, kinds, form, 4, buttons, margins=(24, 16, 24, 16), spacing=12)

    @property
    def choice(self) -> ReportChoice:
        """What is asked for now."""
        return ReportChoice(
            self.pictured.value(),
            self.table.isChecked(),
            self.page.isChecked(),
            self.paper.isChecked(),
            self.lines.isChecked(),
            self.coco.isChecked(),
            self.labelme.isChecked(),
        )

    def _take_kinds(self) -> None:
        if self._save is None:
            return
        self.pictured.setEnabled(self.choice.reports)
        self._save.setEnabled(any(kind.isChecked() for kind in self._kinds))
