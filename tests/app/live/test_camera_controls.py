"""Exposure, size and rate of a camera: set, kept for the next start, and refused by a camera that can't."""

from __future__ import annotations

import json
import types
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from feature_desk import Desk
from live_desk import Starts, starts
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot
from watched import Watched
from window_fakes import WAIT

from app.live import memory as live_memory
from app.live.options_dialog import LiveOptionsDialog
from app.live.settings import LiveMemory
from app.widgets.number_box import NumberBox
from tokenclip_core.sources.capture import CaptureState
from tokenclip_core.sources.catalogue import source_of
from tokenclip_core.sources.frames import Fault, Frame, FrameSource, SourceFacts, StreamError, not_taken

__all__ = ["starts"]

BY_HAND, AUTOMATIC = 1, 3
_PARTNERS = {cv2.CAP_PROP_FRAME_WIDTH: cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FRAME_HEIGHT: cv2.CAP_PROP_FRAME_WIDTH}


class Driver:
    """What OpenCV shows of a camera on Linux: a size counts once both sides are set, an exposure once it is by hand."""

    def __init__(self) -> None:
        self.sizes = [(640, 480), (1280, 720)]
        self.silent_sizes: list[tuple[int, int]] = []
        self.auto = AUTOMATIC
        self.reset()

    def reset(self) -> None:
        """OpenCV begins with its own size and rate; an exposure stays as it was."""
        self.size, self.rate, self.exposure = (640, 480), 30.0, getattr(self, "exposure", 156.0)
        self._half: dict[int, float] = {}

    def set(self, prop: int, value: float) -> bool:
        if prop in _PARTNERS:
            self._half[prop] = value
            if len(self._half) == 2:
                size = tuple(int(self._half[side]) for side in _PARTNERS)
                self._half = {}
                self.size = next((known for known in self.sizes if known == size), self.size)
        elif prop == cv2.CAP_PROP_AUTO_EXPOSURE:
            self.auto = int(value)
        elif prop == cv2.CAP_PROP_EXPOSURE and self.auto == BY_HAND:
            self.exposure = min(value, 2000.0)
        elif prop == cv2.CAP_PROP_FPS:
            self.rate = value
        return True

    def get(self, prop: int) -> float:
        return {
            cv2.CAP_PROP_FRAME_WIDTH: float(self.size[0]),
            cv2.CAP_PROP_FRAME_HEIGHT: float(self.size[1]),
            cv2.CAP_PROP_FPS: self.rate,
            cv2.CAP_PROP_EXPOSURE: self.exposure,
        }[prop]

    def read(self) -> tuple[bool, Any]:
        if self.size in self.silent_sizes:
            return False, None
        return True, np.full((self.size[1], self.size[0], 3), 90, np.uint8)


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver()

    def capture(_index: int, _backend: int) -> types.SimpleNamespace:
        driver.reset()
        return types.SimpleNamespace(
            isOpened=lambda: True, release=lambda: None, set=driver.set, get=driver.get, read=driver.read
        )

    monkeypatch.setattr(cv2, "VideoCapture", capture)
    monkeypatch.setattr("sys.platform", "linux")
    return driver


def test_a_size_is_set_side_by_side_and_an_exposure_by_hand(driver: Driver) -> None:
    source = source_of("0")
    source.open()
    source.set_control("width", 1280)
    assert driver.size == (640, 480), "this camera has no 1280 x 480"
    source.set_control("height", 720)
    source.set_control("exposure", 300)
    assert (driver.size, driver.exposure, driver.auto) == ((1280, 720), 300, BY_HAND)
    frame = source.read()
    assert frame is not None
    assert frame.pixels().shape == (720, 1280, 3)
    source.close()
    facts = source.open()
    assert (facts.width, facts.height, facts.controls["exposure"]) == (1280, 720, 300)
    assert facts.refused == {}
    source.reset_controls()
    assert (driver.size, driver.auto) == ((640, 480), AUTOMATIC)
    source.close()


def test_what_a_camera_does_not_take_is_told(driver: Driver) -> None:
    source = source_of("0")
    source.wanted = {"width": 1920, "height": 1080, "exposure": 9000, "rate": 25}
    facts = source.open()
    assert (facts.width, facts.height, facts.rate) == (640, 480, 25)
    assert facts.refused == {"width": 1920, "height": 1080, "exposure": 9000}
    assert source.read() is not None
    source.close()


def test_a_value_that_is_near_was_taken_and_one_that_is_not_there_was_not() -> None:
    assert not_taken({"rate": 30, "width": 1366}, {"rate": 29.97, "width": 1360}) == {}
    assert not_taken({"exposure": -6, "rate": 30}, {"exposure": -5}) == {"exposure": -6, "rate": 30}


def test_a_size_that_gives_no_picture_is_left_out_the_next_time(driver: Driver) -> None:
    driver.silent_sizes = [(1280, 720)]
    source = source_of("0")
    source.wanted = {"width": 1280, "height": 720}
    watched = Watched(source)
    watched.wait_for(CaptureState.WAITING, Fault.LOST)
    watched.wait_for(CaptureState.RUNNING)
    assert watched.next_frame().pixels().shape == (480, 640, 3)
    assert watched.thread.report.facts.refused == {"width": 1280, "height": 720}
    watched.end()


