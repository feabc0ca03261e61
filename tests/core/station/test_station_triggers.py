"""A station in this process, with a stand-in for the model: each trigger one result, and nobody waits for nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stand_in_line import stand_in_line

from tokenclip_core.publish.publisher import Publisher
from tokenclip_core.publish.spool import Accepted, Spool, Trigger
from tokenclip_core.sources.frames import Frame, FrameSource, SourceFacts
from tokenclip_core.station import cameras as cameras_module
from tokenclip_core.station.cameras import Camera
from tokenclip_core.station.station import Station, StationSettings
from tokenclip_core.station.supervision import Supervisor
from tokenclip_core.station.triggers import Request

SECONDS = 60.0


class Quick(FrameSource):
    """Gives a frame whenever one is asked for, until it is cut; announces no rate, as network cameras do."""

    def __init__(self) -> None:
        super().__init__("quick")
        self.cut = threading.Event()

    def open(self) -> SourceFacts:
        return SourceFacts(8, 6)

    def read(self) -> Frame | None:
        if self.interrupted.wait(0.01) or self.cut.is_set():
            return None
        return Frame(lambda: np.zeros((6, 8, 3), np.uint8))

    def close(self) -> None:
        """Nothing is held."""


class Slow(Spool):
    """A disk that does not take one part's trigger before it is told to."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.held, self.release = threading.Event(), threading.Event()

    def accept(self, trigger: Trigger) -> Accepted:
        if trigger.part == "slow":
            self.held.set()
            assert self.release.wait(SECONDS)
        return super().accept(trigger)


@dataclass
class Desk:
    """A station that runs, and what belongs to it."""

    station: Station
    spool: Slow
    source: Quick
    stop: threading.Event = field(default_factory=threading.Event)
    told: list[str] = field(default_factory=list)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    source = Quick()
    monkeypatch.setattr(cameras_module, "source_of", lambda _words, _bits: source)
    spool = Slow(tmp_path / "spool.sqlite")
    camera = Camera("left", "0")
    camera.start()
    publisher = Publisher(spool, [])
    settings = StationSettings("s", next_frame=True, patience=SECONDS)
    station = Station(settings, [camera], stand_in_line(), publisher)
    made = Desk(station, spool, source)
    supervisor = Supervisor(lambda: None, SECONDS, lambda: None)
    runs = threading.Thread(target=station.run, args=(made.stop, supervisor))
    runs.start()
    yield made
    spool.release.set()
    made.stop.set()
    runs.join(SECONDS)
    publisher.close()


def test_a_disk_that_is_slow_with_a_trigger_holds_up_no_other_part(desk: Desk) -> None:
    tickets: list[Any] = []
    slow = threading.Thread(target=lambda: tickets.append(desk.station.trigger(Request("slow"))))
    first = desk.station.trigger(Request("A"))
    assert first.wait(SECONDS)
    desk.source.cut.set()
    waits = desk.station.trigger(Request("B"))
    slow.start()
    assert desk.spool.held.wait(SECONDS)
    # The camera is back while the disk is busy.
    desk.source.cut.clear()
    assert waits.wait(SECONDS), "B is inspected although the next trigger is not on the disk yet"
    assert not desk.spool.release.is_set()
    desk.spool.release.set()
    slow.join(SECONDS)
    assert tickets[0].wait(SECONDS)


def test_a_trigger_that_is_being_noted_at_the_end_gets_its_result(desk: Desk) -> None:
    tickets: list[Any] = []
    slow = threading.Thread(target=lambda: tickets.append(desk.station.trigger(Request("slow"))))
    slow.start()
    assert desk.spool.held.wait(SECONDS)
    desk.stop.set()
    desk.station.wake()
    desk.spool.release.set()
    slow.join(SECONDS)
    assert tickets[0].wait(SECONDS)
    assert desk.spool.waiting_triggers() == []


def test_a_camera_without_an_announced_rate_shows_no_part_of_long_ago(desk: Desk) -> None:
    assert desk.station.trigger(Request("A")).wait(SECONDS)
    camera = desk.station.camera("left")
    assert camera is not None
    while camera.facts().rate < 2 / cameras_module.FRESH_SECONDS:
        assert desk.station.trigger(Request()).wait(SECONDS)
    desk.source.cut.set()
    last = camera.shown()
    while camera.shown() is not last:
        last = camera.shown()
    assert last is not None
    ended = threading.Event()
    while time.monotonic() < last.captured + 2 * cameras_module.FRESH_SECONDS:
        ended.wait(0.05)
    if camera.shown() is last:
        assert camera.newest() is None
