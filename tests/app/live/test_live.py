"""The live view in the window: cameras, verdicts, faults, freezing, snapshots and recordings, as they are seen."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from feature_desk import Desk
from live_desk import live
from live_server import NetworkCamera, jpeg
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, WAIT, FakeInspector, Start
from window_steps import texts

from app.live import files, last_frames
from app.live.access_dialog import AccessDialog
from app.live.add_dialog import AddCameraDialog
from app.live.camera import LiveCamera
from app.live.last_frames import LastFrames
from app.live.options_dialog import LiveOptionsDialog
from app.live.panels import PANEL_MILLISECONDS
from app.live.results import LiveResult
from app.live.settings import LiveOptions
from app.live.tile import LiveTile, TileNumbers
from app.parts.state import Layer, Picture, Verdict
from app.shell.assembly import Assembly
from app.work.part_results import part_result
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.sources.frames import Frame, FrameSource, SourceFacts

__all__ = ["live"]

WIDTH, HEIGHT = 96, 64


def part(*, defective: bool) -> np.ndarray:
    """(64, 96, 3) RGB; a defect is a white spot."""
    pixels = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    if defective:
        pixels[20:32, 40:56] = 250
    return pixels


def faint_part() -> np.ndarray:
    """The same with a spot that is only half as bright."""
    pixels = part(defective=False)
    pixels[20:32, 40:56] = 170
    return pixels


class Scripted(FrameSource):
    """Gives what `shown` is, at 100 frames a second."""

    def __init__(self, name: str = "Scripted") -> None:
        super().__init__(name)
        self.shown = part(defective=False)
        self.closed = threading.Event()

    def open(self) -> SourceFacts:
        return SourceFacts(WIDTH, HEIGHT, 100)

    def read(self) -> Frame | None:
        if self.interrupted.wait(0.01):
            return None
        pixels = self.shown
        return Frame(lambda: pixels)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def whole(start: Start, qtbot: QtBot) -> Assembly:
    """The window with the live view open and the model loaded."""
    assembly: Assembly = start()
    qtbot.waitUntil(lambda: assembly.models.facts is not None, timeout=WAIT)
    qtbot.keyClick(assembly.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert assembly.views.live.isVisible()
    return assembly


@pytest.fixture
def network_camera() -> Iterator[NetworkCamera]:
    frames = [jpeg(np.ascontiguousarray(part(defective=True)[..., ::-1]))]
    camera = NetworkCamera(frame=lambda _number: frames[0])
    camera.start()
    yield camera
    camera.stop()


def add(assembly: Desk | Assembly, source: FrameSource) -> LiveCamera:
    return assembly.live.live.add(lambda: source)


def badge(camera: LiveCamera) -> str:
    return camera.tile.badge.text() if camera.tile.badge.isVisible() else ""


def test_the_panels_follow_at_reading_speed(live: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    filled: list[float] = []
    show_score = live.views.inspection.show_score

    def count(score: float | None, verdict: Verdict, threshold: float, reason: str = "") -> None:
        filled.append(time.monotonic())
        show_score(score, verdict, threshold, reason)

    source = Scripted()
    camera = add(live, source)
    qtbot.waitUntil(lambda: badge(camera) == "GOOD", timeout=WAIT)
    monkeypatch.setattr(live.views.inspection, "show_score", count)
    results, began = camera.inspected.total, time.monotonic()
    qtbot.waitUntil(lambda: len(filled) >= 2 and camera.inspected.total >= results + 20, timeout=WAIT)
    most = (time.monotonic() - began) / (PANEL_MILLISECONDS / 1000) + 2
    assert len(filled) <= most
    source.shown = part(defective=True)
    qtbot.waitUntil(lambda: badge(camera) == "DEFECT", timeout=WAIT)
    qtbot.waitUntil(lambda: live.views.inspection.badge.text() == "DEFECT", timeout=WAIT)


def test_a_camera_shows_its_verdict_and_the_panels_follow(live: Desk, qtbot: QtBot) -> None:
    source = Scripted()
    camera = add(live, source)
    qtbot.waitUntil(lambda: badge(camera) == "GOOD", timeout=WAIT)
    source.shown = part(defective=True)
    qtbot.waitUntil(lambda: badge(camera) == "DEFECT", timeout=WAIT)
    qtbot.waitUntil(lambda: "1 region · 192 px" in texts(live), timeout=WAIT)
    assert live.views.inspection.badge.text() == "DEFECT"
    assert live.views.inspection.breakdown.words.startswith("Score from: ")
    qtbot.waitUntil(lambda: "inspected" in camera.tile.numbers_text and "age" in camera.tile.numbers_text, timeout=WAIT)
    canvas = camera.tile.canvas
    spot = canvas.mapFromScene(48, 26)
    heated = canvas.grab().toImage().pixelColor(spot)
    live.display.take(layer=Layer.ORIGINAL)
    bare = canvas.grab().toImage().pixelColor(spot)
    assert bare.lightness() > 230
    assert heated != bare, "the heatmap is not seen"


def test_the_threshold_judges_a_frozen_picture_again(live: Desk, qtbot: QtBot) -> None:
    source = Scripted()
    source.shown = part(defective=True)
    camera = add(live, source)
    qtbot.waitUntil(lambda: badge(camera) == "DEFECT", timeout=WAIT)
    live.actions.run("freeze")
    assert "FROZEN" in texts(live)
    shown = camera.latest
    assert shown is not None
    source.shown = part(defective=False)
    dropped = camera.capture.rate.total if camera.capture else 0
    qtbot.waitUntil(lambda: camera.capture is not None and camera.capture.rate.total > dropped + 10, timeout=WAIT)
    assert camera.latest.frame is shown.frame
    live.judging.set_threshold(1.0)
    assert badge(camera) == "DEFECT"
    source.shown = part(defective=False)
    qtbot.keyClick(live.window, Qt.Key.Key_Period)
    qtbot.waitUntil(lambda: badge(camera) == "GOOD", timeout=WAIT)
    assert "FROZEN" in texts(live)
    live.actions.run("freeze")
    assert "FROZEN" not in texts(live)


def test_a_fault_is_a_sentence_and_the_other_camera_goes_on(
    live: Desk, qtbot: QtBot, network_camera: NetworkCamera, caplog: pytest.LogCaptureFixture
) -> None:
    network_camera.credentials = ("me", "s3cret")
    live.live.add_named(network_camera.address)
    first = live.live.live.cameras[1]
    other = add(live, Scripted("Other"))
    qtbot.waitUntil(lambda: badge(first) == "DEFECT" and badge(other) == "GOOD", timeout=WAIT)
    first_canvas = first.tile.canvas
    corner = first_canvas.mapFromScene(3, 3)
    clear = first_canvas.viewport().grab().toImage().pixelColor(corner).lightness()
    network_camera.stop()
    qtbot.waitUntil(
        lambda: first.tile.notice.isVisible() and "does not answer" in first.tile.notice.text(), timeout=WAIT
    )
    assert badge(first) == "NO PICTURE"
    # The last picture is veiled, no verdict comes back by itself, and the panels say the same.
    assert "no picture for" in first.tile.numbers_text
    assert first_canvas.viewport().grab().toImage().pixelColor(corner).lightness() > clear + 50
    live.judging.set_threshold(0.4)
    assert badge(first) == "NO PICTURE"
    live.views.live.select(first.number)
    assert live.views.inspection.badge.text() == "NO PICTURE"
    assert "NO PICTURE" not in badge(other)
    before = other.inspected.total
    qtbot.waitUntil(lambda: other.inspected.total > before + 5, timeout=WAIT)
    seen = [*texts(live), live.window.windowTitle(), caplog.text, repr(first.capture and first.capture.source)]
    assert not [text for text in seen if "s3cret" in text]
    network_camera.start()
    qtbot.waitUntil(lambda: badge(first) == "DEFECT", timeout=WAIT)
    assert not first.tile.notice.isVisible()
    assert first_canvas.viewport().grab().toImage().pixelColor(corner).lightness() == pytest.approx(clear, abs=9)


def test_a_wrong_password_says_what_to_do(live: Desk, qtbot: QtBot, network_camera: NetworkCamera) -> None:
    network_camera.credentials = ("me", "s3cret")
    live.live.add_named(f"http://me:wr0ng@127.0.0.1:{network_camera.port}/video")
    notice = live.live.live.cameras[1].tile.notice
    qtbot.waitUntil(lambda: notice.isVisible() and "password refused" in notice.text(), timeout=WAIT)
    assert "wr0ng" not in notice.text()
    assert "Live › Sign in" in notice.text()
    # The fields that it leads to: the camera is the same then, and it is there.
    live.actions.run("sign-in")
    (dialog,) = live.window.findChildren(AccessDialog)
    dialog._user.setText("me")
    dialog._password.setText("s3cret")
    dialog.accept()
    qtbot.waitUntil(
        lambda: len(live.live.live.cameras) == 1 and badge(*live.live.live.cameras.values()) == "DEFECT", timeout=WAIT
    )
    assert "s3cret" not in str(live.live.remembering._store.values.live)


def test_a_removed_camera_is_brought_back_and_the_selection_stays_in_its_place(live: Desk, qtbot: QtBot) -> None:
    for _ in range(3):
        live.live.add_named("demo")
    cameras = live.live.live.cameras
    names = [camera.name for camera in cameras.values()]
    live.views.live.select(2)
    live.actions.run("remove-camera")
    assert [camera.name for camera in cameras.values()] == [names[0], names[2]]
    assert live.views.live.selected == 3
    assert names[1] in live.views.status.activity
    live.actions.run("bring-back-camera")
    assert sorted(camera.name for camera in cameras.values()) == sorted(names)
    assert not live.actions["bring-back-camera"].isEnabled()


def test_a_narrow_tile_keeps_rates_and_age(qtbot: QtBot) -> None:
    tile = LiveTile(1, "Line 1", choose=lambda _number: None, enlarge=lambda _number: None)
    qtbot.addWidget(tile)
    tile.resize(900, 300)
    tile.show()
    tile.show_numbers(TileNumbers(30.0, 0.2, 386, 0.817))
    assert "left out 386" in tile.numbers_text
    for width in (320, 200):
        tile.resize(width, 300)
        qtbot.waitUntil(lambda: "left out" not in tile.numbers_text, timeout=WAIT)
        label = tile._numbers
        assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
        assert "0.2/s" in tile.numbers_text
        assert "817 ms" in tile.numbers_text
        assert "left out 386" in label.toolTip()


def test_a_recording_has_a_video_with_the_overlays(tmp_path: Path) -> None:
    inspector = FakeInspector()
    (encoded,) = inspector.encode([part(defective=True)])
    result = part_result(inspector.score(encoded), milliseconds=1.0)
    frame = Frame(lambda: part(defective=True))
    picture = Picture(WIDTH, HEIGHT, ())
    shown = LiveResult(1, frame, picture, result, None, "compact")
    recorder = files.Recorder(files.RecordingPlan(tmp_path, everything=True, video=True), {})
    for _ in range(3):
        recorder.write("Line 1", shown, Judgement(), [])
    facts = recorder.finish()
    video = cv2.VideoCapture(str(facts.folder / files.VIDEO_NAME))
    frames = []
    while (read := video.read())[0]:
        frames.append(read[1])
    assert len(frames) == 3
    assert frames[0].shape == (HEIGHT, WIDTH, 3)
    blue, _, red = (int(value) for value in frames[0][26, 48])
    assert red > blue + 40, "the spot glows"


def test_a_slow_model_gathers_nothing(live: Desk, qtbot: QtBot, inspector: FakeInspector) -> None:
    inspector.gate = threading.Event()
    camera = add(live, Scripted())
    qtbot.waitUntil(lambda: camera.capture is not None and camera.capture.dropped > 20, timeout=WAIT)
    began = time.monotonic()
    inspector.gate.set()
    qtbot.waitUntil(lambda: camera.inspected.total >= 2, timeout=WAIT)
    assert camera.latest is not None
    assert camera.latest.frame.captured > began - 0.5


def test_cameras_have_equal_shares(live: Desk, qtbot: QtBot) -> None:
    cameras = [add(live, Scripted(f"Camera {letter}")) for letter in "ABC"]
    qtbot.waitUntil(lambda: min(camera.inspected.total for camera in cameras) >= 20, timeout=WAIT)
    totals = [camera.inspected.total for camera in cameras]
    assert max(totals) <= 1.6 * min(totals), totals


def test_a_click_enlarges_a_camera_and_escape_shows_all(live: Desk, qtbot: QtBot) -> None:
    cameras = [add(live, Scripted(f"Camera {letter}")) for letter in "AB"]
    qtbot.waitUntil(lambda: all(badge(camera) == "GOOD" for camera in cameras), timeout=WAIT)
    qtbot.mouseClick(cameras[0].tile.canvas.viewport(), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not cameras[1].tile.isVisible(), timeout=WAIT)
    assert live.live.live.selected is cameras[0]
    qtbot.keyClick(cameras[0].tile.canvas, Qt.Key.Key_Escape)
    qtbot.waitUntil(cameras[1].tile.isVisible, timeout=WAIT)


def test_a_snapshot_scores_as_it_was_shown(live: Desk, qtbot: QtBot, tmp_path: Path, inspector: FakeInspector) -> None:
    live.live.recording.take_options(LiveOptions(folder=str(tmp_path / "shots")))
    source = Scripted("Line 1")
    source.shown = part(defective=True)
    camera = add(live, source)
    qtbot.waitUntil(lambda: badge(camera) == "DEFECT", timeout=WAIT)
    qtbot.keyClick(live.window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    rows = tmp_path / "shots" / "results.jsonl"
    qtbot.waitUntil(lambda: rows.exists() and rows.read_text().endswith("\n"), timeout=WAIT)
    row: dict[str, Any] = json.loads(rows.read_text())
    with Image.open(tmp_path / "shots" / row["path"]) as image:
        pixels = np.asarray(image)
    assert np.array_equal(pixels, source.shown)
    again = inspector.score(inspector.encode([pixels])[0])
    assert row["score"] == pytest.approx(again.score, abs=1e-6)
    assert (row["verdict"], row["width"], row["height"]) == ("defect", WIDTH, HEIGHT)
    assert row["captured"].endswith("+00:00")


def test_the_last_pictures_of_a_camera_become_good_parts(live: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    live.live.recording.take_options(LiveOptions(folder=str(tmp_path / "shots")))
    source = Scripted("Line 1")
    camera = add(live, source)
    qtbot.waitUntil(lambda: len(camera.last.frames) >= 3, timeout=WAIT)
    live.actions.run("last-good")
    qtbot.waitUntil(lambda: len(live.given) >= 3, timeout=WAIT)
    saved = sorted((tmp_path / "shots" / "good parts").glob("Line_1_*.png"))
    assert live.given == saved
    with Image.open(saved[0]) as image:
        assert np.array_equal(np.asarray(image), source.shown)
    qtbot.waitUntil(lambda: "saved as good parts in" in " ".join(texts(live)), timeout=WAIT)


def test_the_last_frames_are_bounded_and_apart() -> None:
    last = LastFrames()

    def keep(number: float, nbytes: int = 1) -> None:
        last.keep(Frame(lambda: part(defective=False), captured=number), nbytes)

    for number in range(30):
        keep(number)
        keep(number + 0.1)
    assert [frame.captured for frame in last.frames] == list(range(10, 30))
    keep(40, last_frames.MOST_BYTES // 4)
    keep(41, last_frames.MOST_BYTES // 4)
    assert [frame.captured for frame in last.frames] == [40, 41], "what the camera sent is held as well"
    keep(42, last_frames.MOST_BYTES)
    assert [frame.captured for frame in last.frames] == [42], "the newest is always kept"
    last.keep(Frame(lambda: part(defective=False), captured=43), 1, cameras=4)
    assert [frame.captured for frame in last.frames] == [43]


def test_a_recording_has_the_defects_and_what_was_before(live: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    live.live.recording.take_options(LiveOptions(folder=str(tmp_path), seconds_before=5))
    source = Scripted()
    camera = add(live, source)
    qtbot.waitUntil(lambda: badge(camera) == "GOOD", timeout=WAIT)
    live.actions.run("record")
    assert "REC" in texts(live)
    begun = camera.inspected.total
    qtbot.waitUntil(lambda: camera.inspected.total > begun + 30, timeout=WAIT)
    source.shown = part(defective=True)

    def rows() -> list[dict[str, Any]]:
        lines = [
            line for file in tmp_path.glob("*/results.jsonl") for line in file.read_text().splitlines(keepends=True)
        ]
        return [json.loads(line) for line in lines if line.endswith("\n")]

    qtbot.waitUntil(lambda: len(rows()) >= 3, timeout=WAIT)
    live.actions.run("record")
    assert "REC" not in texts(live)
    (folder,) = tmp_path.glob("recording_*")
    qtbot.waitUntil(lambda: json.loads((folder / "run.json").read_text())["finished"], timeout=WAIT)
    assert {row["verdict"] for row in rows()} == {"defect"}
    assert all((folder / row["path"]).is_file() for row in rows())
    before = list((folder / "before").glob("*/*.jpg"))
    assert len(before) >= 2
    assert cv2.imread(str(before[0])).max() < 130, "frames from before a defect have none"


def test_a_recording_ends_at_its_limit(live: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    live.live.recording.take_options(LiveOptions(folder=str(tmp_path), everything=True, most_bytes=2000))
    camera = add(live, Scripted())
    qtbot.waitUntil(lambda: badge(camera) == "GOOD", timeout=WAIT)
    live.actions.run("record")
    qtbot.waitUntil(lambda: "has reached its limit" in live.views.message.text, timeout=WAIT)
    assert not live.live.recording.recorded
    assert sum(file.stat().st_size for file in tmp_path.rglob("*.png")) < 4000


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Pictures are written once the event is set."""
    released = threading.Event()
    save = files._save_png

    def wait_and_save(path: Path, frame: Frame) -> int:
        assert released.wait(WAIT / 1000)
        return save(path, frame)

    monkeypatch.setattr(files, "_save_png", wait_and_save)
    yield released
    released.set()


