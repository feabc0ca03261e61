"""Going through a folder: keys, names that repeat, and what comes back at the next start."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from feature_desk import Desk
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import shown

from app.parts.controller import LibraryController
from app.parts.labels import PartLabels
from app.parts.list_model import LABEL_ROLE
from app.result.presentation import patches_dominated
from app.shell import status_line
from app.shell.stage import Place


@pytest.fixture
def browsing(desk: Desk) -> Desk:
    """The list, the canvas and the panel of one part; nothing is open yet."""
    desk.list_parts()
    desk.lay(desk.views.parts, desk.views.canvas, desk.views.inspection)
    desk.models.reload()
    return desk


def test_keys_of_the_picture_go_through_the_list(browsing: Desk, qtbot: QtBot, parts: Path) -> None:
    for number in range(6, 16):
        shutil.copy(parts / "part_0000.png", parts / f"part_{number:04d}.png")
    assembly = browsing
    assembly.library.open([parts])
    shown(assembly, qtbot)
    canvas = assembly.views.canvas
    for key, row in (
        (Qt.Key.Key_End, 15),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_PageDown, 10),
        (Qt.Key.Key_PageDown, 15),
        (Qt.Key.Key_PageUp, 5),
        (Qt.Key.Key_Right, 6),
    ):
        qtbot.keyClick(canvas, key)
        assert assembly.session.current == row, key
    view = assembly.views.parts.view
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert assembly.session.current == 15
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert assembly.session.current == 0


def test_the_folder_is_said_where_names_repeat(browsing: Desk, qtbot: QtBot, parts: Path) -> None:
    for folder in ("good", "crack"):
        (parts / folder).mkdir()
        shutil.copy(parts / "part_0000.png", parts / folder / "part_0000.png")
    assembly = browsing
    assembly.library.open([parts])
    shown(assembly, qtbot)
    qtbot.waitUntil(lambda: assembly.views.parts.model.rowCount() == 8, timeout=WAIT)
    model = assembly.views.parts.model
    labels = {str(model.data(model.index(row), LABEL_ROLE)) for row in range(8)}
    assert {"parts/part_0000.png", "good/part_0000.png", "crack/part_0000.png", "part_0001.png"} <= labels


def test_labels_are_as_short_as_they_can_be() -> None:
    labels = PartLabels(("/a/x/1.png", "/b/x/1.png", "/a/y/1.png", "/a/y/2.png"))
    assert labels.of("/a/x/1.png") == "a/x/1.png"
    assert labels.of("/b/x/1.png") == "b/x/1.png"
    assert labels.of("/a/y/1.png") == "y/1.png"
    assert labels.of("/a/y/2.png") == "2.png"
    labels.add(["/c/2.png"])
    assert labels.of("/a/y/2.png") == "y/2.png"
    labels.add(["/d/y/1.png"])
    assert labels.of("/a/y/1.png") == "a/y/1.png"
    assert labels.of("/d/y/1.png") == "d/y/1.png"


def test_folder_and_part_come_back_at_the_next_start(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    assembly.shown.show(4)
    shown(assembly, qtbot, "part_0004.png")
    assembly.window.close()
    again = start()
    shown(again, qtbot, "part_0004.png")
    assert len(again.session.parts) == 6
    again.window.close()
    shutil.rmtree(parts)
    third = start()
    qtbot.waitUntil(lambda: third.views.empty._heading.text() == "Drop parts here", timeout=WAIT)
    assert third.session.parts == []
    # What was opened before is offered.
    assert [button.toolTip() for button in third.views.empty._places] == [str(parts)]
    assert third.views.empty._places[0].isVisible()


def test_a_recent_place_is_opened_by_a_click(start: Start, qtbot: QtBot, parts: Path, tmp_path: Path) -> None:
    first = start(parts)
    shown(first, qtbot)
    empty = tmp_path / "empty"
    empty.mkdir()
    first.open([empty])
    qtbot.waitUntil(lambda: first.views.empty.isVisible() and bool(first.views.empty._places), timeout=WAIT)
    button = next(button for button in first.views.empty._places if button.toolTip() == str(parts))
    qtbot.waitUntil(button.isVisible, timeout=WAIT)
    button.click()
    shown(first, qtbot, "part_0000.png")


def test_the_legend_says_which_colour_is_which_subspace(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    legend = assembly.views.canvas.legend
    assert not legend.isVisible()
    qtbot.keyClick(assembly.window, Qt.Key.Key_3)
    assert legend.isVisible()
    shares = [row.share for row in legend.rows]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == 1.0 or len(shares) == 8
    name = legend.rows[0].name
    index = [subspace.name for subspace in assembly.shown.result.subspaces].index(name)
    assembly.judging.rename(index, "hairline")
    assert legend.rows[0].name == "hairline"
    qtbot.keyClick(assembly.window, Qt.Key.Key_2)
    assert not legend.isVisible()


def test_ignored_patches_have_no_share_in_the_legend() -> None:
    assignment = np.zeros((2, 2, 3), np.float32)
    assignment[0, 0] = 0.2, 0.8, 0
    assignment[0, 1] = 0, 0.6, 0.4
    assignment[1, 0] = 1, 0, 0
    assert patches_dominated(assignment) == [0.25, 0.5, 0.0]


def test_regions_are_listed_with_place_and_size(browsing: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = browsing
    assembly.library.open([parts / "part_0001.png"])
    shown(assembly, qtbot)
    table = assembly.views.inspection._table
    qtbot.waitUntil(lambda: table.rowCount() == 1, timeout=WAIT)
    words = [table.item(0, column).text() for column in range(4)]
    assert words == ["1 · middle", "16 × 12", "192", "1.00"]
    tips = [table.horizontalHeaderItem(column).toolTip() for column in range(4)]
    assert all(tips)


def test_the_worst_parts_come_first(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    assembly.actions.run("inspect-all")
    bar = assembly.views.status.batch
    qtbot.waitUntil(lambda: bar._worst.isVisible(), timeout=WAIT)
    bar._worst.click()
    scores = [part.score for part in assembly.session.parts]
    assert assembly.session.parts[assembly.session.current].score == max(scores)
    order = [scores[number] for number in assembly.views.parts.model.order]
    assert order == sorted(scores, reverse=True)


def test_the_expert_part_folds_away_and_stays_so(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    docks = {dock.objectName(): dock for dock in assembly.window.docks}
    qtbot.keyClick(assembly.window, Qt.Key.Key_D)
    assert docks["subspaces"].isHidden()
    assert docks["patch"].isHidden()
    assert docks["inspection"].isVisible()
    assembly.window.close()
    again = start(parts)
    shown(again, qtbot)
    docks = {dock.objectName(): dock for dock in again.window.docks}
    assert docks["subspaces"].isHidden()
    qtbot.keyClick(again.window, Qt.Key.Key_D)
    assert not docks["subspaces"].isHidden()
    assert not docks["patch"].isHidden()


def test_the_contact_sheet_shows_the_parts_of_the_list(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    sheet, stage = assembly.views.sheet, assembly.stage
    assert sheet.view.model() is None
    qtbot.keyClick(assembly.window, Qt.Key.Key_S)
    assert sheet.isVisible()
    qtbot.waitUntil(lambda: assembly.views.parts.model.thumbnail(5) is not None, timeout=WAIT)
    assert sheet.view.model().rowCount() == 6
    narrow = sheet.view.sizeHintForIndex(sheet.view.currentIndex()).width()
    sheet.size_slider.setValue(200)
    assert sheet.view.sizeHintForIndex(sheet.view.currentIndex()).width() > narrow
    # The same part is chosen everywhere.
    sheet.view.setCurrentIndex(sheet.view.model().index(3, 0))
    shown(assembly, qtbot, "part_0003.png")
    place = sheet.view.visualRect(sheet.view.currentIndex())
    picture = sheet.view.viewport().grab(place).toImage()
    hot, cold = picture.pixelColor(8 + 100, 8 + 80), picture.pixelColor(8 + 20, 8 + 110)
    assert hot.red() > cold.red() + 60
    qtbot.keyClick(sheet.view, Qt.Key.Key_Return)
    assert not stage.sheet
    assert assembly.views.canvas.isVisible()
    assert sheet.view.model() is None


def test_what_was_done_is_not_said_for_ever(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_line, "NOTICE_MILLISECONDS", 1)
    line = status_line.StatusLine()
    qtbot.addWidget(line)
    line.show_activity("3 new files")
    assert line.activity == "3 new files"
    qtbot.waitUntil(lambda: line.activity == "", timeout=WAIT)


def test_the_list_is_filtered_by_folder_and_says_how_many_there_are(start: Start, qtbot: QtBot, parts: Path) -> None:
    for folder, count in (("good", 2), ("crack", 3)):
        (parts / folder).mkdir()
        for number in range(count):
            shutil.copy(parts / f"part_{number % 2:04d}.png", parts / folder / f"{number}.png")
    assembly = start(parts)
    shown(assembly, qtbot)
    panel = assembly.views.parts
    qtbot.waitUntil(panel._folders.isVisible, timeout=WAIT)
    words = [panel._folders.itemText(place) for place in range(panel._folders.count())]
    assert words == ["All folders (11)", "parts (6)", "crack (3)", "good (2)"]
    panel._folders.setCurrentIndex(2)
    assert panel.model.rowCount() == 3
    qtbot.waitUntil(lambda: all(part.score is not None for part in assembly.session.parts), timeout=WAIT)
    panel._verdicts.showPopup()
    said = [panel._verdicts.itemText(place) for place in range(3)]
    panel._verdicts.hidePopup()
    assert said == ["All (11)", "Defect (5)", "Good (6)"]
    assert panel._verdicts.itemText(1) == "Defect"
    panel._verdicts.setCurrentIndex(1)
    assert panel.model.rowCount() == 1
    # Another folder has no such choice any more.
    assembly.open([parts / "good"])
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1 and not panel._folders.isVisible(), timeout=WAIT)


def test_a_folder_opened_before_the_window_is_ready_stays_open(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start()
    assembly.open([parts])
    # As it is said when the libraries are loaded, which may be later than a quick hand.
    assembly.work.prepared.emit()
    shown(assembly, qtbot, "part_0000.png")
    assert len(assembly.session.parts) == 6


@pytest.mark.parametrize("place", [Place.EMPTY, Place.MANAGE])
def test_what_was_open_before_comes_without_leaving_what_is_looked_after(
    desk: Desk, qtbot: QtBot, parts: Path, place: Place
) -> None:
    opened: list[bool] = []
    desk.owners.store.opened.connect(lambda _paths, by_itself: opened.append(by_itself))
    library = LibraryController(desk.owners, desk.views, desk.actions, desk.stage)
    desk.stage.show(place)
    library.open_again([parts], "")
    qtbot.waitUntil(lambda: bool(desk.owners.session.parts), timeout=WAIT)
    assert opened == [place is Place.MANAGE]
    library.stop()
