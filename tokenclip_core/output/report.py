"""A report of inspected parts: one HTML file with everything in it, pictures too; no script, nothing from elsewhere.

It is written part by part, so that its length costs no memory, beside its place and moved there when it is whole. Its
words are English, as those of the command line and of `results.csv`.
"""

from __future__ import annotations

import base64
import html
import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from tokenclip_core.files import PendingFile
from tokenclip_core.images.pixels import RgbImage
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.judgement.findings import Region
from tokenclip_core.judgement.judgement import Verdict
from tokenclip_core.judgement.rule import bins_above
from tokenclip_core.judgement.score_words import compared_words, score_words, threshold_words
from tokenclip_core.output.pictures import overlay_picture, reduced_picture
from tokenclip_core.output.report_style import STYLE
from tokenclip_core.output.results_file import RESULTS_NAME, TABLE_NAME

PICTURE_SIDE = 420
"""Pixels of a picture's longer side at most."""

MOST_REGIONS = 8
"""Rows of a part's regions; the rest is counted."""

MOST_SHARES = 4
MOST_UNREADABLE = 500
BINS = 50

_QUALITY = 82
_TABLE_MARK = "tokenclip-table"
_HEAD_LENGTH = 4096
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
        decision: the reviewer's word, or "".
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


class ReportWriter:
    """Writes a report; a context manager that leaves nothing behind unless `finish` was called.

    Attributes:
        path: where the report is to be.
    """

    def __init__(self, path: Path, facts: ReportFacts, table: Path | None = None) -> None:
        """Begin.

        Args:
            path: where the report is to be.
            facts: of the whole.
            table: that is written with it, in the same folder; it says whose that table is, see `table_place`.

        Raises:
            OSError: the file cannot be written.
        """
        self.path, self._facts = path, facts
        self._file = PendingFile(path)
        self._rank = 0
        self._stream = self._file.partial.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
        try:
            self._stream.write(_head(facts, None if table is None else table.name))
        except OSError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def add(self, part: ReportPart) -> None:
        """Append a part.

        Raises:
            OSError: the disk is full or gone.
        """
        self._rank += 1
        self._stream.write(_part(part, self._rank, self._facts.threshold))

    def finish(self) -> None:
        """Put the report in its place, over an earlier one.

        Raises:
            OSError: the disk is full or gone.
        """
        self._stream.write(_tail(self._facts))
        self._stream.close()
        self._file.commit()

    def close(self) -> None:
        """Take away what is not finished."""
        try:
            self._stream.close()
        finally:
            self._file.discard()


def table_place(report: Path) -> Path:
    """Where a report's table goes, in its folder, without writing over a table that is not its own.

    `results.csv` if that is free; else a table named like the report, with a number where that is taken too. The table
    that an earlier report of the same name was written with is replaced with it.
    """
    own = _table_of(report)
    # Where a run of the commands has left its rows, the table is the run's.
    if own is not None and not (own == TABLE_NAME and report.with_name(RESULTS_NAME).exists()):
        return report.with_name(own)
    for name in (TABLE_NAME, f"{report.stem}.csv"):
        place = report.with_name(name)
        if not os.path.lexists(place):
            return place
    number = 2
    while os.path.lexists(place := report.with_name(f"{report.stem} ({number}).csv")):
        number += 1
    return place


def _table_of(report: Path) -> str | None:
    """The name of the table that a report was written with, None if there is no such report or none is known."""
    try:
        with report.open(encoding="utf-8", errors="replace") as stream:
            head = stream.read(_HEAD_LENGTH)
    except OSError:
        return None
    found = re.search(f'<meta name="{_TABLE_MARK}" content="([^"]+)">', head)
    name = None if found is None else html.unescape(found[1])
    # What a file says is not trusted with another folder.
    return name if name is not None and name.endswith(".csv") and Path(name).name == name else None


def part_pictures(
    image: RgbImage, result: InspectionResult, area: npt.NDArray[np.bool_] | None = None
) -> tuple[tuple[str, str], ...]:
    """The part, and the part under its map with the regions outlined: (what it shows, data URI).

    Args:
        image: (H, W, 3) uint8.
        result: of the same part.
        area: (H, W) bool, what the regions cover.
    """
    part = reduced_picture(image, PICTURE_SIDE)
    overlay = overlay_picture(image, result, area, side=PICTURE_SIDE)
    return ("Part", picture_uri(part)), ("Anomaly map", picture_uri(overlay))


