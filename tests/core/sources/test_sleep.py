"""Machines that sleep and clocks that are set: sources go on by themselves, and rates tell the truth again."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from watched import Watched

from tokenclip_core.rates import Rate
from tokenclip_core.sources import capture, frames, video
from tokenclip_core.sources.capture import CaptureState
from tokenclip_core.sources.frames import Fault, Frame, FrameSource, SourceFacts
from tokenclip_core.sources.video import VideoFileSource

NIGHT = 8 * 3600.0
VIDEOS = Path(__file__).parent / "videos"


class Machine:
    """The real clock, with what a machine slept through; systems differ in whether their steady clock counts that."""

    def __init__(self) -> None:
        self.slept = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.slept


class Sleeper(FrameSource):
    """A camera that says nothing any more after its machine slept, until it is opened again."""

    def __init__(self, machine: Machine) -> None:
        super().__init__("sleeper")
        self.machine, self.opened, self.given = machine, 0, 0

    def open(self) -> SourceFacts:
        self.opened += 1
        return SourceFacts(rate=25)

    def read(self) -> Frame | None:
        if self.opened == 1 and self.given == 3:
            self.machine.slept = NIGHT
            return None
        self.given += 1
        return Frame(lambda: np.zeros((2, 2, 3), np.uint8))

    def close(self) -> None:
        """Nothing is held."""


def test_a_camera_that_slept_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    monkeypatch.setattr(capture, "time", machine)
    source = Sleeper(machine)
    watched = Watched(source)
    watched.wait_for(CaptureState.WAITING, Fault.STALLED)
    watched.thread.retry()
    watched.wait_for(CaptureState.RUNNING)
    watched.wait(lambda: source.given > 10)
    watched.end()


def test_a_video_goes_on_where_it_was_and_does_not_catch_up(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(video, "time", SimpleNamespace(monotonic=lambda: now[0]))
    source = VideoFileSource(VIDEOS / "whole.mp4")
    source.open()
    first = source.read()
    now[0] += NIGHT
    second = source.read()
    assert first is not None
    assert second is not None
    assert second.position is not None
    # The next one is due after its own time again, not at once.
    source.interrupted.set()
    assert source.read() is None
    source.close()


@pytest.mark.parametrize("gap", [60.0, NIGHT, 30 * 24 * 3600.0])
def test_a_rate_is_right_again_after_a_few_events(gap: float) -> None:
    rate = Rate()
    for number in range(100):
        rate.count(number / 25)
    woken = 4.0 + gap
    assert rate.value(woken) == 0
    for number in range(5):
        rate.count(woken + number / 25)
    assert rate.value(woken + 4 / 25) == pytest.approx(25, rel=0.01)


@pytest.mark.parametrize("jump", [-NIGHT, NIGHT])
def test_a_clock_that_is_set_changes_what_people_read_and_no_duration(
    monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    wall = [1_000_000.0]
    monkeypatch.setattr(frames, "time", SimpleNamespace(time=lambda: wall[0], monotonic=lambda: 50.0))
    before = Frame(lambda: np.zeros((1, 1, 3), np.uint8), captured=49.0)
    wall[0] += jump
    after = Frame(lambda: np.zeros((1, 1, 3), np.uint8), captured=50.0)
    assert after.captured - before.captured == 1.0
    assert after.clock - before.clock == jump + 1.0
