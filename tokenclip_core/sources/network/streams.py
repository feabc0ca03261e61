"""Streams by their address: what can go wrong, how to name them without passwords, and how FFmpeg reads them."""

from __future__ import annotations

import re
import socket
import threading
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

import numpy as np
import numpy.typing as npt

from tokenclip_core.errors import TokenClipError
from tokenclip_core.images.pixels import RgbImage
from tokenclip_core.sources.network.access import basic_answer, digest_answer

if TYPE_CHECKING:
    import cv2

STREAM_SCHEMES = frozenset({"rtsp", "rtsps", "rtspt", "rtmp", "http", "https", "udp", "rtp", "srt", "tcp"})
OPEN_SECONDS = 5.0
"""How long a server may take to answer."""

STALL_SECONDS = 1.8
"""Seconds without a byte after which a stream has stalled; short, since a waiting read can't always be interrupted."""

FRAME_SECONDS = 5.0
"""Seconds after which a frame that is not whole has stalled, however steadily its bytes come."""

MOST_BLACK = 25
"""So many wholly black frames in a row are a fault: OpenCV gives them for interlaced video that it can't convert."""

_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]{1,9})://", re.IGNORECASE)
_SECRET = re.compile(
    r"([?&;][^=&;?]*(?:user|usr|login|account|pass|pwd|pw|token|auth|key|secret|sig)[^=&;]*=)[^&;#]*", re.IGNORECASE
)
# A scheme that lost a sign or two, then something like name:password@host. A drive letter is no scheme.
_MISTYPED = re.compile(r"^(?![a-z]:)(?:[a-z][a-z0-9+.-]+(?::/*|//+))?[^/\\@]*:.*@[^/\\@]", re.IGNORECASE)
_ANSWER_BYTES = 4096


class Fault(StrEnum):
    """What is wrong with a source of frames."""

    ABSENT = "absent"
    BUSY = "busy"
    DENIED = "denied"
    ADDRESS = "address"
    UNREACHABLE = "unreachable"
    ACCESS = "access"
    NOT_FOUND = "not found"
    NO_VIDEO = "no video"
    STALLED = "stalled"
    LOST = "lost"
    DAMAGED = "damaged"
    EMPTY = "empty"
    UNSUPPORTED = "unsupported"
    SETUP = "setup"
    PIXELS = "pixels"


class StreamError(TokenClipError):
    """A source of frames can't be opened or has ended early.

    Attributes:
        fault: of which kind; the window has a sentence for each.
    """

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


class Stream(Protocol):
    """An open stream."""

    def read(self) -> tuple[bytes | RgbImage, float]:
        """The next frame, as JPEG or (H, W, 3) uint8 RGB, and when it was complete (`time.monotonic`).

        Raises:
            StreamError: it stalled or ended.
        """
        ...

    def interrupt(self) -> None:
        """Let `read` return soon, with an error; from any thread."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


def is_stream(text: str) -> bool:
    """Whether a text is the address of a stream rather than a file's name."""
    found = _SCHEME.match(text)
    return found is not None and found[1].lower() in STREAM_SCHEMES


def without_credentials(address: str) -> str:
    """An address without user name, password and secret parameters, to be shown and logged.

    Everything between the scheme and the last "@" is left out, so that a password with odd characters goes as a whole;
    of a mistyped address, everything up to there.
    """
    found = _SCHEME.match(address)
    if found is None:
        shown = f"***@{address.rpartition('@')[2]}" if _MISTYPED.match(address) else address
        return _SECRET.sub(r"\g<1>***", shown)
    rest = address[found.end() :].rpartition("@")[2]
    return _SECRET.sub(r"\g<1>***", f"{found[1].lower()}://{rest}")


def looks_mistyped(text: str) -> bool:
    """Whether a text that is no address looks as if it was meant to be one, with a password in it."""
    return not is_stream(text) and (_MISTYPED.match(text) or _SECRET.search(text)) is not None


def split_address(address: str) -> SplitResult:
    """The parts of an address.

    Raises:
        StreamError: it has no host, or a port that is no number.
    """
    try:
        parts = urlsplit(address)
        if not parts.hostname or parts.port == 0:
            raise ValueError
    except ValueError:
        shown = without_credentials(address)
        raise StreamError(
            Fault.ADDRESS, f"{shown} is no address of a stream; write it as rtsp://host/path, special characters as %40"
        ) from None
    return parts


def unreachable(address: str, reason: str) -> StreamError:
    """The error for a server that does not answer."""
    return StreamError(
        Fault.UNREACHABLE,
        f"{without_credentials(address)} does not answer ({reason}); check the address, the network and the device",
    )


def refused(address: str, status: int, *, with_password: bool) -> StreamError:
    """The error for a server's answer other than 200."""
    shown = without_credentials(address)
    if status == 401:
        wanted = "refuses the user name or password" if with_password else "wants a user name and a password"
        scheme = shown.partition("://")[0]
        return StreamError(Fault.ACCESS, f"{shown} {wanted}; write them as {scheme}://name:password@host/path")
    if status == 403:
        return StreamError(Fault.ACCESS, f"{shown} forbids the access; use an account that may see the video")
    if status == 404:
        return StreamError(Fault.NOT_FOUND, f"{shown} is not known to the server; check the path in the address")
    return StreamError(Fault.UNREACHABLE, f"{shown} answers with the error {status}; look at the device's own page")


