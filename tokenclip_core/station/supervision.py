"""The station's own watchdog, and what systemd's is told."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

_LOOK_SECONDS = 1.0

_log = logging.getLogger(__name__)


def tell_systemd(state: str) -> None:
    """Say something to systemd as `sd_notify(3)` describes it, such as ``READY=1``; elsewhere nothing happens."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place or not hasattr(socket, "AF_UNIX"):
        return
    # A name in Linux's abstract space is written with an @ for its zero byte.
    address = "\0" + place[1:] if place.startswith("@") else place
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.sendto(state.encode("utf-8"), address)


class Supervisor:
    """Looks every second: does what has to be done then, and ends a process whose inspection hangs.

    Attributes:
        patience: seconds that one part may take.
    """

    def __init__(self, each_second: Callable[[], object], patience: float, end: Callable[[], object]) -> None:
        """Prepare; `start` begins to look.

        Args:
            each_second: called in this thread; what it raises is logged.
            patience: seconds that one part may take.
            end: called, in this thread, when one takes longer.
        """
        self.patience = patience
        self._each_second, self._end = each_second, end
        self._busy_since: float | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def busy(self, busy: bool) -> None:
        """The inspecting thread begins a part, or is done with it."""
        self._busy_since = time.monotonic() if busy else None

    @property
    def stuck(self) -> float:
        """Seconds that the present part takes, where that is more than it may; else 0."""
        since = self._busy_since
        taken = 0.0 if since is None else time.monotonic() - since
        return taken if taken > self.patience else 0.0

    def close(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            if self.stuck:
                _log.critical("a part takes %d seconds; the station ends, to be started again", self.stuck)
                self._end()
                return
            tell_systemd("WATCHDOG=1")
            try:
                self._each_second()
            except Exception:
                _log.exception("the station's housekeeping failed")


def end_at_once() -> None:
    """End the process, whatever hangs in it; what was accepted is in the spool."""
    logging.shutdown()
    os._exit(1)
