"""A row of results as the store's event."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from tokenclip_core.judgement.findings import SubspaceResult
from tokenclip_core.judgement.judgement import Channels, Judgement
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.output.store.events import ResultMade, channel_details
from tokenclip_core.output.store.identity import FileIdentity

_KEY_LETTERS = 24


class Levelled(Protocol):
    """What levels come from: a core result."""

    @property
    def size_scores(self) -> tuple[float, ...]:
        """See `InspectionResult.size_scores`."""

    @property
    def channel_levels(self) -> Channels:
        """See `InspectionResult.channel_levels`."""

    @property
    def subspaces(self) -> Sequence[SubspaceResult]:
        """One entry a subspace."""


class PartLevels(NamedTuple):
    """Values by which a part can be judged again without the model, beside its row.

    Attributes:
        size_scores: of regions of at least each of the run's sizes, in [0, 1]; empty where that is not known.
        channels: (name, level in [0, 1]) of the evidence channels that spoke; None where that is not known.
        limits: (name, limit in [0, 1]) of the channels that it was judged by.
        own: (name, own threshold in [0, 1]) of the subspaces that it was judged by.
    """

    size_scores: Sequence[float] = ()
    channels: Channels | None = None
    limits: Channels = ()
    own: Channels = ()

    @classmethod
    def of(cls, result: Levelled, judgement: Judgement | None) -> PartLevels:
        """Those of a result that was judged so; None for no verdict."""
        names = [subspace.name for subspace in result.subspaces]
        return cls(result.size_scores, result.channel_levels).judged_by(judgement, names)

    def judged_by(self, judgement: Judgement | None, names: Sequence[str]) -> PartLevels:
        """The same, judged so, with the names of the subspaces; None for no verdict."""
        if judgement is None:
            return self
        return self._replace(limits=judgement.channel_limits, own=judgement.own_by_name(names))


UNKNOWN_LEVELS = PartLevels()


def result_event(
    run: str,
    position: int,
    key: str,
    row: ResultRow,
    identity: FileIdentity,
    levels: PartLevels = UNKNOWN_LEVELS,
) -> ResultMade:
    """What the store keeps of a row.

    Args:
        run: uid of the run.
        position: in the run, from 0.
        key: what names the result within the run, of any length; equal ones are stored once.
        row: of the part.
        identity: of its file.
        levels: of the part.
    """
    spoken = {} if levels.channels is None else channel_details(levels.channels, levels.limits, levels.own)
    return ResultMade(
        run=run,
        position=position,
        key=hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()[:_KEY_LETTERS],
        path=identity.path,
        moment=time.time(),
        sha256=identity.sha256,
        size=identity.size,
        modified=identity.modified,
        score=row.score,
        threshold=row.threshold,
        verdict=row.verdict,
        width=row.width,
        height=row.height,
        milliseconds=row.milliseconds,
        error=row.error,
        levels=[subspace.anomaly for subspace in row.subspaces],
        size_scores=levels.size_scores,
        regions=[
            (region.x, region.y, region.width, region.height, region.area_px, region.peak) for region in row.regions
        ],
        channels=dict(row.evidence),
        reason=row.reason,
        details={"checkpoint": row.checkpoint, "seconds": row.seconds, "captured": row.captured, **spoken},
    )
