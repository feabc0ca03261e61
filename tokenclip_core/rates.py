"""How often something happens, over the last seconds."""

from __future__ import annotations

import threading
import time
from collections import deque

WINDOW_SECONDS = 3.0
FEWEST = 3
"""How many of the latest events are always remembered, however old they are, so that slow ones have a rate, too."""

SILENT_SECONDS = 30.0
"""Seconds without an event after which the rate is 0."""

_OVERDUE = 3
"""How many times their usual interval may pass without an event before the rate is 0."""

_SHORTEST = 1e-3
"""Seconds that the events of a note take at least; no clock tells less of them apart reliably."""


class Rate:
    """Events a second over a sliding window; may be used from several threads.

    Attributes:
        total: events since the beginning.
    """

    def __init__(self, window: float = WINDOW_SECONDS, *, least: float = 0.0) -> None:
        """Begin without a note.

        Args:
            window: seconds that are looked back; longer is calmer, shorter follows changes sooner.
            least: seconds that the notes must span before there is a rate; before, it would be a guess.
        """
        self.total = 0
        self._window, self._least = window, least
        self._notes: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()

    def restart(self, now: float | None = None, total: int | None = None) -> None:
        """Forget what was, such as after a pause; the time until the next event counts from now.

        Args:
            now: of `time.monotonic`; the present by default.
            total: events so far, where it is another number than those that were counted.
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            self.total = self.total if total is None else total
            self._notes.clear()
            self._notes.append((now, self.total))

    def count(self, now: float | None = None, events: int = 1) -> None:
        """Note events at a time of `time.monotonic`; none leave no note."""
        if events <= 0:
            return
        now = time.monotonic() if now is None else now
        with self._lock:
            self.total += events
            self._notes.append((now, self.total))
            while len(self._notes) > FEWEST and now - self._notes[0][0] > self._window:
                self._notes.popleft()

    def value(self, now: float | None = None) -> float:
        """Events a second now; falls when the next ones are overdue.

        It is 0 while there is nothing to tell it from, and after `SILENT_SECONDS`, or longer where events are rarer.
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            if len(self._notes) < 2:
                return 0.0
            (first, before), (last, after) = self._notes[0], self._notes[-1]
            notes = len(self._notes) - 1
        idle, interval = now - last, (last - first) / notes
        if idle > max(SILENT_SECONDS, _OVERDUE * interval) or last - first < self._least:
            return 0.0
        return (after - before) / notes / max(interval, idle, _SHORTEST)
