"""How often something happens, over the last seconds; no Qt."""

from __future__ import annotations

import threading
import time
from collections import deque

WINDOW_SECONDS = 3.0


class Rate:
    """Events a second over a sliding window; may be used from several threads.

    Attributes:
        total: events since the beginning.
    """

    def __init__(self, window: float = WINDOW_SECONDS) -> None:
        self.total = 0
        self._window = window
        self._times: deque[float] = deque()
        self._began: float | None = None
        self._lock = threading.Lock()

    def count(self, now: float | None = None) -> None:
        """Note an event at a time of `time.monotonic`."""
        now = time.monotonic() if now is None else now
        with self._lock:
            if self._began is None or not self._times:
                self._began = now
            self.total += 1
            self._times.append(now)
            self._forget(now)

    def value(self, now: float | None = None) -> float:
        """Events a second now; 0 when nothing happened within the window."""
        now = time.monotonic() if now is None else now
        with self._lock:
            self._forget(now)
            if self._began is None or len(self._times) < 2:
                return 0.0
            # In the first seconds the window is not full yet; the time since the first event counts then.
            return (len(self._times) - 1) / max(min(self._window, now - self._began), 1e-3)

    def _forget(self, now: float) -> None:
        while self._times and now - self._times[0] > self._window:
            self._times.popleft()
