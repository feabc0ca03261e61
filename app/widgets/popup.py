"""A small popup: it stays open until something else is clicked, or Escape or Enter is pressed."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override


class Popup(QFrame):
    """What the popups of several features have in common; what was entered counts when it closes: see `take_entry`."""

    def __init__(self, parent: QWidget, closed_with: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Make it, hidden.

        Args:
            parent: the widget that it belongs to.
            closed_with: what must be held with Enter to close it, where Enter alone begins a new line.
        """
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popup")
        self._closed_with = closed_with

    def show_at(self, place: QPoint) -> None:
        """Show it at a place of the screen, or as near to it as there is room."""
        available = self.screen().availableGeometry()
        x = min(place.x(), available.right() - self.width())
        y = min(place.y(), available.bottom() - self.height())
        self.move(max(available.left(), x), max(available.top(), y))
        self.show()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & self._closed_with == self._closed_with:
            self.hide()
        else:
            super().keyPressEvent(event)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.take_entry()

    @abstractmethod
    def take_entry(self) -> None:
        """Say what was entered; called whenever it closes."""
