"""Says which workspace is seen, and shows another."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.shell.actions import Actions
from app.widgets.action_button import ActionButton
from app.widgets.layouts import fill

WORKSPACES = ("to-parts", "camera", "manage")


class WorkspaceSwitch(QWidget):
    """One control of as many places as there are workspaces."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("switch")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Workspaces"))
        buttons = [ActionButton(actions[name], words=True) for name in WORKSPACES]
        for button in buttons:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        fill(QHBoxLayout(self), *buttons, margins=(2, 2, 2, 2), spacing=2)