def test_closing_writes_the_pictures_that_wait(
    whole: Assembly, qtbot: QtBot, tmp_path: Path, slow_disk: threading.Event
) -> None:
    recording = whole.live.recording
    recording.take_options(LiveOptions(folder=str(tmp_path), everything=True))
    camera = add(whole, Scripted())
    qtbot.waitUntil(lambda: badge(camera) == "GOOD", timeout=WAIT)
    whole.actions.run("record")
    qtbot.waitUntil(lambda: recording._waiting == files.MOST_WAITING, timeout=WAIT)
    whole.window.close()
    slow_disk.set()
    assert whole.shut_down(WAIT / 1000)
    (folder,) = tmp_path.glob("recording_*")
    rows = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert len(rows) == files.MOST_WAITING
    assert all((folder / row["path"]).is_file() for row in rows)
    assert json.loads((folder / "run.json").read_text())["finished"]


def test_each_recording_counts_what_it_leaves_out(
    live: Desk, qtbot: QtBot, tmp_path: Path, slow_disk: threading.Event
) -> None:
    recording = live.live.recording
    recording.take_options(LiveOptions(folder=str(tmp_path), everything=True))
    said: list[str] = []
    recording.say = said.append
    camera = add(live, Scripted())
    qtbot.waitUntil(lambda: badge(camera) == "GOOD", timeout=WAIT)
    live.actions.run("record")
    qtbot.waitUntil(lambda: recording._waiting == files.MOST_WAITING, timeout=WAIT)
    shown = camera.inspected.total
    qtbot.waitUntil(lambda: camera.inspected.total > shown + 2, timeout=WAIT)
    slow_disk.set()
    qtbot.waitUntil(lambda: any("left out" in text for text in said), timeout=WAIT)
    live.actions.run("record")
    qtbot.waitUntil(lambda: not recording.recorded and recording._files.idle, timeout=WAIT)
    QApplication.processEvents()
    said.clear()
    live.actions.run("record")
    qtbot.waitUntil(lambda: any(text.startswith("Recorded") for text in said), timeout=WAIT)
    assert not any("left out" in text for text in said)


