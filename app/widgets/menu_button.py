"""A button of the tool bar that opens a list of names."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

_WIDEST_ENTRY = 420
"""Pixels of a name in the list."""


class MenuButton(QToolButton):
    """What the choices of models and recipes have in common."""

    def __init__(self, kind: str, parent: QWidget | None = None) -> None:
        """Make it with an empty list; `kind` is its name in the style sheet."""
        super().__init__(parent)
        self.setObjectName(kind)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self.setMenu(self._menu)

    def elided(self, words: str, width: int) -> str:
        """Words for a button or a menu, cut in their middle to so many pixels; an ampersand stays one."""
        return self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, width).replace("&", "&&")

    def add_entry(self, name: str, parent: QObject, *, behind: str = "", tip: str = "") -> QAction:
        """Append a name to the list, with words behind it that are never cut; without a tip, the name is it."""
        action = QAction(self.elided(name, _WIDEST_ENTRY) + behind, parent)
        action.setToolTip(tip or name)
        self._menu.addAction(action)
        return action
