"""What a person sees and does, with a stand-in for the model."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from window_fakes import NAMES, WAIT, FakeInspector, Start, missing_model
from window_steps import shown

from app.parts.state import Layer, Verdict
from app.shell.assembly import Assembly
from app.tracing.watchdog import EventLoopWatchdog
from tokenclip_core.images.folders import IMAGE_SUFFIXES
from tokenclip_core.judgement.judgement import Judgement


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


def test_a_defect_glows_and_the_original_does_not(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts / "part_0001.png")
    shown(assembly, qtbot)
    assembly.actions.run("regions")
    hot, cold = pixel(assembly, 48, 26), pixel(assembly, 10, 50)
    assert hot.red() > 200
    assert hot.blue() < 200
    assert cold.lightness() < hot.lightness()
    qtbot.keyClick(assembly.window, Qt.Key.Key_1)
    assert pixel(assembly, 48, 26) == QColor(250, 250, 250)
    assert pixel(assembly, 10, 50) == QColor(91, 90, 90)
    qtbot.keyClick(assembly.window, Qt.Key.Key_3)
    assert assembly.views.canvas.layer is Layer.SUBSPACES
    assert pixel(assembly, 10, 50) != QColor(91, 90, 90)
    qtbot.keyClick(assembly.views.canvas, Qt.Key.Key_Space)
    assert pixel(assembly, 10, 50) == QColor(91, 90, 90)


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


def test_a_prefetched_part_is_shown_at_once(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    qtbot.waitUntil(lambda: all(part.score is not None for part in assembly.session.parts), timeout=WAIT)
    qtbot.waitUntil(lambda: assembly.work.display.idle, timeout=WAIT)
    qtbot.keyClick(assembly.window, Qt.Key.Key_Down)
    assert assembly.shown.result is not None
    assert assembly.shown.picture is not None


def test_a_newer_request_overtakes(start: Start, qtbot: QtBot, parts: Path, inspector: FakeInspector) -> None:
    inspector.gate = threading.Event()
    assembly = start(parts)
    qtbot.waitUntil(inspector.entered.is_set, timeout=WAIT)
    for number in range(1, 6):
        assembly.shown.show(number)
    inspector.gate.set()
    shown(assembly, qtbot, "part_0005.png")
    result = assembly.shown.result
    assert result is not None
    assert result.score == pytest.approx(assembly.session.parts[5].score)


def test_the_threshold_changes_verdicts_without_the_model(
    start: Start, qtbot: QtBot, parts: Path, inspector: FakeInspector
) -> None:
    assembly = start(parts / "part_0001.png")
    shown(assembly, qtbot)
    encoded = inspector.encoded
    assert assembly.views.inspection.badge.text() == "DEFECT"
    plot = assembly.views.inspection.plot
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(plot.width() - 7, 20))
    assert assembly.session.threshold > 0.97
    plot.setFocus()
    qtbot.keyClick(plot, Qt.Key.Key_End)
    assert assembly.session.threshold == 1.0
    qtbot.waitUntil(lambda: _has_text(assembly, "1 region · 192 px"), timeout=WAIT)
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: _has_text(assembly, "1 region · 6,144 px"), timeout=WAIT)
    assert inspector.encoded == encoded


def _has_text(assembly: Assembly, text: str) -> bool:
    return any(label.text() == text and label.isVisible() for label in assembly.window.findChildren(QLabel))


def test_solo_and_mute_rescore_without_encoding(
    start: Start, qtbot: QtBot, parts: Path, inspector: FakeInspector
) -> None:
    assembly = start(parts / "part_0001.png")
    shown(assembly, qtbot)
    before = assembly.session.parts[0].score
    encoded = inspector.encoded
    buttons = {button.accessibleName(): button for button in assembly.views.subspaces.findChildren(QToolButton)}
    solo = next(button for name, button in buttons.items() if name.startswith(f"Solo {NAMES[0]}"))
    mute = next(button for name, button in buttons.items() if name.startswith(f"Mute {NAMES[1]}"))
    solo.click()
    shown(assembly, qtbot)
    assert assembly.session.parts[0].score == pytest.approx(1 / len(NAMES))
    solo.click()
    mute.click()
    shown(assembly, qtbot)
    assert assembly.session.parts[0].score == pytest.approx(1 - 1 / len(NAMES))
    mute.click()
    shown(assembly, qtbot)
    assert assembly.session.parts[0].score == before
    assert inspector.encoded == encoded


def test_a_patch_shows_its_weights_and_can_be_pinned(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts / "part_0001.png")
    shown(assembly, qtbot)
    viewport = assembly.views.canvas.viewport()
    qtbot.mouseMove(viewport, place_of(assembly, 44, 28))
    qtbot.waitUntil(lambda: _has_text(assembly, "<b>Patch 3, 5</b>"), timeout=WAIT)
    x, y = (int(value) for value in assembly.views.footer._reading.text().replace("&nbsp;", "").split()[1:4:2])
    assert abs(x - 44) <= 1
    assert abs(y - 28) <= 1
    assert assembly.views.footer._reading.text().endswith("<b>1.00</b>")
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place_of(assembly, 44, 28))
    qtbot.mouseMove(viewport, QPoint(2, 2))
    qtbot.waitUntil(lambda: _has_text(assembly, "<b>Patch 3, 5</b> · pinned"), timeout=WAIT)


def test_zoom_keeps_the_place_under_the_cursor(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts / "part_0001.png")
    shown(assembly, qtbot)
    canvas = assembly.views.canvas
    anchor = place_of(assembly, 20, 20)
    before = canvas.mapToScene(anchor)
    for _ in range(6):
        canvas.zoom_by(1.25, QPointF(anchor))
    moved = (canvas.mapToScene(anchor) - before) * canvas.zoom
    assert max(abs(moved.x()), abs(moved.y())) <= 1
    canvas.actual_size()
    assert canvas.zoom * canvas.devicePixelRatioF() == pytest.approx(1)
    canvas.fit()
    assert canvas.zoom > 4


def test_a_broken_image_is_a_row_with_its_reason(start: Start, qtbot: QtBot, parts: Path) -> None:
    (parts / "part_0000.png").write_bytes(b"this is no picture")
    assembly = start(parts)
    qtbot.waitUntil(
        lambda: assembly.session.parts[:1] != [] and assembly.session.parts[0].error is not None, timeout=WAIT
    )
    notice = assembly.views.notice
    qtbot.waitUntil(lambda: notice.isVisible() and "This is not a PNG" in notice.text(), timeout=WAIT)
    assert assembly.views.inspection.badge.text() == "UNREADABLE"
    qtbot.keyClick(assembly.window, Qt.Key.Key_Down)
    shown(assembly, qtbot, "part_0001.png")
    assert not notice.isVisible()
    assert assembly.session.parts[0].verdict(Judgement()) is Verdict.ERROR


def test_a_replaced_file_is_inspected_again(start: Start, qtbot: QtBot, parts: Path) -> None:
    path = parts / "part_0000.png"
    good = path.read_bytes()
    path.write_bytes(b"")
    assembly = start(path)
    qtbot.waitUntil(
        lambda: assembly.session.parts[:1] != [] and assembly.session.parts[0].error is not None, timeout=WAIT
    )
    path.write_bytes(good)
    qtbot.keyClick(assembly.window, Qt.Key.Key_F5)
    shown(assembly, qtbot)
    assert assembly.session.parts[0].error is None


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


def test_a_failure_in_the_worker_is_a_message_and_the_next_request_works(
    start: Start, qtbot: QtBot, parts: Path, inspector: FakeInspector
) -> None:
    inspector.failures = 1
    assembly = start(parts)
    message = assembly.views.message
    qtbot.waitUntil(lambda: "the stand-in fails as it was told" in message.text, timeout=WAIT)
    qtbot.keyClick(assembly.window, Qt.Key.Key_Down)
    shown(assembly, qtbot, "part_0001.png")
    message._copy.click()
    assert "Traceback" in QGuiApplication.clipboard().text()


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


def test_filter_and_sort(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    qtbot.waitUntil(lambda: all(part.score is not None for part in assembly.session.parts), timeout=WAIT)
    panel = assembly.views.parts
    panel._sort.setCurrentIndex(1)
    names = [assembly.session.parts[panel.model.part_at(row)].name for row in range(6)]
    assert names[:3] == ["part_0001.png", "part_0003.png", "part_0005.png"]
    assert panel.view.currentIndex().data() == "part_0000.png"
    panel._verdicts.setCurrentIndex(1)
    assert panel.model.rowCount() == 3
    panel._verdicts.setCurrentIndex(0)
    panel._filter.setText("PART 3.png")
    assert panel.model.rowCount() == 1
    panel._filter.clear()
    assert panel.model.rowCount() == 6


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


def test_strange_shapes_are_shown(start: Start, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "strange"
    folder.mkdir()
    Image.fromarray(np.full((1, 1, 3), 200, np.uint8)).save(folder / "1.png")
    Image.fromarray(np.full((300, 9000, 3), 60, np.uint8)).save(folder / "2.png")
    long_name = folder / f"3_{'n' * 180}.png"
    Image.fromarray(np.full((40, 40, 3), 60, np.uint8)).save(long_name)
    assembly = start(folder)
    for name in ("1.png", "2.png", long_name.name):
        shown(assembly, qtbot, name)
        assembly.views.canvas.grab()
        assembly.views.parts.grab()
        qtbot.keyClick(assembly.window, Qt.Key.Key_Down)


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
