"""Servers that drip, never end a line, or answer nonsense: each ends in time, with an error that is understood."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from random import Random

import pytest
from live_server import jpeg, numbered

from tokenclip_core.commands.cli import main
from tokenclip_core.commands.inputs import Limits, Source, file_or_stream
from tokenclip_core.commands.live_pictures import live_pictures
from tokenclip_core.errors import ImageError
from tokenclip_core.sources.network import mjpeg
from tokenclip_core.sources.network.access import digest_answer
from tokenclip_core.sources.network.opening import open_stream
from tokenclip_core.sources.network.streams import Fault, StreamError

HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n"
FRAME = jpeg(numbered(1, 64, 48))
Say = Callable[[bytes], None]
PATIENCE = 60


def part(data: bytes, length: str | None = None) -> bytes:
    stated = str(len(data)) if length is None else length
    return b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: " + stated.encode() + b"\r\n\r\n" + data + b"\r\n"


class Server:
    """Sends what it is told over every connection, piece by piece, with a pause after each, until it is stopped."""

    def __init__(self, pieces: Callable[[], Iterator[bytes]], pause: float = 0.0) -> None:
        self._pieces, self._pause, self._ended = pieces, pause, threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://me:s3cret@127.0.0.1:{self._socket.getsockname()[1]}/video"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                wire, _ = self._socket.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._answer, args=(wire,), daemon=True))
            self._threads[-1].start()

    def _answer(self, wire: socket.socket) -> None:
        with wire:
            wire.settimeout(0.2)
            try:
                wire.recv(65536)
                for piece in self._pieces():
                    wire.sendall(piece)
                    if self._ended.wait(self._pause):
                        return
                self._ended.wait()
            except OSError:
                return

    def stop(self) -> None:
        self._ended.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(PATIENCE)


LONG, SHORT = 600.0, 0.5


@pytest.fixture(autouse=True)
def long_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    # A busy machine must not run into one that a test is not about.
    for name in ("OPEN_SECONDS", "STALL_SECONDS", "FRAME_SECONDS"):
        monkeypatch.setattr(mjpeg, name, LONG)


def short_deadlines(monkeypatch: pytest.MonkeyPatch, faults: set[Fault]) -> None:
    """Those that lead to these faults."""
    if Fault.UNREACHABLE in faults:
        monkeypatch.setattr(mjpeg, "OPEN_SECONDS", SHORT)
    if Fault.STALLED in faults:
        monkeypatch.setattr(mjpeg, "STALL_SECONDS", SHORT)
        monkeypatch.setattr(mjpeg, "FRAME_SECONDS", 2 * SHORT)


def endless(first: bytes, piece: bytes) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        yield first
        while True:
            yield piece

    return pieces


def dripping(data: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: (data[place : place + 1] for place in range(len(data)))


def read_one(address: str) -> None:
    stream = open_stream(address)
    try:
        stream.read()
    finally:
        stream.close()


STREAMS: dict[str, tuple[Callable[[], Iterator[bytes]], float, set[Fault]]] = {
    "a slow drip of a frame": (endless(HEAD + b"--b\r\nContent-Length: 9999\r\n\r\n", b"a"), 0.1, {Fault.STALLED}),
    "a slow drip of headers": (endless(HEAD + b"--b\r\n", b"X: a\r\n"), 0.1, {Fault.STALLED}),
    "headers without end": (endless(HEAD + b"--b\r\n", b"X-A: " + b"a" * 1000 + b"\r\n"), 0.0, {Fault.STALLED}),
    "a line without end": (endless(HEAD, b"x" * 65536), 0.0, {Fault.STALLED}),
    "silence": (lambda: iter([HEAD]), 0.0, {Fault.STALLED}),
    "a slow drip of an answer": (dripping(HEAD * 50), 0.1, {Fault.UNREACHABLE}),
    "an answer without end": (endless(b"HTTP/1.0 200 OK\r\n", b"X-A: a\r\n"), 0.0, {Fault.UNREACHABLE}),
    "an answer of 100 again and again": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), 0.0, {Fault.UNREACHABLE}),
    "a frame of a terabyte": (lambda: iter([HEAD + part(FRAME, "1000000000000")]), 0.0, {Fault.LOST}),
    "a length of 5000 digits": (lambda: iter([HEAD + part(FRAME, "9" * 5000)]), 0.0, {Fault.LOST}),
    "a negative length": (lambda: iter([HEAD + part(FRAME, "-5")]), 0.0, {Fault.LOST}),
    "damaged frames, slowly": (endless(HEAD, part(FRAME[: len(FRAME) // 2])), 0.01, {Fault.DAMAGED}),
    "noise": (endless(HEAD, Random(1).randbytes(65536)), 0.0, {Fault.STALLED, Fault.LOST}),
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_misbehaves_ends_in_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces, pause, faults = STREAMS[name]
    short_deadlines(monkeypatch, faults)
    server = Server(pieces, pause)
    began = time.monotonic()
    with pytest.raises(StreamError) as caught:
        read_one(server.address)
    assert caught.value.fault in faults
    assert "s3cret" not in str(caught.value)
    assert time.monotonic() - began < PATIENCE
    server.stop()


@pytest.mark.parametrize(
    "challenge",
    [
        'Digest =====,,,"',
        'Digest realm="',
        "Digest",
        'Digest realm="a\xff", nonce=, algorithm=',
        "Digest " + "," * 60000,
        'Digest realm="a\\\\"b", qop="auth,auth-int", nonce="' + "n" * 60000 + '"',
    ],
)
def test_no_challenge_of_a_server_breaks_the_answer(challenge: str) -> None:
    assert digest_answer("GET", "/video", ("me", "s3cret"), challenge).startswith('Digest username="me", realm="')


def test_a_malformed_challenge_ends_as_an_answer_not_understood_or_refused() -> None:
    answer = b'HTTP/1.0 401 no\r\nWWW-Authenticate: Digest =====,,,"\r\nContent-Length: 0\r\n\r\n'
    server = Server(lambda: iter([answer]))
    with pytest.raises(StreamError) as caught:
        open_stream(server.address)
    assert caught.value.fault is Fault.ACCESS
    server.stop()


def test_the_seconds_asked_for_end_a_stream_that_goes_silent() -> None:
    server = Server(lambda: iter([HEAD + part(FRAME) + part(FRAME)]))
    source = Source(Path("s"), PurePosixPath("s"), server.address)
    began = time.monotonic()
    pictures = list(live_pictures(source, Limits(seconds=0.2), lambda: False))
    assert 1 <= len(pictures) <= 2
    assert [picture.load().shape for picture in pictures] == [(48, 64, 3)] * len(pictures)
    assert time.monotonic() - began < PATIENCE
    server.stop()


def test_the_seconds_asked_for_end_a_stream_that_never_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenclip_core.commands.live_pictures.FIRST_FRAME_SECONDS", 0.1)
    monkeypatch.setattr(mjpeg, "OPEN_SECONDS", 600.0)
    server = Server(lambda: iter(()))
    source = Source(Path("s"), PurePosixPath("s"), server.address)
    (picture,) = live_pictures(source, Limits(seconds=0.1), lambda: False)
    with pytest.raises(ImageError, match="sends no frames"):
        picture.load()
    server.stop()


@pytest.mark.parametrize("text", ["rtsp:/me:s3cret@cam/x", "me:s3cret@cam:554/x", "htp:/cam/v?pwd=s3cret"])
def test_a_mistyped_address_keeps_its_password(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StreamError, match="neither a file nor the address of a stream") as caught:
        file_or_stream(text)
    assert "s3cret" not in str(caught.value)
    assert main(["inspect", text]) == 2
    assert main([text], open_window=lambda *_words, **_more: 0) == 2
    told = capsys.readouterr()
    assert "s3cret" not in told.out + told.err
