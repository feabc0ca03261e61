"""What a reviewer says about a part; no Qt."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MOST_NOTE_CHARACTERS = 2000


class Decision(StrEnum):
    """The reviewer's decision, which may differ from the verdict of the program."""

    NONE = ""
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Review:
    """A decision and a note about one part."""

    decision: Decision = Decision.NONE
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.decision or self.note)


NO_REVIEW = Review()


@dataclass(frozen=True)
class Opinion:
    """What one person said of a part at one moment.

    Attributes:
        who: the person.
        moment: seconds since 1970, UTC.
        review: what was said.
    """

    who: str
    moment: float
    review: Review


def review_key(path: str) -> str:
    """By which a part's review is kept: its absolute path."""
    # Asked of every part of a folder: most are absolute already.
    absolute = path if os.sep == "/" and path.startswith("/") else str(Path(path).absolute())
    # Lone surrogates, of names that are not text, are nothing that a database takes.
    return absolute if absolute.isascii() else absolute.encode("utf-8", "backslashreplace").decode("utf-8")
