"""Network cameras by motion JPEG: what they send, what they answer, and how they come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import chain, repeat
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from live_server import NetworkCamera, jpeg, numbered
from watched import PATIENCE, Watched

from tokenclip_core.sources.capture import CaptureState
from tokenclip_core.sources.catalogue import source_of
from tokenclip_core.sources.frames import Fault, StreamError
from tokenclip_core.sources.network import mjpeg
from tokenclip_core.sources.network.source import NetworkSource
from tokenclip_core.sources.network.streams import MOST_BLACK, FfmpegStream, without_credentials


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine, this process's own camera may be slow to send.
    for name in ("OPEN_SECONDS", "STALL_SECONDS", "FRAME_SECONDS"):
        monkeypatch.setattr(mjpeg, name, 600.0)


@pytest.fixture
def network_camera() -> Iterator[NetworkCamera]:
    camera = NetworkCamera()
    camera.start()
    yield camera
    camera.stop()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://me:s3cret@cam.local:8554/one", "rtsp://cam.local:8554/one"),
        ("http://me:p@ss/w:rd@10.0.0.2/video", "http://10.0.0.2/video"),
        ("http://cam/v?channel=2&user=me&pwd=s3cret&res=hd", "http://cam/v?channel=2&user=***&pwd=***&res=hd"),
        ("rtsp://:s3cret@cam/x", "rtsp://cam/x"),
        ("belt.mp4", "belt.mp4"),
        ("rtsp:/me:s3cret@cam/x", "***@cam/x"),
        ("rtsp//me:s3cret@cam/x", "***@cam/x"),
        ("rtsp:me:s3cret@cam/x", "***@cam/x"),
        ("rstp://me:s3cret@cam/x", "rstp://cam/x"),
        ("me:s3cret@cam/x", "***@cam/x"),
        ("htp:/cam/v?pwd=s3cret", "htp:/cam/v?pwd=***"),
        (r"C:\parts\a@b.png", r"C:\parts\a@b.png"),
        ("parts/a:b@c.png", "parts/a:b@c.png"),
    ],
)
def test_addresses_are_shown_without_credentials(address: str, shown: str) -> None:
    assert without_credentials(address) == shown
    assert "s3cret" not in repr(NetworkSource(address))


@pytest.mark.parametrize("lengths", [True, False])
def test_a_network_camera_gives_the_frames_it_sent(network_camera: NetworkCamera, lengths: bool) -> None:
    network_camera.lengths = lengths
    sent = jpeg(numbered(3))
    network_camera.frame = lambda _number: sent
    source = source_of(network_camera.address)
    source.open()
    frame = source.read()
    assert frame is not None
    expected = cv2.cvtColor(cv2.imdecode(np.frombuffer(sent, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert np.array_equal(frame.pixels(), expected)
    assert 0 <= time.monotonic() - frame.captured < PATIENCE
    source.close()


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_a_password_is_given_when_it_is_asked_for(network_camera: NetworkCamera, scheme: str) -> None:
    network_camera.scheme, network_camera.credentials = scheme, ("me", "s3cret")
    source = source_of(network_camera.address)
    source.open()
    assert source.read() is not None
    source.close()
    wrong = source_of(f"http://me:wr0ng@127.0.0.1:{network_camera.port}/video")
    with pytest.raises(StreamError) as caught:
        wrong.open()
    assert caught.value.fault is Fault.ACCESS
    assert "wr0ng" not in str(caught.value)


def test_answers_of_servers_are_told_apart(network_camera: NetworkCamera) -> None:
    def fault_of(address: str) -> Fault:
        with pytest.raises(StreamError) as caught:
            source_of(address).open()
        assert "s3cret" not in str(caught.value)
        return caught.value.fault

    network_camera.status = 404
    assert fault_of(network_camera.address) is Fault.NOT_FOUND
    network_camera.status, network_camera.page = 200, "<html>hello</html>"
    assert fault_of(network_camera.address) is Fault.NO_VIDEO
    network_camera.stop()
    assert fault_of(f"http://me:s3cret@127.0.0.1:{network_camera.port}/video") is Fault.UNREACHABLE
    assert fault_of(f"rtsp://me:s3cret@127.0.0.1:{network_camera.port}/video") is Fault.UNREACHABLE
    assert fault_of("rtsp://me:s3cret@") is Fault.ADDRESS


def test_a_killed_camera_comes_back_by_itself(network_camera: NetworkCamera) -> None:
    watched = Watched(source_of(network_camera.address))
    for _ in range(3):
        watched.next_frame()
        network_camera.stop()
        watched.wait_for(CaptureState.WAITING, Fault.UNREACHABLE)
        network_camera.start()
        watched.wait_for(CaptureState.RUNNING)
        watched.next_frame()
    watched.end()
    assert watched.reports[-1].state is CaptureState.STOPPED


def test_a_stalled_camera_is_noticed_and_comes_back(
    network_camera: NetworkCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mjpeg, "STALL_SECONDS", 0.5)
    watched = Watched(source_of(network_camera.address))
    watched.wait_for(CaptureState.RUNNING)
    network_camera.stalled.set()
    watched.wait_for(CaptureState.WAITING, Fault.STALLED)
    network_camera.stalled.clear()
    watched.wait_for(CaptureState.RUNNING)
    watched.end()


def test_stopping_interrupts_a_waiting_read(network_camera: NetworkCamera) -> None:
    watched = Watched(source_of(network_camera.address))
    watched.wait_for(CaptureState.RUNNING)
    network_camera.stalled.set()
    # Nothing else would end the wait.
    watched.end()
    assert watched.reports[-1].state is CaptureState.STOPPED
    assert watched.reports[-1].error is None


def test_damaged_frames_are_left_out_and_another_size_is_taken(network_camera: NetworkCamera) -> None:
    whole, small = jpeg(numbered(1)), jpeg(numbered(1, 320, 200))
    frames = [whole[: len(whole) // 2], b"no picture at all", small]
    network_camera.frame = lambda number: frames[number % 3] if number > 3 else whole
    watched = Watched(source_of(network_camera.address))
    sizes = set()
    for _ in range(30):
        sizes.add(watched.next_frame().pixels().shape[:2])
        if len(sizes) == 2:
            break
    assert sizes == {(480, 640), (200, 320)}
    assert all(report.error is None for report in watched.reports)
    watched.end()


def black_at_first(count: int) -> SimpleNamespace:
    """Stands in for `cv2.VideoCapture`: so many black pictures, and then others."""
    values = chain(repeat(0, count), repeat(9))
    return SimpleNamespace(
        isOpened=lambda: True, read=lambda: (True, np.full((4, 6, 3), next(values), np.uint8)), release=lambda: None
    )


def test_black_pictures_of_a_stream_are_left_out_and_then_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for black in (MOST_BLACK - 1, MOST_BLACK):
        monkeypatch.setattr(FfmpegStream, "_opened", lambda _self, black=black: black_at_first(black))
        stream = FfmpegStream("rtsp://me:s3cret@camera/1", threading.Event())
        if black < MOST_BLACK:
            assert np.asarray(stream.read()[0]).min() == 9
            continue
        with pytest.raises(
            StreamError, match="camera/1 sends black pictures only; if its video is interlaced"
        ) as raised:
            stream.read()
        assert raised.value.fault is Fault.DAMAGED
        assert "s3cret" not in str(raised.value)
