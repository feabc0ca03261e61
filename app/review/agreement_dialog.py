"""How the program and the people agree about the parts of the open folder."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.widgets.said import muted
from tokenclip_core.judgement.agreement import Agreement, Rate


class AgreementDialog(QDialog):
    """Four counts, and three rates with the range in which they truly lie."""

    def __init__(self, agreement: Agreement, undecided: int, parent: QWidget | None = None) -> None:
        """Make the dialog.

        Args:
            agreement: counts of parts with a verdict and a decision.
            undecided: inspected parts that no one decided about.
            parent: the window.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Agreement with the reviewers"))
        table = QGridLayout()
        table.setHorizontalSpacing(24)
        table.setVerticalSpacing(6)
        rows = (
            ("", self.tr("Accepted"), self.tr("Rejected")),
            (self.tr("Program: good"), f"{agreement.good_accepted:,}", f"{agreement.good_rejected:,}"),
            (self.tr("Program: defect"), f"{agreement.defect_accepted:,}", f"{agreement.defect_rejected:,}"),
        )
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                label = QLabel(text)
                if row == 0 or column == 0:
                    label.setObjectName("muted")
                right = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                table.addWidget(label, row, column, right)
        self.words = [
            self.tr("Both say the same of {rate}").format(rate=self._rate(agreement.agreeing)),
            self.tr("Accepted parts that the program rejects: {rate}").format(rate=self._rate(agreement.false_rejects)),
            self.tr("Rejected parts that the program misses: {rate}").format(rate=self._rate(agreement.misses)),
            self.tr("Inspected, and not decided about: {count}").format(count=f"{undecided:,}"),
        ]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addLayout(table)
        for words in self.words:
            layout.addWidget(QLabel(words))
        hint = muted(QLabel(self.tr("Ranges hold with 95 % confidence (Wilson).")))
        layout.addWidget(hint)

    def _rate(self, rate: Rate) -> str:
        if not rate.total:
            return self.tr("no parts yet")
        return self.tr("{count} of {total}, {share} % (truly {low} to {high} %)").format(
            count=f"{rate.count:,}",
            total=f"{rate.total:,}",
            share=f"{100 * rate.share:.1f}",
            low=f"{100 * rate.low:.1f}",
            high=f"{100 * rate.high:.1f}",
        )