def score_shares(result: InspectionResult, names: Sequence[str] | None = None) -> tuple[tuple[str, Colour, float], ...]:
    """Which subspaces the score comes from, the greatest share first; `names` in place of the result's own."""
    called = names or [subspace.name for subspace in result.subspaces]
    values = [max(0.0, subspace.contribution) for subspace in result.subspaces]
    total = sum(values)
    shares = [
        (name, subspace.colour, value / total)
        for name, subspace, value in zip(called, result.subspaces, values, strict=True)
        if value > 0
    ]
    return tuple(sorted(shares, key=lambda share: -share[2]))


def picture_uri(picture: RgbImage) -> str:
    """An (H, W, 3) uint8 picture as the data URI of a JPEG."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, format="JPEG", quality=_QUALITY, subsampling=0, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def histogram_svg(scores: Sequence[float], threshold: float) -> str:
    """How scores in [0, 1] are spread, with a line at the threshold; it fills the place it is given."""
    counts, _ = np.histogram(np.asarray(scores, np.float64), BINS, (0.0, 1.0))
    highest = max(1, int(counts.max()))
    step = 100 / BINS
    bars = []
    reaching = bins_above(BINS, threshold).tolist()
    for place, count in enumerate(counts.tolist()):
        if count:
            height = max(1.0, 100 * count / highest)
            kind = "defect" if reaching[place] else "good"
            low, high = place / BINS, (place + 1) / BINS
            bars.append(
                f'<rect class="{kind}" x="{(place + _BAR_GAP / 2) * step:.2f}%" y="{100 - height:.2f}%" '
                f'width="{(1 - _BAR_GAP) * step:.2f}%" height="{height:.2f}%">'
                f"<title>{low:.2f} to {high:.2f}: {count:,}</title></rect>"
            )
    x = f"{100 * threshold:.2f}%"
    side, shift = ("end", -6) if threshold > 0.5 else ("start", 6)
    ticks = "".join(
        f'<text x="{100 * tick:.0f}%" y="100%" dy="16" text-anchor="{anchor}">{tick:g}</text>'
        for tick, anchor in ((0.0, "start"), (0.25, "middle"), (0.5, "middle"), (0.75, "middle"), (1.0, "end"))
    )
    at = f"threshold {threshold_words(threshold)}"
    return (
        f'<svg role="img" aria-label="Histogram of the scores of {len(scores):,} parts, {at}">'
        f'{"".join(bars)}<line class="axis" x1="0" y1="100%" x2="100%" y2="100%"/>'
        f'<line class="threshold" x1="{x}" y1="-14" x2="{x}" y2="100%"/>'
        f'<text class="strong" x="{x}" dx="{shift}" y="-6" text-anchor="{side}">{at}</text>'
        f"{ticks}</svg>"
    )


def _text(value: str) -> str:
    # A file name that is not valid text holds lone surrogates.
    return html.escape(value.encode("utf-8", "backslashreplace").decode("utf-8"), quote=True)


def _head(facts: ReportFacts, table: str | None) -> str:
    inspected = len(facts.scores)
    left = facts.total - inspected - len(facts.unreadable)
    counts = [
        ("inspected", inspected, ""),
        ("defects", facts.defects, "defect"),
        ("good", inspected - facts.defects, ""),
    ]
    counts += [("unreadable", len(facts.unreadable), "")] if facts.unreadable else []
    counts += [("not inspected", left, "")] if left > 0 else []
    cards = "".join(
        f'<div class="card {kind}"><b>{count:,}</b><span>{name}</span></div>' for name, count, kind in counts
    )
    settings = [("Model", facts.model)]
    settings += [("Checkpoint", facts.checkpoint)] if facts.checkpoint is not None else []
    settings += [("Threshold", threshold_words(facts.threshold)), *facts.settings]
    rows = "".join(f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>" for name, value in settings)
    word = "part" if facts.pictured == 1 else "parts"
    which = f"The {facts.pictured:,} {word} with the highest scores, of {inspected:,} inspected ones"
    if facts.pictured >= inspected:
        which = f"All {inspected:,} inspected parts"
    made = facts.made.strftime("%Y-%m-%d %H:%M")
    owned = "" if table is None else f'\n<meta name="{_TABLE_MARK}" content="{_text(table)}">'
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">{owned}
<title>Inspection report – {_text(facts.place)}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>Inspection report</h1>
<p class="place">{_text(facts.place)}</p>
<p class="muted"><time datetime="{facts.made.isoformat(timespec="seconds")}">{made}</time> · TokenCLIP Inspector</p>
</header>
<section class="cards">{cards}</section>
<section class="overview">
<figure><figcaption>Scores</figcaption>{histogram_svg(facts.scores, facts.threshold)}</figure>
<div><h4>Made with</h4><table class="settings">{rows}</table></div>
</section>
<h2>{which}, worst first</h2>
"""


