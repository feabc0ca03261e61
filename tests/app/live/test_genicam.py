"""GenICam cameras through the interface of `harvesters` (1.4), of which this file has a stand-in."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
import types
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from feature_desk import Desk
from live_desk import live
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel
from pytestqt.qtbot import QtBot
from watched import Watched
from window_fakes import WAIT

from app.live.add_dialog import AddCameraDialog
from tokenclip_core.sources.capture import CaptureState
from tokenclip_core.sources.catalogue import source_of
from tokenclip_core.sources.frames import Fault, FrameSource, StreamError
from tokenclip_core.sources.genicam import PRODUCERS_VARIABLE, list_genicam_cameras, picture

__all__ = ["live"]

NAME = "Maker M4 0815"


class NothingCameError(Exception):
    """What `genicam.gentl` calls TimeoutException."""


class Bench:
    """What is connected, and what the stand-in was asked to do."""

    def __init__(self) -> None:
        self.connected = True
        self.busy = False
        self.gone = False
        self.silent = False
        self.format, self.data = "Mono8", np.arange(6, dtype=np.uint8)
        self.open = 0
        self.harvesters = 0
        self.files: list[str] = []
        self.returned = 0


class Node:
    def __init__(self, value: Any) -> None:
        self.value = value


class Acquirer:
    def __init__(self, bench: Bench) -> None:
        self._bench, self._sending = bench, False
        nodes = types.SimpleNamespace(Width=Node(3), Height=Node(2), ExposureTime=Node(500.0), ExposureAuto=Node("On"))
        self.remote_device = types.SimpleNamespace(node_map=nodes)
        bench.open += 1
        bench.nodes = nodes

    def start(self) -> None:
        self._sending = True

    def stop(self) -> None:
        if self._bench.gone:
            raise RuntimeError("the device is gone")
        self._sending = False

    def is_acquiring(self) -> bool:
        return self._sending

    def destroy(self) -> None:
        self._bench.open -= 1

    def fetch(self, *, timeout: float = 0) -> Buffer:
        assert timeout > 0, "with 0 the real one waits for ever"
        if self._bench.gone:
            raise RuntimeError("the device is gone")
        if self._bench.silent:
            raise NothingCameError
        return Buffer(self._bench)


class Buffer:
    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._memory = bench.data.copy()
        component = types.SimpleNamespace(width=3, height=2, data_format=bench.format, data=self._memory)
        self.payload = types.SimpleNamespace(components=[component])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_words: object) -> None:
        # The memory belongs to the camera again, which writes the next picture into it.
        self._memory[:] = 0
        self._bench.returned += 1


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bench:
    bench = Bench()

    class Harvester:
        def __init__(self) -> None:
            bench.harvesters += 1
            self.device_info_list: list[Any] = []

        def add_file(self, file_path: str) -> None:
            bench.files.append(file_path)

        def update(self) -> None:
            facts = {"vendor": "Maker", "model": "M4", "serial_number": "0815", "user_defined_name": None}
            found = [types.SimpleNamespace(property_dict=facts)] if bench.connected and not bench.gone else []
            self.device_info_list = found

        def create(self, search_key: int) -> Acquirer:
            if bench.busy:
                raise RuntimeError("resource in use")
            return Acquirer(bench)

        def reset(self) -> None:
            bench.harvesters -= 1

    for name, contents in {
        "harvesters": {"__path__": []},
        "harvesters.core": {"Harvester": Harvester},
        "genicam": {"__path__": []},
        "genicam.gentl": {"TimeoutException": NothingCameError},
    }.items():
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, name, module)
    (tmp_path / "maker.cti").touch()
    monkeypatch.setenv(PRODUCERS_VARIABLE, str(tmp_path))
    return bench


def test_cameras_are_listed_and_nothing_stays_open(bench: Bench, tmp_path: Path) -> None:
    assert list_genicam_cameras() == [NAME]
    assert bench.files == [str(tmp_path / "maker.cti")]
    assert bench.harvesters == 0


def test_a_picture_is_copied_before_its_memory_goes_back(bench: Bench) -> None:
    source = source_of(f"genicam:{NAME}")
    facts = source.open()
    assert (facts.width, facts.height) == (3, 2)
    assert facts.controls == {"width": 3, "height": 2, "exposure": 500}
    frame = source.read()
    assert frame is not None
    assert bench.returned == 1
    assert frame.pixels()[..., 0].tolist() == [[0, 1, 2], [3, 4, 5]]
    source.set_control("exposure", 900)
    assert (bench.nodes.ExposureTime.value, bench.nodes.ExposureAuto.value) == (900, "Off")
    bench.silent = True
    assert source.read() is None
    source.close()
    assert (bench.open, bench.harvesters) == (0, 0)


def test_what_was_set_comes_back_and_is_given_back(bench: Bench) -> None:
    source = source_of(f"genicam:{NAME}")
    source.wanted = {"exposure": 900, "rate": 25}
    facts = source.open()
    assert facts.controls["exposure"] == 900
    assert facts.refused == {"rate": 25}, "this camera has no rate"
    source.reset_controls()
    assert (bench.nodes.ExposureTime.value, bench.nodes.ExposureAuto.value) == (500, "Continuous")
    source.close()
    assert source.open().refused == {}
    source.close()


def opened_and_read(source: FrameSource) -> None:
    source.open()
    source.read()


def test_faults_are_told_apart_and_leave_nothing_open(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault() -> Fault:
        source = source_of(f"genicam:{NAME}")
        with pytest.raises(StreamError) as caught:
            opened_and_read(source)
        source.close()
        assert (bench.open, bench.harvesters) == (0, 0)
        return caught.value.fault

    bench.busy = True
    assert fault() is Fault.BUSY
    bench.busy, bench.connected = False, False
    assert fault() is Fault.ABSENT
    bench.connected, bench.format = True, "YCbCr422_8"
    assert fault() is Fault.PIXELS
    monkeypatch.setenv(PRODUCERS_VARIABLE, "")
    assert fault() is Fault.SETUP
    assert list_genicam_cameras() == []


def test_an_unplugged_camera_comes_back(bench: Bench) -> None:
    watched = Watched(source_of(f"genicam:{NAME}"))
    watched.wait_for(CaptureState.RUNNING)
    bench.gone = True
    watched.wait_for(CaptureState.WAITING, Fault.ABSENT)
    bench.gone = False
    watched.wait_for(CaptureState.RUNNING)
    watched.end()
    assert (bench.open, bench.harvesters) == (0, 0)


def test_formats_become_rgb_without_stretching() -> None:
    def shown(values: list[int], name: str, dtype: type = np.uint16) -> list[int]:
        return picture(np.array(values, dtype), 1, len(values), name)[0, :, 0].tolist()

    assert shown([0, 512, 1023], "Mono10") == [0, 128, 255]
    assert shown([0, 2048, 4095], "Mono12") == [0, 128, 255]
    assert shown([0, 65535], "Mono16") == [0, 255]
    blue_first = np.array([9, 5, 1], np.uint8)
    assert picture(blue_first, 1, 1, "BGR8")[0, 0].tolist() == [1, 5, 9]
    assert picture(np.array([1, 5, 9, 255], np.uint8), 1, 1, "RGBa8")[0, 0].tolist() == [1, 5, 9]
    # A red light through a filter whose first row begins with red and green.
    red = np.zeros((8, 8), np.uint8)
    red[::2, ::2] = 200
    assert picture(red.ravel(), 8, 8, "BayerRG8")[4, 4].tolist() == [200, 0, 0]
    assert picture(np.roll(red, 1, 1).ravel(), 8, 8, "BayerGR8")[4, 5].tolist() == [200, 0, 0]
    assert picture(np.roll(red, 1, 0).ravel(), 8, 8, "BayerGB8")[5, 4].tolist() == [200, 0, 0]
    assert picture(np.roll(red, (1, 1), (0, 1)).ravel(), 8, 8, "BayerBG8")[5, 5].tolist() == [200, 0, 0]


@pytest.mark.parametrize("ready", ["package", "producer", "all"])
def test_the_dialog_lists_them_or_says_what_is_missing(
    request: pytest.FixtureRequest, live: Desk, qtbot: QtBot, ready: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if ready == "package":
        if importlib.util.find_spec("harvesters") is not None:
            pytest.skip("harvesters is installed here")
    else:
        request.getfixturevalue("bench")
    if ready != "all":
        monkeypatch.setenv(PRODUCERS_VARIABLE, "")
    live.live.ask_for_camera()
    dialog = live.window.findChild(AddCameraDialog)
    assert dialog is not None
    names = dialog.findChild(QComboBox)
    wanted = {"package": "install the Python package harvesters", "producer": PRODUCERS_VARIABLE, "all": NAME}[ready]

    def said() -> bool:
        words = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
        return any(wanted in text for text in (*words, *(names.itemText(place) for place in range(names.count()))))

    qtbot.waitUntil(said, timeout=WAIT)
    if ready == "all":
        names.setCurrentIndex(names.findText(f"{NAME} (GenICam)"))
        dialog.choose_kind(0)
        choice = dialog.choice()
        assert choice is not None
        assert choice.text == f"genicam:{NAME}"
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
