"""A network camera on 127.0.0.1 that sends motion JPEG and misbehaves as it is told. For tests and benchmarks."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import numpy.typing as npt

BOUNDARY = "frame"
NONCE = "d1e5"


def numbered(number: int, width: int = 640, height: int = 480) -> npt.NDArray[np.uint8]:
    """(H, W, 3) BGR with a bright square that moves with the number."""
    pixels = np.full((height, width, 3), 90, np.uint8)
    left = number * 7 % max(1, width - 60)
    pixels[40:100, left : left + 60] = 240
    return pixels


def jpeg(pixels: npt.NDArray[np.uint8]) -> bytes:
    _, coded = cv2.imencode(".jpg", pixels)
    return coded.tobytes()


@dataclass
class NetworkCamera:
    """Set the attributes while it runs; `start` and `stop` may alternate, the port stays the same.

    Attributes:
        stalled: set it to send nothing more over open connections.
        credentials: that are asked for, by `scheme` ("basic" or "digest").
    """

    rate: float = 30.0
    frame: Callable[[int], bytes] = field(default_factory=lambda: _cycle())
    lengths: bool = True
    credentials: tuple[str, str] | None = None
    scheme: str = "basic"
    page: str = ""
    status: int = 200
    stalled: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    sent: int = 0
    connections: int = 0

    def __post_init__(self) -> None:
        self._server: ThreadingHTTPServer | None = None
        self._open: set[socket.socket] = set()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        user = f"{self.credentials[0]}:{self.credentials[1]}@" if self.credentials else ""
        return f"http://{user}127.0.0.1:{self.port}/video"

    def start(self) -> None:
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera._answer(self)

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that hangs up is no error."""

        self._ended.clear()
        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="camera", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Vanish: no goodbye on open connections."""
        if self._server is None or self._thread is None:
            return
        self._ended.set()
        self._server.shutdown()
        self._thread.join(5)
        for wire in list(self._open):
            try:
                wire.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._server.server_close()
        self._server = None

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        self.connections += 1
        if not self._allowed(request.headers.get("Authorization", "")):
            request.send_response(401)
            challenge = f'Digest realm="camera", nonce="{NONCE}", qop="auth"' if self.scheme == "digest" else "Basic"
            request.send_header("WWW-Authenticate", challenge)
            request.end_headers()
            return
        if self.status != 200 or self.page:
            request.send_response(self.status)
            request.send_header("Content-Type", "text/html")
            request.end_headers()
            request.wfile.write(self.page.encode())
            return
        request.send_response(200)
        request.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        request.end_headers()
        self._open.add(request.connection)
        try:
            self._send_frames(request)
        except OSError:
            return
        finally:
            self._open.discard(request.connection)

    def _send_frames(self, request: BaseHTTPRequestHandler) -> None:
        began, number = time.monotonic(), 0
        while not self._ended.wait(max(0.0, began + number / self.rate - time.monotonic())):
            number += 1
            if self.stalled.is_set():
                continue
            data = self.frame(number)
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n"
            head += f"Content-Length: {len(data)}\r\n\r\n" if self.lengths else "\r\n"
            request.wfile.write(head.encode() + data + b"\r\n")
            self.sent += 1

    def _allowed(self, given: str) -> bool:
        if self.credentials is None:
            return True
        user, password = self.credentials
        if self.scheme == "basic":
            return given == "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        fields = dict(part.strip().split("=", 1) for part in given.partition(" ")[2].split(",") if "=" in part)
        value = {name: text.strip('"') for name, text in fields.items()}

        def hashed(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        wanted = f"{hashed(f'{user}:camera:{password}')}:{NONCE}:{value.get('nc')}:{value.get('cnonce')}:auth"
        return bool(given) and value.get("response") == hashed(f"{wanted}:{hashed('GET:/video')}")


def _cycle(count: int = 16) -> Callable[[int], bytes]:
    frames = [jpeg(numbered(number)) for number in range(count)]
    return lambda number: frames[number % count]
