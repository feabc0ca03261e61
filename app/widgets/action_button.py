"""A button of an action: its words, icon, tip and state are the action's."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionEvent
from PySide6.QtWidgets import QToolButton, QWidget
from typing_extensions import override


class ActionButton(QToolButton):
    """Follows its action; an icon stands alone unless words are asked for, and where there is none, the words do."""

    def __init__(self, action: QAction, *, words: bool = False, parent: QWidget | None = None) -> None:
        """Make a button of an action; `words` beside its icon if it has one."""
        super().__init__(parent)
        self._brief = False
        style = Qt.ToolButtonStyle
        alone = style.ToolButtonTextOnly if action.icon().isNull() else style.ToolButtonIconOnly
        self.setToolButtonStyle(style.ToolButtonTextBesideIcon if words else alone)
        self.setDefaultAction(action)
        self._name_it()

    def be_brief(self, brief: bool) -> None:
        """Show the first word alone, such as the key of a layer, where there is no room for all of them."""
        if brief is not self._brief:
            self._brief = brief
            self._name_it()

    def words(self, *, brief: bool) -> str:
        """What is written on it, in full or brief."""
        words = self.defaultAction().iconText()
        return words.split()[0] if brief and words.split() else words

    @override
    def actionEvent(self, event: QActionEvent) -> None:
        super().actionEvent(event)
        self._name_it()

    def _name_it(self) -> None:
        action = self.defaultAction()
        if action is not None:
            self.setAccessibleName(action.iconText())
            self.setText(self.words(brief=self._brief))


def buttons_of(actions: Iterable[QAction]) -> dict[QAction, ActionButton]:
    """Framed buttons with words for a page's own actions, which take the keyboard by a click too."""
    buttons = {action: ActionButton(action, words=True) for action in actions}
    for button in buttons.values():
        button.setObjectName("review")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return buttons
