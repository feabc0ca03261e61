"""Writes a report in slices of time in the inference thread, behind everything else; no Qt.

The maps of most parts are gone by then, so the pictured ones are inspected again, with the settings of the order.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from app.batch.work import SLICE_SECONDS, MakingWay
from app.history.work import opinions_in
from app.parts.images import ImageStore
from app.report.files import RegionFiles, ReportRows
from app.report.model import KnownPart, ReportOrder, ReportProgress
from app.review.model import Decision
from app.work.engine import Engine
from app.work.jobs import Cancellation, JobCancelledError
from tokenclip_core.errors import ImageError, TokenClipError
from tokenclip_core.files import free_place
from tokenclip_core.judgement.score_words import threshold_words
from tokenclip_core.output.rows import ResultRow

if TYPE_CHECKING:
    from tokenclip_core.output.report_page import ReportPart, Said
    from tokenclip_core.output.store.database import Store

_log = logging.getLogger(__name__)


class ReportError(TokenClipError):
    """The report can't be written; the message says why."""


class ReportRun:
    """One report on its way; `work` is called again and again until it says that all is done."""

    def __init__(self, engine: Engine, images: ImageStore, order: ReportOrder, others_wait: Callable[[], bool]) -> None:
        self._engine, self._images, self._order = engine, images, order
        self._others_wait = others_wait
        self._stopped = False
        self._way: Cancellation = Cancellation()
        self._rows = ReportRows(order)
        self._steps = self._make()

    def stop(self) -> None:
        """Stop the report; the next slice removes the unfinished files."""
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
        """Remove the unfinished files; never called while `work` runs."""
        self._steps.close()

    def _make(self) -> Generator[ReportProgress, None, None]:
        order, choice = self._order, self._order.choice
        scored = [part for part in order.parts if part.score is not None]
        worst = sorted(scored, key=lambda part: -(part.score or 0.0))[: choice.pictured] if choice.reports else []
        pictured = {part.path for part in worst}
        again = [*worst, *(part for part in scored if choice.every and part.path not in pictured)]
        yield ReportProgress(0, len(again))
        with ExitStack() as stack:
            table = self._table()
            self._said = stack.enter_context(Sayings(order.history))
            pages = self._pages(stack, scored, len(worst), table)
            self._regions = RegionFiles(order, again)
            for done, part in enumerate(again):
                while (entry := self._entry(part, pictured=done < len(worst))) is None:
                    yield ReportProgress(done, len(again))
                for _, page in pages if done < len(worst) else ():
                    page.add(entry)
                yield ReportProgress(done + 1, len(again))
            names = [name for name, _ in pages]
            for place, write in self._files(table):
                names.append(place.name)
                for _ in write(place):
                    yield ReportProgress(len(again), len(again))
            self._regions.finish()
            for _, page in pages:
                page.finish()
        yield ReportProgress(len(again), len(again), finished=True, files=(*names, *self._regions.names))

    def _table(self) -> Path | None:
        """Where the table goes: as it is called itself, where it is all that a person named."""
        from tokenclip_core.output.report import table_place

        order = self._order
        if not order.choice.table:
            return None
        return table_place(order.target) if order.choice.reports else self._beside(".csv")

    def _pages(
        self, stack: ExitStack, scored: list[KnownPart], pictured: int, table: Path | None
    ) -> list[tuple[str, Any]]:
        """(name, writer) of each form of the report."""
        from app.report.paper import PaperWriter
        from tokenclip_core.output.report import ReportWriter

        order = self._order
        pages: list[tuple[str, Any]] = []
        if order.choice.reports:
            facts = self._facts(scored, pictured)
        if order.choice.page:
            pages.append((order.target.name, stack.enter_context(ReportWriter(order.target, facts, table))))
        if order.choice.paper:
            place = self._beside(".pdf")
            pages.append((place.name, stack.enter_context(PaperWriter(place, facts))))
        return pages

    def _beside(self, suffix: str) -> Path:
        """Where a file goes that is called like the one that a person named; only that one may be written over."""
        target = self._order.target
        place = target.with_suffix(suffix)
        return place if place == target else free_place(place)

    def _files(self, table: Path | None) -> Iterator[tuple[Path, Callable[[Path], Iterator[None]]]]:
        """Where the files of all parts go, and what writes them."""
        from tokenclip_core.output.results_file import RESULTS_NAME

        if table is not None:
            yield table, self._rows.write_table
        if self._order.choice.lines:
            place = self._beside(".jsonl")
            if place.name == RESULTS_NAME:
                # A run of the commands goes on with the file of that name.
                place = free_place(place.with_name(f"{place.stem} of the window.jsonl"))
            yield place, self._rows.write_lines

    def _facts(self, scored: list[KnownPart], pictured: int) -> Any:
        from tokenclip_core.output.report_page import ReportFacts

        order, rows = self._order, self._rows
        said = [(rows.is_defect(part), rows.review(part).decision) for part in scored]
        accepted, rejected = (
            [defect for defect, decision in said if decision is one] for one in (Decision.ACCEPTED, Decision.REJECTED)
        )
        return ReportFacts(
            place=order.place,
            made=datetime.now().astimezone(),
            model=f"{order.model.name}, {order.model.device}, {order.model.precision}",
            checkpoint=order.model.checkpoint or None,
            settings=settings_words(order),
            threshold=order.judgement.threshold,
            total=order.total,
            scores=[part.score or 0.0 for part in scored],
            defects=sum(defect for defect, _ in said),
            unreadable=[(part.path, part.error) for part in order.parts if part.error is not None],
            pictured=pictured,
            language=order.language,
            decided=(len(accepted), len(rejected)),
            differing=sum(accepted) + rejected.count(False),
            by_subspace=self._by_subspace([part for part in scored if rows.is_defect(part)]),
        )

    def _by_subspace(self, defective: list[KnownPart]) -> list[tuple[str, tuple[int, int, int], int]]:
        """Where defective parts are found: their subspaces with the highest anomaly, most parts first."""
        order = self._order
        peaks = [part.scores.peaks for part in defective if part.scores is not None and part.scores.peaks]
        counts = Counter(max(range(len(each)), key=each.__getitem__) for each in peaks)
        known = order.model.subspaces
        return [
            (order.adjustments.called(known[index][0]), known[index][1], count)
            for index, count in counts.most_common()
            if index < len(known)
        ]

    def _entry(self, part: KnownPart, *, pictured: bool) -> ReportPart | None:
        """A part, inspected again, perhaps with pictures; None when something more urgent came between."""
        from tokenclip_core.output.report import part_pictures, picture_bytes, score_shares
        from tokenclip_core.output.report_page import ReportPart

        order, rows = self._order, self._rows
        review = rows.review(part)
        known: dict[str, Any] = {
            "path": part.path,
            "score": part.score or 0.0,
            "verdict": "defect" if rows.is_defect(part) else "good",
            "decision": review.decision.value,
            "note": review.note,
            "said": self._said.of(part.path) if pictured and review else (),
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
        row = ResultRow.of(part.path, result, regions, milliseconds=milliseconds)
        written = tuple(replace(entry, name=order.adjustments.written(entry.name)) for entry in row.subspaces)
        rows.take(part.path, replace(row, subspaces=written))
        try:
            self._regions.take(part.path, image, result, regions, covered)
        except ImageError as error:
            # One name that no file can have costs its own files alone; a full disk ends the report.
            rows.fail(part.path, str(error))
            return ReportPart(**known, error=str(error).removeprefix(f"{part.path}: "))
        if not pictured:
            return ReportPart(**known)
        most = picture_bytes(order.choice.pictured)
        # Qt writes pictures into a PDF by a finer quality than they came with.
        pictures = part_pictures(image, result, covered, most * 2 // 3 if order.choice.paper else most)
        return ReportPart(**known, regions=regions, shares=score_shares(result, names), pictures=pictures)


class Sayings:
    """Who decided what, read from the history; nothing where that can't be read. A context manager."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._store: Store | None = None

    def __enter__(self) -> Self:
        from tokenclip_core.output.store.database import Store

        if self._url:
            try:
                self._store = Store.open(self._url)
            except TokenClipError as error:
                _log.warning("%s", error)
        return self

    def __exit__(self, *_: object) -> None:
        if self._store is not None:
            self._store.close()

    def of(self, path: str) -> tuple[Said, ...]:
        """All that people said of a part, the first opinion first."""
        from tokenclip_core.output.report_page import MOMENT, Said

        if self._store is None:
            return ()
        try:
            opinions = opinions_in(self._store, path)
        except TokenClipError as error:
            _log.warning("%s", error)
            return ()
        return tuple(
            Said(
                one.review.decision.value,
                one.review.note,
                one.who,
                datetime.fromtimestamp(one.moment).astimezone().strftime(MOMENT),
            )
            for one in opinions
        )


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
    if adjustments.channel_limits:
        limited = (f"{name} {threshold_words(value)}" for name, value in adjustments.channel_limits)
        words.append(("Limits of the evidence", ", ".join(limited)))
    if order.mix.tolerated:
        limits = (f"{names[k]} {threshold_words(value)}" for k, value in order.mix.tolerated if k < len(names))
        words.append(("Tolerated below", ", ".join(limits)))
    if order.mix.areas:
        words.append(("Areas", f"{len(order.mix.areas.areas)}; ignored ones leave map and score"))
    return tuple(words)
