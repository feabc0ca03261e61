"""The menus of a right click: what can be copied of a place, and where its file is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget
from typing_extensions import override

from app.widgets.menu import Menu


@dataclass(frozen=True)
class MenuEntry:
    """One line of a menu; without words, a separator."""

    text: str = ""
    run: Callable[[], object] | None = None


class _PressEater(QObject):
    """Keeps presses of the right button from a view, which would choose the row below."""

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.RightButton


def attach_menu(
    widget: QWidget, entries: Callable[[QPoint], Sequence[MenuEntry]], *, keep_choice: bool = False
) -> None:
    """Give a widget a menu for the right mouse button and the menu key (or Shift+F10).

    Args:
        widget: for a scroll area, the area itself; places are then of its viewport.
        entries: what to offer at a place; nothing for no menu.
        keep_choice: a right click does not choose the row of a list.
    """
    if keep_choice and isinstance(widget, QAbstractScrollArea):
        widget.viewport().installEventFilter(_PressEater(widget))

    def show(place: QPoint) -> None:
        offered = entries(place)
        if not offered:
            return
        menu = Menu(widget)
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
