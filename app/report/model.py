"""What a report is made from and how far it is; no Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.editing.adjustments import Adjustments, Mix
from app.parts.state import ModelFacts
from app.review.model import Review
from tokenclip_core.judgement.judgement import Judgement, PartScores

MOST_PICTURED = 200
"""Parts with pictures, unless a person asks for another number: some 10 MB."""


@dataclass(frozen=True)
class ReportChoice:
    """What a person wants in a report: how many parts with pictures, and a table beside it."""

    pictured: int = MOST_PICTURED
    table: bool = True


@dataclass(frozen=True)
class KnownPart:
    """What the list knows of a part: `scores` is None where it could not be read, `error` says why."""

    path: str
    scores: PartScores | None
    error: str | None

    @property
    def score(self) -> float | None:
        """In [0, 1]."""
        return None if self.scores is None else self.scores.score


@dataclass(frozen=True)
class ReportOrder:
    """All that a report depends on, as it was when it was asked for.

    Attributes:
        target: the HTML file.
        place: what was opened.
        total: parts of the list.
        parts: those that are inspected or unreadable, in the list's order.
        reviews: by the absolute path of the part.
        model: that inspected them.
        adjustments: what a person changed about the judgement.
        judgement: how they are judged.
        mix: how they are scored.
        choice: what is wanted.
    """

    target: Path
    place: str
    total: int
    parts: Sequence[KnownPart]
    reviews: Mapping[str, Review]
    model: ModelFacts
    adjustments: Adjustments
    judgement: Judgement
    mix: Mix
    choice: ReportChoice


@dataclass(frozen=True)
class ReportProgress:
    """How far it is: parts with pictures; `table` is the CSV's place when all is done, if one was wanted."""

    done: int
    total: int
    finished: bool = False
    table: Path | None = None
