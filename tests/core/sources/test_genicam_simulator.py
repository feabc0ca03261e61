"""GenICam cameras through the real `harvesters`, on the simulated cameras that come with its package `genicam`."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path

import numpy as np
import pytest

from tokenclip_core.sources.frames import Fault, Frame, StreamError
from tokenclip_core.sources.genicam import PRODUCERS_VARIABLE, GenicamSource, list_genicam_cameras, missing

WAIT_SECONDS = 60.0


@pytest.fixture(autouse=True)
def simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec("genicam") if importlib.util.find_spec("harvesters") else None
    if found is None or found.origin is None:
        pytest.skip("harvesters is not installed (the extra `genicam`)")
    folder = Path(found.origin).parent
    if not list(folder.glob("*.cti")):
        pytest.skip("this build of genicam comes without simulated cameras")
    monkeypatch.setenv(PRODUCERS_VARIABLE, str(folder))


def next_frame(source: GenicamSource) -> Frame:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        frame = source.read()
        if frame is not None:
            return frame
    raise AssertionError("no picture came")


def test_simulated_cameras_are_listed_and_give_pictures() -> None:
    assert not missing()
    names = list_genicam_cameras()
    assert names
    source = GenicamSource(names[0])
    facts = source.open()
    try:
        first, second = next_frame(source), next_frame(source)
        pixels = first.pixels()
        assert pixels.shape == (facts.height, facts.width, 3)
        assert pixels.dtype == np.uint8
        assert pixels.std() > 0
        assert second.captured > first.captured
    finally:
        source.close()


def test_a_camera_is_opened_again_after_it_was_closed() -> None:
    name = list_genicam_cameras()[0]
    for _ in range(3):
        source = GenicamSource(name)
        source.open()
        next_frame(source)
        source.close()


def test_a_name_that_no_camera_has() -> None:
    source = GenicamSource("no such camera")
    with pytest.raises(StreamError) as told:
        source.open()
    assert told.value.fault is Fault.ABSENT
    source.close()
