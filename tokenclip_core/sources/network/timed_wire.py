"""A connection whose reads end in time, whatever the server at its other end does."""

from __future__ import annotations

import socket
import time
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer


class TimedWire:
    """What HTTP's answers are read from: a connection whose reads keep to one deadline, however they trickle in.

    A socket's own timeout begins anew with every byte, so that a server which sends one a second is never late.
    """

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self._silence = self._until = 0.0

    def allow(self, seconds: float, silence: float) -> None:
        """From now on, reads fail with TimeoutError after so many seconds, or after a silence."""
        self._until, self._silence = time.monotonic() + seconds, silence

    def makefile(self, _mode: str = "rb") -> BufferedReader:
        """The bytes that come, as `http.client.HTTPResponse` asks for them."""
        return BufferedReader(_TimedReads(self, self._wire))

    def prepare(self) -> None:
        """Before a read: let it wait no longer than it may."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._wire.settimeout(min(left, self._silence))

    def interrupt(self) -> None:
        """Let a waiting read end; from any thread."""
        try:
            self._wire.shutdown(socket.SHUT_RDWR)
        except OSError:
            # The connection is gone already.
            return

    def close(self) -> None:
        """Give the connection back."""
        self._wire.close()


class _TimedReads(RawIOBase):
    """The reading end of a `TimedWire`.

    It holds the connection open, as `socket.makefile` does, also where the socket itself is closed meanwhile.
    """

    def __init__(self, timed: TimedWire, wire: socket.socket) -> None:
        self._timed = timed
        self._raw = wire.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int | None:
        self._timed.prepare()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()
