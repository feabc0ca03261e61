"""Pictures are read ahead of the encoder and scored behind it, each in threads of its own. No Qt.

Only the inference thread asks, and only it encodes: there is one model, and a person's parts come first.
"""

from __future__ import annotations

import itertools
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from app.editing.adjustments import Mix
from app.gallery.model import PartSummary
from app.gallery.work import peak_place, strongest_places
from app.parts.state import FloatArray
from app.work.encodings import Picture
from app.work.engine import Engine
from app.work.inspector_like import EncodedLike
from app.work.jobs import Cancellation, JobCancelledError, JobThread, Outcome
from tokenclip_core.errors import TokenClipError
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.output.rows import ResultRow

if TYPE_CHECKING:
    from tokenclip_core.inspection.result import InspectionResult

READERS = 2
_POLL_SECONDS = 0.02

Made = TypeVar("Made")

Judged = tuple[Judgement, str] | None
"""How the rows of parts are judged, and the model that they name; None where no rows are asked for."""


@dataclass(frozen=True)
class BatchFailure:
    """A part that could not be inspected: why, in words, and for what is a bug the traceback."""

    number: int
    path: str
    error: str
    details: str = ""

    @classmethod
    def of(cls, number: int, path: str, error: Exception) -> BatchFailure:
        """From what was raised."""
        if isinstance(error, TokenClipError):
            return cls(number, path, str(error))
        words = f"{type(error).__name__}: {error}"
        return cls(number, path, words, "".join(traceback.format_exception(error)))


@dataclass(frozen=True, eq=False)
class Scored:
    """What is kept of a part: its summary, its row if that is asked for, and tokens to be found by where none are."""

    summary: PartSummary
    row: ResultRow | None
    tokens: FloatArray | None
    token_map: FloatArray


@dataclass(frozen=True, eq=False)
class Ahead:
    """A part whose picture is on its way; None where the encoder has seen it already."""

    number: int
    path: str
    picture: Future[Picture] | None


class Pipeline:
    """The threads before and behind the encoder."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._readers = itertools.cycle([_Helper(f"batch-reader-{number}") for number in range(READERS)])
        self._threads = [next(self._readers) for _ in range(READERS)]
        self._scorer = _Helper("batch-scorer")

    def read(self, number: int, path: str, mix: Mix) -> Ahead:
        """Have a part's picture read, unless the encoder has seen it already."""
        encodings, inspector = self._engine.encodings, self._engine.loaded
        if encodings.has(path, mix.tile):
            return Ahead(number, path, None)
        reader = next(self._readers)
        return Ahead(number, path, reader.submit(lambda: encodings.picture(inspector, path, mix.tile)))

    def encode(self, parts: Sequence[Ahead], mix: Mix, way: Cancellation) -> list[EncodedLike | Exception]:
        """The encoding of each part, or the reason why there is none.

        Raises:
            JobCancelledError: something more urgent waits.
        """
        engine = self._engine
        pictures = [None if part.picture is None else _waited(part.picture, way) for part in parts]
        way.check()
        inspector = engine.comparison.inspector(engine.loaded, mix)
        return engine.encodings.encode_parts(inspector, [part.path for part in parts], pictures, mix.tile, way)

    def score(
        self, parts: Sequence[Ahead], encoded: Sequence[EncodedLike | Exception], mix: Mix, judged: Judged = None
    ) -> Future[list[Scored | BatchFailure]]:
        """Have parts scored, in their order, and judged where their rows are asked for."""
        score = self._engine.scoring(mix)
        encodings = self._engine.encodings
        unknown = [encodings.key(part.path, mix.tile) not in encodings.tokens for part in parts]

        def work() -> list[Scored | BatchFailure]:
            results = iter(score([one for one in encoded if not isinstance(one, Exception)]))
            return [
                BatchFailure.of(part.number, part.path, one)
                if isinstance(one, Exception)
                else scored(part, one, next(results), judged, keep_tokens=wanted)
                for part, one, wanted in zip(parts, encoded, unknown, strict=True)
            ]

        return self._scorer.submit(work)

    def end(self) -> None:
        """Let the threads end when what was encoded is scored; returns at once."""
        for thread in self._threads:
            thread.drop()
        self._scorer.finish()


class _Helper:
    """A thread that does one thing after the other, each of which can be waited for."""

    def __init__(self, name: str) -> None:
        self._thread = JobThread(name, self._on_outcome)
        self._numbers = itertools.count()
        self._futures: dict[int, Future[Any]] = {}
        self._lock = threading.Lock()
        self._ended = False

    def submit(self, make: Callable[[], Made]) -> Future[Made]:
        """Have something made; after `finish` the calling thread makes it itself."""
        future: Future[Made] = Future()

        def work(_cancellation: Cancellation) -> None:
            try:
                future.set_result(make())
            except Exception as error:
                future.set_exception(error)

        with self._lock:
            if not self._ended:
                number = next(self._numbers)
                self._futures[number] = future
                self._thread.submit(work, lane=number)
                return future
        work(Cancellation())
        return future

    def drop(self) -> None:
        """End, and make nothing any more."""
        self._thread.stop()

    def finish(self) -> None:
        """End when all that was submitted is made."""
        with self._lock:
            self._ended = True
        self._thread.finish()

    def _on_outcome(self, outcome: Outcome) -> None:
        future = self._futures.pop(cast("int", outcome.lane), None)
        if future is not None and not future.done():
            future.set_exception(JobCancelledError())


def _waited(future: Future[Picture], way: Cancellation) -> Picture | Exception:
    """The picture that is being read, or why there is none; waits only while nothing is more urgent."""
    while not future.done():
        way.check()
        wait([future], _POLL_SECONDS)
    failure = future.exception()
    if failure is None:
        return future.result()
    return failure if isinstance(failure, Exception) else RuntimeError(str(failure))


def scored(
    part: Ahead,
    encoded: EncodedLike,
    outcome: InspectionResult | Exception,
    judged: Judged = None,
    *,
    keep_tokens: bool,
) -> Scored | BatchFailure:
    """What is kept of a part that was scored, or why it could not be.

    Args:
        part: which one.
        encoded: what the encoder said of it.
        outcome: its result, or why there is none.
        judged: how its row is judged; None for no row.
        keep_tokens: whether it keeps the tokens that other parts are searched by.
    """
    try:
        if isinstance(outcome, Exception):
            raise outcome
        tokens = encoded.patch_tokens() if keep_tokens else None
        row = None if judged is None else _row(part.path, outcome, *judged)
        return Scored(_summary(part.number, part.path, outcome), row, tokens, outcome.token_map)
    except Exception as error:
        return BatchFailure.of(part.number, part.path, error)


def _row(path: str, result: InspectionResult, judgement: Judgement, model: str) -> ResultRow:
    regions, _ = result.judged_regions(judgement)
    return ResultRow.judged(path, result, result.part_scores, judgement, regions, model=model)


def _summary(number: int, path: str, result: InspectionResult) -> PartSummary:
    """The summary of a core `InspectionResult`, which holds none of its arrays."""
    from tokenclip_core.inspection.patches import dominant_subspaces, peak_shares

    return PartSummary(
        number,
        path,
        float(result.score),
        tuple(float(row.anomaly) for row in result.subspaces),
        dominant_subspaces(peak_shares(result.token_map, result.subspace_maps)),
        peak_place(path, result.token_map),
        strongest_places(path, result.token_map, result.assignment),
        result.size_scores,
        result.channel_levels,
    )
