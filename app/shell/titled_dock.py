"""A dock with a quiet title, which its tab replaces where it shares its place with another dock."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QTabBar, QWidget


class TitledDock(QDockWidget):
    """One panel of the window."""

    def __init__(self, name: str, title: str, content: QWidget, window: QMainWindow) -> None:
        """Make a dock around `content`; `name` is what the window's layout is saved by."""
        super().__init__(title, window)
        self._window = window
        self.setObjectName(name)
        self._heading = QLabel(title)
        self._heading.setObjectName("panelTitle")
        self._nothing = QWidget(self)
        self._nothing.hide()
        self.setTitleBarWidget(self._heading)
        self.setWidget(content)
        content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._hides_title = False
        self.visibilityChanged.connect(self._follow)

    def hide_title(self) -> None:
        """Show no title until `show_title`: one that is seen for a moment, while docks come back, grows the window."""
        self._hides_title = True
        self._show_bar(self._nothing)

    def show_title(self) -> None:
        """Show the title, or none where a tab has it."""
        self._hides_title = False
        self._follow()

    def _follow(self) -> None:
        # The first of several docks that share a place is seen before the others are, when it still stands alone.
        for dock in self._window.findChildren(TitledDock):
            dock._show_title_or_none()
        # Qt makes the tabs whenever it needs them.
        for bar in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setAccessibleName(self.tr("Panels"))

    def _show_title_or_none(self) -> None:
        if not self._hides_title:
            self._show_bar(self._nothing if self._window.tabifiedDockWidgets(self) else self._heading)

    def _show_bar(self, wanted: QWidget) -> None:
        if self.titleBarWidget() in (self._heading, self._nothing) and self.titleBarWidget() is not wanted:
            self.setTitleBarWidget(wanted)
            wanted.setVisible(wanted is self._heading)