def test_verdicts_are_smoothed_when_that_is_asked_for(live: Desk, qtbot: QtBot) -> None:
    live.live.recording.take_options(LiveOptions(smoothing=99))
    source = Scripted()
    camera = add(live, source)
    qtbot.waitUntil(lambda: len(camera.scores) >= 20, timeout=WAIT)
    source.shown = part(defective=True)
    qtbot.waitUntil(
        lambda: camera.latest is not None and camera.latest.verdict(Judgement()) is Verdict.DEFECT, timeout=WAIT
    )
    assert badge(camera) == "GOOD"
    qtbot.waitUntil(lambda: any(text.startswith("median 0.") for text in texts(live)), timeout=WAIT)
    qtbot.waitUntil(lambda: badge(camera) == "DEFECT", timeout=WAIT)
    live.live.recording.take_options(LiveOptions(smoothing=1))
    assert badge(camera) == "DEFECT"


def test_own_thresholds_have_their_say_in_smoothed_verdicts(live: Desk, qtbot: QtBot) -> None:
    began: list[LiveCamera] = []
    live.live.live.defect_began.connect(began.append)
    live.live.recording.take_options(LiveOptions(smoothing=5))
    live.judging.set_threshold(1.0)
    source = Scripted()
    source.shown = faint_part()
    camera = add(live, source)
    qtbot.waitUntil(lambda: len(camera.scores) == 5, timeout=WAIT)
    scores = camera.judged_scores
    assert scores is not None
    assert badge(camera) == "GOOD"
    strongest = max(range(len(scores.peaks)), key=lambda index: scores.peaks[index])
    live.judging.set_own_threshold(strongest, scores.peaks[strongest] / 2)
    qtbot.waitUntil(lambda: badge(camera) == "DEFECT", timeout=WAIT)
    assert began == [camera], "the sound follows the badge"
    qtbot.waitUntil(lambda: "a subspace's own threshold" in texts(live), timeout=WAIT)
    live.judging.set_own_threshold(strongest, None)
    qtbot.waitUntil(lambda: badge(camera) == "GOOD", timeout=WAIT)
    # So have the limits of evidence channels.
    live.judging.set_measured(1.0, (("self", dict(scores.channels)["self"] / 2),))
    qtbot.waitUntil(lambda: badge(camera) == "DEFECT", timeout=WAIT)
    qtbot.waitUntil(lambda: any(text.startswith("self ≥ 0.") for text in texts(live)), timeout=WAIT)
    live.judging.reset()
    live.judging.set_threshold(1.0)
    qtbot.waitUntil(lambda: badge(camera) == "GOOD", timeout=WAIT)


