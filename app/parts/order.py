"""Which parts pass a choice of verdicts, and in which order; quick for 100,000 of them. No Qt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from app.parts.state import Part, SortBy, Verdict
from tokenclip_core.judgement.judgement import Judgement

VERDICT_ORDER = (Verdict.DEFECT, Verdict.ERROR, Verdict.GOOD, Verdict.UNKNOWN)
_DEFECT, _ERROR, _GOOD, _UNKNOWN = range(len(VERDICT_ORDER))

_score = attrgetter("score")

Numbers = npt.NDArray[np.intp]


def verdict_places(parts: Sequence[Part], judgement: Judgement) -> npt.NDArray[np.int8]:
    """(len(parts),) index into `VERDICT_ORDER` of every part's verdict, as `Part.verdict` says."""
    scores = _scores(parts)
    places = np.where(defects(parts, judgement, scores), _DEFECT, _GOOD).astype(np.int8)
    # What could not be inspected has no score.
    without = np.flatnonzero(np.isnan(scores))
    places[without] = [_UNKNOWN if parts[number].error is None else _ERROR for number in _ints(without)]
    return places


def defects(
    parts: Sequence[Part], judgement: Judgement, scores: npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.bool_]:
    """(len(parts),) which parts are judged defective; `scores` if they were gathered already."""

    def peaks_of(index: int) -> npt.NDArray[np.float64]:
        found = (part.peaks[index] if index < len(part.peaks) else np.nan for part in parts)
        return np.fromiter(found, np.float64, len(parts))

    def levels_of(name: str) -> npt.NDArray[np.float64]:
        found = (dict(part.channels or ()).get(name, np.nan) for part in parts)
        return np.fromiter(found, np.float64, len(parts))

    return judgement.defects(_scores(parts) if scores is None else scores, peaks_of, levels_of)


def arranged(
    parts: Sequence[Part], numbers: Sequence[int], verdicts: Collection[Verdict], sort_by: SortBy, judgement: Judgement
) -> list[int]:
    """Those of the `numbers` (ascending indices of parts) that have one of the `verdicts`, in an order.

    Parts with the same score or verdict stay in the order of the numbers; those without a score come last.
    """
    limited = len(verdicts) < len(VERDICT_ORDER)
    if sort_by is SortBy.NAME and not limited:
        return list(numbers)
    chosen = np.fromiter(numbers, np.intp, len(numbers))
    if limited or sort_by is SortBy.VERDICT:
        places = verdict_places(parts, judgement)[chosen]
        if limited:
            wanted = np.array([verdict in verdicts for verdict in VERDICT_ORDER])[places]
            chosen, places = chosen[wanted], places[wanted]
        if sort_by is SortBy.VERDICT:
            return _ints(chosen[np.argsort(places, kind="stable")])
    if sort_by is SortBy.SCORE:
        # What is not a number is sorted behind everything.
        chosen = chosen[np.argsort(-_scores(parts)[chosen], kind="stable")]
    return _ints(chosen)


def rows_of(order: Sequence[int], count: int) -> list[int]:
    """The row of each of `count` parts in an order; -1 for those that are not in it."""
    rows = np.full(count, -1, np.intp)
    rows[np.fromiter(order, np.intp, len(order))] = np.arange(len(order))
    return _ints(rows)


def _scores(parts: Sequence[Part]) -> npt.NDArray[np.float64]:
    """(len(parts),), not a number where there is none."""
    return np.array(list(map(_score, parts)), np.float64)


def _ints(numbers: Numbers) -> list[int]:
    found: list[int] = numbers.tolist()
    return found
