"""Makes room for the live view: panels about parts go while it is seen, and keys that mean parts do nothing."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QStackedWidget

from app.live.page import LivePage


class LiveStage(QObject):
    """Changes the window between stills and live, and back.

    Signals:
        shown: (bool) whether the live view is seen now.
    """

    shown = Signal(bool)

    def __init__(self, window: QMainWindow, middle: QStackedWidget, page: LivePage, kept: Collection[str]) -> None:
        """Put the page into the middle.

        Args:
            window: whose panels come and go.
            middle: where pages are.
            page: the live view.
            kept: object names of the panels that stay.
        """
        super().__init__(window)
        self._window, self._middle, self._page, self._kept = window, middle, page, frozenset(kept)
        self._hidden: list[QDockWidget] = []
        self._disabled: list[QAction] = []
        self._of_parts: list[QMenu] = []
        self._of_live: list[QMenu] = []
        self._also_of_parts: list[QAction] = []
        self._is_shown = False
        middle.addWidget(page)
        middle.currentChanged.connect(self._on_page)

    @property
    def is_shown(self) -> bool:
        """Whether the live view is seen."""
        return self._is_shown

    def take_menus(
        self, *, of_parts: Collection[QMenu], of_live: Collection[QMenu], also_of_parts: Collection[QAction] = ()
    ) -> None:
        """Menus that mean parts, and that mean cameras; and actions of other menus that mean parts."""
        self._of_parts, self._of_live = list(of_parts), list(of_live)
        self._also_of_parts = list(also_of_parts)
        self._enable_menus()

    def enter(self) -> None:
        """Show the live view."""
        self._middle.setCurrentWidget(self._page)

    def restore_panels(self) -> None:
        """Show the panels that were hidden for the live view, such as before the layout is saved."""
        hidden, self._hidden = self._hidden, []
        for dock in hidden:
            dock.show()

    def _on_page(self, _index: int) -> None:
        shown = self._middle.currentWidget() is self._page
        if shown == self._is_shown:
            return
        self._is_shown = shown
        if shown:
            docks = self._window.findChildren(QDockWidget)
            self._hidden = [dock for dock in docks if dock.objectName() not in self._kept and not dock.isHidden()]
            for dock in self._hidden:
                dock.hide()
        else:
            self.restore_panels()
        self._enable_menus()
        self.shown.emit(shown)

    def _enable_menus(self) -> None:
        for action in self._disabled:
            action.setEnabled(True)
        menus = self._of_parts if self._is_shown else self._of_live
        actions = [action for menu in menus for action in menu.actions()]
        actions += self._also_of_parts if self._is_shown else []
        self._disabled = [action for action in actions if action.isEnabled()]
        for action in self._disabled:
            action.setEnabled(False)
