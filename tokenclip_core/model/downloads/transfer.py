"""One file over HTTP: a broken transfer goes on where it stopped, and no wait is endless.

huggingface_hub writes each try to a new file, so that what a broken one had got is lost, and waits for ever for a
server that sends a byte now and then; that is why its own transfer is not used.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from tokenclip_core.errors import ModelError
from tokenclip_core.model.downloads.progress import Counter
from tokenclip_core.sources.network.access import basic_answer
from tokenclip_core.sources.network.streams import reason_of, without_credentials
from tokenclip_core.sources.network.timed_wire import TimedWire

BLOCK_BYTES = 1 << 16
_TAG_SUFFIX = ".etag"
_LONGEST_TAG = 512
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
# Statuses of a server that is busy for a while: it is asked again after a pause.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_NOT_IN_RANGE = 416


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for.

    Attributes:
        answer: seconds until the head of its answer is here.
        silence: seconds without a byte.
        block: seconds for 64 KiB, however steadily its bytes come.
        tries: how many tries in a row may end without a new byte.
        pause: seconds between tries.
    """

    answer: float = 30.0
    silence: float = 30.0
    block: float = 60.0
    tries: int = 4
    pause: float = 2.0


class DownloadError(ModelError):
    """A file could not be got, or is not the one that it should be."""


class DownloadCancelledError(DownloadError):
    """The user wanted no more of it; what came is kept."""


class _LostError(Exception):
    """A try has failed in a way that another may not."""


@dataclass(frozen=True)
class Server:
    """A server that is asked for files.

    Attributes:
        address: such as ``https://huggingface.co``; a user name and password in it go to this server only.
        token: of the user, sent to this server only; None for none.
        patience: how long it is waited for.
    """

    address: str
    token: str | None = None
    patience: Patience = field(default_factory=Patience)

    @property
    def shown(self) -> str:
        """The address without its password."""
        return without_credentials(self.address)

    def __repr__(self) -> str:
        return f"Server({self.shown!r})"


@contextmanager
def answer(server: Server, address: str, headers: dict[str, str] | None = None) -> Iterator[TimedResponse]:
    """Ask for an address and give the answer's open body.

    Token and password are sent to the server that was named, never to one that it refers to.

    Args:
        server: whom to ask.
        address: what for; below the server's address.
        headers: more lines of the request.

    Yields:
        The answer, of status 200 or 206.

    Raises:
        HTTPError: another status.
        OSError: no connection, or silence (TimeoutError).
        http.client.HTTPException: it is no HTTP.
        ValueError: it is no address.
    """
    parts = urlsplit(address)
    place = parts.netloc.rpartition("@")[2]
    request = _WebRequest(
        urlunsplit(parts._replace(netloc=place)),
        headers={"User-Agent": "tokenclip-inspector", "Accept-Encoding": "identity", **(headers or {})},
    )
    if server.token is not None:
        request.add_unredirected_header("Authorization", f"Bearer {server.token}")
    elif parts.username:
        credentials = (unquote(parts.username), unquote(parts.password or ""))
        request.add_unredirected_header("Authorization", basic_answer(credentials))
    response = _opener().open(request, timeout=server.patience.answer)
    with response:
        if not isinstance(response, TimedResponse):
            raise URLError("only http and https are read")
        yield response


def fetch(server: Server, address: str, file: Path, size: int, counter: Counter, cancelled: threading.Event) -> None:
    """Get a file of known size; what lies there already is continued, if the server still has the same.

    Args:
        server: whom to ask.
        address: of the file.
        file: where to write; another try of the same file may have begun it.
        size: in bytes.
        counter: told of what is here.
        cancelled: ends it soon, from any thread.

    Raises:
        DownloadError: it could not be got; what came is kept.
        OSError: the disk is full or gone.
    """
    held = _held(file)
    if held > size:
        file.unlink()
        held = 0
    counter.add(held, received=False)
    fruitless = 0
    while held < size:
        if cancelled.is_set():
            raise DownloadCancelledError(f"the download of {file.name} was stopped; run it again to go on")
        try:
            _attempt(server, address, file, size, counter, cancelled)
        except _LostError as error:
            fruitless = 0 if _held(file) > held else fruitless + 1
            if fruitless >= server.patience.tries:
                raise DownloadError(f"{error}; check the network, and run it again to go on") from error
            cancelled.wait(server.patience.pause)
        held = _held(file)
    _tag_of(file).unlink(missing_ok=True)


def _attempt(server: Server, address: str, file: Path, size: int, counter: Counter, cancelled: threading.Event) -> None:
    held, tag = _held(file), _read_tag(file)
    # Without the server's tag of the content, nothing tells that the rest belongs to what is here.
    wanted = {"Range": f"bytes={held}-", "If-Range": tag} if held and tag else {}
    shown = without_credentials(address)
    try:
        with answer(server, address, wanted) as response:
            start = _start(response, held, size, shown) if wanted else 0
            _check_whole(response, size, start, shown)
            counter.add(start - held, received=False)
            _keep_tag(file, response.headers.get("ETag", ""))
            _receive(server, response, file, start, size, counter, cancelled)
    except HTTPError as error:
        error.close()
        _refuse(error.code, file, held, counter, shown)
    except TimeoutError:
        raise DownloadError(_stalled(shown, server.patience)) from None
    except URLError as error:
        _fail(error.reason, shown, server.patience)
    except (http.client.HTTPException, ConnectionError, ssl.SSLError) as error:
        raise _LostError(f"the connection to {shown} broke ({type(error).__name__})") from error
    except ValueError as error:
        raise DownloadError(f"{shown} is no address that can be asked; write it as https://host") from error


