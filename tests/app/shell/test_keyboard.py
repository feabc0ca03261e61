"""Without a mouse: pin a patch, draw areas, move the threshold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from every_dialog import every_dialog
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QToolButton
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import speaking, unreached

from app.areas.tools import Tool
from app.shell.actions import with_own_letters
from app.shell.assembly import Assembly
from app.shell.shortcuts_dialog import ShortcutsDialog

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def assembly(start: Start, qtbot: QtBot, parts: Path) -> Assembly:
    made: Assembly = start(parts)
    inspection = made.shown
    qtbot.waitUntil(lambda: None not in (inspection.picture, inspection.result), timeout=WAIT)
    return made


def press(assembly: Assembly, qtbot: QtBot, *keys: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> None:
    for key in keys:
        qtbot.keyClick(assembly.window.focusWidget() or assembly.window, key, modifier)


def take_tool(assembly: Assembly, qtbot: QtBot, name: str) -> None:
    """From the keyboard: I opens the tools, Space takes the one in focus, and the canvas has the keys then."""
    press(assembly, qtbot, Qt.Key.Key_I)
    bar = assembly.views.areas_bar
    (button,) = [entry for entry in bar.findChildren(QToolButton) if entry.accessibleName() == name]
    button.setFocus(Qt.FocusReason.TabFocusReason)
    press(assembly, qtbot, Qt.Key.Key_Space)
    assert assembly.views.canvas.hasFocus()
    assert assembly.views.canvas.drawing.tool is Tool(name.lower())


def test_a_patch_is_pinned_by_keys(assembly: Assembly, qtbot: QtBot) -> None:
    canvas = assembly.views.canvas
    shown = assembly.session.current
    press(assembly, qtbot, Qt.Key.Key_K)
    assert canvas.keys.item.isVisible()
    first = canvas._grid.hovered
    assert first is not None
    press(assembly, qtbot, Qt.Key.Key_Right, Qt.Key.Key_Down)
    # Arrows move the cross and not the list, patch by patch; the panel follows.
    assert canvas._grid.hovered == (first[0] + 1, first[1] + 1)
    assert assembly.session.current == shown
    press(assembly, qtbot, Qt.Key.Key_Return)
    assert canvas.pinned == (first[0] + 1, first[1] + 1)
    assert "pinned" in assembly.views.patch.title
    press(assembly, qtbot, Qt.Key.Key_Left, modifier=SHIFT)
    assert canvas._grid.hovered == (first[0] + 1, 0)
    press(assembly, qtbot, Qt.Key.Key_Escape)
    assert not canvas.keys.item.isVisible()
    press(assembly, qtbot, Qt.Key.Key_Down)
    assert assembly.session.current == (shown or 0) + 1


def test_a_rectangle_is_drawn_by_keys(assembly: Assembly, qtbot: QtBot) -> None:
    take_tool(assembly, qtbot, "Rectangle")
    press(assembly, qtbot, Qt.Key.Key_Left)
    start = assembly.views.canvas.keys.item.pos()
    press(assembly, qtbot, Qt.Key.Key_Return)
    press(assembly, qtbot, Qt.Key.Key_Right, Qt.Key.Key_Down, modifier=SHIFT)
    press(assembly, qtbot, Qt.Key.Key_Return)
    (area,) = assembly.session.adjustments.areas.areas
    end = assembly.views.canvas.keys.item.pos()
    assert (area.kind, area.shape) == ("ignore", "rectangle")
    assert area.points[0] == pytest.approx((start.x() / 96, start.y() / 64), abs=1e-4)
    assert area.points[1] == pytest.approx((end.x() / 96, end.y() / 64), abs=1e-4)
    # Begun and given up: nothing is drawn, and the cross stays; then it goes, then the tools.
    press(assembly, qtbot, Qt.Key.Key_Return, Qt.Key.Key_Up, Qt.Key.Key_Escape)
    canvas = assembly.views.canvas
    assert not canvas.drawing.begun
    assert canvas.keys.item.isVisible()
    press(assembly, qtbot, Qt.Key.Key_Escape, Qt.Key.Key_Escape)
    assert not assembly.views.areas_bar.isVisible()
    assert len(assembly.session.adjustments.areas.areas) == 1


def test_a_polygon_is_drawn_by_keys_and_a_corner_taken_back(assembly: Assembly, qtbot: QtBot) -> None:
    take_tool(assembly, qtbot, "Polygon")
    press(assembly, qtbot, Qt.Key.Key_Up, Qt.Key.Key_Return)
    press(assembly, qtbot, Qt.Key.Key_Right, modifier=SHIFT)
    press(assembly, qtbot, Qt.Key.Key_Return)
    press(assembly, qtbot, Qt.Key.Key_Down, modifier=SHIFT)
    press(assembly, qtbot, Qt.Key.Key_Return, Qt.Key.Key_Backspace)
    press(assembly, qtbot, Qt.Key.Key_Left, modifier=SHIFT)
    press(assembly, qtbot, Qt.Key.Key_Return, Qt.Key.Key_Return)
    (area,) = assembly.session.adjustments.areas.areas
    assert area.shape == "polygon"
    corners = [(x * 96, y * 64) for x, y in area.points]
    step = 0.005 * 96 * 10
    (x, y) = corners[0]
    assert corners == [pytest.approx(corner, abs=0.01) for corner in ((x, y), (x + step, y), (x, y + step))]


def test_a_stroke_is_painted_by_keys(assembly: Assembly, qtbot: QtBot) -> None:
    take_tool(assembly, qtbot, "Brush")
    press(assembly, qtbot, Qt.Key.Key_Up, Qt.Key.Key_Return)
    press(assembly, qtbot, Qt.Key.Key_Right, Qt.Key.Key_Right, modifier=SHIFT)
    press(assembly, qtbot, Qt.Key.Key_Return)
    (area,) = assembly.session.adjustments.areas.areas
    assert (area.shape, len(area.points)) == ("brush", 3)
    # Backspace with nothing begun takes the last area away.
    press(assembly, qtbot, Qt.Key.Key_Backspace)
    assert not assembly.session.adjustments.areas


def test_the_threshold_moves_by_keys(assembly: Assembly, qtbot: QtBot) -> None:
    press(assembly, qtbot, Qt.Key.Key_Up, Qt.Key.Key_Up, modifier=CTRL)
    assert assembly.session.threshold == pytest.approx(0.52)
    press(assembly, qtbot, Qt.Key.Key_Down, modifier=CTRL)
    assert assembly.session.threshold == pytest.approx(0.51)


def test_the_keys_are_listed(assembly: Assembly, qtbot: QtBot) -> None:
    dialog = ShortcutsDialog(assembly.menus.shortcut_groups, assembly.window)
    said = [label.text() for label in dialog.findChildren(QLabel)]
    for text in (
        "Point with the keyboard",
        "Pin a patch, or set a corner and take it back",
        "Raise the threshold",
        "Compare two layers",
    ):
        assert text in said
    dialog.deleteLater()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_no_two_entries_of_a_menu_share_a_letter(start: Start, qapp: QApplication, language: str) -> None:
    with speaking(qapp, language):
        assembly: Assembly = start()
        bar = assembly.window.menuBar()
        for menu in (bar, *bar.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)):
            letters = [letter.upper() for entry in menu.actions() for letter in re.findall("&(.)", entry.text())]
            assert letters, menu.title() if isinstance(menu, QMenu) else "the bar"
            assert sorted(set(letters)) == sorted(letters)


def test_a_letter_that_is_taken_gives_way_to_one_of_the_words() -> None:
    asked = ["&Rows", "Save a &report…", "&Row", "&Go", "打开(&R)…", "R&", "No letter"]
    assert with_own_letters(asked) == ["&Rows", "&Save a report…", "R&ow", "&Go", "打开(&A)…", "R&", "No letter"]


def test_letters_for_an_open_menu_do_nothing_behind_it(assembly: Assembly) -> None:
    bar = assembly.window.menuBar()
    # Qt's own, for entries of a bar that is too narrow, is no menu of ours.
    menus = [menu for menu in assembly.window.findChildren(QMenu) if menu.title() or menu.parent() is not bar]
    assert {menu.title().replace("&", "") for menu in menus} >= {"File", "Open recent", "Panels", "Theme", "Parts"}
    for menu in menus:
        # Qt asks the menu before it looks for an action, and what is not accepted runs one where the focus is.
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_R, PLAIN, "r")
        event.ignore()
        QApplication.sendEvent(menu, event)
        assert event.isAccepted(), menu.title() or menu.parent()


def test_every_control_is_reached_by_the_keyboard(assembly: Assembly, qtbot: QtBot) -> None:
    for place in ("areas", "camera", *assembly.views.manage.names):
        assembly.actions.run(place)
        qtbot.waitUntil(lambda: assembly.work.idle, timeout=WAIT)
        assert unreached(assembly.window, qtbot) == [], place
    for dialog in every_dialog(assembly):
        dialog.show()
        assert unreached(dialog, qtbot) == [], type(dialog).__name__
        dialog.close()
