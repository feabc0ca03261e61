"""Motion JPEG over HTTP, as most network cameras send it: no delay, exact errors, and a read that can be interrupted.

FFmpeg reads such streams as well, but waits for several frames before it gives the first, tells no reason when it
fails, and keeps a thread that waits for a silent camera until its time is up.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from typing import cast
from urllib.parse import SplitResult, unquote, urljoin

from tokenclip_core.images.pixels import RgbImage
from tokenclip_core.sources.network.access import basic_answer, digest_answer
from tokenclip_core.sources.network.streams import (
    FRAME_SECONDS,
    OPEN_SECONDS,
    STALL_SECONDS,
    Fault,
    StreamError,
    lost,
    reason_of,
    refused,
    split_address,
    stalled,
    unreachable,
    without_credentials,
)
from tokenclip_core.sources.network.timed_wire import TimedWire
from tokenclip_core.sources.video_files import is_whole_jpeg

MAX_FRAME_BYTES = 64 * 2**20
MAX_DAMAGED = 60
"""How many damaged frames in a row are a fault; fewer are left out."""

_MAX_LINE = 65536
_MAX_HOPS = 4
_REDIRECTS = {301, 302, 303, 307, 308}


def open_mjpeg(address: str, interrupted: threading.Event) -> MjpegStream | None:
    """Connect to a stream of motion JPEG; None if the server sends another kind of video.

    Raises:
        StreamError: see its message.
    """
    given = split_address(address)
    credentials = (unquote(given.username), unquote(given.password or "")) if given.username else None
    authorization = basic_answer(credentials) if credentials else None
    target, challenged = address, False
    for _ in range(_MAX_HOPS):
        parts = split_address(target)
        same_server = (parts.hostname, parts.port) == (given.hostname, given.port)
        connection, wire, response = _request(address, parts, authorization if same_server else None)
        kind = response.headers.get_content_type()
        if response.status == 200 and kind.startswith("multipart/"):
            boundary = response.headers.get_boundary("")
            return MjpegStream(address, connection, wire, response, boundary.encode("latin-1", "replace"), interrupted)
        location, challenge = response.headers.get("Location"), response.headers.get("WWW-Authenticate", "")
        response.close()
        connection.close()
        if response.status in _REDIRECTS and location:
            target = urljoin(target, location)
        elif response.status == 401 and credentials and challenge.lower().startswith("digest ") and not challenged:
            authorization, challenged = digest_answer("GET", _path(parts), credentials, challenge), True
        elif response.status != 200:
            raise refused(address, response.status, with_password=credentials is not None)
        elif kind in {"text/html", "text/plain"}:
            raise StreamError(
                Fault.NO_VIDEO,
                f"{without_credentials(address)} is a web page, not a video; look up the stream's own address",
            )
        else:
            return None
    raise unreachable(address, "it refers to other addresses again and again")


class MjpegStream:
    """An open stream of JPEG frames; see `tokenclip_core.sources.network.streams.Stream`."""

    def __init__(
        self,
        address: str,
        connection: http.client.HTTPConnection,
        wire: TimedWire,
        response: http.client.HTTPResponse,
        boundary: bytes,
        interrupted: threading.Event,
    ) -> None:
        self._address = address
        self._connection = connection
        self._wire = wire
        self._response = response
        # Some servers write the two dashes into the header, some do not.
        self._boundary = b"--" + boundary.removeprefix(b"--")
        self._interrupted = interrupted
        self._put_back = b""

    def read(self) -> tuple[bytes | RgbImage, float]:
        """The next whole frame as JPEG; damaged ones are left out."""
        self._wire.allow(FRAME_SECONDS, silence=STALL_SECONDS)
        for damaged in range(MAX_DAMAGED):
            try:
                data = self._part()
            except TimeoutError:
                if damaged:
                    break
                raise stalled(self._address) from None
            except (OSError, ValueError, http.client.HTTPException):
                raise lost(self._address) from None
            if is_whole_jpeg(data):
                return data, time.monotonic()
        raise StreamError(
            Fault.DAMAGED, f"{without_credentials(self._address)} sends only damaged frames; restart the device"
        )

    def interrupt(self) -> None:
        """Let a waiting read end at once."""
        self._interrupted.set()
        self._wire.interrupt()

    def close(self) -> None:
        """Give the connection back."""
        self._response.close()
        self._connection.close()
        self._wire.close()

    def _line(self) -> bytes:
        line, self._put_back = self._put_back or self._response.readline(_MAX_LINE), b""
        if not line or self._interrupted.is_set():
            raise ConnectionError
        return line

    def _part(self) -> bytes:
        """The body of the next part."""
        while not self._line().startswith(self._boundary):
            continue
        length = None
        while (header := self._line().strip()) != b"":
            name, _, value = header.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
        if length is None:
            return self._up_to_boundary()
        if not 0 <= length <= MAX_FRAME_BYTES:
            raise ConnectionError
        data = self._response.read(length)
        if len(data) < length:
            raise ConnectionError
        return data

    def _up_to_boundary(self) -> bytes:
        """A body without a length."""
        lines: list[bytes] = []
        size = 0
        while size <= MAX_FRAME_BYTES:
            line = self._line()
            if line.startswith(self._boundary):
                self._put_back = line
                return b"".join(lines).rstrip(b"\r\n")
            lines.append(line)
            size += len(line)
            # A JPEG's end marker before a line end: the frame is whole, and need not wait for the next one to begin.
            if line.endswith(b"\xff\xd9\r\n"):
                return b"".join(lines).rstrip(b"\r\n")
        raise ConnectionError


def _request(
    address: str, parts: SplitResult, authorization: str | None
) -> tuple[http.client.HTTPConnection, TimedWire, http.client.HTTPResponse]:
    """Ask for the stream; the answer's head is read, its body is not."""
    connection: http.client.HTTPConnection
    host = parts.hostname or ""
    if parts.scheme.lower() == "https":
        connection = http.client.HTTPSConnection(host, parts.port, timeout=OPEN_SECONDS)
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=OPEN_SECONDS)
    headers = {"User-Agent": "tokenclip-inspector", "Accept": "*/*"}
    if authorization:
        headers["Authorization"] = authorization
    try:
        connection.request("GET", _path(parts), headers=headers)
        if not isinstance(connection.sock, socket.socket):
            raise ConnectionError
        wire = TimedWire(connection.sock)
        wire.allow(OPEN_SECONDS, silence=OPEN_SECONDS)
        response = _begun(wire)
    except ssl.SSLCertVerificationError:
        connection.close()
        raise unreachable(address, "its certificate is not trusted; use http:// if the network is your own") from None
    except OSError as error:
        connection.close()
        raise unreachable(address, reason_of(error)) from None
    except (http.client.HTTPException, ValueError):
        connection.close()
        raise unreachable(address, "its answer is not understood") from None
    return connection, wire, response


def _begun(wire: TimedWire) -> http.client.HTTPResponse:
    """An answer whose head is read; it lets go of the connection if that fails."""
    # `HTTPResponse` uses nothing of a socket but `makefile`.
    response = http.client.HTTPResponse(cast("socket.socket", wire), method="GET")
    try:
        response.begin()
    except (OSError, ValueError, http.client.HTTPException):
        response.close()
        raise
    return response


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
