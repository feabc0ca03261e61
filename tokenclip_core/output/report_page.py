"""A report's page: what its template is given; the template and its style sheet lie in `resources/report`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tokenclip_core.judgement.findings import Region
from tokenclip_core.judgement.judgement import Verdict
from tokenclip_core.judgement.rule import bins_above
from tokenclip_core.judgement.score_words import compared_words, score_words, threshold_words
from tokenclip_core.resources import resource_path

MOST_REGIONS = 8
"""Rows of a part's regions; the rest is counted."""

MOST_SHARES = 4
MOST_UNREADABLE = 500
BINS = 50
TABLE_MARK = "tokenclip-table"
"""What the page calls the name of the table that was written with it."""

_BAR_GAP = 0.08
"""Between two bars of the histogram, as a share of a bin."""

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class ReportFacts:
    """What the report says of the whole.

    Attributes:
        place: the folder, or what else was inspected.
        made: when.
        model: name of the backbone.
        checkpoint: the checkpoint file; None if there is none or it is not known, and nothing is said of it.
        settings: (name, value) in words, all that decides the results.
        threshold: in [0, 1].
        total: parts of the place.
        scores: in [0, 1], of all that were inspected.
        defects: how many of those are.
        unreadable: (path, reason) of what could not be inspected.
        pictured: how many parts follow with pictures.
    """

    place: str
    made: datetime
    model: str
    checkpoint: str | None
    settings: tuple[tuple[str, str], ...]
    threshold: float
    total: int
    scores: Sequence[float]
    defects: int
    unreadable: Sequence[tuple[str, str]]
    pictured: int


@dataclass(frozen=True)
class ReportPart:
    """One part of the report.

    Attributes:
        path: of the image file.
        score: in [0, 1].
        verdict: at the threshold.
        regions: in pixels of the part's image, the highest peak first.
        shares: (subspace, colour, share of the score), the greatest first; they sum to 1 at most.
        decision: the reviewer's, or "".
        note: the reviewer's, or "".
        pictures: (what it shows, data URI).
        error: why there are no pictures and regions, or "".
    """

    path: str
    score: float
    verdict: Verdict
    regions: Sequence[Region] = ()
    shares: Sequence[tuple[str, Colour, float]] = ()
    decision: str = ""
    note: str = ""
    pictures: tuple[tuple[str, str], ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Bar:
    """A bar of the histogram, in percent of the place that it is given."""

    kind: Verdict
    x: float
    width: float
    height: float
    words: str


@dataclass(frozen=True)
class Histogram:
    """How scores are spread.

    Attributes:
        threshold: in [0, 1], where a line stands.
        words: beside the line.
        total: how many scores there are.
        bars: of the bins that are not empty.
    """

    threshold: float
    words: str
    total: int
    bars: tuple[Bar, ...]


def histogram(scores: Sequence[float], threshold: float) -> Histogram:
    """How scores in [0, 1] are spread, in equal steps; the highest bar fills the height."""
    counts, _ = np.histogram(np.asarray(scores, np.float64), BINS, (0.0, 1.0))
    highest = max(1, int(counts.max()))
    step = 100 / BINS
    reaching = bins_above(BINS, threshold).tolist()
    bars = tuple(
        Bar(
            kind="defect" if reaching[place] else "good",
            x=(place + _BAR_GAP / 2) * step,
            width=(1 - _BAR_GAP) * step,
            height=max(1.0, 100 * count / highest),
            words=f"{place / BINS:.2f} to {(place + 1) / BINS:.2f}: {count:,}",
        )
        for place, count in enumerate(counts.tolist())
        if count
    )
    return Histogram(threshold, f"threshold {threshold_words(threshold)}", len(scores), bars)


def head(facts: ReportFacts, table: str | None) -> str:
    """The page up to the first part.

    Args:
        facts: of the whole.
        table: name of the table that is written with the report, or None.
    """
    inspected = len(facts.scores)
    left = facts.total - inspected - len(facts.unreadable)
    counts = [
        ("inspected", inspected, ""),
        ("defects", facts.defects, "defect"),
        ("good", inspected - facts.defects, ""),
    ]
    counts += [("unreadable", len(facts.unreadable), "")] if facts.unreadable else []
    counts += [("not inspected", left, "")] if left > 0 else []
    settings = [("Model", facts.model)]
    settings += [("Checkpoint", facts.checkpoint)] if facts.checkpoint is not None else []
    settings += [("Threshold", threshold_words(facts.threshold)), *facts.settings]
    word = "part" if facts.pictured == 1 else "parts"
    heading = f"The {facts.pictured:,} {word} with the highest scores, of {inspected:,} inspected ones"
    if facts.pictured >= inspected:
        heading = f"All {inspected:,} inspected parts"
    return _block(
        "head",
        facts=facts,
        made=facts.made.strftime("%Y-%m-%d %H:%M"),
        table_mark=TABLE_MARK,
        table=table,
        counts=counts,
        settings=settings,
        histogram=histogram(facts.scores, facts.threshold),
        heading=heading,
    )


def part_block(part: ReportPart, rank: int, threshold: float) -> str:
    """A part of the page.

    Args:
        part: with its pictures.
        rank: among the parts, from 1.
        threshold: that the score is compared with, in [0, 1].
    """
    score, relation = compared_words(part.score, threshold)
    folder, _, name = part.path.replace("\\", "/").rpartition("/")
    return _block(
        "part",
        part=part,
        rank=rank,
        name=name,
        folder=folder,
        score=score,
        relation=relation,
        shares=part.shares[:MOST_SHARES],
        regions=[(region, score_words(region.peak)) for region in part.regions[:MOST_REGIONS]],
        more=len(part.regions) - MOST_REGIONS,
    )


def tail(facts: ReportFacts) -> str:
    """The page behind the last part."""
    listed = [(path, reason.removeprefix(f"{path}: ")) for path, reason in facts.unreadable[:MOST_UNREADABLE]]
    return _block("tail", unreadable=listed, more=len(facts.unreadable) - MOST_UNREADABLE)


def _block(macro: str, /, **values: Any) -> str:
    """A macro of the template with its values, all of which are escaped."""
    return str(getattr(_template(), macro)(**values))


@cache
def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(resource_path("report")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("report.html").module
