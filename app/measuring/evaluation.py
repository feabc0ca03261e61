"""Measures the model on a folder with labels, in slices of time in the inference thread; no Qt.

The figures are those of `evaluate`: the same samples, the same counting. A category is compared with its own parts, and
with the good parts on the shelf.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.batch.work import SLICE_SECONDS, MakingWay
from app.editing.adjustments import Mix
from app.work.engine import Engine
from app.work.jobs import Cancellation, JobCancelledError
from tokenclip_core.errors import TokenClipError

if TYPE_CHECKING:
    from tokenclip_core.data.samples import Sample
    from tokenclip_core.judgement.trade_off import TradeOff
    from tokenclip_core.measuring.evaluation import Line

MOST_CASES = 200


@dataclass(frozen=True)
class Case:
    """A part that the model is least right about.

    Attributes:
        path: of the part.
        category, kind: what it is; kind is ``good`` or that of its defect.
        score: in [0, 1].
        margin: by how much the score lies on the wrong side of its category's best threshold (of F1), below 0 for the
            right side.
        defective: what it is.
    """

    path: str
    category: str
    kind: str
    score: float
    margin: float
    defective: bool

    @property
    def is_wrong(self) -> bool:
        """Whether it lies on the wrong side; what reaches the threshold is called defective."""
        return self.margin > 0 or (self.margin == 0 and not self.defective)


@dataclass(frozen=True)
class Subject:
    """The data set and the model of an evaluation.

    Attributes:
        folder: with labels.
        model: with what it has learned, as a person knows it.
        evidence: kind that decides; "" where there is none but text.
    """

    folder: Path
    model: str
    evidence: str


@dataclass(frozen=True, eq=False)
class EvaluatedLine:
    """A line of the table, and what every threshold does to its parts; None where one kind of parts is missing."""

    line: Line
    curves: TradeOff | None


@dataclass(frozen=True, eq=False)
class Evaluated:
    """What came out.

    Attributes:
        subject: what was measured on which folder.
        lines: as `evaluate` has them, the mean last.
        cases: the worst first, `MOST_CASES` at most.
        wrong: how many parts there are on the wrong side, those beyond `cases` included.
        notes: what was left out, looks wrong or can't be read, in words.
    """

    subject: Subject
    lines: tuple[EvaluatedLine, ...]
    cases: tuple[Case, ...]
    wrong: int
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class EvaluationProgress:
    """How far it is, in parts; `answer` when all is done."""

    done: int
    total: int
    answer: Evaluated | None = None


@dataclass
class _Found:
    """What an evaluation has found so far: lines, cases and notes, and how many parts are done."""

    lines: list[EvaluatedLine] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    done: int = 0


class EvaluationRun:
    """One evaluation on its way; `work` is called again and again until there is an answer."""

    def __init__(self, engine: Engine, mix: Mix, subject: Subject, others_wait: Callable[[], bool]) -> None:
        """Begin.

        Args:
            engine: inspects; only in the inference thread.
            mix: how parts are scored.
            subject: the model and its evidence in words, and a folder that `evaluate --data` knows.
            others_wait: whether that thread has something more urgent to do.
        """
        self._engine, self._mix, self._subject, self._others_wait = engine, mix, subject, others_wait
        self._stopped = False
        self._way: Cancellation = Cancellation()
        self._steps = self._make()

    def stop(self) -> None:
        """Stop the evaluation without a result."""
        self._stopped = True

    def work(self, cancellation: Cancellation) -> EvaluationProgress | None:
        """One slice; None when it was given up.

        Raises:
            TokenClipError: the folder is no labelled set.
        """
        self._way = MakingWay(cancellation, lambda: self._stopped or self._others_wait())
        until = time.perf_counter() + SLICE_SECONDS
        while not self._stopped and not cancellation.requested:
            progress = next(self._steps)
            if progress.answer is not None or self._others_wait() or time.perf_counter() >= until:
                return progress
        self._steps.close()
        return None

    def _make(self) -> Generator[EvaluationProgress, None, None]:
        from tokenclip_core.data.layouts import MaskCensus, read_layout
        from tokenclip_core.images.depth import choose_depth
        from tokenclip_core.measuring.evaluation import ALL, CategoryScores, Line
        from tokenclip_core.measuring.metrics import mean_metrics

        found = _Found()
        # The model of the beginning, whatever is loaded meanwhile.
        base: Any = self._engine.comparison.base or self._engine.loaded
        data = read_layout(self._subject.folder)
        samples, census = data.samples, MaskCensus()
        yield EvaluationProgress(0, len(samples))
        depth = choose_depth([sample.image for sample in samples], None)
        for category, group in groupby(samples, key=lambda sample: sample.category):
            members = list(group)
            so_far = EvaluationProgress(found.done, len(samples))
            inspector = yield from self._compared(base, [sample.image for sample in members], depth.bits, so_far)
            scores = CategoryScores(category, members, census=census)
            cases: list[tuple[Sample, float]] = []
            for sample in members:
                while (outcome := self._judged(inspector, sample, depth.bits)) is None:
                    yield EvaluationProgress(found.done, len(samples))
                if isinstance(outcome, str):
                    scores.fail(sample, outcome)
                else:
                    scores.add(sample, (outcome,))
                    cases.append((sample, float(outcome.score)))
                found.done += 1
                yield EvaluationProgress(found.done, len(samples))
            found.lines += [
                EvaluatedLine(scores.lines(kind)[0], _curves(*scores.scores(kind))) for kind in (ALL, *scores.kinds)
            ]
            found.notes += scores.errors
            found.cases += _cases(cases)
        totals = [one.line for one in found.lines if one.line.kind == ALL]
        good, defective = sum(line.good for line in totals), sum(line.defective for line in totals)
        mean = Line("mean", ALL, good, defective, mean_metrics([line.metrics for line in totals]))
        notes = [*data.notes, *([depth.note] if depth.note else []), *census.notes(), *found.notes]
        worst = sorted(found.cases, key=lambda case: -case.margin)[:MOST_CASES]
        lines, wrong = (*found.lines, EvaluatedLine(mean, None)), sum(case.is_wrong for case in found.cases)
        answer = Evaluated(self._subject, lines, tuple(worst), wrong, tuple(notes))
        yield EvaluationProgress(len(samples), len(samples), answer)

    def _compared(
        self, base: Any, files: Sequence[Path], bits: int | None, so_far: EvaluationProgress
    ) -> Generator[EvaluationProgress, None, Any]:
        """The model, compared with the parts of a category; gathering them takes long, and is done in steps, too."""
        from tokenclip_core.inspection.gathering import pool_steps, with_pools_of
        from tokenclip_core.inspection.tiling import Tiling

        inspector = base.with_evidence(self._mix.evidence) if self._mix.evidence else base
        evidence = getattr(inspector, "evidence", None)
        if evidence is None or not evidence.asks("consensus") or evidence.frozen:
            return inspector
        tiling = Tiling.of_side(self._mix.tile) if self._mix.tile else None
        for gathered in pool_steps(inspector, files, tiling=tiling, bits=bits, together=1):
            if gathered is not None:
                return with_pools_of(inspector, gathered)
            yield so_far
        return inspector

    def _judged(self, inspector: Any, sample: Sample, bits: int | None) -> Any:
        """A sample's result, or why there is none; None when something more urgent came between."""
        from tokenclip_core.images.reading import load_image

        try:
            return self._engine.judge_pixels(inspector, load_image(sample.image, bits=bits), self._mix, self._way)
        except JobCancelledError:
            return None
        except TokenClipError as error:
            return str(error)


def _curves(good: list[float], defective: list[float]) -> TradeOff | None:
    from tokenclip_core.judgement.trade_off import trade_off

    return trade_off(good, defective) if good and defective else None


def _cases(scored: list[tuple[Sample, float]]) -> list[Case]:
    """What the model says of each part of a category, and how wrong that is at its best threshold."""
    curves = _curves(
        [score for sample, score in scored if not sample.label], [score for sample, score in scored if sample.label]
    )
    if curves is None:
        return []
    threshold = curves.best_f1()
    return [
        Case(
            str(sample.image),
            sample.category,
            sample.kind,
            score,
            threshold - score if sample.label else score - threshold,
            bool(sample.label),
        )
        for sample, score in scored
    ]
