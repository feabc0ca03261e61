"""Which picture belongs to which trigger: of a watched folder in order, of a camera the first one after it."""

from __future__ import annotations

import json
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stand_in_line import refuse, stand_in_line

from tokenclip_core.commands.station import _starts_late
from tokenclip_core.errors import ImageError
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.output.store.result_event import UNKNOWN_LEVELS
from tokenclip_core.publish.publisher import Publisher
from tokenclip_core.publish.spool import Spool, Trigger
from tokenclip_core.sources.frames import Frame, FrameSource, SourceFacts
from tokenclip_core.station import cameras as cameras_module
from tokenclip_core.station import station as station_module
from tokenclip_core.station.cameras import Camera
from tokenclip_core.station.pairing import OWED_SECONDS, PictureOrder
from tokenclip_core.station.station import KILLED, Station, StationSettings
from tokenclip_core.station.supervision import Supervisor
from tokenclip_core.station.triggers import Request, Ticket

SECONDS = 60.0


class Given(FrameSource):
    """Gives the frames that a test puts into it, each by its name; as a folder every one, as a camera the newest."""

    def __init__(self, *, every_frame: bool) -> None:
        super().__init__("given")
        self.every_frame = every_frame
        self._changed = threading.Condition()
        self._frames: list[Frame] = []

    def put(self, name: str) -> None:
        with self._changed:
            self._frames.append(Frame(lambda: np.zeros((6, 8, 3), np.uint8), name=name))
            self._changed.notify_all()

    def open(self) -> SourceFacts:
        return SourceFacts(8, 6)

    def read(self) -> Frame | None:
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self.interrupted.is_set(), 0.1)
            return self._frames.pop(0) if self._frames else None

    def close(self) -> None:
        """Nothing is held."""


class Line:
    """A station with one camera, which runs while a test needs it."""

    def __init__(self, folder: Path, source: Given, inspect: Callable[[Any], Any], **settings: Any) -> None:
        self.source = source
        self.spool = Spool(folder / "spool.sqlite")
        self.publisher = Publisher(self.spool, [])
        self.camera = Camera("left", "0")
        self.camera.start()
        kept = settings.pop("pictures", None)
        made = StationSettings("s", **{"patience": SECONDS, **settings})
        self.station = Station(made, [self.camera], stand_in_line(inspect), self.publisher, pictures=kept)

    def trigger(self, part: str) -> Ticket:
        return self.station.trigger(Request(part))

    @contextmanager
    def running(self) -> Iterator[None]:
        stop = threading.Event()
        supervisor = Supervisor(lambda: None, SECONDS, lambda: None)
        runs = threading.Thread(target=self.station.run, args=(stop, supervisor))
        runs.start()
        try:
            yield
        finally:
            stop.set()
            runs.join(SECONDS)
            self.publisher.close()


Make = Callable[..., Line]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    made: list[Line] = []

    def line(inspect: Callable[[Any], Any] = refuse, *, every_frame: bool = True, **settings: Any) -> Line:
        source = Given(every_frame=every_frame)
        monkeypatch.setattr(cameras_module, "source_of", lambda _words, _bits: source)
        made.append(Line(tmp_path, source, inspect, **settings))
        return made[-1]

    yield line
    for one in made:
        one.camera.stop()


def told(ticket: Ticket) -> dict[str, Any]:
    content = ticket.wait(SECONDS)
    assert content is not None
    return dict(json.loads(content))


