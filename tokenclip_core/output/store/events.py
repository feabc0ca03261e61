"""What is written into the store, as plain values that can wait in a spool."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Self

import numpy as np

from tokenclip_core.judgement.judgement import Channels

RUN_KINDS = ("inspect", "window", "live", "station", "archive")


def new_uid() -> str:
    """A name that no other run or decision has."""
    return str(uuid.uuid4())


def settings_fingerprint(settings: Mapping[str, Any]) -> str:
    """SHA-256 of settings as sorted JSON: runs of one fingerprint give the same part the same scores."""
    text = json.dumps(settings, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def channel_details(levels: Channels, limits: Channels, own: Channels = ()) -> dict[str, dict[str, float]]:
    """What a result's `details` keep of what it was judged by, beside score and threshold.

    Args:
        levels: of evidence channels.
        limits: of them, kept where there are any.
        own: (name of a subspace, its own threshold in [0, 1]), kept where there are any.
    """
    found = {"channel_levels": dict(levels), "channel_limits": dict(limits), "own_thresholds": dict(own)}
    return {name: values for name, values in found.items() if values or name == "channel_levels"}


@dataclass(frozen=True)
class _Event:
    """One thing to be stored; `kind` names it in a spool."""

    kind: ClassVar[str]

    def to_json(self) -> str:
        """One line of JSON, without the line end."""
        return json.dumps({"kind": self.kind, **asdict(self)}, ensure_ascii=True, allow_nan=False)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Back from what `to_json` wrote; fields of newer versions are left out.

        Raises:
            TypeError: a field is missing.
        """
        known = {entry.name for entry in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


@dataclass(frozen=True)
class RunBegins(_Event):
    """A run of an inspection begins.

    Attributes:
        uid: of the run, see `new_uid`.
        station: where it runs.
        run_kind: one of `RUN_KINDS`.
        title: what it inspects, in words, without passwords.
        started: seconds since 1970, UTC.
        model: name of the backbone.
        threshold: in [0, 1], or None.
        settings: all that decides the scores.
        sizes: sizes of regions, in patches, of the first numbers of each result's `levels`.
        subspaces: names of the numbers after them.
        recipe: (SHA-256, name, content) of the recipe, or None.
    """

    kind: ClassVar[str] = "run"
    uid: str
    station: str
    run_kind: str
    title: str
    started: float
    model: str
    threshold: float | None
    settings: Mapping[str, Any]
    sizes: Sequence[int] = ()
    subspaces: Sequence[str] = ()
    recipe: Sequence[str] | None = None


@dataclass(frozen=True)
class ResultMade(_Event):
    """A part was inspected, or could not be.

    Attributes:
        run: uid of its run.
        position: in the run, from 0.
        key: what names the result within its run, at most 27 characters; "" for its position.
        path: of the part, absolute where it is a file.
        sha256: of the file's content, or "" where there is no file.
        size: of the file in bytes, 0 where there is none.
        modified: time of its last change in nanoseconds since 1970, 0 where there is none.
        moment: of the inspection, seconds since 1970, UTC.
        score, threshold, verdict, reason, width, height, milliseconds, error: as in a row of results.
        levels: each subspace's highest anomaly, in [0, 1].
        size_scores: the score of regions of at least each of the run's sizes, in [0, 1].
        regions: x, y, width, height, area_px, peak of each.
        channels: share of each evidence channel in the score.
        details: whatever else a row says.
    """

    kind: ClassVar[str] = "result"
    run: str
    position: int
    path: str
    moment: float
    key: str = ""
    sha256: str = ""
    size: int = 0
    modified: int = 0
    score: float | None = None
    threshold: float | None = None
    verdict: str | None = None
    reason: str | None = None
    width: int | None = None
    height: int | None = None
    milliseconds: float | None = None
    error: str | None = None
    levels: Sequence[float] = ()
    size_scores: Sequence[float] = ()
    regions: Sequence[Sequence[float]] = ()
    channels: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def uid(self) -> str:
        """Names the result wherever it is delivered."""
        return f"{self.run}:{self.key or self.position}"

    @property
    def outcome(self) -> str:
        """``good``, ``defect``, ``inspected`` (no verdict) or ``error``."""
        return "error" if self.error is not None else self.verdict or "inspected"

    @property
    def packed_levels(self) -> bytes | None:
        """`levels` as little-endian float32, or None without any."""
        return np.asarray(self.levels, dtype="<f4").tobytes() if len(self.levels) else None

    @property
    def packed_size_scores(self) -> bytes | None:
        """`size_scores` as little-endian float64, or None without any."""
        return np.asarray(self.size_scores, dtype="<f8").tobytes() if len(self.size_scores) else None


@dataclass(frozen=True)
class RunEnds(_Event):
    """A run is over.

    Attributes:
        run: its uid.
        ended: seconds since 1970, UTC.
        finished: whether every input has its result.
    """

    kind: ClassVar[str] = "end"
    run: str
    ended: float
    finished: bool


@dataclass(frozen=True)
class Decided(_Event):
    """A person decided about a part; earlier decisions stay beside it.

    Attributes:
        uid: of the decision, see `new_uid`.
        path, sha256, size, modified: the part, as in `ResultMade`.
        who: the person.
        moment: seconds since 1970, UTC.
        decision: ``accepted``, ``rejected``, or "" where a decision was taken back.
        note: in the person's words.
        result: uid of the result that was looked at, or None.
    """

    kind: ClassVar[str] = "decision"
    uid: str
    path: str
    who: str
    moment: float
    decision: str
    note: str = ""
    sha256: str = ""
    size: int = 0
    modified: int = 0
    result: str | None = None


Event = RunBegins | ResultMade | RunEnds | Decided
_KINDS: dict[str, type[Event]] = {kind.kind: kind for kind in (RunBegins, ResultMade, RunEnds, Decided)}


def event_from_json(line: str) -> Event:
    """An event from a line of a spool.

    Raises:
        ValueError: the line is none.
    """
    try:
        values = json.loads(line)
        return _KINDS[values.pop("kind")].from_values(values)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an event of the store: {error}") from error
