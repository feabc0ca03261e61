"""What a station is made of: triggers, cameras that hang, pictures up to a limit, who looks after it."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from patience import until

from tokenclip_core.errors import SettingsError
from tokenclip_core.sources.frames import Frame, FrameSource, SourceFacts
from tokenclip_core.station import cameras as cameras_module
from tokenclip_core.station import keeping, supervision
from tokenclip_core.station.cameras import Camera, camera_names
from tokenclip_core.station.keeping import PictureFolder, begin_log
from tokenclip_core.station.supervision import Supervisor, tell_systemd
from tokenclip_core.station.triggers import Request


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b" A17 \n", Request("A17")),
        ('{"part": "A17", "camera": "left", "id": 5}', Request("A17", "left", "5")),
        ("{}", Request()),
    ],
)
def test_triggers_are_read(text: str | bytes, expected: Request) -> None:
    assert Request.read(text) == expected


@pytest.mark.parametrize(
    "text", ["{", '{"part": []}', '{"part": true}', "A" * 201, "A\0B", b"x" * 70000, '{"part": 1.5}', "[" * 9000]
)
def test_what_is_no_trigger_is_refused(text: str | bytes) -> None:
    with pytest.raises(SettingsError):
        Request.read(text)


def test_a_repeat_is_known_by_its_id_or_else_by_part_and_camera() -> None:
    names = ["left", "right"]
    assert Request("A", "left").named(names).key == Request("A", "left").named(names).key
    assert Request("A", "left").named(names).key != Request("A", "right").named(names).key
    assert Request("A", "left", "7").named(names).key == Request("B", "right", "7").named(names).key
    # A part may be called like the key of another one.
    assert Request("A", "left", "part left B").named(names).key != Request("B", "left").named(names).key
    assert Request().named(["only"]).part != Request().named(["only"]).part
    with pytest.raises(SettingsError, match="names one of the cameras left, right"):
        Request("A").named(names)


def test_cameras_have_names() -> None:
    assert camera_names(["demo:1", "left=0"]) == {"1": "demo:1", "left": "0"}
    assert camera_names(["http://host/video?a=1"]) == {"1": "http://host/video?a=1"}
    for words in (["a=0", "a=1"], ["=0"], ["a="]):
        with pytest.raises(SettingsError, match="a name of its own"):
            camera_names(words)


class Hanging(FrameSource):
    """Gives one frame, then hangs in its driver; the second one of its kind gives frames for ever."""

    made = 0

    def __init__(self) -> None:
        super().__init__("hanging")
        type(self).made += 1
        self.hangs = self.made == 1
        self.given = 0
        self.released = threading.Event()

    def open(self) -> SourceFacts:
        return SourceFacts(8, 6, 100.0)

    def read(self) -> Frame | None:
        if self.hangs and self.given:
            self.released.wait()
            return None
        self.given += 1
        if self.interrupted.wait(0.005):
            return None
        return Frame(lambda: np.zeros((6, 8, 3), np.uint8))

    def close(self) -> None:
        """Nothing is held."""


def test_a_camera_that_hangs_in_its_driver_gets_a_new_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Hanging] = []

    def source_of(_words: str, _bits: int | None) -> Hanging:
        made.append(Hanging())
        return made[-1]

    Hanging.made = 0
    monkeypatch.setattr(cameras_module, "source_of", source_of)
    monkeypatch.setattr(cameras_module, "HANGING_SECONDS", 0.05)
    came = threading.Condition()

    def arrived() -> None:
        with came:
            came.notify_all()

    camera = Camera("left", "0")
    camera.arrived = arrived
    camera.start()
    with came:
        assert came.wait_for(lambda: camera.newest() is not None, 30)
    first = camera.shown()
    until(lambda: camera.look_after() or len(made) > 1)
    with came:
        assert came.wait_for(lambda: camera.shown() is not first, 30)
    assert camera.facts().restarts >= 1
    for source in made:
        source.released.set()
    camera.stop()
    camera.join()


class Opening(FrameSource):
    """Is opened for as long as a test says."""

    def __init__(self) -> None:
        super().__init__("opening")
        self.released = threading.Event()

    def open(self) -> SourceFacts:
        self.released.wait()
        return SourceFacts(8, 6)

    def read(self) -> Frame | None:
        self.interrupted.wait(0.1)
        return None

    def close(self) -> None:
        """Nothing is held."""


def test_only_a_camera_that_is_being_opened_for_long_is_opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Opening] = []
    monkeypatch.setattr(cameras_module, "source_of", lambda _words, _bits: made.append(Opening()) or made[-1])
    monkeypatch.setattr(cameras_module, "HANGING_SECONDS", 600.0)
    changed = threading.Event()
    camera = Camera("left", "0")
    camera.arrived = changed.set
    # Its last frame is long ago; that it is being opened is not.
    camera._last = camera._connecting = -1e9
    camera.start()
    assert changed.wait(30)
    camera.look_after()
    assert len(made) == 1
    with monkeypatch.context() as patched:
        patched.setattr(cameras_module, "HANGING_SECONDS", 0.0)
        camera.look_after()
        assert len(made) == 2
        # Open, without a rate: it waits for something to happen.
        made[1].released.set()
        until(lambda: camera._capture.is_open)
        camera.look_after()
    assert len(made) == 2
    made[0].released.set()
    camera.stop()
    camera.join()


def test_a_folder_stays_a_folder_while_its_share_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cameras_module, "HANGING_SECONDS", 0.0)
    camera = Camera("left", str(tmp_path / "share" / "line"))
    assert camera.one_by_one
    assert camera.folder == tmp_path / "share" / "line"
    capture = camera._capture
    camera.look_after()
    assert camera._capture is capture


def test_pictures_have_a_limit_and_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    monkeypatch.setattr(keeping, "RESERVED_BYTES", 0)
    folder = PictureFolder(tmp_path / "pictures", 30_000)
    folder.keep("left", "good one", "good", noise)
    for number in range(20):
        folder.keep("left", f"../{number:02}", "defect", noise)
    kept = sorted(file.name.split("_")[-2] for file in (tmp_path / "pictures").rglob("*.png"))
    assert kept
    assert kept[-1].endswith("19")
    assert sum(file.stat().st_size for file in (tmp_path / "pictures").rglob("*") if file.is_file()) < 36_000
    assert [place.name for place in tmp_path.iterdir()] == ["pictures"]
    monkeypatch.setattr(keeping, "RESERVED_BYTES", 1 << 62)
    full = PictureFolder(tmp_path / "pictures", 1 << 40)
    full.keep("left", "20", "defect", noise)
    assert "nearly full" in full.problem


@pytest.fixture
def own_log() -> Iterator[logging.Logger]:
    logger = logging.getLogger("tokenclip_core")
    before = (logger.level, logger.propagate, [*logger.handlers])
    yield logger
    for handler in [*logger.handlers]:
        logger.removeHandler(handler)
        handler.close()
    logger.level, logger.propagate = before[:2]
    for handler in before[2]:
        logger.addHandler(handler)


def test_the_log_is_turned_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_log: logging.Logger) -> None:
    monkeypatch.setattr(keeping, "LOG_BYTES", 2000)
    begin_log(tmp_path / "logs" / "station.log")
    for number in range(300):
        own_log.info("line %d of a log that goes on and on", number)
    files = sorted((tmp_path / "logs").iterdir())
    assert len(files) == 1 + keeping.LOGS_KEPT
    assert all(file.stat().st_size <= 2000 for file in files)


def test_a_part_that_hangs_ends_the_station(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "_LOOK_SECONDS", 0.01)
    ended = threading.Event()
    seconds: list[int] = []
    supervisor = Supervisor(lambda: seconds.append(1), 0.05, ended.set)
    supervisor.start()
    until(lambda: len(seconds) >= 20)
    assert not ended.is_set()
    supervisor.busy(True)
    assert ended.wait(30)
    assert supervisor.stuck > 0
    supervisor.close()


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="systemd is told over a socket of Unix")
def test_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = os.path.relpath(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(place)
        heard.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", place)
        tell_systemd("READY=1")
        assert heard.recv(100) == b"READY=1"
    tell_systemd("WATCHDOG=1")
