"""Titles of panels: none below a tab that says the same."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMainWindow, QWidget
from pytestqt.qtbot import QtBot
from window_fakes import WAIT

from app.shell.titled_dock import TitledDock


def test_panels_that_share_a_place_have_no_title_below_their_tab(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(QWidget())
    docks = [TitledDock(name, name, QWidget(), window) for name in ("first", "second")]
    for dock in docks:
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        dock.hide()
    window.tabifyDockWidget(*docks)
    window.resize(600, 400)
    window.show()

    def titles() -> list[str]:
        return [label.text() for dock in docks for label in dock.findChildren(QLabel) if label.isVisible()]

    docks[0].show()
    qtbot.waitUntil(lambda: titles() == ["first"], timeout=WAIT)
    docks[1].show()
    docks[0].raise_()
    qtbot.waitUntil(lambda: docks[0].widget().isVisible() and titles() == [], timeout=WAIT)
    docks[1].hide()
    qtbot.waitUntil(lambda: titles() == ["first"], timeout=WAIT)
