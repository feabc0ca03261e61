"""Progress on stderr: one live line on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from tokenclip_core.rates import Rate

if TYPE_CHECKING:
    from tokenclip_core.model.downloads.progress import DownloadProgress

_LIVE_INTERVAL = 0.1
_LINE_INTERVAL = 5.0
_WINDOW = 10.0


class _Shown:
    """A line on a stream: rewritten in place on a terminal, a new one every few seconds elsewhere."""

    def __init__(self, stream: TextIO | None, began: float) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._shown_at = began if not self._live else began - _LINE_INTERVAL
        self._shown_width = 0

    def due(self, now: float) -> bool:
        """Whether it is time for another line; notes that there is one now."""
        if now - self._shown_at < (_LIVE_INTERVAL if self._live else _LINE_INTERVAL):
            return False
        self._shown_at = now
        return True

    def clear(self) -> None:
        """Take the live line away, before something else is written to the terminal."""
        if self._live and self._shown_width:
            self._stream.write("\r" + " " * self._shown_width + "\r")
            self._stream.flush()
            self._shown_width = 0

    def show(self, line: str) -> None:
        # Nothing is lost with a line of progress that can't be shown.
        with suppress(OSError):
            if self._live:
                self._stream.write("\r" + line.ljust(self._shown_width))
                self._shown_width = len(line)
            else:
                self._stream.write(line + "\n")
            self._stream.flush()


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
        self._clock = clock
        self._start = clock()
        self._shown = _Shown(stream, self._start)
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
        if self._shown.due(now):
            self._shown.show(self.line())

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
        self._shown.clear()


class TransferProgress:
    """Shows bytes that arrive, their rate and the time left."""

    def __init__(self, *, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin; `stream` and `clock` as for `Progress`."""
        self._clock = clock
        self._shown = _Shown(stream, clock())

    def show(self, progress: DownloadProgress) -> None:
        """Show how far it is, if it is time to."""
        if self._shown.due(self._clock()):
            self._shown.show(transfer_line(progress))

    def clear(self) -> None:
        """Take the live line away."""
        self._shown.clear()


def transfer_line(progress: DownloadProgress) -> str:
    """A download's state as one line: "412.0 of 1710.2 MB (24 %) · 11.2 MB/s · 1 min 56 s left"."""
    share = 100 * progress.done // max(progress.total, 1)
    left = "?" if progress.seconds_left is None else duration(progress.seconds_left)
    return (
        f"{megabytes(progress.done)} of {megabytes(progress.total)} MB ({share} %) · "
        f"{megabytes(progress.rate)} MB/s · {left} left"
    )


def megabytes(count: float) -> str:
    """Bytes in millions, with one decimal."""
    return f"{count / 1e6:.1f}"


class Steps:
    """Progress of work in several steps, one after the other, with lines of text between.

    Every step has a live line of its own, which is taken away when another begins or a line is written.
    """

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._step: tuple[str, int] | None = None

    def advance(self, word: str, total: int, done: int) -> None:
        """Say that `done` of a step's `total` are done; a step is known by its word."""
        if self._progress is None or (word, total) != self._step or done <= 1:
            self.clear()
            self._step, self._progress = (word, total), Progress(total - max(0, done - 1), word=word)
        self._progress.advance()

    def write(self, line: str) -> None:
        """Write a line that stays."""
        self.clear()
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the live line away."""
        if self._progress is not None:
            self._progress.clear()


def duration(seconds: float) -> str:
    """Return a time span as people say it: "8 s", "3 min 20 s", "2 h 05 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
