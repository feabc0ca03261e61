"""Says for a while what a review did, with a button that takes it back."""

from __future__ import annotations

from PySide6.QtCore import QTimerEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget
from typing_extensions import override

from app.shell.actions import Actions
from app.widgets.action_button import ActionButton
from app.widgets.elided_label import ElidedLabel

SHOWN_MILLISECONDS = 8000


class ReviewNotice(QWidget):
    """In the status line: which part was accepted or rejected, and Undo; goes by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timer = 0
        self._words = ElidedLabel()
        self._words.setAccessibleName(self.tr("What was decided"))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addWidget(self._words)
        self.hide()

    @property
    def words(self) -> str:
        """What is said; "" while nothing is."""
        return "" if self.isHidden() else self._words.text()

    def lay_out(self, actions: Actions) -> None:
        """Take the button from the declared actions."""
        undo = ActionButton(actions["undo"], words=True)
        undo.setObjectName("status")
        self._row.addWidget(undo)

    def say(self, words: str) -> None:
        """Say something for a while."""
        self._words.setText(words)
        self.show()
        if self._timer:
            self.killTimer(self._timer)
        self._timer = self.startTimer(SHOWN_MILLISECONDS)

    def clear(self) -> None:
        """Say nothing any more."""
        if self._timer:
            self.killTimer(self._timer)
        self._timer = 0
        self.hide()

    @override
    def timerEvent(self, event: QTimerEvent) -> None:
        self.clear()
