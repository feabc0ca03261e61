"""The whole window takes what is dropped on it, and everything goes where it belongs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from feature_desk import Desk
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, WAIT, Start
from window_steps import Inspecting, shown

from app.dropping.controller import DroppingController
from app.dropping.kinds import Kind, kind_of, sorted_by_kind
from app.parts.folder import found_images
from app.parts.state import Verdict
from app.review.controller import ReviewController
from app.settings.store import SettingsStore
from app.shell.assembly import Assembly
from app.shell.stage import Place
from tokenclip_core.judgement.calibration import Calibration
from tokenclip_core.recipes.recipe import FORMAT

COPY, LEFT, PLAIN = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def data_of(paths: Sequence[Path]) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    # As file managers do, which fields for text would take.
    data.setText("\n".join(str(path) for path in paths))
    return data


def taker_at(assembly: Assembly, place: QPoint) -> QWidget:
    """Whom Qt gives what is dropped at a place: the widget there, or the first around it that takes drops."""
    widget: QWidget | None = assembly.window.childAt(place) or assembly.window
    while widget is not None and not widget.isWindow() and not widget.acceptDrops():
        widget = widget.parentWidget()
    assert widget is not None
    return widget


def drop(assembly: Assembly, *paths: Path, at: QWidget | None = None) -> None:
    """Drag files over the middle of a widget and let them go."""
    over = at or assembly.views.parts
    place = over.mapTo(assembly.window, over.rect().center())
    data, taker = data_of(paths), taker_at(assembly, place)
    assert taker is assembly.window, f"{taker} takes what is dropped on {over}"
    entering = QDragEnterEvent(place, COPY, data, LEFT, PLAIN)
    taker.dragEnterEvent(entering)
    assert entering.isAccepted()
    assert assembly.window._highlight.isVisible()
    assert taker_at(assembly, place) is assembly.window
    taker.dropEvent(QDropEvent(QPointF(place), COPY, data, LEFT, PLAIN))
    assert not assembly.window._highlight.isVisible()


def video(path: Path) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (96, 64))
    for number in range(4):
        writer.write(np.full((64, 96, 3), 40 * number, np.uint8))
    writer.release()
    return path


@pytest.fixture
def listing(desk: Desk, qtbot: QtBot, parts: Path, tmp_path: Path) -> Iterator[Desk]:
    """The list of a folder that is watched, and what is said of one part."""
    settings = SettingsStore(tmp_path / "settings")
    desk.list_parts(review=ReviewController(desk.session, settings, desk.views, desk.actions, desk.reviews))
    desk.review.ask_who = lambda _suggested: "Ada"
    desk.features["dropping"] = DroppingController(desk.views, desk.work, {Kind.PARTS: desk.library.open})
    desk.lay(desk.views.parts, desk.views.canvas, desk.views.inspection, desk.views.message)
    desk.models.reload()
    yield desk
    desk.work.stop()
    assert desk.work.join(ENDS_SECONDS)
    desk.reviews.finish()


def names(assembly: Inspecting) -> list[str]:
    return [part.name for part in assembly.session.parts]


def test_every_place_of_the_window_takes_a_drop(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    views = assembly.views
    places = (views.canvas, views.canvas.viewport(), views.parts.view, views.parts._filter, views.inspection._table)
    for number, place in enumerate((*places, views.layer_bar, assembly.window.menuBar(), views.status)):
        drop(assembly, parts / f"part_{number % 6:04d}.png", at=place)
        qtbot.waitUntil(lambda number=number: names(assembly) == [f"part_{number % 6:04d}.png"], timeout=WAIT)
    assert views.parts._filter.text() == ""


def test_the_highlight_goes_when_the_drag_leaves(start: Start, parts: Path) -> None:
    assembly = start()
    data = data_of([parts])
    assembly.window.dragEnterEvent(QDragEnterEvent(QPoint(5, 5), COPY, data, LEFT, PLAIN))
    highlight = assembly.window._highlight
    assert highlight.isVisible()
    assert highlight.size() == assembly.window.size()
    assembly.window.dragLeaveEvent(QDragLeaveEvent())
    assert not highlight.isVisible()
    data = QMimeData()
    data.setText("words")
    entering = QDragEnterEvent(QPoint(5, 5), COPY, data, LEFT, PLAIN)
    entering.ignore()
    assembly.window.dragEnterEvent(entering)
    assert not entering.isAccepted()


def test_a_video_goes_to_the_live_view(start: Start, qtbot: QtBot, parts: Path, tmp_path: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    drop(assembly, video(tmp_path / "belt.mp4"), at=assembly.views.canvas)
    qtbot.waitUntil(lambda: assembly.stage.place is Place.LIVE, timeout=WAIT)
    qtbot.waitUntil(
        lambda: [camera.name for camera in assembly.live.live.cameras.values()] == ["belt.mp4"], timeout=WAIT
    )
    assert names(assembly)[0] == "part_0000.png"
    # Parts lead back.
    drop(assembly, parts / "part_0003.png", at=assembly.views.live)
    shown(assembly, qtbot, "part_0003.png")
    assert assembly.stage.place is Place.PARTS


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.txt", b"words", "it is no picture, video"),
        ("other.json", b'{"format": "another"}', "it is no picture, video"),
        ("broken.json", b"{", "it is no picture, video"),
        ("weights.safetensors", b"no header", "it is no picture, video"),
        ("photo.heic", b"", "this format is not read"),
        ("missing.png", None, "it is not there"),
    ],
)
def test_nonsense_is_refused_and_the_open_folder_stays(
    listing: Desk, qtbot: QtBot, parts: Path, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    assembly = listing
    assembly.library.open([parts])
    shown(assembly, qtbot)
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    assembly.dropping.take([file])
    qtbot.waitUntil(lambda: said in assembly.views.message.text, timeout=WAIT)
    assert name in assembly.views.message.text
    assert len(names(assembly)) == 6
    assert assembly.shown.result is not None
    assert assembly.stage.place is Place.PARTS


def test_what_can_be_opened_is_and_the_rest_is_named(start: Start, qtbot: QtBot, parts: Path, tmp_path: Path) -> None:
    nonsense = [tmp_path / f"{number}.txt" for number in range(5)]
    for file in nonsense:
        file.write_text("words")
    assembly = start()
    drop(assembly, *nonsense, parts)
    shown(assembly, qtbot, "part_0000.png")
    assert len(names(assembly)) == 6
    qtbot.waitUntil(lambda: "0.txt" in assembly.views.message.text, timeout=WAIT)
    assert "and 2 more" in assembly.views.message.text


def test_every_kind_is_told(tmp_path: Path, parts: Path) -> None:
    recipe, model = tmp_path / "a.recipe.json", tmp_path / "model"
    recipe.write_text(json.dumps({"format": FORMAT}))
    calibration = tmp_path / "calibration.json"
    Calibration(0.4, 0.01, 99, 1, 0, 0, {}).write(calibration)
    model.mkdir()
    (model / "open_clip_config.json").write_text("{}")
    (model / "model.safetensors").write_bytes(b"")
    words = tmp_path / "words.toml"
    words.write_text("")
    told = sorted_by_kind([recipe, calibration, model, words, parts, parts / "part_0000.png", tmp_path / "belt.MP4"])
    (tmp_path / "belt.MP4").write_bytes(b"")
    assert kind_of(tmp_path / "belt.MP4") is Kind.VIDEO
    assert {kind: len(those) for kind, those in told.items()} == {
        Kind.MODEL: 1,
        Kind.VOCABULARY: 1,
        Kind.RECIPE: 1,
        Kind.CALIBRATION: 1,
        Kind.PARTS: 2,
        Kind.MISSING: 1,
    }
    assert list(told) == sorted(told, key=lambda kind: kind.value)
    assert kind_of(Path("a\0b.png")) is Kind.MISSING


def test_open_image_takes_videos_too(
    start: Start, qtbot: QtBot, parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    file = video(tmp_path / "belt.mp4")
    asked: list[str] = []

    def choose(_parent: object, _title: str, _folder: str, filters: str) -> tuple[list[str], str]:
        asked.append(filters)
        return [str(file)], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", choose)
    assembly.actions.run("open-image")
    qtbot.waitUntil(lambda: assembly.stage.place is Place.LIVE, timeout=WAIT)
    assert "*.mp4" in asked[0]
    assert "*.jp2" in asked[0].split(";;")[0]


def test_cameras_do_not_give_way_to_a_folder_that_is_still_listed(
    start: Start, qtbot: QtBot, parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = video(tmp_path / "belt.mp4")
    asked, listed = threading.Event(), threading.Event()

    def found_slowly(*given: Any) -> Iterator[list[str]]:
        asked.set()
        assert listed.wait(WAIT / 1000)
        yield from found_images(*given)

    monkeypatch.setattr("app.parts.controller.found_images", found_slowly)
    assembly = start(parts)
    qtbot.waitUntil(asked.is_set, timeout=WAIT)
    assembly.take([file])
    qtbot.waitUntil(lambda: assembly.stage.place is Place.LIVE, timeout=WAIT)
    listed.set()
    qtbot.waitUntil(lambda: len(assembly.session.parts) == 6 and not assembly.store.is_listing, timeout=WAIT)
    qtbot.waitUntil(lambda: assembly.shown.result is not None, timeout=WAIT)
    assert assembly.stage.place is Place.LIVE
    assembly.actions.run("to-parts")
    assert assembly.stage.place is Place.PARTS
    assert assembly.stage.title == "part_0000.png"


def test_an_unreadable_part_shows_nothing_of_another(listing: Desk, qtbot: QtBot, parts: Path) -> None:
    (parts / "part_0002.png").write_bytes(b"this is no picture")
    assembly = listing
    assembly.library.open([parts])
    shown(assembly, qtbot)
    assembly.shown.show(1)
    shown(assembly, qtbot, "part_0001.png")
    assembly.actions.run("reject")
    assembly.views.canvas.pin((3, 5))
    assembly.shown.show(2)
    qtbot.waitUntil(lambda: assembly.session.parts[2].error is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: assembly.views.notice.isVisible(), timeout=WAIT)
    nothing_is_shown(assembly)
    assert assembly.views.inspection.badge.text() == "UNREADABLE"


def nothing_is_shown(assembly: Inspecting) -> None:
    """Neither a picture, nor a number, nor a decision, nor a region."""
    views = assembly.views
    assert views.canvas._area.isEmpty()
    assert not views.canvas._picture.boundingRect().isValid()
    assert views.inspection._score.text() == ""
    assert views.inspection.finding == ""
    assert views.inspection.breakdown.words == ""
    assert views.inspection.plot._counts is None
    assert views.inspection._table.isHidden()
    assert not views.inspection.review._reject.isChecked()
    assert views.footer._reading.text() == ""


def test_an_empty_folder_empties_everything(start: Start, qtbot: QtBot, parts: Path, tmp_path: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    assembly.shown.show(1)
    shown(assembly, qtbot, "part_0001.png")
    assembly.actions.run("reject")
    empty = tmp_path / "empty"
    empty.mkdir()
    drop(assembly, empty, at=assembly.views.canvas)
    qtbot.waitUntil(lambda: assembly.views.empty.isVisible() and not assembly.session.parts, timeout=WAIT)
    nothing_is_shown(assembly)
    assert assembly.views.inspection.badge.text() == "–"
    assert not assembly.views.inspection.review.isEnabled()
    assert assembly.window.windowTitle() == "TokenCLIP Inspector"


def test_new_removed_and_renamed_files_are_noticed(listing: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = listing
    assembly.library.open([parts])
    shown(assembly, qtbot)
    qtbot.waitUntil(lambda: all(part.score is not None for part in assembly.session.parts), timeout=WAIT)
    score = assembly.session.parts[3].score
    (parts / "part_0003.png").rename(parts / "renamed.png")
    (parts / "part_0005.png").unlink()
    Image.fromarray(np.full((64, 96, 3), 60, np.uint8)).save(parts / "new.png")
    qtbot.waitUntil(lambda: set(names(assembly)[6:]) == {"renamed.png", "new.png"}, timeout=WAIT)
    assert [part.name for part in assembly.session.parts if part.gone] == ["part_0003.png", "part_0005.png"]
    # What was inspected is never lost.
    assert assembly.session.parts[3].score == score
    assert assembly.views.parts.model.rowCount() == 8
    (parts / "renamed.png").rename(parts / "part_0003.png")
    qtbot.waitUntil(lambda: not assembly.session.parts[3].gone, timeout=WAIT)
    assert assembly.session.parts[3].verdict(assembly.session.judgement) is Verdict.DEFECT


def test_a_new_folder_is_watched_too(listing: Desk, qtbot: QtBot, parts: Path) -> None:
    assembly = listing
    assembly.library.open([parts])
    shown(assembly, qtbot)
    below = parts / "second" / "shift"
    below.mkdir(parents=True)
    Image.fromarray(np.full((64, 96, 3), 60, np.uint8)).save(below / "a.png")
    qtbot.waitUntil(lambda: "a.png" in names(assembly), timeout=WAIT)
    Image.fromarray(np.full((64, 96, 3), 60, np.uint8)).save(below / "b.png")
    qtbot.waitUntil(lambda: "b.png" in names(assembly), timeout=WAIT)
