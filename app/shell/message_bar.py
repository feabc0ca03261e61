"""A message in place: what is wrong, what to do, and the details to copy."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget
from typing_extensions import override

from app.shell.theme import current_colours, icon
from app.widgets.layouts import fill


class MessageBar(QFrame):
    """One message with up to three buttons; hidden until something is said.

    Attributes:
        retry: the button that tries again.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message")
        self._details = ""
        self._icon = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._copy = QPushButton(self.tr("Copy details"))
        self._copy.clicked.connect(self._copy_details)
        self.retry = QPushButton(self.tr("Try again"))
        self._close = QToolButton()
        self._close.setAccessibleName(self.tr("Dismiss the message"))
        self._close.setToolTip(self.tr("Dismiss"))
        self._close.clicked.connect(self.hide)
        fill(
            QHBoxLayout(self),
            (self._icon, 0, Qt.AlignmentFlag.AlignTop),
            (self._text, 1),
            self.retry,
            self._copy,
            self._close,
            margins=(12, 8, 8, 8),
            spacing=8,
        )
        self._draw_icons()
        self.hide()

    @property
    def text(self) -> str:
        """What is said now; empty while hidden."""
        return "" if self.isHidden() else self._text.text()

    def say(self, text: str, *, details: str = "", retry: bool = False) -> None:
        """Show a message, with details to copy and a way to try again where they make sense."""
        self._details = details
        self._text.setText(text)
        self._copy.setVisible(bool(details))
        self.retry.setVisible(retry)
        self.show()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icons()

    def _draw_icons(self) -> None:
        self._icon.setPixmap(icon("warning", current_colours().warning).pixmap(20, 20))
        self._close.setIcon(icon("close"))

    def _copy_details(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._text.text()}\n\n{self._details}")
