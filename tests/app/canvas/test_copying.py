"""Context menus: copying what is seen, and finding its file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from feature_desk import Desk
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import shown

from app.canvas.copying import CopyingController


@pytest.fixture(autouse=True)
def empty_clipboard(qapp: QApplication) -> Iterator[None]:
    QGuiApplication.clipboard().clear()
    yield
    QGuiApplication.clipboard().clear()


def menu_of(qtbot: QtBot, widget: QWidget, place: QPoint, viewport: QWidget) -> QMenu:
    """Right-click; the menu that opens."""
    qtbot.mousePress(viewport, Qt.MouseButton.RightButton, pos=place)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, viewport.mapToGlobal(place))
    QApplication.sendEvent(viewport, event)
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu), timeout=WAIT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose(qtbot: QtBot, menu: QMenu, text: str) -> None:
    action = next(action for action in menu.actions() if action.text() == text)
    assert action.isEnabled()
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


@pytest.fixture
def assembly(desk: Desk) -> Desk:
    """The list, the canvas and their menus; nothing is open yet."""
    copying = CopyingController(desk.session, desk.views, desk.actions, desk.stage, desk.shown)
    desk.present(copying=copying)
    desk.lay(desk.views.parts, desk.views.canvas)
    return desk


def canvas_menu(assembly: Desk, qtbot: QtBot, x: float, y: float) -> QMenu:
    canvas = assembly.views.canvas
    place = canvas.mapFromScene(QPointF(x, y))
    with qtbot.waitSignal(canvas.cursor_moved, timeout=WAIT):
        qtbot.mouseMove(canvas.viewport(), place)
    return menu_of(qtbot, canvas, place, canvas.viewport())


def test_the_value_under_the_cursor_is_copied(assembly: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly.inspect(parts / "part_0001.png")
    shown(assembly, qtbot)
    result = assembly.shown.result
    assert result is not None
    menu = canvas_menu(assembly, qtbot, 48.5, 26.5)
    expected = f"{float(result.anomaly_map[26, 48]):.4f}"
    choose(qtbot, menu, f"Copy the value {expected}")
    assert QGuiApplication.clipboard().text() == expected
    assert assembly.views.status.activity == f"Copied: {expected}"


def test_the_image_is_copied_as_shown(assembly: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly.inspect(parts / "part_0001.png")
    shown(assembly, qtbot)
    qtbot.keyClick(assembly.window, Qt.Key.Key_1)
    assembly.actions.run("regions")
    qtbot.keyClick(assembly.views.canvas, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    image = QGuiApplication.clipboard().image()
    assert not image.isNull()
    assert image.width() / image.height() == pytest.approx(1.5, rel=0.02)
    assert image.pixelColor(image.width() // 2, image.height() * 26 // 64) == QColor(250, 250, 250)
    assert image.pixelColor(4, 4) == QColor(91, 90, 90)


def test_paths_and_folders_from_the_list(assembly: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly.inspect(parts)
    shown(assembly, qtbot, "part_0000.png")
    revealed: list[Path] = []
    assembly.copying.reveal = revealed.append
    view = assembly.views.parts.view
    place = view.visualRect(view.model().index(3, 0)).center()
    choose(qtbot, menu_of(qtbot, view, place, view.viewport()), "Copy the path")
    assert QGuiApplication.clipboard().text() == str(parts / "part_0003.png")
    choose(qtbot, menu_of(qtbot, view, place, view.viewport()), "Show the file in its folder")
    assert revealed == [parts / "part_0003.png"]
    assert assembly.session.current == 0


def test_a_part_of_the_list_is_compared_with_the_shown_one(assembly: Desk, qtbot: QtBot, parts: Path) -> None:
    wanted: list[int] = []
    assembly.views.compare.part_wanted.connect(wanted.append)
    assembly.inspect(parts)
    shown(assembly, qtbot, "part_0000.png")
    view = assembly.views.parts.view
    place = view.visualRect(view.model().index(3, 0)).center()
    choose(qtbot, menu_of(qtbot, view, place, view.viewport()), "Compare the shown part with this one")
    assert wanted == [3]


def test_the_menu_key_works_on_the_chosen_row(assembly: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly.inspect(parts)
    shown(assembly, qtbot, "part_0000.png")
    view = assembly.views.parts.view
    below = QPoint(5, view.viewport().height() - 2)
    menu = menu_of(qtbot, view, below, view.viewport())
    choose(qtbot, menu, "Copy the path")
    assert QGuiApplication.clipboard().text() == str(parts / "part_0000.png")


def test_a_patch_of_the_gallery_is_copied(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts / "part_0001.png")
    assembly.actions.run("gallery")
    qtbot.waitUntil(lambda: bool(assembly.views.gallery.tiles), timeout=WAIT)
    view = assembly.views.gallery.view
    place = view.visualRect(view.model().index(0, 0)).center()
    menu = menu_of(qtbot, view, place, view.viewport())
    assert texts(menu)[0] == "Show it in its part"
    choose(qtbot, menu, "Copy the patch")
    image = QGuiApplication.clipboard().image()
    crop = view.tiles[0].crop.pixels
    assert (image.height(), image.width()) == crop.shape
    assert image.pixelColor(0, 0).rgb() == int(crop[0, 0])


def test_without_a_part_there_is_no_menu(assembly: Desk, qtbot: QtBot) -> None:
    qtbot.keyClick(assembly.window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().image().isNull()
    qtbot.keyClick(
        assembly.window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert assembly.views.status.activity == "Point at a place of an inspected part to copy its value"
