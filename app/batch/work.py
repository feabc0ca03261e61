"""Inspects a whole folder for its scores, a slice of time after the other. No Qt.

Pictures are read and prepared ahead, as many parts are encoded together as the encoder takes in `BATCH_SECONDS`, and
what was encoded is scored while the next ones are: as the command does it, with the same results. Slices are the
inference thread's: one ends after `SLICE_SECONDS`, and at once when a person waits for something else: a part on the
screen, its neighbours, a camera. So the GUI thread hears of at most ten slices a second, however quick the model is,
and a person never waits for more than the step of the encoder that is going on.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import islice

from typing_extensions import override

from app.batch.pipeline import Ahead, BatchFailure, Judged, Pipeline, Scored
from app.editing.adjustments import Mix
from app.gallery.model import PartSummary
from app.work.engine import Engine
from app.work.jobs import Cancellation, JobCancelledError
from tokenclip_core.output.rows import ResultRow

SLICE_SECONDS = 0.1

BATCH_SECONDS = 0.15
"""Seconds that the encoder works at one go; a person who wants to see a part waits for that."""

MOST_TOGETHER = 8
"""Parts that are encoded together at most."""

_AHEAD = 3
# How many times as many pictures are read as are encoded together, those included.


@dataclass(frozen=True)
class BatchReport:
    """What one slice brought.

    Attributes:
        mix: by which parts were scored.
        summaries, failures: of the parts.
        judged: by which the rows were judged; None where no rows were asked for.
        rows: of the parts whose rows were asked for, none that was judged otherwise.
    """

    mix: Mix
    summaries: list[PartSummary] = field(default_factory=list)
    failures: list[BatchFailure] = field(default_factory=list)
    rows: list[ResultRow] = field(default_factory=list)
    judged: Judged = None


@dataclass(frozen=True, eq=False)
class _Scoring:
    """Parts that are being scored."""

    parts: list[Ahead]
    mix: Mix
    judged: Judged
    turn: int
    found: Future[list[Scored | BatchFailure]]


class BatchRun:
    """The parts that are still to be inspected, in their order; the GUI thread and the inference thread share it."""

    def __init__(self, engine: Engine, others_wait: Callable[[], bool]) -> None:
        """Begin with nothing to do; `end` must follow.

        Args:
            engine: inspects; only in the inference thread.
            others_wait: whether that thread has something more urgent to do.
        """
        self._engine, self._others_wait = engine, others_wait
        self._lock = threading.Lock()
        self._pending: OrderedDict[int, str] = OrderedDict()
        self._changed: set[int] = set()
        self._stopped = False
        self._turn = 0
        self._pipeline = Pipeline(engine)
        # Those of the inference thread: pictures on their way, the parts that are being scored, how many at one go.
        self._ahead: OrderedDict[tuple[int, str], Ahead] = OrderedDict()
        self._read_for: tuple[int, Mix] | None = None
        self._scoring: deque[_Scoring] = deque()
        self._together = 1

    @property
    def left(self) -> int:
        """How many parts are still to be taken up."""
        with self._lock:
            return len(self._pending)

    def refill(self, parts: Iterable[tuple[int, str]]) -> None:
        """Inspect these (index, path) and no others."""
        pending = OrderedDict(parts)
        with self._lock:
            self._pending = pending
            self._turn += 1

    def add(self, parts: Iterable[tuple[int, str]]) -> None:
        """Inspect these (index, path) too, after the others."""
        with self._lock:
            self._pending.update(parts)

    def again(self, number: int, path: str) -> None:
        """Inspect a part after the others, and forget what was read of it, because its file changed."""
        with self._lock:
            self._pending[number] = path
            self._changed.add(number)

    def discard(self, number: int) -> None:
        """Leave a part out, because something else has inspected it meanwhile."""
        with self._lock:
            self._pending.pop(number, None)

    def stop(self) -> None:
        """End the slice that is going on after its part, or between the encoder's steps."""
        self._stopped = True

    def end(self) -> None:
        """Stop for good, and let the threads end."""
        self.stop()
        self._pipeline.end()

    def go_on(self) -> None:
        """Let the slices do their work again after `stop`."""
        self._stopped = False

    def work(self, mix: Mix, cancellation: Cancellation, judged: Judged = None) -> BatchReport:
        """One slice; reports what is scored by its end, with its rows where these are asked for, the rest next time."""
        report, way = BatchReport(mix, judged=judged), MakingWay(cancellation, self._gives_way)
        until = time.perf_counter() + SLICE_SECONDS
        self._collect(report, most_left=1)
        while not self._gives_way() and (parts := self._take(mix)):
            started = time.perf_counter()
            try:
                encoded = self._pipeline.encode(parts, mix, way)
            except JobCancelledError:
                self._put_back(parts)
                break
            taken = (time.perf_counter() - started) / len(parts)
            # Parts that are cut into tiles are large, and are encoded by themselves anyway.
            most = 1 if mix.tile else MOST_TOGETHER
            self._together = max(1, min(most, int(BATCH_SECONDS / max(taken, 1e-6))))
            found = self._pipeline.score(parts, encoded, mix, judged)
            self._scoring.append(_Scoring(parts, mix, judged, self._turn, found))
            self._collect(report, most_left=1)
            if time.perf_counter() >= until:
                break
        if not self.left or self._stopped:
            self._collect(report, most_left=0)
        return report

    def _gives_way(self) -> bool:
        return self._stopped or self._others_wait()

    def _take(self, mix: Mix) -> list[Ahead]:
        """The next parts, whose pictures are on their way, as those of the parts after them."""
        with self._lock:
            if self._read_for != (self._turn, mix):
                self._read_for = self._turn, mix
                self._ahead.clear()
            soon = list(islice(self._pending.items(), _AHEAD * self._together))
            for number, path in soon:
                if number in self._changed:
                    self._ahead.pop((number, path), None)
                    self._changed.discard(number)
            for number, _ in soon[: self._together]:
                del self._pending[number]
        for number, path in soon:
            if (number, path) not in self._ahead:
                self._ahead[number, path] = self._pipeline.read(number, path, mix)
        wanted = {key: self._ahead[key] for key in soon}
        # What was inspected otherwise meanwhile is forgotten.
        self._ahead = OrderedDict(islice(wanted.items(), self._together, None))
        return list(wanted.values())[: self._together]

    def _put_back(self, parts: list[Ahead]) -> None:
        with self._lock:
            for part in reversed(parts):
                if part.number in self._changed:
                    # It is pending already, to be read anew.
                    continue
                self._pending[part.number] = part.path
                self._pending.move_to_end(part.number, last=False)
                self._ahead[part.number, part.path] = part

    def _collect(self, report: BatchReport, most_left: int) -> None:
        """Take over what was scored, waiting until no more than so many batches are left, without those of before."""
        encodings = self._engine.encodings
        while self._scoring and (len(self._scoring) > most_left or self._scoring[0].found.done()):
            done = self._scoring.popleft()
            found = done.found.result()
            if done.turn != self._turn or done.mix != report.mix:
                continue
            for part, one in zip(done.parts, found, strict=True):
                if isinstance(one, BatchFailure):
                    report.failures.append(one)
                    continue
                report.summaries.append(one.summary)
                # A threshold may have moved since the slice in which a part's scoring began.
                if one.row is not None and done.judged == report.judged:
                    report.rows.append(one.row)
                if one.tokens is not None:
                    encodings.tokens.remember(encodings.key(part.path, report.mix.tile), one.tokens, one.token_map)


class MakingWay(Cancellation):
    """Ends the work on a part, between the encoder's steps, also when something more urgent waits.

    Attributes:
        requested: whether the job should end, or make way.
    """

    def __init__(self, cancellation: Cancellation, gives_way: Callable[[], bool]) -> None:
        super().__init__()
        self._cancellation, self._gives_way = cancellation, gives_way

    @property
    @override
    def requested(self) -> bool:
        return self._cancellation.requested or self._gives_way()
