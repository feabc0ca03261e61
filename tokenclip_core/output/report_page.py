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
from tokenclip_core.languages import ENGLISH, page_language, translator
from tokenclip_core.resources import resource_path

MOST_REGIONS = 8
"""Rows of a part's regions; the rest is counted."""

MOST_SHARES = 4
MOST_UNREADABLE = 500
BINS = 50
PAGE, PAPER = "report.html", "paper.html"
"""The templates: for browsers, and for pages of paper."""

MOMENT = "%Y-%m-%d %H:%M"
TABLE_MARK = "tokenclip-table"
"""Name of the page's field that tells which table was written with it."""

_BAR_GAP = 0.08
"""Gap between two bars of the histogram, as a share of a bin."""

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
        language: of the page, such as ``zh_CN``; what it has no words for is English.
        decided: how many of the inspected parts a person accepted, and how many were rejected.
        differing: about how many of those the program says otherwise.
        by_subspace: (name, colour, defective parts whose score comes from it most), the greatest first.
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
    language: str = ENGLISH
    decided: tuple[int, int] = (0, 0)
    differing: int = 0
    by_subspace: Sequence[tuple[str, Colour, int]] = ()


@dataclass(frozen=True)
class Said:
    """What one person said of a part: ``accepted``, ``rejected`` or "", a note, and when, in words."""

    decision: str
    note: str = ""
    who: str = ""
    when: str = ""


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
        said: who decided what, the first opinion first; where it is empty, decision and note stand for it.
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
    said: Sequence[Said] = ()

    @property
    def opinions(self) -> Sequence[Said]:
        """All that is said of the part."""
        return self.said or ([Said(self.decision, self.note)] if self.decision or self.note else [])


@dataclass(frozen=True)
class Count:
    """A bar of a chart of counts.

    Attributes:
        name: of what is counted, in the page's language.
        count: how many parts.
        width: in percent of the longest one.
        kind: ``good``, ``defect`` or "".
        colour: of a subspace, or None.
    """

    name: str
    count: int
    width: float
    kind: str = ""
    colour: Colour | None = None


@dataclass(frozen=True)
class Chart:
    """Counts beside each other, under a title."""

    title: str
    bars: tuple[Count, ...]


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


def histogram(scores: Sequence[float], threshold: float, language: str = ENGLISH) -> Histogram:
    """How scores in [0, 1] are spread, in equal steps; the highest bar fills the height."""
    t = translator(language)
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
            words=t(
                "{low} to {high}: {count}",
                low=f"{place / BINS:.2f}",
                high=f"{(place + 1) / BINS:.2f}",
                count=f"{count:,}",
            ),
        )
        for place, count in enumerate(counts.tolist())
        if count
    )
    words = t("threshold {threshold}", threshold=threshold_words(threshold))
    return Histogram(threshold, words, len(scores), bars)


def charts(facts: ReportFacts) -> tuple[Chart, ...]:
    """What is counted of the inspected parts: verdicts and decisions, and where defective parts are found."""
    t, inspected = translator(facts.language), len(facts.scores)
    accepted, rejected = facts.decided
    counts = [("Defect", facts.defects, "defect"), ("Good", inspected - facts.defects, "good")]
    if accepted or rejected:
        counts += [("Rejected", rejected, "defect"), ("Accepted", accepted, "good")]
        counts += [("Not decided", inspected - accepted - rejected, "")]
        counts += [("Program and people differ", facts.differing, "")]
    longest = max(1, *(count for _, count, _ in counts))
    found = [
        Chart("Verdicts and decisions", tuple(Count(t(name), n, 100 * n / longest, kind) for name, n, kind in counts))
    ]
    if facts.by_subspace:
        most = max(1, *(count for _, _, count in facts.by_subspace))
        bars = tuple(Count(name, n, 100 * n / most, "", colour) for name, colour, n in facts.by_subspace)
        found.append(Chart("Defective parts by subspace", bars))
    return tuple(found)


def head(facts: ReportFacts, table: str | None, template: str = PAGE) -> str:
    """The page up to the first part.

    Args:
        facts: of the whole.
        table: name of the table that is written with the report, or None.
        template: `PAGE`, or `PAPER` for pages of paper.
    """
    t, inspected = translator(facts.language), len(facts.scores)
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
    total = f"{inspected:,}"
    if facts.pictured >= inspected:
        heading = t("All {total} inspected parts", total=total)
    elif facts.pictured == 1:
        heading = t("The 1 part with the highest scores, of {total} inspected ones", total=total)
    else:
        phrase = "The {count} parts with the highest scores, of {total} inspected ones"
        heading = t(phrase, count=f"{facts.pictured:,}", total=total)
    return _block(
        template,
        facts.language,
        "head",
        facts=facts,
        made=facts.made.strftime(MOMENT),
        table_mark=TABLE_MARK,
        table=table,
        counts=counts,
        settings=settings,
        histogram=histogram(facts.scores, facts.threshold, facts.language),
        charts=charts(facts),
        heading=heading,
    )


def part_block(part: ReportPart, rank: int, facts: ReportFacts, template: str = PAGE) -> str:
    """A part of the page.

    Args:
        part: with its pictures.
        rank: among the parts, from 1.
        facts: of the whole.
        template: as of `head`.
    """
    score, relation = compared_words(part.score, facts.threshold)
    folder, _, name = part.path.replace("\\", "/").rpartition("/")
    return _block(
        template,
        facts.language,
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
        said=part.opinions,
    )


def tail(facts: ReportFacts, template: str = PAGE) -> str:
    """The page behind the last part; arguments as of `head`."""
    listed = [(path, reason.removeprefix(f"{path}: ")) for path, reason in facts.unreadable[:MOST_UNREADABLE]]
    more = len(facts.unreadable) - MOST_UNREADABLE
    return _block(template, facts.language, "tail", unreadable=listed, more=more)


def _block(template: str, language: str, macro: str, /, **values: Any) -> str:
    """A macro of a template with its values, all of which are escaped."""
    return str(getattr(_template(template, language), macro)(**values))


@cache
def _template(name: str, language: str) -> Any:
    environment = Environment(
        loader=FileSystemLoader(resource_path("report")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(t=translator(language), language=page_language(language))
    return environment.get_template(name).module
