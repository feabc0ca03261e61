"""Menus whose letters choose their entries, whatever else a letter does in the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QMenu
from typing_extensions import override


class Menu(QMenu):
    """A menu that keeps the keys to itself while it is open.

    The focus stays behind an open menu. Without this, Qt gives a letter that is meant for the menu to an action whose
    keys count where the focus is: R for "Open recent" rejected the shown part.
    """

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)
