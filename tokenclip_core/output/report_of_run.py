"""A report of a run that is over, from its results: no model runs, and nothing is judged again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any, Protocol

import numpy as np

from tokenclip_core.errors import ImageError, SettingsError
from tokenclip_core.images.pages import split_page
from tokenclip_core.images.pixels import RgbImage
from tokenclip_core.images.reading import load_image
from tokenclip_core.judgement.findings import Region
from tokenclip_core.judgement.judgement import DEFAULT_THRESHOLD, Judgement, PartScores
from tokenclip_core.languages import ENGLISH
from tokenclip_core.output.layers import lay_over, outline_layer
from tokenclip_core.output.pictures import reduced_picture
from tokenclip_core.output.report import PICTURE_SIDE, picture_bytes, picture_uri
from tokenclip_core.output.report_page import Colour, ReportFacts, ReportPart, Said
from tokenclip_core.output.results_file import RESULTS_NAME, RunRecord, read_rows
from tokenclip_core.output.rows import ResultRow

MOST_PICTURED = 200
"""Parts with pictures, unless a person asks for another number."""

OVERLAYS = "overlays"
_GREY: Colour = (118, 126, 138)
"""Colour of every subspace, because a run does not tell their own."""


class Pages(Protocol):
    """What a report is written into: a page for browsers, or pages of paper."""

    def add(self, part: ReportPart) -> None:
        """Append a part."""

    def finish(self) -> None:
        """Put the report in its place."""


PageMaker = Callable[[Path, ReportFacts], AbstractContextManager[Pages]]


@dataclass(frozen=True)
class FinishedRun:
    """What a run left.

    Attributes:
        place: what was inspected, or where its results lie.
        rows: one a part, in the run's order.
        settings: (name, value) in words.
        said: what people decided of parts, by path.
        overlays: the folder with overlays, if the run saved them.
    """

    place: str
    rows: Sequence[ResultRow]
    settings: tuple[tuple[str, str], ...] = ()
    said: Mapping[str, Said] = field(default_factory=dict)
    overlays: Path | None = None


def run_in_folder(folder: Path) -> FinishedRun:
    """What `inspect --out` left in a folder.

    Raises:
        SettingsError: there are no results.
    """
    rows = list({row.path: row for row in read_rows(folder / RESULTS_NAME)}.values())
    if not rows:
        raise SettingsError(f"{folder} holds no {RESULTS_NAME} with results; name the folder that inspect wrote to")
    record = RunRecord.read(folder)
    overlays = folder / OVERLAYS
    settings = () if record is None else settings_in_words(record.settings)
    return FinishedRun(str(folder), rows, settings, overlays=overlays if overlays.is_dir() else None)


def settings_in_words(settings: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(name, value) of what a run's record says decided its results; what it lacks is left out."""
    scoring, evidence = (settings.get(name) for name in ("scoring", "evidence"))
    scoring = scoring if isinstance(scoring, Mapping) else {}
    evidence = evidence if isinstance(evidence, Mapping) else {}
    subspaces, layers = settings.get("subspaces"), settings.get("layers")
    known = (
        ("Subspaces", ", ".join(map(str, subspaces)) if isinstance(subspaces, list) else None),
        ("Evidence", evidence.get("kind")),
        ("Assignment", scoring.get("assignment")),
        ("Top-k", scoring.get("top_k")),
        ("Epsilon", scoring.get("epsilon")),
        ("Smoothing", f"{scoring['sigma']:g} px" if isinstance(scoring.get("sigma"), int | float) else None),
        ("Layers", ", ".join(map(str, layers)) if isinstance(layers, list) else None),
    )
    return tuple((name, str(value)) for name, value in known if value is not None)


def write_report(
    run: FinishedRun,
    place: Path,
    make: PageMaker,
    *,
    pictured: int = MOST_PICTURED,
    language: str = ENGLISH,
    threshold: float = DEFAULT_THRESHOLD,
) -> Iterator[int]:
    """Write a report of a run, the worst parts with pictures.

    Args:
        run: what it left.
        place: of the report.
        make: what it is written into.
        pictured: how many parts have pictures.
        language: of its words, such as ``zh_CN``.
        threshold: by which parts are judged that the run only scored.

    Yields:
        How many parts with pictures are written so far.

    Raises:
        SettingsError: the run inspected nothing.
        OSError: it can't be written.
    """
    scored = [_judged(row, threshold) for row in run.rows if row.score is not None]
    if not scored:
        raise SettingsError(f"{run.place}: no part was inspected there, so there is nothing to report")
    worst = sorted(scored, key=lambda row: -(row.score or 0.0))[:pictured]
    with make(place, _facts(run, scored, len(worst), language)) as pages:
        for done, row in enumerate(worst, 1):
            pages.add(_part(run, row, picture_bytes(len(worst))))
            yield done
        pages.finish()


