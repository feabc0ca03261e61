"""Panels at the window's edges, found from what they hold."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QWidget


def panel_of(content: QWidget) -> QDockWidget | None:
    """The panel that something lies in; None where it lies in none."""
    owner: QWidget | None = content
    while owner is not None and not isinstance(owner, QDockWidget):
        owner = owner.parentWidget()
    return owner


def show_panel(content: QWidget, *, shown: bool = True) -> None:
    """Open a panel and bring it to the front of its tabs, or close it."""
    panel = panel_of(content)
    if panel is not None:
        panel.setVisible(shown)
        if shown:
            panel.raise_()


def raise_panel(content: QWidget) -> None:
    """Bring a panel to the front of its tabs, if it is open."""
    panel = panel_of(content)
    if panel is not None:
        panel.raise_()


def toggle_panel(content: QWidget, focus: QWidget) -> None:
    """Open a panel and go there with the keyboard, or close it."""
    panel = panel_of(content)
    if panel is not None:
        show_panel(content, shown=not panel.isVisible())
        if panel.isVisible():
            focus.setFocus(Qt.FocusReason.ShortcutFocusReason)
