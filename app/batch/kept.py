"""Scores parts anew whose encodings are kept, a slice of time after the other; no model runs. No Qt."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice

from app.batch.pipeline import Ahead, BatchFailure, scored
from app.batch.work import MOST_TOGETHER, SLICE_SECONDS, BatchReport, MakingWay
from app.editing.adjustments import Mix
from app.work.engine import Engine
from app.work.jobs import Cancellation


class KeptParts:
    """Parts that were scored by another mix; those whose encodings are not kept any more are passed over."""

    def __init__(self, engine: Engine, others_wait: Callable[[], bool], parts: Iterable[tuple[int, str]]) -> None:
        """Make it.

        Args:
            engine: scores; only in the inference thread.
            others_wait: whether that thread has something more urgent to do.
            parts: (index, path) of each.
        """
        self._engine, self._others_wait = engine, others_wait
        self._pending = deque(parts)

    @property
    def left(self) -> int:
        """How many parts were not looked at yet."""
        return len(self._pending)

    def work(self, mix: Mix, cancellation: Cancellation) -> BatchReport:
        """One slice: what was scored in it."""
        report, way = BatchReport(mix), MakingWay(cancellation, self._others_wait)
        until = time.perf_counter() + SLICE_SECONDS
        score = self._engine.scoring(mix)
        while self._pending and not way.requested and time.perf_counter() < until:
            parts = [self._pending.popleft() for _ in islice(self._pending.copy(), MOST_TOGETHER)]
            parts = [part for part in parts if self._engine.encodings.has(part[1], mix.tile)]
            encoded = [self._engine.encodings.of_kept(path, mix.tile) for _, path in parts]
            for (number, path), each, outcome in zip(parts, encoded, score(encoded), strict=True):
                one = scored(Ahead(number, path, None), each, outcome, keep_tokens=False)
                if isinstance(one, BatchFailure):
                    report.failures.append(one)
                else:
                    report.summaries.append(one.summary)
        return report
