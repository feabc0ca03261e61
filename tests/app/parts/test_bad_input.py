"""What a person may open by mistake is said in words where it happened, and nothing else is disturbed."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from feature_desk import Desk
from PIL import Image
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, WAIT, FakeInspector, Start
from window_steps import Inspecting

from app.parts.delegate import draw_thumbnail
from app.parts.watching import WatchingController
from app.shell.theme import LIGHT

CLOSINGS = int(os.environ.get("TOKENCLIP_CLOSINGS", "2"))


@pytest.fixture
def watching(desk: Desk) -> Iterator[Desk]:
    """The list, the canvas and the panel of one part, whose file is watched; nothing is open yet."""
    watch = WatchingController(desk.session, desk.views, desk.shown)
    desk.list_parts(watching=watch)
    views = desk.views
    desk.lay(views.parts, views.canvas, views.inspection, views.status)
    desk.models.reload()
    yield desk
    watch.stop()


def ready(assembly: Inspecting, qtbot: QtBot, name: str) -> None:
    def shown() -> bool:
        part = assembly.session.current_part
        inspection = assembly.shown
        return (
            part is not None
            and part.name == name
            and inspection.result is not None
            and inspection.threshold_view is not None
            and inspection.picture is not None
        )

    # Nine million pixels take their time on a machine that does other things as well.
    qtbot.waitUntil(shown, timeout=12 * WAIT)


def notice_says(assembly: Inspecting, qtbot: QtBot, text: str) -> None:
    notice = assembly.views.notice
    qtbot.waitUntil(lambda: notice.isVisible() and text in notice.text(), timeout=WAIT)


def test_a_folder_that_vanishes_is_said_part_by_part(watching: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = watching
    assembly.library.open([parts])
    ready(assembly, qtbot, "part_0000.png")
    shutil.rmtree(parts)
    qtbot.waitUntil(lambda: "was removed" in assembly.views.status.activity, timeout=WAIT)
    assert assembly.shown.picture is not None
    qtbot.keyClick(assembly.window, Qt.Key.Key_F5)
    notice_says(assembly, qtbot, "There is no such file")
    assert len(assembly.session.parts) == 6
    assert assembly.views.message.text == ""


def test_a_file_replaced_while_shown_is_inspected_again(watching: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = watching
    assembly.library.open([parts])
    ready(assembly, qtbot, "part_0000.png")
    assert assembly.views.inspection.badge.text() == "GOOD"
    shutil.copy(parts / "part_0001.png", parts / "new.tmp")
    (parts / "new.tmp").replace(parts / "part_0000.png")
    qtbot.waitUntil(lambda: assembly.views.inspection.badge.text() == "DEFECT", timeout=WAIT)
    assert assembly.views.status.activity == "part_0000.png changed and was inspected again"
    shutil.copy(parts / "part_0002.png", parts / "part_0000.png")
    qtbot.waitUntil(lambda: assembly.views.inspection.badge.text() == "GOOD", timeout=WAIT)


def test_a_file_that_breaks_while_shown_says_why(watching: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = watching
    assembly.library.open([parts])
    ready(assembly, qtbot, "part_0000.png")
    (parts / "part_0000.png").write_bytes(b"this is no picture")
    notice_says(assembly, qtbot, "This is not a PNG")
    qtbot.keyClick(assembly.window, Qt.Key.Key_Down)
    ready(assembly, qtbot, "part_0001.png")


def test_a_folder_without_permission_is_a_row_with_its_reason(
    watching: Desk, qtbot: QtBot, parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = parts / "closed"
    closed.mkdir()
    scandir, access = os.scandir, os.access

    def refuse(path: str) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != closed and access(path, mode))
    assembly = watching
    assembly.library.open([parts])
    ready(assembly, qtbot, "part_0000.png")
    assert [part.name for part in assembly.session.parts][-1] == "closed"
    assembly.shown.show(6)
    notice_says(assembly, qtbot, "No permission to list the folder")


def test_the_smallest_and_the_longest_image_are_shown(watching: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "strange"
    folder.mkdir()
    Image.fromarray(np.full((1, 1, 3), 200, np.uint8)).save(folder / "1.png")
    Image.fromarray(np.full((300, 30_000, 3), 60, np.uint8)).save(folder / "2.png")
    assembly = watching
    assembly.library.open([folder])
    ready(assembly, qtbot, "1.png")
    qtbot.keyClick(assembly.window, Qt.Key.Key_Down)
    ready(assembly, qtbot, "2.png")
    canvas = assembly.views.canvas
    for step in (canvas.fit, canvas.actual_size, canvas.fit):
        step()
        assert not canvas.grab().isNull()


@pytest.mark.parametrize("_time", range(CLOSINGS))
def test_closing_during_inference_is_clean(
    start: Start, qtbot: QtBot, parts: Path, inspector: FakeInspector, _time: int
) -> None:
    # A test for each time: windows that are closed but not taken apart make every further one slower.
    inspector.gate, inspector.entered = threading.Event(), threading.Event()
    assembly = start(parts)
    qtbot.waitUntil(inspector.entered.is_set, timeout=WAIT)
    assembly.window.close()
    inspector.gate.set()
    assert assembly.shut_down(ENDS_SECONDS)


def test_what_is_said_of_the_strangest_parts_has_room(start: Start, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "strange"
    folder.mkdir()
    Image.fromarray(np.full((1, 1, 3), 200, np.uint8)).save(folder / "1.png")
    (folder / "2.png").write_bytes(b"this is no picture")
    assembly = start(folder)
    ready(assembly, qtbot, "1.png")
    zoom = assembly.views.layer_bar.zoom_label
    assert zoom.text().endswith("×")
    assert zoom.fontMetrics().horizontalAdvance(zoom.text()) <= zoom.width()
    assembly.shown.show(1)
    notice_says(assembly, qtbot, "This is not a PNG")
    badge = assembly.views.inspection.badge
    qtbot.waitUntil(lambda: badge.text() == "UNREADABLE", timeout=WAIT)
    qtbot.waitUntil(lambda: badge.width() >= badge.fontMetrics().horizontalAdvance(badge.text()) + 16, timeout=WAIT)


def test_a_very_long_part_has_a_thumbnail_that_is_seen(qtbot: QtBot) -> None:
    line = QImage(80, 1, QImage.Format.Format_RGB32)
    line.fill(QColor("#ff0000"))
    picture = QImage(60, 60, QImage.Format.Format_RGB32)
    picture.fill(QColor("#ffffff"))
    with QPainter(picture) as painter:
        draw_thumbnail(painter, QRect(10, 10, 40, 40), line, LIGHT)
    red = [picture.pixelColor(30, y) for y in range(60)]
    assert any(colour.red() > 200 and colour.green() < 60 for colour in red)


def test_masks_and_formats_that_are_not_read_are_no_parts_and_it_is_said(
    watching: Desk, qtbot: QtBot, parts: Path
) -> None:
    (parts / "ground_truth").mkdir()
    for name in ("part_0000_mask.png", "ground_truth/part_0001_mask.png"):
        shutil.copy(parts / "part_0000.png", parts / name)
    (parts / "phone.heic").touch()
    assembly = watching
    said: list[str] = []
    assembly.views.status.show_activity = said.append
    assembly.library.open([parts])
    ready(assembly, qtbot, "part_0000.png")
    qtbot.waitUntil(lambda: any("2 masks, 1 pictures of formats" in text for text in said), timeout=WAIT)
    assert len(assembly.session.parts) == 6
