"""Sources of frames by what names them, the thread that reads them, the belt and cameras of this machine."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from watched import PATIENCE, Watched

from tokenclip_core.sources import camera as camera_module
from tokenclip_core.sources.belt import BeltSource
from tokenclip_core.sources.camera import CameraSource, list_cameras
from tokenclip_core.sources.capture import CaptureState
from tokenclip_core.sources.catalogue import source_of
from tokenclip_core.sources.frames import Fault, Frame, FrameSource, Orientation, SourceFacts, StreamError
from tokenclip_core.sources.network.source import NetworkSource
from tokenclip_core.sources.network.streams import is_stream
from tokenclip_core.sources.video import VideoFileSource
from tokenclip_core.sources.watched import WatchedFolderSource


def test_what_a_text_names(tmp_path: Path) -> None:
    assert isinstance(source_of("0"), CameraSource)
    assert isinstance(source_of("HD Webcam"), CameraSource)
    assert isinstance(source_of("demo:3"), BeltSource)
    assert isinstance(source_of(str(tmp_path)), WatchedFolderSource)
    assert isinstance(source_of("belt.mp4"), VideoFileSource)
    assert isinstance(source_of("rtsp://cam/x"), NetworkSource)
    assert not is_stream("C://belt.mp4")


def test_only_the_newest_frame_is_kept() -> None:
    given = threading.Event()
    numbers = iter(range(100))

    class Burst(FrameSource):
        def open(self) -> SourceFacts:
            return SourceFacts()

        def read(self) -> Frame | None:
            number = next(numbers)
            if number == 50:
                given.set()
                self.interrupted.wait(PATIENCE)
                return None
            pixels = np.full((2, 2, 3), number, np.uint8)
            return Frame(lambda: pixels)

        def close(self) -> None:
            """Nothing is held."""

    watched = Watched(Burst("burst"))
    assert given.wait(PATIENCE)
    frame = watched.thread.take()
    assert frame is not None
    assert frame.pixels()[0, 0, 0] == 49
    assert watched.thread.take() is None
    assert watched.thread.dropped == 49
    watched.end()


def test_a_library_that_raises_anything_ends_no_thread() -> None:
    class Broken(FrameSource):
        attempts = 0

        def open(self) -> SourceFacts:
            Broken.attempts += 1
            if Broken.attempts == 1:
                raise ZeroDivisionError
            return SourceFacts()

        def read(self) -> Frame | None:
            return Frame(lambda: np.zeros((2, 2, 3), np.uint8))

        def close(self) -> None:
            raise ValueError("closing fails as well")

    watched = Watched(Broken("broken"))
    watched.wait_for(CaptureState.WAITING, Fault.LOST)
    watched.thread.retry()
    watched.wait_for(CaptureState.RUNNING)
    watched.end()


def test_the_belt_moves_and_is_the_same_every_time() -> None:
    one, other = BeltSource(2, width=320, height=240), BeltSource(2, width=320, height=240)
    assert np.array_equal(one._drawn(2.0), other._drawn(2.0))
    assert not np.array_equal(one._drawn(2.0), one._drawn(2.1))
    assert one._drawn(0.0).shape == (240, 320, 3)
    watched = Watched(one)
    assert watched.next_frame().pixels().shape == (240, 320, 3)
    watched.end()


@pytest.mark.parametrize(("turns", "mirrored", "corner"), [(0, False, 0), (1, False, 2), (2, False, 3), (3, True, 3)])
def test_orientation(turns: int, mirrored: bool, corner: int) -> None:
    pixels = np.array([[[0] * 3, [1] * 3, [9] * 3], [[2] * 3, [3] * 3, [9] * 3]], np.uint8)[:, :2]
    turned = Orientation(turns, mirrored).apply(pixels)
    assert turned[0, 0, 0] == corner
    assert turned.flags.c_contiguous


def test_cameras_of_linux_are_listed_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for device, name, index in (
        ("video2", "HD Webcam", "0"),
        ("video3", "HD Webcam", "1"),
        ("video10", "Capture", "0"),
    ):
        (tmp_path / device).mkdir()
        (tmp_path / device / "name").write_text(f"{name}\n")
        (tmp_path / device / "index").write_text(f"{index}\n")
    monkeypatch.setattr(camera_module, "LINUX_DEVICES", tmp_path)
    monkeypatch.setattr("sys.platform", "linux")
    assert [(entry.name, entry.index) for entry in list_cameras()] == [("HD Webcam", 2), ("Capture", 10)]
    monkeypatch.setattr(camera_module, "LINUX_DEVICES", tmp_path / "none")
    assert list_cameras() == []


def test_an_absent_camera_says_so() -> None:
    for text in ("97", "No Such Camera"):
        source = source_of(text)
        with pytest.raises(StreamError) as caught:
            source.open()
        assert caught.value.fault is Fault.ABSENT


def registry(**known: str) -> SimpleNamespace:
    """What Windows' registry says of cameras: values by the last word of their keys."""

    @contextmanager
    def opened(_root: str, place: str) -> Iterator[str]:
        name = place.rsplit("\\", 1)[-1]
        if name not in known:
            raise FileNotFoundError(place)
        yield name

    return SimpleNamespace(HKEY_CURRENT_USER="user", OpenKey=opened, QueryValueEx=lambda key, _name: (known[key], 1))


@pytest.mark.parametrize(
    ("system", "known", "fault", "words"),
    [
        ("darwin", None, Fault.DENIED, "Privacy & Security"),
        ("win32", registry(webcam="Allow", NonPackaged="Deny"), Fault.DENIED, "let desktop apps use it"),
        ("win32", registry(webcam="Deny"), Fault.DENIED, "let desktop apps use it"),
        ("win32", registry(webcam="Allow"), Fault.BUSY, "close other programs"),
        ("win32", registry(), Fault.BUSY, "close other programs"),
    ],
)
def test_a_camera_that_a_system_does_not_allow_says_where_to_allow_it(
    system: str, known: SimpleNamespace | None, fault: Fault, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setitem(sys.modules, "winreg", known)
    reason = camera_module._why_not(camera_module.CameraEntry("HD Webcam", 0))
    assert (reason.fault, words in str(reason)) == (fault, True)
