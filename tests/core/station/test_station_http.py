"""A station over HTTP: who looks at live pictures leaves room for triggers, and goes when the client has gone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import pytest
from patience import until
from stand_in_line import stand_in_line

from tokenclip_core.publish.json_lines import JsonLinesOutput
from tokenclip_core.publish.publisher import Publisher
from tokenclip_core.publish.spool import Spool, SpoolError
from tokenclip_core.sources.frames import Frame, FrameSource, SourceFacts
from tokenclip_core.station import cameras as cameras_module
from tokenclip_core.station import http_server
from tokenclip_core.station.cameras import Camera
from tokenclip_core.station.http_server import HttpServer
from tokenclip_core.station.metrics import Meter
from tokenclip_core.station.station import Station, StationSettings

SECONDS = 60.0


class Once(FrameSource):
    """Gives one frame, or none, and is silent then."""

    def __init__(self, *, silent: bool) -> None:
        super().__init__("once")
        self.silent = silent

    def open(self) -> SourceFacts:
        return SourceFacts(8, 6)

    def read(self) -> Frame | None:
        if self.silent:
            self.interrupted.wait(0.1)
            return None
        self.silent = True
        return Frame(lambda: np.zeros((6, 8, 3), np.uint8))

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    # Its publisher closes it.
    return Spool(tmp_path / "spool.sqlite")


@pytest.fixture
def server(spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpServer]:
    monkeypatch.setattr(cameras_module, "source_of", lambda words, _bits: Once(silent=words == "silent"))
    monkeypatch.setattr(http_server, "MOST_VIEWERS", 1)
    monkeypatch.setattr(http_server, "_REPEAT_SECONDS", 0.01)
    monkeypatch.setattr(http_server, "_LIVE_RATE", 100.0)
    came = threading.Event()
    cameras = [Camera("left", "0"), Camera("silent", "silent")]
    meter = Meter()
    publisher = Publisher(spool, [JsonLinesOutput(tmp_path / "out.jsonl")])
    station = Station(StationSettings("s"), cameras, stand_in_line(), publisher, meter=meter)
    cameras[0].arrived = came.set
    for camera in cameras:
        camera.start()
    assert came.wait(SECONDS)
    made = HttpServer(station, meter, "127.0.0.1", 0)
    yield made
    made.close()
    for camera in cameras:
        camera.stop()
        camera.join()
    publisher.close()


def status(server: HttpServer, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def look(server: HttpServer, path: str) -> socket.socket:
    """Look at a live picture until the socket is closed; the head has come."""
    client = socket.create_connection(("127.0.0.1", server.port), SECONDS)
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: s\r\n\r\n".encode())
    assert client.recv(12) == b"HTTP/1.1 200"
    return client


def test_a_viewer_of_a_silent_camera_that_has_gone_is_noticed(server: HttpServer) -> None:
    viewer = look(server, "/live/left")
    assert status(server, "/live/left") == 503
    assert status(server, "/health") == 200
    assert status(server, "/live/left.jpg") == 200
    viewer.close()
    until(lambda: status(server, "/live/left") == 200)


def test_a_camera_without_any_frame_ends_the_stream(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "_IDLE_SECONDS", 0.05)
    with look(server, "/live/silent") as viewer:
        while viewer.recv(1 << 16):
            continue


def test_health_is_told_also_where_the_spool_is_gone(
    server: HttpServer, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_name: str, _kinds: object) -> int:
        raise SpoolError("the disk is gone")

    with monkeypatch.context() as patched:
        patched.setattr(spool, "waiting_for", gone)
        assert status(server, "/health") == 200
