"""One part as a person sees it: the canvas, the panels and the list by themselves, with a stand-in for the model."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from feature_desk import Desk
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot
from window_fakes import NAMES, WAIT, FakeInspector
from window_steps import Inspecting, shown, texts

from app.parts.state import Layer, Verdict
from tokenclip_core.judgement.judgement import Judgement


@pytest.fixture
def panels(desk: Desk) -> Desk:
    """The list, the canvas and all that is said of a part; nothing is open yet."""
    desk.list_parts()
    views = desk.views
    desk.lay(views.canvas, views.parts, views.inspection, views.subspaces, views.patch, views.footer, width=1800)
    return desk


def pixel(assembly: Inspecting, x: float, y: float) -> QColor:
    """The colour on the canvas at a place of the part."""
    canvas = assembly.views.canvas
    place = canvas.mapFromScene(QPointF(x, y))
    return canvas.grab().toImage().pixelColor(place * canvas.devicePixelRatioF())


def place_of(assembly: Inspecting, x: float, y: float) -> QPoint:
    return assembly.views.canvas.mapFromScene(QPointF(x, y))


def said(assembly: Inspecting, text: str) -> bool:
    return text in texts(assembly)


def test_a_defect_glows_and_the_original_does_not(panels: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = panels
    assembly.inspect(parts / "part_0001.png")
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


def test_a_prefetched_part_is_shown_at_once(panels: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = panels
    assembly.inspect(parts)
    shown(assembly, qtbot)
    qtbot.waitUntil(lambda: all(part.score is not None for part in assembly.session.parts), timeout=WAIT)
    qtbot.waitUntil(lambda: assembly.work.display.idle, timeout=WAIT)
    qtbot.keyClick(assembly.window, Qt.Key.Key_Down)
    assert assembly.shown.result is not None
    assert assembly.shown.picture is not None


def test_a_newer_request_overtakes(panels: Desk, qtbot: QtBot, parts: Path, inspector: FakeInspector) -> None:
    inspector.gate = threading.Event()
    assembly = panels
    assembly.inspect(parts)
    qtbot.waitUntil(inspector.entered.is_set, timeout=WAIT)
    for number in range(1, 6):
        assembly.shown.show(number)
    inspector.gate.set()
    shown(assembly, qtbot, "part_0005.png")
    result = assembly.shown.result
    assert result is not None
    assert result.score == pytest.approx(assembly.session.parts[5].score)


def test_the_threshold_changes_verdicts_without_the_model(
    panels: Desk, qtbot: QtBot, parts: Path, inspector: FakeInspector
) -> None:
    assembly = panels
    assembly.inspect(parts / "part_0001.png")
    shown(assembly, qtbot)
    encoded = inspector.encoded
    assert assembly.views.inspection.badge.text() == "DEFECT"
    plot = assembly.views.inspection.plot
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(plot.width() - 7, 20))
    assert assembly.session.threshold > 0.97
    plot.setFocus()
    qtbot.keyClick(plot, Qt.Key.Key_End)
    assert assembly.session.threshold == 1.0
    qtbot.waitUntil(lambda: said(assembly, "1 region · 192 px"), timeout=WAIT)
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: said(assembly, "1 region · 6,144 px"), timeout=WAIT)
    assert inspector.encoded == encoded


def test_solo_and_mute_rescore_without_encoding(
    panels: Desk, qtbot: QtBot, parts: Path, inspector: FakeInspector
) -> None:
    assembly = panels
    assembly.inspect(parts / "part_0001.png")
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


def test_a_patch_shows_its_weights_and_can_be_pinned(panels: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = panels
    assembly.inspect(parts / "part_0001.png")
    shown(assembly, qtbot)
    viewport = assembly.views.canvas.viewport()
    qtbot.mouseMove(viewport, place_of(assembly, 44, 28))
    qtbot.waitUntil(lambda: said(assembly, "<b>Patch 3, 5</b>"), timeout=WAIT)
    x, y = (int(value) for value in assembly.views.footer._reading.text().replace("&nbsp;", "").split()[1:4:2])
    assert abs(x - 44) <= 1
    assert abs(y - 28) <= 1
    assert assembly.views.footer._reading.text().endswith("<b>1.00</b>")
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place_of(assembly, 44, 28))
    qtbot.mouseMove(viewport, QPoint(2, 2))
    qtbot.waitUntil(lambda: said(assembly, "<b>Patch 3, 5</b> · pinned"), timeout=WAIT)


def test_zoom_keeps_the_place_under_the_cursor(panels: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = panels
    assembly.inspect(parts / "part_0001.png")
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
    assert canvas.zoom > 2


def test_a_broken_image_is_a_row_with_its_reason(panels: Desk, qtbot: QtBot, parts: Path) -> None:
    (parts / "part_0000.png").write_bytes(b"this is no picture")
    assembly = panels
    assembly.inspect(parts)
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


def test_a_replaced_file_is_inspected_again(panels: Desk, qtbot: QtBot, parts: Path) -> None:
    path = parts / "part_0000.png"
    good = path.read_bytes()
    path.write_bytes(b"")
    assembly = panels
    assembly.inspect(path)
    qtbot.waitUntil(
        lambda: assembly.session.parts[:1] != [] and assembly.session.parts[0].error is not None, timeout=WAIT
    )
    # Nobody is still reading the empty file.
    qtbot.waitUntil(lambda: assembly.models.facts is not None and assembly.work.idle, timeout=WAIT)
    path.write_bytes(good)
    qtbot.keyClick(assembly.window, Qt.Key.Key_F5)
    shown(assembly, qtbot)
    assert assembly.session.parts[0].error is None


def test_a_failure_in_the_worker_is_a_message_and_the_next_request_works(
    panels: Desk, qtbot: QtBot, parts: Path, inspector: FakeInspector
) -> None:
    inspector.failures = 1
    assembly = panels
    assembly.inspect(parts)
    qtbot.waitUntil(lambda: bool(assembly.failures), timeout=WAIT)
    ((message, details),) = assembly.failures
    assert "the stand-in fails as it was told" in message
    assert "Traceback" in details
    qtbot.keyClick(assembly.window, Qt.Key.Key_Down)
    shown(assembly, qtbot, "part_0001.png")


def test_filter_and_sort(panels: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = panels
    assembly.inspect(parts)
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


def test_strange_shapes_are_shown(panels: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "strange"
    folder.mkdir()
    Image.fromarray(np.full((1, 1, 3), 200, np.uint8)).save(folder / "1.png")
    Image.fromarray(np.full((300, 9000, 3), 60, np.uint8)).save(folder / "2.png")
    long_name = folder / f"3_{'n' * 180}.png"
    Image.fromarray(np.full((40, 40, 3), 60, np.uint8)).save(long_name)
    assembly = panels
    assembly.inspect(folder)
    for name in ("1.png", "2.png", long_name.name):
        shown(assembly, qtbot, name)
        assembly.views.canvas.grab()
        assembly.views.parts.grab()
        qtbot.keyClick(assembly.window, Qt.Key.Key_Down)
