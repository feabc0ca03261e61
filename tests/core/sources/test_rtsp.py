"""Cameras by RTSP, against a real server that is started, stalled, killed and started again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from rtsp_server import PATH, RtspServer, why_not
from watched import Watched

from tokenclip_core.sources.capture import CaptureState
from tokenclip_core.sources.catalogue import source_of
from tokenclip_core.sources.frames import Fault, StreamError

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

PATIENCE = 90.0
"""The server is a program of its own, that a busy machine may be slow to start."""

HIDDEN = "s3cret"


@pytest.fixture
def server() -> Iterator[RtspServer]:
    server = RtspServer(credentials=("me", HIDDEN), rate=15, width=320, height=240)
    server.start()
    yield server
    server.stop()


def fault_of(address: str) -> Fault:
    with pytest.raises(StreamError) as caught:
        source_of(address).open()
    assert HIDDEN not in str(caught.value)
    return caught.value.fault


def test_a_stream_is_read_and_its_password_stays_hidden(server: RtspServer, capfd: pytest.CaptureFixture[str]) -> None:
    source = source_of(server.address)
    source.open()
    frame = source.read()
    assert frame is not None
    assert frame.pixels().shape == (240, 320, 3)
    # The test picture is a white ball on black.
    assert frame.pixels().min() < 40
    assert frame.pixels().max() > 200
    source.close()
    assert HIDDEN not in source.name
    said = capfd.readouterr()
    assert said.out + said.err == ""


@pytest.mark.parametrize("digest", [False, True])
def test_wrong_addresses_and_passwords_are_told_apart(server: RtspServer, digest: bool) -> None:
    server.stop()
    server.digest = digest
    server.start()
    at = f"127.0.0.1:{server.port}"
    assert fault_of(f"rtsp://me:wr0ng@{at}{PATH}") is Fault.ACCESS
    assert fault_of(f"rtsp://{at}{PATH}") is Fault.ACCESS
    assert fault_of(f"rtsp://me:{HIDDEN}@{at}/nothing") is Fault.NOT_FOUND
    server.stop()
    assert fault_of(server.address) is Fault.UNREACHABLE


def test_a_killed_server_comes_back_by_itself_and_nothing_is_left_behind(server: RtspServer) -> None:
    watched = Watched(source_of(server.address))
    watched.wait_for(CaptureState.RUNNING, patience=PATIENCE)
    threads = threading.active_count()
    for _ in range(2):
        watched.next_frame()
        server.stop()
        watched.wait_for(CaptureState.WAITING, Fault.UNREACHABLE, patience=PATIENCE)
        server.start()
        watched.wait_for(CaptureState.RUNNING, patience=PATIENCE)
    assert threading.active_count() <= threads
    watched.end()


def test_a_stalled_server_is_noticed_and_comes_back(server: RtspServer) -> None:
    watched = Watched(source_of(server.address))
    watched.wait_for(CaptureState.RUNNING, patience=PATIENCE)
    server.stall(True)
    stalled = time.monotonic()
    watched.wait_for(CaptureState.WAITING, Fault.STALLED, patience=PATIENCE)
    # Once the time that it may be silent, not once for each frame that the decoder has kept.
    assert time.monotonic() - stalled < 20
    server.stall(False)
    watched.wait_for(CaptureState.RUNNING, patience=PATIENCE)
    watched.end()
