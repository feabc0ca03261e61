"""A window's layout comes back, also on a screen that is too small for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QTabBar, QWidget
from pytestqt.qtbot import QtBot
from typing_extensions import override

from app.settings.preferences import restore_layout, save_layout
from app.settings.store import SettingsStore

TOO_WIDE, NARROW = 400, 100
"""Pixels of each of three columns; the screen of the tests has 800."""

MANY = 100
"""Tab bars; Qt makes some ten for two docks that share a place, and made two thousand a second."""


class TabBars(QObject):
    """Counts the tab bars that are made."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.made += event.type() == QEvent.Type.Polish and isinstance(watched, QTabBar)
        return False


def window_of(width: int, qtbot: QtBot) -> tuple[QMainWindow, list[QDockWidget]]:
    """A window whose middle and docks are at least so wide each."""
    window = QMainWindow()
    qtbot.addWidget(window)
    middle = QWidget()
    middle.setMinimumWidth(width)
    window.setCentralWidget(middle)
    docks = []
    for name in ("left", "right", "first tab", "second tab"):
        content = QWidget()
        content.setMinimumSize(width, 60)
        dock = QDockWidget(name, window)
        dock.setObjectName(name)
        dock.setWidget(content)
        area = Qt.DockWidgetArea.LeftDockWidgetArea if name == "left" else Qt.DockWidgetArea.RightDockWidgetArea
        window.addDockWidget(area, dock)
        docks.append(dock)
    return window, docks


@pytest.mark.parametrize("width", [NARROW, TOO_WIDE])
def test_a_maximized_layout_comes_back_and_is_laid_out_a_few_times(
    width: int, qtbot: QtBot, qapp: QApplication, isolated_settings: Path
) -> None:
    store = SettingsStore()
    before, docks = window_of(width, qtbot)
    before.tabifyDockWidget(docks[2], docks[3])
    for dock in docks[2:]:
        dock.hide()
    before.setWindowState(Qt.WindowState.WindowMaximized)
    before.show()
    qapp.processEvents()
    save_layout(store, before)
    before.close()
    again, docks = window_of(width, qtbot)
    counter = TabBars()
    qapp.installEventFilter(counter)
    assert restore_layout(store, again)
    again.show()
    # What asks for itself again never ends by itself; so many turns of the event loop are more than a start needs.
    for _ in range(MANY):
        qapp.processEvents()
    qapp.removeEventFilter(counter)
    assert counter.made < MANY
    assert again.isMaximized()
    assert [dock.isHidden() for dock in docks] == [False, False, True, True]
    assert isolated_settings.is_dir()
