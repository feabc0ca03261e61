"""A row of controls beside a picture: its icons follow the theme."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget
from typing_extensions import override

from app.shell.theme import icon
from app.widgets.themed import Themed


class IconStrip(Themed):
    """What the strips above and below pictures have in common."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icons: dict[QToolButton, str] = {}

    def set_icon(self, button: QToolButton, name: str) -> None:
        """Show an icon on a button, in the colours of the theme in force from now on."""
        self._icons[button] = name
        button.setIcon(icon(name))

    @override
    def apply_theme(self) -> None:
        for button, name in self._icons.items():
            button.setIcon(icon(name))
