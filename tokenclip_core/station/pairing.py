"""Which picture of a watched folder belongs to which trigger: by its name, or else by the order in which they come.

Order alone can't tell a lost picture from a late one: where triggers come faster than a part is given up, one picture
that never comes gives every later part the picture after its own. Names can, so who names files like parts asks for
them alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

OWED_SECONDS = 30.0
"""Seconds after which a picture is no longer expected whose trigger was given up."""


@dataclass
class _Expected:
    part: str
    given_up: float | None = None


class PictureOrder:
    """The pictures that are expected of one folder, in the order of their triggers; not for several threads.

    A trigger that was given up stays expected for a while: its picture must not become the next part's, which would
    give every later part the picture of the one before it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, by_name: bool = False) -> None:
        """Nothing is expected yet.

        Args:
            clock: seconds that only go forward.
            by_name: a picture that is called like no part is nobody's.
        """
        self._clock, self._by_name = clock, by_name
        self._expected: dict[str, _Expected] = {}

    def expect(self, key: str, part: str) -> None:
        """A trigger has come.

        Args:
            key: of the trigger.
            part: its part.
        """
        self._expected[key] = _Expected(part)

    def give_up(self, key: str) -> None:
        """A trigger has its result without a picture; one that has its picture already is left alone."""
        if key in self._expected:
            self._expected[key].given_up = self._clock()

    @property
    def expects(self) -> bool:
        """Whether a picture may come."""
        now = self._clock()
        self._expected = {
            key: one
            for key, one in self._expected.items()
            if one.given_up is None or now - one.given_up <= OWED_SECONDS
        }
        return bool(self._expected)

    def choose(self, name: str) -> str | None:
        """Whose picture it is that has come.

        Args:
            name: of the picture's file; one that is called like a part is that part's, any other that of the first
                trigger, or by name nobody's.

        Returns:
            The key of its trigger; None where that was given up, or it is nobody's.
        """
        names = (name, PurePath(name).stem)
        keys = [key for key, one in self._expected.items() if one.part in names]
        if not self._by_name:
            keys = keys or list(self._expected)
        if not keys:
            return None
        found = self._expected.pop(keys[0])
        return keys[0] if found.given_up is None else None
