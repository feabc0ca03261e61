"""What the middle of the window says when there is nothing to show: what to do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.shell.actions import Actions
from app.shell.theme import current_colours, icon
from app.widgets.said import muted
from app.widgets.themed import Themed

_TEXT_WIDTH = 460
MOST_RECENT = 5
"""Places that are offered."""


class EmptyState(Themed):
    """A picture, a sentence, and the ways to begin."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = QLabel()
        self._heading = QLabel()
        self._heading.setObjectName("heading")
        self._text = muted(QLabel())
        self._text.setWordWrap(True)
        self._text.setFixedWidth(_TEXT_WIDTH)
        for label in (self._icon, self._heading, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        folder = QPushButton(self.tr("Open folder…"))
        folder.setDefault(True)
        image = QPushButton(self.tr("Open image…"))
        camera = QPushButton(self.tr("Camera"))
        samples = QPushButton(self.tr("Show the samples"))
        self._ways = {"open-folder": folder, "open-image": image, "camera": camera, "samples": samples}
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addStretch(1)
        for button in self._ways.values():
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addStretch(2)
        layout.addWidget(self._icon)
        layout.addSpacing(8)
        layout.addWidget(self._heading)
        layout.addWidget(self._text, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(16)
        layout.addWidget(self._buttons)
        layout.addSpacing(16)
        self._recent_heading = muted(QLabel(self.tr("Opened last")))
        self._recent_heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self._recent_heading)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        layout.addLayout(self._recent)
        self._places: list[QToolButton] = []
        layout.addStretch(3)
        self.show_welcome()
        self.apply_theme()

    def lay_out(self, actions: Actions) -> None:
        """Let the buttons do what they say."""
        for name, button in self._ways.items():
            button.clicked.connect(actions[name].trigger)

    def show_recent(self, actions: Sequence[QAction]) -> None:
        """Offer places that were opened before; each action opens the one that it is called by."""
        for button in self._places:
            self._recent.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._places = []
        for action in actions[:MOST_RECENT]:
            button = QToolButton()
            button.setDefaultAction(action)
            shown = self.fontMetrics().elidedText(action.text(), Qt.TextElideMode.ElideMiddle, _TEXT_WIDTH)
            button.setText(shown.replace("&", "&&"))
            button.setToolTip(action.text())
            button.setAccessibleName(action.text())
            button.setAutoRaise(True)
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
            self._places.append(button)
        self._show_places(self._buttons.isVisibleTo(self))

    def _show_places(self, shown: bool) -> None:
        for widget in (self._recent_heading, *self._places):
            widget.setVisible(shown and bool(self._places))

    def show_welcome(self) -> None:
        """Invite to open something, because nothing was opened yet."""
        self._say(
            self.tr("Drop parts here"),
            self.tr("Open a folder or a picture of a part, or drop it on this window. Nothing leaves this computer."),
            buttons=True,
        )

    def show_nothing_found(self, place: str) -> None:
        """Say that the opened folder has no images."""
        self._say(
            self.tr("No images here"),
            self.tr("{place} has no pictures of parts in a format that is read. Choose another folder.").format(
                place=place
            ),
            buttons=True,
        )

    def show_searching(self, place: str) -> None:
        """Say that a folder is being read."""
        self._say(self.tr("Looking for images…"), place, buttons=False)

    def _say(self, heading: str, text: str, *, buttons: bool) -> None:
        self._heading.setText(heading)
        self._text.setText(text)
        # A layout gives a wrapped and centred label only one line otherwise.
        self._text.setFixedHeight(self._text.heightForWidth(self._text.width()))
        self._buttons.setVisible(buttons)
        self._show_places(buttons)

    @override
    def apply_theme(self) -> None:
        self._icon.setPixmap(icon("samples", current_colours().muted).pixmap(48, 48))
