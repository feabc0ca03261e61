"""What a person sees and does, with a stand-in for the model."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, FakeInspector, Start, missing_model
from window_steps import shown

from app.parts.state import Layer
from app.shell.assembly import Assembly
from app.tracing.watchdog import EventLoopWatchdog
from tokenclip_core.images.folders import IMAGE_SUFFIXES


def pixel(assembly: Assembly, x: float, y: float) -> QColor:
    """The colour on the canvas at a place of the part."""
    canvas = assembly.views.canvas
    place = canvas.mapFromScene(QPointF(x, y))
    return canvas.grab().toImage().pixelColor(place * canvas.devicePixelRatioF())


def has_error(assembly: Assembly) -> bool:
    return any(part.error is not None for part in assembly.session.parts)


def place_of(assembly: Assembly, x: float, y: float) -> QPoint:
    return assembly.views.canvas.mapFromScene(QPointF(x, y))


def test_the_first_part_shows_its_heatmap_without_a_click(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot, "part_0000.png")
    assert assembly.views.status.model_text.startswith("compact · PyTorch · CPU · fp32 · ")
    assert "part_0000.png" in assembly.window.windowTitle()
    assert assembly.views.inspection.badge.text() == "GOOD"
    assert assembly.views.parts.model.rowCount() == 6


def test_keys_move_between_parts_and_defects(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    qtbot.waitUntil(lambda: all(part.score is not None for part in assembly.session.parts), timeout=WAIT)
    qtbot.keyClick(assembly.window, Qt.Key.Key_Down)
    shown(assembly, qtbot, "part_0001.png")
    qtbot.keyClick(assembly.window, Qt.Key.Key_N)
    shown(assembly, qtbot, "part_0003.png")
    qtbot.keyClick(assembly.window, Qt.Key.Key_P)
    shown(assembly, qtbot, "part_0001.png")
    qtbot.keyClick(assembly.window, Qt.Key.Key_Up)
    shown(assembly, qtbot, "part_0000.png")
    qtbot.keyClick(assembly.window, Qt.Key.Key_P)
    assert assembly.session.current_part is not None
    assert assembly.session.current_part.name == "part_0000.png"


def _has_text(assembly: Assembly, text: str) -> bool:
    return any(label.text() == text and label.isVisible() for label in assembly.window.findChildren(QLabel))


def test_a_missing_model_is_said_in_place_and_parts_are_still_shown(start: Start, qtbot: QtBot, parts: Path) -> None:
    attempts: list[str] = []

    def factory(name: str) -> FakeInspector:
        attempts.append(name)
        return missing_model(name) if len(attempts) == 1 else FakeInspector()

    assembly = start(parts, factory=factory)
    message = assembly.views.message
    qtbot.waitUntil(lambda: "is not installed" in message.text, timeout=WAIT)
    qtbot.waitUntil(lambda: assembly.shown.picture is not None, timeout=WAIT)
    assert assembly.views.status.model_text == "The compact model is not loaded"
    assert pixel(assembly, 10, 50) == QColor(90, 90, 90)
    message.retry.click()
    shown(assembly, qtbot)
    assert message.text == ""


def test_an_empty_folder_says_what_to_do(start: Start, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assembly = start(tmp_path / "empty")
    qtbot.waitUntil(lambda: _has_text(assembly, "No images here"), timeout=WAIT)


def test_nothing_opened_says_what_to_do(start: Start) -> None:
    assembly = start()
    assert _has_text(assembly, "Drop parts here")


def test_the_dialog_offers_every_format_that_is_read(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    offered: list[str] = []

    def choose(_parent: QWidget, _title: str, _folder: str, patterns: str) -> tuple[list[str], str]:
        offered.append(patterns)
        return [], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", choose)
    start().actions.run("open-image")
    (images,) = [group for group in offered[0].split(";;") if group.startswith("Images (")]
    assert {pattern.strip("()*") for pattern in images.split()[1:]} == set(IMAGE_SUFFIXES)


def test_dropped_files_are_opened(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(parts))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    assembly.window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, keys))
    shown(assembly, qtbot, "part_0000.png")


def test_choices_come_back(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    qtbot.keyClick(assembly.window, Qt.Key.Key_3)
    qtbot.keyClick(assembly.window, Qt.Key.Key_G)
    assembly.judging.set_threshold(0.27)
    assembly.actions.run("toggle-theme")
    assert assembly.theme.dark
    assembly.window.close()
    again = start(parts)
    assert again.views.canvas.layer is Layer.SUBSPACES
    assert again.session.threshold == 0.27
    assert again.theme.dark
    assert str(parts) in [action.text() for action in again.menus.recent.actions()]
    shown(again, qtbot)


def test_closing_during_inference_ends_soon(start: Start, qtbot: QtBot, parts: Path, inspector: FakeInspector) -> None:
    inspector.gate = threading.Event()
    assembly = start(parts)
    qtbot.waitUntil(inspector.entered.is_set, timeout=WAIT)
    assembly.window.close()
    # Whoever waits for the job, which is held for longer, finds all threads ended.
    assert not assembly.shut_down(0.3)
    assert not inspector.gate.is_set()


def test_a_long_list_does_not_block(start: Start, qtbot: QtBot, tmp_path: Path, parts: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    source = parts / "part_0001.png"
    for number in range(3000):
        (folder / f"{number:05d}.png").hardlink_to(source)
    assembly = start()
    watchdog = EventLoopWatchdog()
    assembly.open([folder])
    qtbot.waitUntil(lambda: len(assembly.session.parts) == 3000, timeout=WAIT)
    shown(assembly, qtbot)
    view = assembly.views.parts.view
    view.scrollToBottom()
    bottom = view.indexAt(view.viewport().rect().center())
    qtbot.waitUntil(lambda: bottom.data(Qt.ItemDataRole.DecorationRole) is not None, timeout=WAIT)
    watchdog.stop()
    watchdog.deleteLater()
    # What the thread computed at a time does not grow on a busy machine; blocks are measured by the benchmarks.
    assert watchdog.longest_work < 0.5
    assert watchdog.longest_block < WAIT / 1000


def test_every_control_has_a_name(start: Start) -> None:
    assembly = start()
    nameless = [
        button
        for button in assembly.window.findChildren(QToolButton)
        if not (button.text() or button.accessibleName() or button.toolTip()) and button.isVisible()
    ]
    assert nameless == []


def test_the_keys_are_listed(start: Start, qtbot: QtBot) -> None:
    assembly = start()
    qtbot.keyClick(assembly.window, Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: _has_text(assembly, "Next defect"), timeout=WAIT)
    (dialog,) = assembly.window.findChildren(QDialog)
    # A screen of 2560 x 1440 pixels at 200 %, less a title bar.
    assert dialog.sizeHint().height() <= 680
    assert dialog.sizeHint().width() <= 1280
    dialog.close()
