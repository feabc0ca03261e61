"""What the store answers, as plain values; needs no database's library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tokenclip_core.judgement.judgement import Channels


@dataclass(frozen=True)
class RunSummary:
    """A run as a list shows it; counts are parts.

    Attributes:
        uid, station, kind, title, model, threshold, finished: as it was begun, and whether every input has its result.
        started, ended: seconds since 1970, UTC; `ended` is None for a run that goes on or was killed.
        good, defect, inspected, error: how many parts had which outcome.
        settings: all that decided its scores.
        recipe: name of the recipe that it was judged by, or "".
        sizes: of regions, in patches, `WHOLE_PART` for the whole part; what its results' scores by size are of.
        subspaces: what its results' levels are of.
    """

    uid: str
    station: str
    kind: str
    title: str
    started: float
    ended: float | None
    finished: bool
    model: str
    threshold: float | None
    good: int
    defect: int
    inspected: int
    error: int
    settings: Mapping[str, Any]
    sizes: tuple[int, ...]
    subspaces: tuple[str, ...]
    recipe: str = ""

    @property
    def count(self) -> int:
        """How many results it has."""
        return self.good + self.defect + self.inspected + self.error


@dataclass(frozen=True)
class Decision:
    """What a person decided: who, when (seconds since 1970, UTC), ``accepted``, ``rejected`` or "", and a note."""

    who: str
    moment: float
    decision: str
    note: str


@dataclass(frozen=True)
class StoredResult:
    """A result as the store has it; fields as in `events.ResultMade`.

    Attributes:
        levels: each subspace's highest anomaly.
        decision: the latest, or None.
        channel_levels: (name, level in [0, 1]) of the evidence channels that spoke; None where that is not stored.
    """

    uid: str
    position: int
    path: str
    sha256: str
    size: int
    modified: int
    moment: float
    score: float | None
    threshold: float | None
    verdict: str | None
    reason: str | None
    width: int | None
    height: int | None
    error: str | None
    levels: tuple[float, ...] = ()
    decision: Decision | None = None
    channel_levels: Channels | None = None


@dataclass(frozen=True)
class Filter:
    """Which results are asked for; empty fields ask for all.

    Attributes:
        verdict: ``good``, ``defect``, ``inspected`` or ``error``.
        decision: ``accepted``, ``rejected``, or ``none`` for parts that no one decided about.
        text: occurs in the path.
    """

    verdict: str = ""
    decision: str = ""
    text: str = ""


@dataclass(frozen=True)
class JudgedAgain:
    """A run at other thresholds, without the model.

    Attributes:
        positions: (R,) int64, of the results that have a score.
        defect: (R,) bool, the new verdicts.
        changed: how many verdicts differ from the stored ones.
    """

    positions: npt.NDArray[np.int64]
    defect: npt.NDArray[np.bool_]
    changed: int


@dataclass(frozen=True)
class Difference:
    """A part whose verdict differs between two runs."""

    path: str
    before: str | None
    after: str | None
    score_before: float | None
    score_after: float | None


@dataclass(frozen=True)
class FalseAlarms:
    """Parts that were defective by the program and accepted by a person, of one signature.

    Attributes:
        subspaces: names of those that stand out; none where that is not stored.
        results: in the run's order.
    """

    subspaces: tuple[str, ...]
    results: tuple[StoredResult, ...]


@dataclass(frozen=True)
class SpaceTaken:
    """What the store holds.

    Attributes:
        runs, results: how many.
        nbytes: on this machine's disk; None where a server has it.
    """

    runs: int
    results: int
    nbytes: int | None = field(default=None)
