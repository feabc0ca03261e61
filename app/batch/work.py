"""Inspects a whole folder for its scores, a slice of time after the other, in the inference thread. No Qt.

A slice ends after `SLICE_SECONDS`, and at once when a person waits for something else: a part on the screen, its
neighbours, a camera. So the GUI thread hears of at most ten slices a second, however quick the model is, and a person
never waits for more than the step of the encoder that is going on.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from typing_extensions import override

from app.editing.adjustments import Mix
from app.gallery.model import PartSummary
from app.gallery.work import peak_place, strongest_places
from app.work.engine import Engine
from app.work.jobs import Cancellation, JobCancelledError
from tokenclip_core.errors import TokenClipError

SLICE_SECONDS = 0.1


@dataclass(frozen=True)
class BatchFailure:
    """A part that could not be inspected: why, in words, and for what is a bug the traceback."""

    number: int
    path: str
    error: str
    details: str = ""


@dataclass(frozen=True)
class BatchReport:
    """What one slice brought."""

    mix: Mix
    summaries: list[PartSummary] = field(default_factory=list)
    failures: list[BatchFailure] = field(default_factory=list)


class BatchRun:
    """The parts that are still to be inspected, in their order; the GUI thread and the inference thread share it."""

    def __init__(self, engine: Engine, others_wait: Callable[[], bool]) -> None:
        """Begin with nothing to do.

        Args:
            engine: inspects; only in the inference thread.
            others_wait: whether that thread has something more urgent to do.
        """
        self._engine, self._others_wait = engine, others_wait
        self._lock = threading.Lock()
        self._pending: OrderedDict[int, str] = OrderedDict()
        self._stopped = False

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

    def add(self, parts: Iterable[tuple[int, str]]) -> None:
        """Inspect these (index, path) too, after the others."""
        with self._lock:
            self._pending.update(parts)

    def discard(self, number: int) -> None:
        """A part was inspected otherwise."""
        with self._lock:
            self._pending.pop(number, None)

    def stop(self) -> None:
        """End the slice that is going on after its part, or between the encoder's steps."""
        self._stopped = True

    def go_on(self) -> None:
        """Slices do something again."""
        self._stopped = False

    def work(self, mix: Mix, cancellation: Cancellation) -> BatchReport:
        """One slice."""
        report, way = BatchReport(mix), MakingWay(cancellation, self._gives_way)
        until = time.perf_counter() + SLICE_SECONDS
        while not self._gives_way() and (taken := self._take()) is not None:
            number, path = taken
            try:
                result, _ = self._engine.judge(path, mix, way, make_room=False)
                report.summaries.append(_summary(number, path, result))
            except JobCancelledError:
                self._put_back(number, path)
                break
            except TokenClipError as error:
                report.failures.append(BatchFailure(number, path, str(error)))
            except Exception as error:
                words = f"{type(error).__name__}: {error}"
                report.failures.append(BatchFailure(number, path, words, traceback.format_exc()))
            if time.perf_counter() >= until:
                break
        return report

    def _gives_way(self) -> bool:
        return self._stopped or self._others_wait()

    def _take(self) -> tuple[int, str] | None:
        with self._lock:
            return self._pending.popitem(last=False) if self._pending else None

    def _put_back(self, number: int, path: str) -> None:
        with self._lock:
            self._pending[number] = path
            self._pending.move_to_end(number, last=False)


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


def _summary(number: int, path: str, result: object) -> PartSummary:
    """What is kept of a core `InspectionResult`; of its arrays nothing."""
    from tokenclip_core.inspection.patches import dominant_subspaces, peak_shares
    from tokenclip_core.inspection.result import InspectionResult

    if not isinstance(result, InspectionResult):
        raise TypeError("the model gave no result")
    return PartSummary(
        number,
        path,
        float(result.score),
        tuple(float(row.anomaly) for row in result.subspaces),
        dominant_subspaces(peak_shares(result.token_map, result.subspace_maps)),
        peak_place(path, result.token_map),
        strongest_places(path, result.token_map, result.assignment),
        result.size_scores,
    )