def _receive(
    server: Server,
    response: TimedResponse,
    file: Path,
    start: int,
    size: int,
    counter: Counter,
    cancelled: threading.Event,
) -> None:
    with file.open("r+b" if start else "wb") as stream:
        stream.seek(start)
        stream.truncate()
        left = size - start
        while left:
            if cancelled.is_set():
                raise DownloadCancelledError(f"the download of {file.name} was stopped; run it again to go on")
            response.wire.allow(server.patience.block, silence=server.patience.silence)
            block = response.read(min(BLOCK_BYTES, left))
            if not block:
                raise ConnectionError
            stream.write(block)
            left -= len(block)
            counter.add(len(block))


def _start(response: TimedResponse, held: int, size: int, shown: str) -> int:
    """Where the body begins: 0 where the server sends all of it instead of the rest."""
    if response.status != http.client.PARTIAL_CONTENT:
        return 0
    found = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    if found is None or found[2] not in ("*", str(size)) or int(found[1]) > held:
        raise DownloadError(f"{shown} answers with another part than the one that was asked for; try another server")
    return int(found[1])


def _check_whole(response: TimedResponse, size: int, start: int, shown: str) -> None:
    """Refuse a body of another length or coding before any of it is read."""
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise DownloadError(f"{shown} is sent compressed, which was not asked for; try another server")
    stated = response.headers.get("Content-Length", "")
    if stated.isdecimal() and int(stated) != size - start:
        raise DownloadError(f"{shown} has {int(stated) + start} bytes, but the list of files says {size}")


def _refuse(status: int, file: Path, held: int, counter: Counter, shown: str) -> None:
    if status == _NOT_IN_RANGE and held:
        file.unlink(missing_ok=True)
        counter.add(-held, received=False)
        raise _LostError(f"{shown} can't be gone on with")
    if status in _PASSING:
        raise _LostError(f"{shown} answers with the error {status}")
    raise DownloadError(refusal(shown, status))


def _fail(reason: Any, shown: str, patience: Patience) -> None:
    """What urllib's error about a connection means."""
    if isinstance(reason, TimeoutError):
        raise DownloadError(_stalled(shown, patience))
    if isinstance(reason, socket.gaierror):
        raise DownloadError(f"{shown} can't be reached (no such host); check the network, or try --mirror")
    if isinstance(reason, ssl.SSLCertVerificationError):
        raise DownloadError(f"{shown} has a certificate that is not trusted; ask who runs the network")
    words = reason_of(reason) if isinstance(reason, OSError) else str(reason)
    raise _LostError(f"{shown} can't be reached ({words})")


def refusal(shown: str, status: int) -> str:
    """What a server's refusal of a file or list means, and what to do."""
    if status in (401, 403):
        return f"{shown} refuses access (error {status}); log in to the hub, or see --mirror-token for a mirror"
    if status == 404:
        return f"{shown} is not known to the server (error 404); try another --mirror, or none"
    return f"{shown} answers with the error {status}; try again later, or another --mirror"


def _stalled(shown: str, patience: Patience) -> str:
    return (
        f"{shown} has stalled (nothing for {patience.silence:g} s, or less than {BLOCK_BYTES >> 10} KiB in "
        f"{patience.block:g} s); run it again to go on"
    )


def _held(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0


def _tag_of(file: Path) -> Path:
    return file.with_name(file.name + _TAG_SUFFIX)


def _read_tag(file: Path) -> str:
    try:
        return _tag_of(file).read_text("latin-1")[:_LONGEST_TAG]
    except OSError:
        return ""


def _keep_tag(file: Path, tag: str) -> None:
    """Keep a server's mark of a file's state; a weak one does not promise the same bytes (RFC 9110, 8.8.1)."""
    if tag.startswith('"') and len(tag) <= _LONGEST_TAG and tag.isprintable():
        _tag_of(file).write_text(tag, "latin-1")
    else:
        _tag_of(file).unlink(missing_ok=True)


class TimedResponse(http.client.HTTPResponse):
    """An answer whose head must be here in the connection's time; `wire` allows the reads of its body more."""

    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        self.wire = TimedWire(sock)
        seconds = sock.gettimeout() or Patience.answer
        self.wire.allow(seconds, silence=seconds)
        # `HTTPResponse` uses nothing of a socket but `makefile`.
        super().__init__(cast("socket.socket", self.wire), debuglevel, method, url)


class _WebRequest(Request):
    """A request by http or https; other schemes could read files of this machine.

    Raises:
        ValueError: another scheme.
    """

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("it is neither http nor https")
        super().__init__(url, headers=headers)


class _TimedConnection(http.client.HTTPConnection):
    response_class = TimedResponse


class _TimedSecureConnection(http.client.HTTPSConnection):
    response_class = TimedResponse


class _TimedHandler(HTTPHandler):
    def http_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(_TimedConnection, req)


class _TimedSecureHandler(HTTPSHandler):
    def https_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(_TimedSecureConnection, req)


def _opener() -> OpenerDirector:
    """An opener of http and https, and nothing else, through the system's proxy."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        _TimedHandler(),
        _TimedSecureHandler(),
        HTTPRedirectHandler(),
        HTTPDefaultErrorHandler(),
        HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener
