"""Which files that another program writes are whole by now, and which have been waited for long enough.

Judged by what changes between two looks, on a clock that only goes forward: the times that files carry may be kept by
a copy, come from another machine, or jump with the system's clock.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tokenclip_core.errors import ImageError

Signature = tuple[int, int]
"""A file's size in bytes, and when it was changed, in nanoseconds."""

QUIET_SECONDS = 0.375
"""Seconds without a change after which a file is read."""

PATIENCE_SECONDS = 10.0
"""Seconds to wait for a file that can't be read although it does not change any more."""


@dataclass
class _Seen:
    signature: Signature
    since: float
    has_grown: bool = False


class SettledFiles:
    """Files that are waited for, by name; not for several threads at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Wait for nothing yet.

        Args:
            clock: seconds that only go forward.
        """
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._looked = -math.inf

    def quiet(self, found: Mapping[str, Signature]) -> list[str]:
        """Take another look at all files that are waited for.

        Args:
            found: what they are like now; one that is not in it is forgotten.

        Returns:
            Those that may be read: they have not changed for `QUIET_SECONDS`. An empty file may not before
            `PATIENCE_SECONDS` are over.
        """
        now = self._looked = self._clock()
        before, self._seen = self._seen, {}
        for name, signature in found.items():
            seen = before.get(name)
            if seen is None:
                seen = _Seen(signature, now)
            elif seen.signature != signature:
                seen = _Seen(signature, now, has_grown=True)
            self._seen[name] = seen
        return [
            name
            for name, seen in self._seen.items()
            if now - seen.since >= (QUIET_SECONDS if seen.signature[0] else PATIENCE_SECONDS)
        ]

    def has_grown(self, name: str) -> bool:
        """Whether a file that is waited for changed between two looks: somebody was writing it."""
        return self._seen[name].has_grown

    def is_late(self, name: str) -> bool:
        """Whether, at the last look, a file had been as it is for `PATIENCE_SECONDS`, so that nobody writes it.

        Between two looks nothing is known of it, however long that takes.
        """
        return self._looked - self._seen[name].since >= PATIENCE_SECONDS


def signature_of(file: Path) -> Signature | None:
    """What a file is like now; None where there is none."""
    try:
        facts = file.stat()
    except (OSError, ValueError):
        return None
    return facts.st_size, facts.st_mtime_ns


def is_whole(path: Path) -> bool:
    """Whether a picture can be read, to its last pixel."""
    from tokenclip_core.images.reading import load_image

    try:
        load_image(path)
    except ImageError:
        return False
    return True
