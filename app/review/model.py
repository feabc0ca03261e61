"""What a reviewer says about a part; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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