def stalled(address: str) -> StreamError:
    """The error for a stream that sends nothing any more."""
    return StreamError(Fault.STALLED, f"{without_credentials(address)} sends no more frames; it is tried again")


def lost(address: str) -> StreamError:
    """The error for a stream that the server has ended."""
    return StreamError(Fault.LOST, f"{without_credentials(address)} ended the connection; it is tried again")


class FfmpegStream:
    """A stream that FFmpeg reads, through OpenCV."""

    def __init__(self, address: str, interrupted: threading.Event) -> None:
        """Connect.

        Raises:
            StreamError: see its message.
        """
        import cv2

        from tokenclip_core.sources.video_files import quiet_libraries

        quiet_libraries()
        self._cv2 = cv2
        self._address = address
        self._interrupted = interrupted
        began = time.monotonic()
        self._capture = self._opened()
        if not self._capture.isOpened():
            self._capture.release()
            if interrupted.is_set():
                raise lost(address)
            if time.monotonic() - began >= 0.9 * OPEN_SECONDS:
                raise unreachable(address, reason_of(TimeoutError()))
            raise _diagnosis(address)

    def read(self) -> tuple[bytes | RgbImage, float]:
        """The next frame; see `Stream`. Wholly black ones, of which no camera's noise is left, are left out."""
        for _ in range(MOST_BLACK):
            frame, arrived = self._next()
            if frame.any():
                return np.asarray(self._cv2.cvtColor(frame, self._cv2.COLOR_BGR2RGB), np.uint8), arrived
            if self._interrupted.is_set():
                raise lost(self._address)
        raise StreamError(
            Fault.DAMAGED,
            f"{without_credentials(self._address)} sends black pictures only; if its video is interlaced, set the "
            "device to progressive",
        )

    def _next(self) -> tuple[npt.NDArray[Any], float]:
        """The next frame as OpenCV has it, BGR, and when it came."""
        began = time.monotonic()
        arrived, frame = self._capture.read()
        now = time.monotonic()
        # After a stall, FFmpeg still has some old frames to give, and waits as long again for each.
        if now - began >= 0.9 * STALL_SECONDS:
            raise stalled(self._address)
        if not arrived or frame is None:
            raise lost(self._address)
        return frame, now

    def interrupt(self) -> None:
        """Nothing can interrupt FFmpeg; its read ends after `STALL_SECONDS` at the latest."""
        self._interrupted.set()

    def close(self) -> None:
        """Give the connection back."""
        self._capture.release()

    def _opened(self) -> cv2.VideoCapture:
        """Open in a thread of its own, which is left behind when the interruption comes first."""
        found: list[cv2.VideoCapture] = []
        done = threading.Event()
        lock = threading.Lock()
        abandoned = False

        def work() -> None:
            options = [
                *(self._cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(1000 * OPEN_SECONDS)),
                *(self._cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(1000 * STALL_SECONDS)),
            ]
            capture = self._cv2.VideoCapture(self._address, self._cv2.CAP_FFMPEG, options)
            with lock:
                if abandoned:
                    capture.release()
                else:
                    found.append(capture)
            done.set()

        threading.Thread(target=work, name="stream opener", daemon=True).start()
        while not done.wait(0.05):
            if self._interrupted.is_set():
                with lock:
                    abandoned = True
                break
        return found[0] if found else self._cv2.VideoCapture()


def _diagnosis(address: str) -> StreamError:
    """Why FFmpeg could not open a stream, which it does not tell: the server is asked once more, without FFmpeg."""
    parts = split_address(address)
    scheme = parts.scheme.lower()
    if scheme not in {"rtsp", "http", "https", "rtmp", "rtspt"}:
        return unreachable(address, "nothing came")
    port = parts.port or {"rtsp": 554, "rtspt": 554, "http": 80, "https": 443, "rtmp": 1935}[scheme]
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=2) as connection:
            if scheme != "rtsp":
                return StreamError(
                    Fault.NO_VIDEO, f"{without_credentials(address)} is no video; look up the stream's own address"
                )
            answer = _described(connection, parts, port)
    except OSError as error:
        return unreachable(address, reason_of(error))
    status = re.match(r"RTSP/\d\.\d (\d+)", answer)
    if status is not None and status[1] != "200":
        return refused(address, int(status[1]), with_password=bool(parts.username))
    return StreamError(Fault.NO_VIDEO, f"{without_credentials(address)} sends no video that can be read")


def _described(connection: socket.socket, parts: SplitResult, port: int) -> str:
    """The server's answer to the question what a stream is, asked with the password in the way that it wants."""
    credentials = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    place = f"rtsp://{parts.hostname}:{port}{parts.path}{'?' if parts.query else ''}{parts.query}"
    authorization = basic_answer(credentials) if credentials else ""
    answer = ""
    for number in (1, 2):
        lines = [f"DESCRIBE {place} RTSP/1.0", f"CSeq: {number}", "Accept: application/sdp"]
        lines += [f"Authorization: {authorization}"] if authorization else []
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = connection.recv(_ANSWER_BYTES).decode("latin-1")
        challenge = re.search(r"^WWW-Authenticate: *(Digest .*?)\r?$", answer, re.IGNORECASE | re.MULTILINE)
        if credentials is None or challenge is None:
            break
        authorization = digest_answer("DESCRIBE", place, credentials, challenge[1])
    return answer


def reason_of(error: OSError) -> str:
    """A network error in a few words."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, socket.gaierror):
        return "no such host"
    return error.strerror or type(error).__name__