def _part(part: ReportPart, rank: int, threshold: float) -> str:
    name, folder = part.path.replace("\\", "/").rsplit("/", 1)[-1], _folder(part.path)
    score, relation = compared_words(part.score, threshold)
    pictures = "".join(
        f'<figure><img src="{uri}" alt="{_text(f"{title} of {name}")}"><figcaption>{title}</figcaption></figure>'
        for title, uri in part.pictures
    )
    review = ""
    if part.decision or part.note:
        decision = f'<b class="{_text(part.decision)}">{_text(part.decision)}</b>' if part.decision else "Note"
        note = f"<p>{_text(part.note)}</p>" if part.note else ""
        review = f'<div class="review"><span>Reviewer: {decision}</span>{note}</div>'
    error = f'<p class="error">{_text(part.error)}</p>' if part.error else ""
    return f"""<article>
<div class="title"><span class="rank">{rank}</span><h3>{_text(name)}</h3>
<span class="verdict {part.verdict}">{part.verdict}</span>
<span class="score">{score}</span><span class="muted">{relation}</span></div>
<p class="folder">{_text(folder)}</p>
<div class="body"><div class="pictures">{pictures}</div>
<div class="facts">{error}{_shares(part)}{_regions(part)}{review}</div></div>
</article>
"""


def _shares(part: ReportPart) -> str:
    if not part.shares:
        return ""
    blocks = "".join(
        f'<i style="width:{100 * share:.2f}%;background:rgb{colour}"></i>' for _, colour, share in part.shares
    )
    named = "".join(
        f'<li><i style="background:rgb{colour}"></i>{_text(name)}<span>{100 * share:.0f} %</span></li>'
        for name, colour, share in part.shares[:MOST_SHARES]
    )
    return f'<h4>Score from</h4><div class="shares">{blocks}</div><ul>{named}</ul>'


def _regions(part: ReportPart) -> str:
    if part.error:
        return ""
    if not part.regions:
        return '<p class="muted">No region reaches the threshold.</p>'
    rows = "".join(
        f"<tr><td>{place}</td><td>{region.x}, {region.y}</td><td>{region.width} × {region.height}</td>"
        f"<td>{region.area_px:,}</td><td>{score_words(region.peak)}</td></tr>"
        for place, region in enumerate(part.regions[:MOST_REGIONS], 1)
    )
    more = len(part.regions) - MOST_REGIONS
    rest = f'<p class="muted">and {more:,} more</p>' if more > 0 else ""
    return (
        "<h4>Regions</h4><table><tr><th></th><th>x, y</th><th>Size</th><th>Area px</th><th>Peak</th></tr>"
        f"{rows}</table>{rest}"
    )


def _tail(facts: ReportFacts) -> str:
    listed = ""
    if facts.unreadable:
        rows = "".join(
            f"<tr><td>{_text(path)}</td><td>{_text(reason.removeprefix(f'{path}: '))}</td></tr>"
            for path, reason in facts.unreadable[:MOST_UNREADABLE]
        )
        more = len(facts.unreadable) - MOST_UNREADABLE
        rest = f'<p class="muted">and {more:,} more</p>' if more > 0 else ""
        listed = f'<h2>Could not be read</h2><table class="unreadable">{rows}</table>{rest}'
    return f"""{listed}<footer>Anomaly maps have one absolute scale, 0 to 1: the same value has the same colour in every
picture. Everything is inside this file.</footer>
</body>
</html>
"""


def _folder(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[0]
