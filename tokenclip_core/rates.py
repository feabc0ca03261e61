"""How often something happens, over the last seconds; no Qt."""

from __future__ import annotations

import threading
import time
from collections import deque

WINDOW_SECONDS = 3.0
FEWEST = 3
"""So many events are remembered however long ago they were, so that what is slow has a rate too."""

SILENT_SECONDS = 30.0
"""After so long without an event the rate is 0."""


class Rate:
    """Events a second over a sliding window; may be used from several threads.

    Attributes:
        total: events since the beginning.
    """

    def __init__(self, window: float = WINDOW_SECONDS) -> None:
        self.total = 0
        self._window = window
        self._times: deque[float] = deque()
        self._lock = threading.Lock()

    def count(self, now: float | None = None) -> None:
        """Note an event at a time of `time.monotonic`."""
        now = time.monotonic() if now is None else now
        with self._lock:
            self.total += 1
            self._times.append(now)
            while len(self._times) > FEWEST and now - self._times[0] > self._window:
                self._times.popleft()

    def value(self, now: float | None = None) -> float:
        """Events a second now; falls when the next one is overdue, and is 0 after `SILENT_SECONDS`."""
        now = time.monotonic() if now is None else now
        with self._lock:
            if len(self._times) < 2:
                return 0.0
            idle = now - self._times[-1]
            interval = (self._times[-1] - self._times[0]) / (len(self._times) - 1)
        return 0.0 if idle > SILENT_SECONDS else 1 / max(interval, idle, 1e-3)
