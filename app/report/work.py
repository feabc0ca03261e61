"""Writes a report in slices of time in the inference thread, behind everything else; no Qt.

The maps of most parts are gone by then, so the pictured ones are inspected again, with the settings of the order.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.batch.work import SLICE_SECONDS, MakingWay
from app.parts.images import ImageStore
from app.report.model import KnownPart, ReportOrder, ReportProgress
from app.review.model import NO_REVIEW, Review
from app.work.engine import Engine
from app.work.jobs import Cancellation, JobCancelledError
from tokenclip_core.errors import TokenClipError
from tokenclip_core.files import replacing
from tokenclip_core.judgement.score_words import threshold_words

if TYPE_CHECKING:
    from tokenclip_core.output.report import ReportPart

TABLE_NAME = "results.csv"
_ROWS = 500
"""Of the table between two looks at the clock."""


class ReportError(TokenClipError):
    """The report can't be written; the message says why."""


class ReportRun:
    """One report on its way; `work` is called again and again until it says that all is done."""

    def __init__(self, engine: Engine, images: ImageStore, order: ReportOrder, others_wait: Callable[[], bool]) -> None:
        self._engine, self._images, self._order = engine, images, order
        self._others_wait = others_wait
        self._stopped = False
        self._way: Cancellation = Cancellation()
        self._found: dict[str, tuple[int, int, int, int, str]] = {}
        self._steps = self._make()

    def stop(self) -> None:
        """Give it up: the next slice takes away what is not finished."""
        self._stopped = True

    def work(self, cancellation: Cancellation) -> ReportProgress | None:
        """One slice; None when it was given up.

        Raises:
            ReportError: it can't be written.
        """
        self._way = MakingWay(cancellation, lambda: self._stopped or self._others_wait())
        until = time.perf_counter() + SLICE_SECONDS
        progress: ReportProgress | None = None
        while True:
            if self._stopped or cancellation.requested:
                self.close()
                return None
            try:
                progress = next(self._steps)
            except OSError as error:
                reason = error.strerror or str(error)
                raise ReportError(f"{self._order.target}: {reason}") from error
            if progress.finished or self._others_wait() or time.perf_counter() >= until:
                return progress

    def close(self) -> None:
        """Take away what is not finished; never while `work` runs."""
        self._steps.close()

    def _make(self) -> Generator[ReportProgress, None, None]:
        from tokenclip_core.output.report import ReportWriter

        order = self._order
        scored = [part for part in order.parts if part.score is not None]
        worst = sorted(scored, key=lambda part: -(part.score or 0.0))[: order.choice.pictured]
        yield ReportProgress(0, len(worst))
        with ReportWriter(order.target, self._facts(scored, len(worst))) as writer:
            for done, part in enumerate(worst):
                while (entry := self._entry(part)) is None:
                    yield ReportProgress(done, len(worst))
                writer.add(entry)
                yield ReportProgress(done + 1, len(worst))
            table = None
            if order.choice.table:
                table = _table_place(order.target)
                for _ in self._write_table(table):
                    yield ReportProgress(len(worst), len(worst))
            writer.finish()
        yield ReportProgress(len(worst), len(worst), finished=True, table=table)

    def _facts(self, scored: list[KnownPart], pictured: int) -> Any:
        from tokenclip_core.output.report import ReportFacts

        order = self._order
        return ReportFacts(
            place=order.place,
            made=datetime.now().astimezone(),
            model=f"{order.model.name}, {order.model.device}, {order.model.precision}",
            checkpoint=order.model.checkpoint or None,
            settings=settings_words(order),
            threshold=order.judgement.threshold,
            total=order.total,
            scores=[part.score or 0.0 for part in scored],
            defects=sum(self._is_defect(part) for part in scored),
            unreadable=[(part.path, part.error) for part in order.parts if part.error is not None],
            pictured=pictured,
        )

    def _entry(self, part: KnownPart) -> ReportPart | None:
        """A part of the report; None when something more urgent came between."""
        from tokenclip_core.output.report import ReportPart, part_pictures, score_shares

        order = self._order
        review = self._review(part)
        known: dict[str, Any] = {
            "path": part.path,
            "score": part.score or 0.0,
            "verdict": "defect" if self._is_defect(part) else "good",
            "decision": review.decision.value,
            "note": review.note,
        }
        try:
            result, _ = self._engine.judge(part.path, order.mix, self._way, make_room=False)
            image = self._images.load(Path(part.path))
        except JobCancelledError:
            return None
        except TokenClipError as error:
            return ReportPart(**known, error=str(error).removeprefix(f"{part.path}: "))
        regions, _ = result.judged_regions(order.judgement)
        names = [order.adjustments.called(subspace.name) for subspace in result.subspaces]
        shares = score_shares(result, names)
        area = sum(region.area_px for region in regions)
        self._found[part.path] = (result.width, result.height, len(regions), area, shares[0][0] if shares else "")
        return ReportPart(**known, regions=regions, shares=shares, pictures=part_pictures(image, result, regions))

    def _write_table(self, place: Path) -> Iterator[None]:
        """All inspected parts, in the list's order; sizes and regions of those that were inspected again."""
        with (
            replacing(place) as partial,
            partial.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream,
        ):
            writer = csv.DictWriter(stream, list(self._row(KnownPart("", None, None))), lineterminator="\n")
            writer.writeheader()
            for number, part in enumerate(self._order.parts):
                writer.writerow(self._row(part))
                if number % _ROWS == _ROWS - 1:
                    yield

    def _row(self, part: KnownPart) -> Mapping[str, object]:
        order, review = self._order, self._review(part)
        width, height, regions, area, subspace = self._found.get(part.path, ("", "", "", "", ""))
        verdict = "" if part.score is None else "defect" if self._is_defect(part) else "good"
        return {
            "path": part.path,
            "width": width,
            "height": height,
            "score": part.score,
            "threshold": order.judgement.threshold,
            "verdict": verdict,
            "regions": regions,
            "area_px": area,
            "subspace": subspace,
            "model": order.model.name,
            "decision": review.decision.value,
            "note": review.note,
            "error": part.error,
        }

    def _is_defect(self, part: KnownPart) -> bool:
        return part.scores is not None and self._order.judgement.verdict(part.scores) == "defect"

    def _review(self, part: KnownPart) -> Review:
        return self._order.reviews.get(str(Path(part.path).absolute()), NO_REVIEW)