def noted_pictures(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Parts, and the names of the pictures that they were inspected by, as a station goes on."""
    inspected: list[tuple[str, str]] = []

    def note(_self: Station, _line: Any, _camera: str, part: str, frame: Frame | None, _error: str) -> Any:
        inspected.append((part, "" if frame is None else frame.name))
        return ResultRow(part, error="not looked at"), UNKNOWN_LEVELS

    monkeypatch.setattr(Station, "_inspected", note)
    return inspected


def test_a_picture_that_comes_too_late_is_nobodys(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(station_module, "FOLDER_PATIENCE", 0.05)
    line = make(patience=0.05)
    inspected: list[str] = []
    monkeypatch.setattr(
        Station, "_file_of", lambda _self, _camera, frame: inspected.append("" if frame is None else frame.name)
    )
    with line.running():
        assert "gave no picture of this part in time" in told(line.trigger("A"))["error"]
        monkeypatch.setattr(station_module, "FOLDER_PATIENCE", SECONDS)
        line.source.put("1.png")
        second = line.trigger("B")
        line.source.put("2.png")
        assert "sees nothing" in told(second)["error"]
    assert inspected == ["", "2.png"]
    assert (line.station.results, line.station.errors) == (2, 2)


def test_a_picture_is_the_part_that_it_is_called_like(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    line = make()
    inspected = noted_pictures(monkeypatch)
    with line.running():
        tickets = [line.trigger(part) for part in ("A", "B", "C")]
        for name in ("B.png", "other.png", "C.png"):
            line.source.put(name)
        for ticket in tickets:
            told(ticket)
    assert sorted(inspected) == [("A", "other.png"), ("B", "B.png"), ("C", "C.png")]


def test_by_name_a_lost_picture_gives_no_part_that_of_another() -> None:
    for by_name, owner in ((False, "0000"), (True, None)):
        order = PictureOrder(lambda: 0.0, by_name=by_name)
        for part in ("0000", "0001", "0002"):
            order.expect(part, part)
        # The picture of the first part never comes.
        assert [order.choose(f"{name}.png") for name in ("0001", "0002", "stray")] == ["0001", "0002", owner]


def test_pictures_called_like_no_part_are_nobodys(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    line = make(by_name=True)
    inspected = noted_pictures(monkeypatch)
    with line.running():
        tickets = [line.trigger(part) for part in ("A", "B")]
        for name in ("stray.png", "B.png", "other.png", "A.png"):
            line.source.put(name)
        for ticket in tickets:
            told(ticket)
    assert sorted(inspected) == [("A", "A.png"), ("B", "B.png")]


def test_the_order_of_pictures() -> None:
    now = [0.0]
    order = PictureOrder(lambda: now[0])
    for key in "abcd":
        order.expect(key, f"part {key}")
    order.give_up("b")
    assert [order.choose(f"{number}.png") for number in range(3)] == ["a", None, "c"]
    order.give_up("a")
    order.give_up("d")
    assert order.expects
    now[0] += OWED_SECONDS + 1
    assert not order.expects
    assert order.choose("3.png") is None


def test_parts_behind_a_slow_model_get_their_pictures(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The patience of a part counts from its turn: it has the picture in the folder since long."""
    monkeypatch.setattr(station_module, "FOLDER_PATIENCE", 2.0)
    clock = [1000.0]
    monkeypatch.setattr(station_module.time, "monotonic", lambda: clock[0])

    def slow(_pixels: Any) -> Any:
        clock[0] += 10.0
        raise ImageError("a stand-in sees nothing")

    line = make(slow, patience=2.0)
    tickets = [line.trigger(part) for part in "ABC"]
    for number in range(3):
        line.source.put(f"{number}.png")
    with line.running():
        assert ["sees nothing" in told(ticket)["error"] for ticket in tickets] == [True] * 3


def test_a_trigger_takes_the_first_frame_after_it_while_another_part_is_inspected(make: Make) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_pixels: Any) -> Any:
        begun.set()
        assert go_on.wait(SECONDS)
        raise ImageError("a stand-in sees nothing")

    line = make(slow, every_frame=False, next_frame=True)
    frames: list[str] = []
    came = threading.Condition()
    wake = line.station.wake

    def noted() -> None:
        wake()
        with came:
            frame = line.camera.shown()
            frames.append("" if frame is None else frame.name)
            came.notify_all()

    line.camera.arrived = noted

    def show(name: str) -> None:
        line.source.put(name)
        with came:
            assert came.wait_for(lambda: name in frames, SECONDS)

    with line.running():
        first = line.trigger("A")
        show("1")
        assert begun.wait(SECONDS)
        second = line.trigger("B")
        show("2")
        show("3")
        (job,) = line.station._jobs
        assert job.frame is not None
        assert job.frame.name == "2"
        go_on.set()
        told(first)
        told(second)


def test_who_asks_for_a_part_of_a_killed_station_gets_its_result(make: Make, tmp_path: Path) -> None:
    before = Spool(tmp_path / "spool.sqlite")
    request = Request("A").named(["left"])
    before.accept(Trigger(request.key, "A", "left", 1000.0))
    before.close()
    line = make()
    ticket = line.trigger("A")
    assert ticket.content is None
    with line.running():
        assert told(ticket)["error"] == KILLED
        assert told(line.trigger("A"))["error"] == KILLED


def test_a_picture_of_a_folder_is_shown_after_it_was_taken(make: Make) -> None:
    line = make()
    with line.running():
        ticket = line.trigger("A")
        line.source.put("1.png")
        told(ticket)
    shown = line.camera.shown()
    assert shown is not None
    assert shown.name == "1.png"


def test_a_result_does_not_wait_for_its_picture_nor_fail_by_it(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str | None] = []

    class Broken:
        problem = ""

        def keep(self, _camera: str, part: str, outcome: str, _pixels: Any) -> None:
            kept.append(line.trigger(part).content)
            raise ValueError(f"no {outcome} picture")

    row = ResultRow("left/A", score=0.9, threshold=0.5, verdict="defect", model="m")
    monkeypatch.setattr(Station, "_inspected", lambda *_facts: (row, UNKNOWN_LEVELS))
    line = make(pictures=Broken())
    with line.running():
        ticket = line.trigger("A")
        line.source.put("1.png")
        assert told(ticket)["verdict"] == "defect"
    assert kept == [ticket.content], "it was there before the picture was written"


def test_folders_that_triggers_wait_for_are_watched_when_triggers_are_taken(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"")
    folder, clip = (Camera(name, str(tmp_path / name), None) for name in ("", "clip.mp4"))
    for continuous, late in ((False, True), (True, False)):
        assert _starts_late(folder, str(tmp_path), Namespace(continuous=continuous)) is late
        assert _starts_late(clip, str(tmp_path / "clip.mp4"), Namespace(continuous=continuous))
