"""What the live view remembers between starts, and what of the stills rests while it is seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from feature_desk import Desk
from live_desk import Starts, starts
from live_server import NetworkCamera, jpeg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start

from app.live.access_dialog import AccessDialog
from app.live.settings import LiveMemory, LiveOptions, RememberedCamera
from app.shell.assembly import Assembly
from tokenclip_core.sources.frames import Orientation

__all__ = ["starts"]

HIDDEN = "s3cret"


@pytest.fixture
def camera() -> Iterator[NetworkCamera]:
    picture = jpeg(np.full((64, 96, 3), 90, np.uint8))
    camera = NetworkCamera(frame=lambda _number: picture, credentials=("me", HIDDEN))
    camera.start()
    yield camera
    camera.stop()


def tile_texts(assembly: Desk) -> list[str]:
    return [label.text() for label in assembly.views.live.findChildren(QLabel) if label.isVisible()]


def test_cameras_and_options_come_back_but_no_password(
    starts: Starts, qtbot: QtBot, camera: NetworkCamera, isolated_settings: Path, tmp_path: Path
) -> None:
    first = starts()
    belt = first.live.remembering.add("demo:2")
    first.live.remembering.add(camera.address)
    first.live.remembering.set_orientation(belt, Orientation(1, mirrored=True))
    first.live.remembering.take_options(LiveOptions(smoothing=5, sound=True, everything=True, folder=str(tmp_path)))
    first.views.live.enlarge(belt.number)
    starts.end()
    kept = "".join(file.read_text("utf-8", "replace") for file in isolated_settings.rglob("*") if file.is_file())
    assert HIDDEN not in kept
    assert f"http://127.0.0.1:{camera.port}/video" in kept

    second = starts()
    (again,) = second.live.live.cameras.values()
    assert (again.name, again.orientation) == ("Belt 2", Orientation(1, mirrored=True))
    assert second.views.live.large == again.number
    assert second.live.live.smoothing == 5
    options = second.live.recording.options
    assert (options.sound, options.everything, options.folder) == (True, True, str(tmp_path))
    dialog = second.window.findChild(AccessDialog)
    assert dialog is not None
    address, user, password = dialog.findChildren(QLineEdit)
    assert address.text() == f"http://127.0.0.1:{camera.port}/video"
    qtbot.keyClicks(user, "me")
    qtbot.keyClicks(password, HIDDEN)
    qtbot.keyClick(password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(second.live.live.cameras) == 2, timeout=WAIT)
    network = second.live.live.cameras[max(second.live.live.cameras)]
    qtbot.waitUntil(lambda: network.latest is not None, timeout=WAIT)
    assert HIDDEN not in " ".join(tile_texts(second))


def test_without_a_password_the_tile_says_so_and_it_is_asked_for_again(
    starts: Starts, qtbot: QtBot, camera: NetworkCamera
) -> None:
    first = starts()
    first.live.remembering.add(camera.address)
    starts.end()
    for _ in range(2):
        again = starts()
        dialog = again.window.findChild(AccessDialog)
        assert dialog is not None
        dialog.reject()
        said = partial(lambda assembly: "User name or password refused" in " ".join(tile_texts(assembly)), again)
        qtbot.waitUntil(said, timeout=WAIT)
        starts.end()


def test_a_removed_camera_does_not_come_back(starts: Starts, qtbot: QtBot) -> None:
    first = starts()
    first.live.remembering.add("demo:1")
    first.live.remembering.add("demo:2")
    first.live.live.remove_selected()
    starts.end()
    second = starts()
    assert [camera.name for camera in second.live.live.cameras.values()] == ["Belt 1"]


@pytest.mark.parametrize(
    ("text", "kept", "locked"),
    [
        ("rtsp://me:s3cret@cam/x", "rtsp://cam/x", True),
        ("RTSP://cam/x", "rtsp://cam/x", False),
        ("http://cam/x?pwd=s3cret", "http://cam/x?pwd=***", True),
        ("belt.mp4", "belt.mp4", False),
    ],
)
def test_what_is_remembered_of_a_camera(text: str, kept: str, locked: bool) -> None:
    assert RememberedCamera.of(text) == RememberedCamera(kept, locked=locked)


def test_settings_that_make_no_sense_are_left_out() -> None:
    values = {
        "cameras": [{"text": "demo"}, {"text": 5}, "demo", {"text": "1", "quarter_turns": "left"}],
        "enlarged": 7,
        "options": {"smoothing": -3, "seconds_before": 1, "most_bytes": True, "sound": "loud"},
    }
    memory = LiveMemory.from_mapping(values)
    assert [camera.text for camera in memory.cameras] == ["demo", "1"]
    assert memory.enlarged is None
    assert (memory.options.smoothing, memory.options.seconds_before, memory.options.sound) == (1, 1.0, False)
    assert LiveMemory.from_mapping(json.loads(json.dumps(memory.to_mapping()))) == memory


def test_reviews_and_own_maps_rest_in_the_live_view(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly: Assembly = start(parts)
    qtbot.waitUntil(assembly.views.inspection.review.isEnabled, timeout=WAIT)
    of_parts = [
        assembly.actions[name]
        for name in ("accept", "reject", "note", "compare-layers", "areas", "copy-value", "gallery")
    ]
    qtbot.waitUntil(lambda: assembly.models.facts is not None, timeout=WAIT)
    own_map = next(
        b for b in assembly.views.subspaces.findChildren(QToolButton) if b.toolTip().startswith("Heatmap of")
    )
    assert own_map.isEnabled()
    qtbot.keyClick(assembly.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert assembly.views.live.isVisible()
    assert not assembly.views.inspection.review.isEnabled()
    assert "snapshot" in assembly.views.inspection.review._accept.toolTip()
    assert not own_map.isEnabled()
    assert "snapshot" in own_map.toolTip()
    assert not any(action.isEnabled() for action in of_parts)
    assembly.actions.run("to-parts")
    assert assembly.views.inspection.review.isEnabled()
    assert assembly.views.inspection.review._accept.toolTip().startswith("Accept")
    assert own_map.isEnabled()
    assert all(action.isEnabled() for action in of_parts)