def settings_words(order: ReportOrder) -> tuple[tuple[str, str], ...]:
    """(name, value) of all that decides the results, in words."""
    own, choice, adjustments = order.model.scoring, order.mix.scoring, order.adjustments
    names = [adjustments.called(name) for name, _ in order.model.subspaces]
    layers = choice.layers or own.layers
    rarity = own.rarity_scale if choice.rarity_scale is None else choice.rarity_scale
    words = [
        ("Subspaces", ", ".join(names)),
        ("Assignment", choice.assignment or "transport"),
        ("Top-k", str(own.top_k if choice.top_k is None else choice.top_k)),
        ("Epsilon", f"{own.epsilon if choice.epsilon is None else choice.epsilon:g}"),
        ("Smoothing", f"{own.sigma if choice.sigma is None else choice.sigma:g} px"),
        ("Rarity", f"{rarity:g}" if rarity else "off"),
        ("Layers", ", ".join(map(str, layers)) or "the model's own"),
        ("Tiles", f"{order.mix.tile} px" if order.mix.tile else "none"),
        ("Smallest region", f"{adjustments.smallest_region} px"),
    ]
    if order.mix.muted:
        words.append(("Muted", ", ".join(names[k] for k in sorted(order.mix.muted) if k < len(names))))
    if adjustments.own_thresholds:
        own_ones = (f"{names[k]} {threshold_words(value)}" for k, value in adjustments.own_thresholds if k < len(names))
        words.append(("Own thresholds", ", ".join(own_ones)))
    if order.mix.areas:
        words.append(("Areas", f"{len(order.mix.areas.areas)}; ignored ones leave map and score"))
    return tuple(words)


def _table_place(target: Path) -> Path:
    """`results.csv` beside the report; where there is one already, it may be another program's, and stays."""
    place = target.with_name(TABLE_NAME)
    return place if not place.exists() else target.with_suffix(".csv")
