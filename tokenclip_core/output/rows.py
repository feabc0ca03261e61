"""One row a part: the same for commands, the live view and the window's report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field, fields
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tokenclip_core.judgement.findings import Region, SubspaceResult
from tokenclip_core.judgement.judgement import Judgement, PartScores, Verdict
from tokenclip_core.small_files import parse_json

# Far above every number of a row: pixels, scores, milliseconds.
_FARTHEST = 2.0**53


@dataclass(frozen=True)
class SubspaceRow:
    """What one textual subspace contributed to the result of an image.

    Attributes:
        name: the subspace.
        mass: the share of all patches' weights that it received, in [0, 1].
        anomaly: the highest value of its part of the anomaly map, in [0, 1].
    """

    name: str
    mass: float
    anomaly: float


class Inspected(Protocol):
    """What a row is made from: a core result, or what the window keeps of one."""

    @property
    def score(self) -> float:
        """The part's score, in [0, 1]."""

    @property
    def anomaly_map(self) -> npt.NDArray[np.float32]:
        """(H, W), of the image's own size."""

    @property
    def subspaces(self) -> Sequence[SubspaceResult]:
        """One entry a subspace."""


@dataclass(frozen=True)
class ResultRow:
    """One inspected image, or one that could not be read: then `error` says why, and the results are None or empty.

    Attributes:
        path: as the user gave it; frames of a video end in "#frame=12".
        width: of the original image, in pixels.
        height: of the original image, in pixels.
        score: in [0, 1].
        threshold: what the score was compared with, if anything.
        verdict: "defect" from the threshold on, None without a threshold.
        regions: the defect regions at the threshold.
        subspaces: one entry a subspace.
        model: name of the backbone.
        checkpoint: the checkpoint file, if one was used.
        milliseconds: time for the image, decoding aside.
        error: why there is no result.
        seconds: of a frame, since the beginning of its video or stream; only frames have it.
        captured: of a live frame, when it was taken, ISO 8601 in UTC; only live frames have it.
        evidence: the channels of evidence that were used, with their shares of the score, which sum to 1.
        reason: why the part is defective: ``region``, ``whole``, ``subspace:NAME`` or ``channel:NAME``; None if good.
        note: what a person should know of the evidence, as a sentence: why consensus is silent; None for nothing.
    """

    path: str
    width: int | None = None
    height: int | None = None
    score: float | None = None
    threshold: float | None = None
    verdict: Verdict | None = None
    regions: tuple[Region, ...] = ()
    subspaces: tuple[SubspaceRow, ...] = ()
    model: str = ""
    checkpoint: str | None = None
    milliseconds: float | None = None
    error: str | None = None
    seconds: float | None = None
    captured: str | None = None
    evidence: Mapping[str, float] = field(default_factory=dict)
    reason: str | None = None
    note: str | None = None

    @classmethod
    def of(cls, path: str, result: Inspected, regions: Iterable[Region] = (), **known: Any) -> ResultRow:
        """Make the row of an inspected part.

        Args:
            path: of the part.
            result: of the same part.
            regions: that were found in it at the threshold.
            known: further attributes: `threshold`, `verdict`, `model`, `checkpoint`, `milliseconds`, `seconds`,
                `captured`, `reason`, `note`. Milliseconds are rounded to microseconds.
        """
        height, width = result.anomaly_map.shape
        if known.get("milliseconds") is not None:
            known["milliseconds"] = round(known["milliseconds"], 3)
        return cls(
            path=path,
            width=int(width),
            height=int(height),
            score=float(result.score),
            regions=tuple(Region(r.x, r.y, r.width, r.height, r.area_px, r.peak) for r in regions),
            subspaces=tuple(SubspaceRow(entry.name, entry.mass, entry.anomaly) for entry in result.subspaces),
            evidence={name: round(share, 4) for name, share in getattr(result, "shares", {}).items()},
            **known,
        )

    @classmethod
    def judged(
        cls,
        path: str,
        result: Inspected,
        scores: PartScores,
        judgement: Judgement | None,
        regions: Iterable[Region] = (),
        **known: Any,
    ) -> ResultRow:
        """Make the row of an inspected part with its verdict, the threshold and the reason.

        Args:
            path: of the part.
            result: of the same part.
            scores: of the result, by which it is judged.
            judgement: how parts are judged; None for no verdict.
            regions: that the judgement found in it.
            known: further attributes, see `of`.
        """
        reason = None if judgement is None else judgement.reason(scores)
        return cls.of(
            path,
            result,
            regions,
            threshold=None if judgement is None else judgement.threshold,
            verdict=None if judgement is None else judgement.verdict(scores),
            reason=None if reason is None else reason.words([subspace.name for subspace in result.subspaces]),
            **known,
        )

    def to_json(self) -> str:
        """Return the row as one line of JSON, without the line end."""
        values = asdict(self)
        for name in ("seconds", "captured", "evidence", "reason", "note"):
            if values[name] is None or values[name] == {}:
                del values[name]
        # A file name that is not valid text holds lone surrogates; escaped, they survive the way through the file.
        text = json.dumps(values, ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8", "backslashreplace").decode("utf-8")

    @classmethod
    def from_json(cls, line: str) -> ResultRow:
        """Read a row back.

        Raises:
            ValueError: the line is not a row.
        """
        values = parse_json(line)
        if not isinstance(values, dict) or not isinstance(values.get("path"), str):
            raise ValueError("not a row of results")
        known = {entry.name for entry in fields(cls)}
        try:
            values = {name: value for name, value in values.items() if name in known}
            values["regions"] = tuple(Region(**region) for region in values.get("regions", ()))
            values["subspaces"] = tuple(SubspaceRow(**subspace) for subspace in values.get("subspaces", ()))
            row = cls(**values)
            if not _plausible(row):
                raise TypeError("a value of another kind")
        except TypeError as error:
            raise ValueError(f"not a row of results: {error}") from error
        return row

    def flat(self, *, score_alone: bool = False) -> dict[str, str | int | float | None]:
        """Return what goes into the table.

        That are the plain fields, the number of regions and their area together, and as `subspace` the one whose
        `mass` times `anomaly` is highest.

        Args:
            score_alone: nothing is known but the score; regions and the subspace stay empty instead of being none.
        """
        strongest = max(self.subspaces, key=lambda subspace: subspace.mass * subspace.anomaly, default=None)
        return {
            "path": self.path,
            "width": self.width,
            "height": self.height,
            "score": self.score,
            "threshold": self.threshold,
            "verdict": self.verdict,
            "regions": None if score_alone else len(self.regions),
            "area_px": None if score_alone else sum(region.area_px for region in self.regions),
            "subspace": strongest.name if strongest else None,
            "model": self.model,
            "checkpoint": self.checkpoint,
            "milliseconds": self.milliseconds,
            "error": self.error,
        }


def _plausible(row: ResultRow) -> bool:
    """Whether values that were read from a file are of the kinds that they are said to be."""

    def number(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and -_FARTHEST < value < _FARTHEST

    numbers = (row.width, row.height, row.score, row.threshold, row.milliseconds, row.seconds)
    texts = (row.checkpoint, row.error, row.captured)
    return (
        all(value is None or number(value) for value in numbers)
        and all(value is None or isinstance(value, str) for value in texts)
        and isinstance(row.model, str)
        and row.verdict in (None, "good", "defect")
        and all(number(value) for region in row.regions for value in astuple(region))
        and all(isinstance(entry.name, str) and number(entry.mass) and number(entry.anomaly) for entry in row.subspaces)
    )