def test_the_verdict_over_the_whole_screen(live: Desk, qtbot: QtBot) -> None:
    source = Scripted()
    source.shown = part(defective=True)
    camera = add(live, source)
    qtbot.waitUntil(lambda: badge(camera) == "DEFECT", timeout=WAIT)
    qtbot.keyClick(live.window, Qt.Key.Key_F11)
    screen = live.live.recording._operator
    assert screen is not None
    assert screen.isVisible()
    assert screen.word == "DEFECT"
    source.shown = part(defective=False)
    qtbot.waitUntil(lambda: screen.word == "GOOD", timeout=WAIT)
    qtbot.keyClick(screen, Qt.Key.Key_A)
    assert live.live.recording._operator is None


def test_turning_and_mirroring_turn_the_inspected_pixels(live: Desk, qtbot: QtBot) -> None:
    source = Scripted()
    camera = add(live, source)
    qtbot.waitUntil(lambda: badge(camera) == "GOOD", timeout=WAIT)
    live.actions.run("camera-options")
    (dialog,) = live.window.findChildren(LiveOptionsDialog)
    dialog.orientation_changed.emit(1, True)
    qtbot.waitUntil(
        lambda: camera.latest is not None and (camera.latest.picture.width, camera.latest.picture.height) == (64, 96),
        timeout=WAIT,
    )
    dialog.close()


