"""How far a download is, in bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tokenclip_core.rates import Rate

_WINDOW = 10.0


@dataclass(frozen=True)
class DownloadProgress:
    """How far a download is.

    Attributes:
        done: bytes that are here, those of an earlier try included.
        total: bytes of all files.
        rate: bytes a second over the last ten seconds; 0 where nothing tells it yet.
    """

    done: int
    total: int
    rate: float

    @property
    def seconds_left(self) -> float | None:
        """At the present rate; None while there is none."""
        return (self.total - self.done) / self.rate if self.rate > 0 else None


Listener = Callable[[DownloadProgress], None]
"""Called after every block that has come, in the thread that downloads."""


class Counter:
    """Counts the bytes of all files of a download, and tells a listener."""

    def __init__(self, total: int, listener: Listener | None) -> None:
        """Begin with nothing.

        Args:
            total: bytes of all files.
            listener: who is told.
        """
        self._total, self._listener = total, listener
        self._done = 0
        self._rate = Rate(_WINDOW)
        self._rate.restart()

    def add(self, count: int, *, received: bool = True) -> None:
        """Note bytes that are here now.

        Args:
            count: how many; negative where bytes that were here are thrown away and got again.
            received: they came over the network just now, and so count for the rate.
        """
        self._done += count
        if received:
            self._rate.count(events=count)
        if self._listener is not None:
            self._listener(DownloadProgress(self._done, self._total, self._rate.value()))
