"""In the status line: how far a report is, and where it went."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.widgets.progress_strip import ProgressStrip

_BAR_WIDTH = 60


class ReportBar(ProgressStrip):
    """Words, a thin bar and a way to stop; afterwards a way to open the report. Hidden while there is none.

    Attributes:
        open, cancel: the buttons.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_BAR_WIDTH, parent)
        self._progress.setAccessibleName(self.tr("Progress of the report"))
        self.open = self.add_button()
        self.open.setObjectName("link")
        self.open.setText(self.tr("Open"))
        self.name_button(self.open, self.tr("Open the report in the browser"))
        self.name_button(self.cancel, self.tr("Dismiss"))
        self.hide()

    def show_progress(self, done: int, total: int) -> None:
        """Show how much of the report is written."""
        self._words.setText(self.tr("Report: {count} of {total}").format(count=f"{done:,}", total=f"{total:,}"))
        self._progress.setRange(0, max(1, total))
        self._progress.setValue(done)
        self._show(finished=False)

    def show_saved(self, names: Sequence[str]) -> None:
        """Say that the report is written, and perhaps other files beside it."""
        self._words.setText(self.tr("Saved: {name}").format(name=", ".join(names)))
        self._show(finished=True)

    def _show(self, *, finished: bool) -> None:
        self._progress.setVisible(not finished)
        self.open.setVisible(finished)
        self.name_button(self.cancel, self.tr("Dismiss") if finished else self.tr("Stop writing the report"))
        self.show()
