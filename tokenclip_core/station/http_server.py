"""A station over HTTP: health, metrics, triggers, and its live pictures.

- ``GET /health``: how the station is, as JSON; status 503 where no part can be inspected.
- ``GET /metrics``: for Prometheus.
- ``POST /trigger``: a part is before a camera, as JSON; with ``?wait=SECONDS`` the answer is its result.
- ``GET /live/CAMERA.jpg``: the newest picture; ``GET /live/CAMERA``: motion JPEG, which the live view shows.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from tokenclip_core.errors import SettingsError
from tokenclip_core.publish.spool import SpoolError
from tokenclip_core.sources.frames import Frame
from tokenclip_core.station.cameras import Camera
from tokenclip_core.station.metrics import Meter
from tokenclip_core.station.station import Station
from tokenclip_core.station.triggers import MOST_BYTES, Request

CREDENTIAL_VARIABLE = "TOKENCLIP_STATION_TOKEN"
"""An environment variable: where it is set, whoever triggers or looks on must send it as a bearer."""

MOST_CLIENTS = 64
"""Connections at once; further ones are turned away, so that a station never has thousands of threads."""

MOST_VIEWERS = 16
"""How many of the connections may look at a live picture: those stay open, and triggers need the others."""

_IDLE_SECONDS = 10.0
_REPEAT_SECONDS = 2.0
_MOST_WAIT = 60.0
_LIVE_RATE = 10.0
_BOUNDARY = "frame"

_log = logging.getLogger(__name__)


class HttpServer:
    """Serves a station until it is closed.

    Attributes:
        port: that it listens on.
    """

    def __init__(self, station: Station, meter: Meter, host: str, port: int) -> None:
        """Listen.

        Args:
            station: to serve.
            meter: of the station.
            host: name or number of the address; ``127.0.0.1`` for this machine alone.
            port: 0 for any that is free.

        Raises:
            SettingsError: the port is taken, or the address is not this machine's.
        """
        clients = threading.BoundedSemaphore(MOST_CLIENTS)
        viewers = threading.BoundedSemaphore(MOST_VIEWERS)
        known = {"station": station, "meter": meter, "clients": clients, "viewers": viewers}
        handler = type("StationHandler", (_Handler,), known)
        try:
            self._server = _Server((host, port), handler)
        except OSError as error:
            raise SettingsError(f"{host}:{port} can't be listened on ({error.strerror}); name another port") from error
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="http", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def handle_error(self, *_facts: Any) -> None:
        """Say nothing of a client that hangs up."""
        _log.debug("a client of HTTP failed", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    """Answers one client; the class is made anew for each station."""

    station: ClassVar[Station]
    meter: ClassVar[Meter]
    clients: ClassVar[threading.BoundedSemaphore]
    viewers: ClassVar[threading.BoundedSemaphore]
    protocol_version = "HTTP/1.1"
    server_version = "tokenclip-station"
    sys_version = ""
    timeout = _IDLE_SECONDS

    def handle(self) -> None:
        """Answer, unless there are too many already."""
        if not self.clients.acquire(blocking=False):
            self.close_connection = True
            return
        try:
            super().handle()
        finally:
            self.clients.release()

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/health":
            health = self.station.health()
            status = HTTPStatus.OK if health.works else HTTPStatus.SERVICE_UNAVAILABLE
            self._answer_json(status, health.to_mapping())
        elif path == "/metrics":
            self._metrics()
        elif path.startswith("/live/"):
            if self._allowed():
                self._live(unquote(path.removeprefix("/live/")))
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there are /health, /metrics, /trigger and /live/CAMERA")

    def do_POST(self) -> None:
        target = urlsplit(self.path)
        if target.path != "/trigger":
            self._refuse(HTTPStatus.NOT_FOUND, "there is only POST /trigger")
            return
        # A browser lets no page of another site send this type of content, so that none can trigger anything.
        if self.headers.get_content_type() != "application/json":
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a trigger is sent as application/json")
            return
        if not self._allowed():
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a trigger has at most {MOST_BYTES} bytes")
            return
        self._trigger(self.rfile.read(int(length)), parse_qs(target.query).get("wait", ["0"])[0])

    def log_message(self, *words: object) -> None:
        """Requests come several times a second and are not told."""

    def _trigger(self, body: bytes, wait: str) -> None:
        try:
            seconds = min(float(wait), _MOST_WAIT)
            ticket = self.station.trigger(Request.read(body))
        except SpoolError as error:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
            return
        except (SettingsError, ValueError) as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
            return
        content = ticket.wait(seconds) if seconds > 0 else ticket.content
        if content is None:
            self._answer_json(HTTPStatus.ACCEPTED, {"accepted": ticket.part, "camera": ticket.camera})
        else:
            self._answer(HTTPStatus.OK, content.encode("utf-8"), "application/json")

    def _metrics(self) -> None:
        try:
            text = self.meter.text()
        except SettingsError as error:
            self._refuse(HTTPStatus.NOT_IMPLEMENTED, str(error))
            return
        self._answer(HTTPStatus.OK, text, "text/plain; version=0.0.4; charset=utf-8")

    def _live(self, name: str) -> None:
        still = name.endswith(".jpg")
        camera = self.station.camera(name.removesuffix(".jpg"))
        if camera is None:
            self._refuse(HTTPStatus.NOT_FOUND, f"the cameras are {', '.join(self.station.cameras)}")
            return
        if still:
            frame = camera.shown()
            if frame is None:
                self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "there is no picture yet")
                return
            self._answer(HTTPStatus.OK, jpeg_of(frame), "image/jpeg")
            return
        if not self.viewers.acquire(blocking=False):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, f"{MOST_VIEWERS} look on already; look at {name}.jpg instead")
            return
        try:
            self._stream(camera)
        finally:
            self.viewers.release()

    def _stream(self, camera: Camera) -> None:
        """Send pictures until the client has gone, which is noticed only by sending: so a silent camera's last one too.

        A camera that gives none at all ends the stream.
        """
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.send_header("Connection", "close")
        self.end_headers()
        sent: Frame | None = None
        last = time.monotonic()
        while True:
            frame = camera.shown()
            silent = time.monotonic() - last
            if frame is None and silent > _IDLE_SECONDS:
                return
            if frame is not None and (frame is not sent or silent > _REPEAT_SECONDS):
                data = jpeg_of(frame)
                head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                self.wfile.write(head.encode("ascii") + data + b"\r\n")
                sent, last = frame, time.monotonic()
            time.sleep(1 / _LIVE_RATE)

    def _allowed(self) -> bool:
        token = os.environ.get(CREDENTIAL_VARIABLE, "")
        given = self.headers.get("Authorization", "")
        if not token or hmac.compare_digest(given.encode("utf-8"), f"Bearer {token}".encode()):
            return True
        self._refuse(HTTPStatus.UNAUTHORIZED, f"send the token of {CREDENTIAL_VARIABLE} as a bearer")
        return False

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        # What of the request was not read would be taken for the next one.
        self.close_connection = True
        self._answer_json(status, {"error": reason})

    def _answer_json(self, status: HTTPStatus, values: Mapping[str, Any]) -> None:
        self._answer(
            status, json.dumps(values, ensure_ascii=False).encode("utf-8", "backslashreplace"), "application/json"
        )

    def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def jpeg_of(frame: Frame) -> bytes:
    """A frame as JPEG: as the camera sent it, where it did and nothing turned it."""
    if frame.jpeg is not None and frame.orientation == type(frame.orientation)():
        return frame.jpeg
    import io

    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(frame.pixels()).save(stream, format="JPEG", quality=85)
    return stream.getvalue()
