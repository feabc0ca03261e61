"""What differs between two recipes, a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app.widgets.action_button import ActionButton


class DifferencesDialog(QDialog):
    """Lists sentences, which can be selected and copied."""

    def __init__(self, one: str, other: str, differences: Sequence[str], parent: QWidget | None = None) -> None:
        """Make the dialog.

        Args:
            one: how the first recipe is called; sentences say what it says before what the other says.
            other: how the other one is called.
            differences: the sentences; none where both judge alike.
            parent: the window.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Two recipes compared"))
        heading = QLabel(self.tr("{one}, and the other: {other}").format(one=one, other=other))
        heading.setTextFormat(Qt.TextFormat.PlainText)
        heading.setWordWrap(True)
        self._words = QPlainTextEdit("\n".join(differences) or self.tr("They judge alike."))
        self._words.setReadOnly(True)
        self._words.setTabChangesFocus(True)
        self._words.setAccessibleName(self.tr("What differs"))
        self._words.setMinimumSize(480, 160)
        button = ActionButton(self.addAction(self.tr("Close"), self.reject), words=True)
        button.setObjectName("review")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(heading)
        layout.addWidget(self._words, 1)
        layout.addWidget(button, 0, Qt.AlignmentFlag.AlignRight)

    @property
    def words(self) -> str:
        """The sentences, a line each."""
        return self._words.toPlainText()
