"""In the status line: how far a report is, and where it went."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from app.views.icon_strip import IconStrip

_BAR_WIDTH, _BAR_HEIGHT = 60, 4
_ICON = 14


class ReportBar(IconStrip):
    """Words, a thin bar and a way to stop; afterwards a way to open the report. Hidden while there is none.

    Signals:
        open_requested, cancel_requested: no arguments.
    """

    open_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("batch")
        self._words = QLabel()
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedSize(_BAR_WIDTH, _BAR_HEIGHT)
        self._progress.setAccessibleName(self.tr("Progress of the report"))
        self.open = QToolButton()
        self.open.setObjectName("status")
        self.open.setText(self.tr("Open"))
        self.open.setToolTip(self.tr("Open the report in the browser"))
        self.open.setAccessibleName(self.tr("Open the report in the browser"))
        self.open.clicked.connect(self.open_requested)
        self.cancel = QToolButton()
        self.cancel.setObjectName("status")
        self.cancel.setIconSize(QSize(_ICON, _ICON))
        self.set_icon(self.cancel, "close")
        self.cancel.setAccessibleName(self.tr("Dismiss"))
        self.cancel.clicked.connect(self.cancel_requested)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 2, 0)
        layout.setSpacing(6)
        layout.addWidget(self._words)
        layout.addWidget(self._progress, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.open)
        layout.addWidget(self.cancel)
        self.hide()

    @property
    def words(self) -> str:
        """What is said."""
        return self._words.text()

    def show_progress(self, done: int, total: int) -> None:
        """It is on its way."""
        self._words.setText(self.tr("report {count} of {total}").format(count=f"{done:,}", total=f"{total:,}"))
        self._progress.setRange(0, max(1, total))
        self._progress.setValue(done)
        self._show(finished=False)

    def show_saved(self, name: str, table: str) -> None:
        """It is there, and perhaps a table beside it."""
        text = self.tr("saved: {name}").format(name=name)
        self._words.setText(f"{text}, {table}" if table else text)
        self._show(finished=True)

    def _show(self, *, finished: bool) -> None:
        self._progress.setVisible(not finished)
        self.open.setVisible(finished)
        text = self.tr("Dismiss") if finished else self.tr("Stop writing the report")
        self.cancel.setToolTip(text)
        self.cancel.setAccessibleName(text)
        self.show()
