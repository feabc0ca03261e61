"""A button that says what is chosen and opens the list of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QToolButton, QWidget

from app.widgets.menu import Menu

_WIDEST_ENTRY = 420
"""Pixels of a name in the list."""


@dataclass(frozen=True)
class Entry:
    """One thing in the list.

    Attributes:
        name: of it, for people; what is too wide of it is left out in its middle.
        value: what is chosen with it, any object but None.
        behind: more words behind the name.
        tip: what a pointer that rests on it says; "" for the whole name.
        checked: whether it is the one in use; None where entries are not marked.
    """

    name: str
    value: object
    behind: str = ""
    tip: str = ""
    checked: bool | None = None


class ListButton(QToolButton):
    """Opens a list of entries, and of actions that other features declared.

    Attributes:
        entries: the list, without the actions.
        list: the opened list itself.

    Signals:
        chosen: (object) the value of an entry.
    """

    chosen = Signal(object)

    def __init__(self, *, actions_first: bool = False, parent: QWidget | None = None) -> None:
        """Make it with an empty list, whose actions are above the entries or below."""
        super().__init__(parent)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.list = Menu(self)
        self.list.setToolTipsVisible(True)
        self.setMenu(self.list)
        self._group = QActionGroup(self)
        self._actions_first = actions_first
        self._others: list[QAction] = []
        self.list.triggered.connect(self._choose)

    @property
    def entries(self) -> list[QAction]:
        """The list's entries, as Qt knows them; their data is what they choose."""
        return self._group.actions()

    def offer(self, *actions: QAction) -> None:
        """Have actions in the list that do something themselves."""
        self._others = list(actions)
        self._arrange()

    def fill(self, entries: Sequence[Entry]) -> None:
        """List other things."""
        for action in self._group.actions():
            self._group.removeAction(action)
            action.deleteLater()
        for entry in entries:
            shown = self.fontMetrics().elidedText(entry.name, Qt.TextElideMode.ElideMiddle, _WIDEST_ENTRY)
            action = QAction(shown.replace("&", "&&") + entry.behind, self._group)
            action.setToolTip(entry.tip or entry.name)
            action.setCheckable(entry.checked is not None)
            action.setChecked(bool(entry.checked))
            action.setData(entry.value)
        self._arrange()

    def _arrange(self) -> None:
        self.list.clear()
        blocks = [self._group.actions(), self._others]
        for block in reversed(blocks) if self._actions_first else blocks:
            if block and not self.list.isEmpty():
                self.list.addSeparator()
            self.list.addActions(block)

    def _choose(self, action: QAction) -> None:
        if action.data() is not None:
            self.chosen.emit(action.data())