def test_a_camera_is_added_by_the_dialog(live: Desk, qtbot: QtBot, network_camera: NetworkCamera) -> None:
    live.actions.run("add-camera")
    (dialog,) = live.window.findChildren(AddCameraDialog)
    (accept,) = [button for button in dialog.findChildren(QPushButton) if button.text() == "Add"]
    dialog.type_address("   ")
    assert not accept.isEnabled()
    dialog.type_address(network_camera.address)
    qtbot.mouseClick(accept, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(live.live.live.cameras), timeout=WAIT)
    camera = live.live.live.cameras[1]
    qtbot.waitUntil(lambda: badge(camera) == "DEFECT", timeout=WAIT)
    live.actions.run("remove-camera")
    assert "No camera yet" in texts(live)


def test_leaving_the_live_view_gives_the_cameras_back(whole: Assembly, qtbot: QtBot) -> None:
    source = Scripted()
    camera = add(whole, source)
    qtbot.waitUntil(lambda: badge(camera) == "GOOD", timeout=WAIT)
    assert not whole.views.parts.isVisible()
    whole.actions.run("to-parts")
    qtbot.waitUntil(source.closed.is_set, timeout=WAIT)
    assert whole.views.parts.isVisible()
    assert not whole.views.live.isVisible()


def test_closing_stops_every_camera_soon(
    whole: Assembly, qtbot: QtBot, network_camera: NetworkCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing but the closing ends what says nothing.
    monkeypatch.setattr("tokenclip_core.sources.capture.STALL_SECONDS", 10 * ENDS_SECONDS)
    whole.live.add_named(network_camera.address)
    cameras = [whole.live.live.cameras[1], add(whole, Scripted()), add(whole, Scripted())]
    qtbot.waitUntil(lambda: all(badge(camera) in {"GOOD", "DEFECT"} for camera in cameras), timeout=WAIT)
    network_camera.stalled.set()
    whole.window.close()
    assert whole.shut_down(ENDS_SECONDS)
    assert network_camera.stalled.is_set(), "it still says nothing"


def test_the_start_argument_opens_the_live_view(start: Start, qtbot: QtBot) -> None:
    assembly: Assembly = start()
    assembly.live.start_with("demo")
    qtbot.waitUntil(lambda: bool(assembly.live.live.cameras), timeout=WAIT)
    camera = assembly.live.live.cameras[1]
    qtbot.waitUntil(lambda: badge(camera) in {"GOOD", "DEFECT"}, timeout=WAIT)
