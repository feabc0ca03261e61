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
    """What a person wants of the inspected parts.

    Attributes:
        pictured: parts with pictures in the report.
        table: a CSV file.
        page: the report as a web page.
        paper: the report as PDF.
        lines: a JSON line for each part.
        coco, labelme: the regions as files of these annotation tools.
    """

    pictured: int = MOST_PICTURED
    table: bool = True
    page: bool = True
    paper: bool = False
    lines: bool = False
    coco: bool = False
    labelme: bool = False

    @property
    def reports(self) -> bool:
        """Whether there is a report, in which the worst parts have pictures."""
        return self.page or self.paper

    @property
    def every(self) -> bool:
        """Whether all inspected parts must be inspected again, since their regions are asked for."""
        return self.lines or self.coco or self.labelme

    @property
    def suffix(self) -> str:
        """The suffix of the file that a person names; the other files have the same name with other suffixes."""
        kinds = ((self.page, ".html"), (self.paper, ".pdf"), (self.table, ".csv"), (self.lines, ".jsonl"))
        return next((suffix for wanted, suffix in kinds if wanted), ".json")


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
        target: the file that a person named; see `ReportChoice.suffix`.
        place: what was opened.
        total: parts of the list.
        parts: those that are inspected or unreadable, in the list's order.
        reviews: by the absolute path of the part.
        model: that inspected them.
        adjustments: what a person changed about the judgement.
        judgement: how they are judged.
        mix: how they are scored.
        choice: what is wanted.
        language: of the report, such as ``zh_CN``.
        history: URL of the store that knows who decided what; "" for none.
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
    language: str = "en"
    history: str = ""


@dataclass(frozen=True)
class ReportProgress:
    """How far it is: parts that are inspected again; `files` are the names of what was written, when all is done."""

    done: int
    total: int
    finished: bool = False
    files: tuple[str, ...] = ()