def _judged(row: ResultRow, threshold: float) -> ResultRow:
    """The row with a verdict, also where the run only scored; such a row has no regions, since no map was kept."""
    if row.verdict is not None:
        return row
    verdict = Judgement(threshold).verdict(PartScores(row.score or 0.0))
    return replace(row, threshold=threshold, verdict=verdict)


def _facts(run: FinishedRun, scored: Sequence[ResultRow], pictured: int, language: str) -> ReportFacts:
    defective = [row for row in scored if row.verdict == "defect"]
    told = [(row.verdict == "defect", run.said[row.path].decision) for row in scored if row.path in run.said]
    accepted, rejected = ([defect for defect, one in told if one == word] for word in ("accepted", "rejected"))
    found = Counter(max(row.subspaces, key=lambda one: one.anomaly).name for row in defective if row.subspaces)
    first = scored[0]
    return ReportFacts(
        place=run.place,
        made=datetime.now().astimezone(),
        model=first.model,
        checkpoint=first.checkpoint,
        settings=run.settings,
        threshold=0.0 if first.threshold is None else first.threshold,
        total=len(run.rows),
        scores=[row.score or 0.0 for row in scored],
        defects=len(defective),
        unreadable=[(row.path, row.error) for row in run.rows if row.error is not None],
        pictured=pictured,
        language=language,
        decided=(len(accepted), len(rejected)),
        differing=sum(accepted) + rejected.count(False),
        by_subspace=[(name, _GREY, count) for name, count in found.most_common()],
    )


def _part(run: FinishedRun, row: ResultRow, most_bytes: int) -> ReportPart:
    said = run.said.get(row.path)
    known: dict[str, Any] = {
        "path": row.path,
        "score": row.score or 0.0,
        "verdict": row.verdict,
        "regions": row.regions,
        "said": () if said is None else (said,),
    }
    overlay = None if run.overlays is None else _saved_beside(run.overlays, row.path)
    pictures = []
    try:
        # A run names the file that a part was read from; a frame of a video is no file of its own.
        if "#" not in row.path or split_page(row.path)[0].is_file():
            image = load_image(row.path)
            pictures.append(("Part", picture_uri(reduced_picture(image, PICTURE_SIDE), most_bytes)))
            if overlay is None and row.regions:
                pictures.append(("Regions", picture_uri(_outlined(image, row.regions), most_bytes)))
        if overlay is not None:
            picture = reduced_picture(load_image(overlay), PICTURE_SIDE)
            pictures.append(("Anomaly map", picture_uri(picture, most_bytes)))
    except ImageError as error:
        return ReportPart(**known, error=str(error).removeprefix(f"{row.path}: "))
    return ReportPart(**known, pictures=tuple(pictures))


def _saved_beside(folder: Path, path: str) -> Path | None:
    """The overlay that a run saved of a part, called like it below the folder that was inspected.

    Its suffix is part of the name only where another part is called the same but for that.
    """
    parts = PurePath(path).parts
    for start in range(len(parts)):
        below = PurePath(*parts[start:])
        if below.is_absolute():
            continue
        for name in (below.stem, below.name):
            file = folder / below.with_name(f"{name}.png")
            if file.is_file():
                return file
    return None


def _outlined(image: RgbImage, regions: Sequence[Region]) -> RgbImage:
    """The part with the boxes of its regions, small."""
    picture = reduced_picture(image, PICTURE_SIDE)
    area = np.zeros(picture.shape[:2], np.bool_)
    down, across = (picture.shape[side] / image.shape[side] for side in (0, 1))
    for region in regions:
        top, bottom = round(region.y * down), round((region.y + region.height) * down)
        left, right = round(region.x * across), round((region.x + region.width) * across)
        area[top : max(bottom, top + 1), left : max(right, left + 1)] = True
    return lay_over(picture, outline_layer(area))
