"""Writes a report in slices of time in the inference thread, behind everything else; no Qt.

The maps of most parts are gone by then, so the pictured ones are inspected again, with the settings of the order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.batch.work import SLICE_SECONDS, MakingWay
from app.parts.images import ImageStore
from app.report.model import KnownPart, ReportOrder, ReportProgress
from app.review.model import NO_REVIEW, Review, review_key
from app.work.engine import Engine
from app.work.jobs import Cancellation, JobCancelledError
from tokenclip_core.errors import TokenClipError
from tokenclip_core.files import replacing
from tokenclip_core.judgement.score_words import threshold_words
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.output.table import TableWriter, open_table

if TYPE_CHECKING:
    from tokenclip_core.output.report_page import ReportPart

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
        self._found: dict[str, ResultRow] = {}
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
        from tokenclip_core.output.report import ReportWriter, table_place

        order = self._order
        scored = [part for part in order.parts if part.score is not None]
        worst = sorted(scored, key=lambda part: -(part.score or 0.0))[: order.choice.pictured]
        yield ReportProgress(0, len(worst))
        table = table_place(order.target) if order.choice.table else None
        with ReportWriter(order.target, self._facts(scored, len(worst)), table) as writer:
            for done, part in enumerate(worst):
                while (entry := self._entry(part)) is None:
                    yield ReportProgress(done, len(worst))
                writer.add(entry)
                yield ReportProgress(done + 1, len(worst))
            if table is not None:
                for _ in self._write_table(table):
                    yield ReportProgress(len(worst), len(worst))
            writer.finish()
        yield ReportProgress(len(worst), len(worst), finished=True, table=table)

    def _facts(self, scored: list[KnownPart], pictured: int) -> Any:
        from tokenclip_core.output.report_page import ReportFacts

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
        from tokenclip_core.output.report import part_pictures, score_shares
        from tokenclip_core.output.report_page import ReportPart

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
            started = time.perf_counter()
            result, _ = self._engine.judge(part.path, order.mix, self._way, make_room=False)
            milliseconds = 1000 * (time.perf_counter() - started)
            image = self._images.load(Path(part.path))
        except JobCancelledError:
            return None
        except TokenClipError as error:
            return ReportPart(**known, error=str(error).removeprefix(f"{part.path}: "))
        regions, covered = result.judged_regions(order.judgement)
        names = [order.adjustments.called(subspace.name) for subspace in result.subspaces]
        shares = score_shares(result, names)
        row = ResultRow.of(part.path, result, regions, milliseconds=milliseconds)
        called = tuple(replace(entry, name=name) for entry, name in zip(row.subspaces, names, strict=True))
        self._found[part.path] = replace(row, subspaces=called)
        return ReportPart(**known, regions=regions, shares=shares, pictures=part_pictures(image, result, covered))

    def _write_table(self, place: Path) -> Iterator[None]:
        """All inspected parts, in the list's order; sizes and regions of those that were inspected again."""
        with replacing(place) as partial, open_table(partial) as stream:
            writer = TableWriter(stream, list(self._cells(KnownPart("", None, None))))
            for number, part in enumerate(self._order.parts):
                writer.write(self._cells(part))
                if number % _ROWS == _ROWS - 1:
                    yield

    def _cells(self, part: KnownPart) -> Mapping[str, object]:
        """A part's row as every table has it, and behind it what the reviewer says."""
        order, review = self._order, self._review(part)
        found = self._found.get(part.path)
        row = replace(
            found or ResultRow(part.path),
            score=part.score,
            threshold=order.judgement.threshold,
            verdict=None if part.score is None else "defect" if self._is_defect(part) else "good",
            model=order.model.name,
            checkpoint=order.model.checkpoint or None,
            error=part.error,
        )
        cells = row.flat(score_alone=found is None and part.score is not None)
        return {**cells, "decision": review.decision.value, "note": review.note}

    def _is_defect(self, part: KnownPart) -> bool:
        return part.scores is not None and self._order.judgement.verdict(part.scores) == "defect"

    def _review(self, part: KnownPart) -> Review:
        return self._order.reviews.get(review_key(part.path), NO_REVIEW)


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