class Dial(FrameSource):
    """A camera with an exposure and a width, of which it takes what `limits` allow."""

    def __init__(self, limits: dict[str, float]) -> None:
        super().__init__("Dial")
        self._limits = limits
        self._values = {"width": 640.0, "exposure": 156.0}

    def open(self) -> SourceFacts:
        for name, value in self.wanted.items():
            self._take(name, value)
        return SourceFacts(96, 64, 100, controls=self.controls(), refused=not_taken(self.wanted, self._values))

    def read(self) -> Frame | None:
        if self.interrupted.wait(0.01):
            return None
        return Frame(lambda: np.full((64, 96, 3), 90, np.uint8))

    def close(self) -> None:
        """Nothing is held."""

    def set_control(self, name: str, value: float) -> None:
        self.wanted[name] = value
        self._take(name, value)

    def reset_controls(self) -> None:
        self.wanted = {}
        self._values = {"width": 640.0, "exposure": 156.0}

    def controls(self) -> dict[str, float]:
        return dict(self._values)

    def _take(self, name: str, value: float) -> None:
        if value <= self._limits[name]:
            self._values[name] = value


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What the only camera takes at most."""
    limits = {"width": 1920.0, "exposure": 5000.0}
    monkeypatch.setattr(live_memory, "source_of", lambda _text, _bits: Dial(limits))
    return limits


def seen(assembly: Desk, qtbot: QtBot) -> LiveOptionsDialog:
    """The options of the only camera, which runs."""
    (camera,) = assembly.live.live.cameras.values()
    qtbot.waitUntil(lambda: camera.tile.badge.text() == "GOOD", timeout=WAIT)
    assembly.actions.run("camera-options")
    return next(d for d in assembly.window.findChildren(LiveOptionsDialog) if d.isVisible())


def field(dialog: LiveOptionsDialog, name: str) -> NumberBox:
    return next(box for box in dialog.findChildren(NumberBox) if box.accessibleName() == name)


def choose(dialog: LiveOptionsDialog, qtbot: QtBot, name: str, value: int) -> None:
    box = field(dialog, name)
    box.selectAll()
    qtbot.keyClicks(box, str(value))
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert dialog.isVisible()


def leave_set(starts: Starts, qtbot: QtBot, *chosen: tuple[str, int]) -> None:
    """Set a camera in one window, and close the window."""
    assembly = starts()
    assembly.live.remembering.add("Dial")
    dialog = seen(assembly, qtbot)
    for name, value in chosen:
        choose(dialog, qtbot, name, value)
    dialog.close()
    starts.end()


def notes(dialog: LiveOptionsDialog) -> str:
    return " ".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def test_exposure_and_size_come_back_at_the_next_start(starts: Starts, qtbot: QtBot, limits: dict[str, float]) -> None:
    leave_set(starts, qtbot, ("Width", 1280), ("Exposure", 900))

    second = starts()
    dialog = seen(second, qtbot)
    assert (field(dialog, "Width").value(), field(dialog, "Exposure").value()) == (1280, 900)
    assert "Not taken" not in notes(dialog)
    assert second.views.message.text == ""
    (reset,) = [button for button in dialog.findChildren(QPushButton) if button.text() == "As the camera chooses"]
    qtbot.mouseClick(reset, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: field(dialog, "Width").value() == 640, timeout=WAIT)
    dialog.close()
    starts.end()

    third = starts()
    dialog = seen(third, qtbot)
    assert (field(dialog, "Width").value(), field(dialog, "Exposure").value()) == (640, 156)
    dialog.close()


def test_a_camera_that_refuses_what_was_kept_goes_on_and_says_so(
    starts: Starts, qtbot: QtBot, limits: dict[str, float]
) -> None:
    leave_set(starts, qtbot, ("Exposure", 900), ("Width", 1280))

    limits["width"] = 700
    second = starts()
    qtbot.waitUntil(lambda: second.views.message.text != "", timeout=WAIT)
    assert second.views.message.text.startswith("Dial does not take what was set")
    assert "Width 1280 (it has 640)" in second.views.message.text
    assert "Exposure" not in second.views.message.text
    dialog = seen(second, qtbot)
    assert "Not taken: Width 1280 (it has 640)" in notes(dialog)
    choose(dialog, qtbot, "Width", 700)
    qtbot.waitUntil(lambda: "Not taken" not in notes(dialog), timeout=WAIT)
    dialog.close()


def test_leaving_the_live_view_and_coming_back_keeps_them(
    starts: Starts, qtbot: QtBot, limits: dict[str, float]
) -> None:
    assembly = starts()
    assembly.live.remembering.add("Dial")
    dialog = seen(assembly, qtbot)
    choose(dialog, qtbot, "Exposure", 900)
    dialog.close()
    assembly.actions.run("to-parts")
    assembly.actions.run("camera")
    (camera,) = assembly.live.live.cameras.values()
    qtbot.waitUntil(lambda: camera.capture is not None and bool(camera.capture.report.facts.controls), timeout=WAIT)
    assert camera.capture is not None
    assert camera.capture.report.facts.controls["exposure"] == 900


def test_kept_values_that_are_no_numbers_are_left_out(isolated_settings: Path) -> None:
    values = '{"cameras": [{"text": "0", "controls": {"width": 640, "rate": "fast", "exposure": 1e999, "x": true}}]}'
    memory = LiveMemory.from_mapping(json.loads(values))
    assert memory.cameras[0].controls == {"width": 640.0}
    assert LiveMemory.from_mapping({"cameras": [{"text": "0", "controls": [1]}]}).cameras[0].controls == {}
    assert LiveMemory.from_mapping(json.loads(json.dumps(memory.to_mapping()))) == memory


def test_a_camera_that_is_absent_keeps_what_was_set(driver: Driver) -> None:
    source = source_of("No Such Camera")
    source.wanted = {"exposure": 900}
    with pytest.raises(StreamError):
        source.open()
    source.set_control("width", 1280)
    assert source.wanted == {"exposure": 900, "width": 1280}
