"""The menus of a right click: what can be copied of a place, and where its file is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QWidget


@dataclass(frozen=True)
class MenuEntry:
    """One line of a menu; without words, a separator."""

    text: str = ""
    run: Callable[[], object] | None = None


def attach_menu(widget: QWidget, entries: Callable[[QPoint], Sequence[MenuEntry]]) -> None:
    """Give a widget a menu for the right mouse button and the menu key (or Shift+F10).

    Args:
        widget: for a scroll area, the area itself; places are then of its viewport.
        entries: what to offer at a place; nothing for no menu.
    """

    def show(place: QPoint) -> None:
        offered = entries(place)
        if not offered:
            return
        menu = QMenu(widget)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for entry in offered:
            if not entry.text:
                menu.addSeparator()
                continue
            action = QAction(entry.text, menu)
            action.setEnabled(entry.run is not None)
            if entry.run is not None:
                action.triggered.connect(lambda _checked, run=entry.run: run())
            menu.addAction(action)
        base = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
        menu.popup(base.mapToGlobal(place))

    widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    widget.customContextMenuRequested.connect(show)
