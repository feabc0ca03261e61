"""Cameras of this machine by a stand-in for OpenCV's capture: opened, refused, busy, unplugged, of another size."""

from __future__ import annotations

import types
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from watched import Watched

from tokenclip_core.sources import camera
from tokenclip_core.sources.camera import CameraEntry, CameraSource
from tokenclip_core.sources.capture import CaptureState
from tokenclip_core.sources.frames import Fault, StreamError

WAIT = 60.0


@dataclass
class Machine:
    """What is connected, and who uses it.

    Attributes:
        nodes: where the system has a file for each camera.
        plugged: names by number.
        busy: numbers that another program uses.
        size: (width, height) of the pictures.
        opened: numbers in the order in which they were opened.
    """

    nodes: Path
    plugged: dict[int, str] = field(default_factory=dict)
    busy: set[int] = field(default_factory=set)
    size: tuple[int, int] = (640, 480)
    opened: list[int] = field(default_factory=list)

    def plug(self, number: int, name: str = "HD Webcam") -> None:
        self.plugged[number] = name
        (self.nodes / f"video{number}").touch()

    def unplug(self, number: int) -> None:
        del self.plugged[number]
        (self.nodes / f"video{number}").unlink()

    def entries(self) -> list[CameraEntry]:
        return [CameraEntry(name, number) for number, name in sorted(self.plugged.items())]


class Capture:
    """Stands in for `cv2.VideoCapture`."""

    def __init__(self, machine: Machine, number: int) -> None:
        self._machine, self._number = machine, number
        self._open = number in machine.plugged and number not in machine.busy
        if self._open:
            machine.opened.append(number)

    def as_opencv(self) -> types.SimpleNamespace:
        """With OpenCV's names."""
        return types.SimpleNamespace(
            isOpened=lambda: self._open,
            release=self.release,
            set=lambda _prop, _value: True,
            get=self.get,
            read=self.read,
        )

    def release(self) -> None:
        self._open = False

    def get(self, prop: int) -> float:
        width, height = self._machine.size
        known = {cv2.CAP_PROP_FRAME_WIDTH: width, cv2.CAP_PROP_FRAME_HEIGHT: height, cv2.CAP_PROP_FPS: 30}
        return float(known.get(prop, -1))

    def read(self) -> tuple[bool, Any]:
        if not self._open or self._number not in self._machine.plugged:
            return False, None
        width, height = self._machine.size
        pixels = np.zeros((height, width, 3), np.uint8)
        pixels[...] = 30, 60, 90
        return True, pixels


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setattr(cv2, "VideoCapture", lambda number, _backend: Capture(made, number).as_opencv())
    monkeypatch.setattr(camera, "list_cameras", made.entries)
    monkeypatch.setattr(camera, "LINUX_NODES", tmp_path)
    monkeypatch.setattr("sys.platform", "linux")
    return made


def fault_of(source: CameraSource) -> Fault:
    with pytest.raises(StreamError) as caught:
        source.open()
    assert source.read() is None
    return caught.value.fault


def test_a_camera_by_its_number_is_opened(machine: Machine) -> None:
    machine.plug(2, "Camera 2")
    source = CameraSource(CameraEntry("Camera 2", 2))
    facts = source.open()
    assert (facts.width, facts.height, facts.rate) == (640, 480, 30)
    frame = source.read()
    assert frame is not None
    # OpenCV's order of colours is not ours.
    assert frame.pixels()[0, 0].tolist() == [90, 60, 30]
    source.close()
    assert source.read() is None


def test_each_refusal_has_its_reason(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    source = CameraSource(CameraEntry("HD Webcam", 0))
    assert fault_of(source) is Fault.ABSENT
    # A number that is in no list is tried all the same.
    assert fault_of(CameraSource(CameraEntry("Camera 5", 5))) is Fault.ABSENT
    machine.plug(0)
    machine.busy.add(0)
    assert fault_of(source) is Fault.BUSY
    monkeypatch.setattr(camera.os, "access", lambda *_given: False)
    assert fault_of(source) is Fault.DENIED
    machine.busy.clear()
    source.open()
    assert source.read() is not None


def test_another_size_goes_on(machine: Machine) -> None:
    machine.plug(0)
    source = CameraSource(CameraEntry("HD Webcam", 0))
    source.open()
    shapes = []
    for size in ((640, 480), (1280, 720), (160, 120)):
        machine.size = size
        frame = source.read()
        assert frame is not None
        shapes.append(frame.pixels().shape)
    assert shapes == [(480, 640, 3), (720, 1280, 3), (120, 160, 3)]


def test_unplugged_it_is_lost_and_found_under_another_number(machine: Machine) -> None:
    machine.plug(0)
    source = CameraSource(CameraEntry("HD Webcam", 0))
    source.open()
    assert source.read() is not None
    machine.unplug(0)
    with pytest.raises(StreamError) as caught:
        source.read()
    assert caught.value.fault is Fault.LOST
    source.close()
    assert fault_of(source) is Fault.ABSENT
    machine.plug(3)
    source.open()
    assert source.read() is not None
    assert machine.opened == [0, 3]


def test_the_thread_that_reads_it_comes_back_by_itself(machine: Machine) -> None:
    machine.plug(0)
    watched = Watched(CameraSource(CameraEntry("HD Webcam", 0)))
    watched.wait(lambda: watched.thread.take() is not None, WAIT)
    machine.unplug(0)
    watched.wait_for(CaptureState.WAITING, patience=WAIT)
    machine.plug(4)
    watched.thread.retry()
    watched.wait_for(CaptureState.RUNNING, patience=WAIT)
    watched.thread.stop()
    assert watched.thread.join(WAIT)
    assert machine.opened == [0, 4]
