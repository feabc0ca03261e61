"""Progress on stderr: one live line on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from tokenclip_core.rates import Rate

_LIVE_INTERVAL = 0.1
_LINE_INTERVAL = 5.0
_WINDOW = 10.0


class Progress:
    """Counts what is done and shows the rate and the time left.

    The rate is that of the last ten seconds, so that it follows a change from small images to large ones.
    """

    def __init__(
        self,
        total: int | None,
        *,
        word: str = "inspected",
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start counting.

        Args:
            total: how much there is; None if that is not known (a video).
            word: what is done with each.
            stream: where to show it; stderr by default.
            clock: seconds, for tests.
        """
        self._total = total
        self._word = word
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._clock = clock
        self._start = clock()
        self._shown_at = self._start if not self._live else -_LINE_INTERVAL
        self._shown_width = 0
        self._rate = Rate(_WINDOW)
        self._rate.restart(self._start)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._start

    def advance(self, count: int = 1) -> None:
        """Count `count` more as done, and show it if it is time to."""
        now = self._clock()
        self._rate.count(now, count)
        if now - self._shown_at >= (_LIVE_INTERVAL if self._live else _LINE_INTERVAL):
            self._shown_at = now
            self._show(self.line())

    def line(self) -> str:
        """Return the present state as one line of text."""
        done, rate = self._rate.total, self._rate.value(self._clock())
        if self._total is None:
            return f"{self._word} {done} · {rate:.1f}/s"
        left = duration((self._total - done) / rate) if rate > 0 else "?"
        share = 100 * done // max(self._total, 1)
        return f"{self._word} {done} of {self._total} ({share} %) · {rate:.1f}/s · {left} left"

    def clear(self) -> None:
        """Take the live line away, before something else is written to the terminal."""
        if self._live and self._shown_width:
            self._stream.write("\r" + " " * self._shown_width + "\r")
            self._stream.flush()
            self._shown_width = 0

    def _show(self, line: str) -> None:
        # Nothing is lost with a line of progress that can't be shown.
        with suppress(OSError):
            if self._live:
                self._stream.write("\r" + line.ljust(self._shown_width))
                self._shown_width = len(line)
            else:
                self._stream.write(line + "\n")
            self._stream.flush()


def duration(seconds: float) -> str:
    """Return a time span as people say it: "8 s", "3 min 20 s", "2 h 05 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
