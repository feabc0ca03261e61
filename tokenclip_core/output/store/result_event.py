"""A row of results as the store's event."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

from tokenclip_core.output.rows import ResultRow
from tokenclip_core.output.store.events import ResultMade
from tokenclip_core.output.store.identity import FileIdentity

_KEY_LETTERS = 24


def result_event(
    run: str, position: int, key: str, row: ResultRow, identity: FileIdentity, size_scores: Sequence[float] = ()
) -> ResultMade:
    """What the store keeps of a row.

    Args:
        run: uid of the run.
        position: in the run, from 0.
        key: what names the result within the run, of any length; equal ones are stored once.
        row: of the part.
        identity: of its file.
        size_scores: of regions of at least each of the run's sizes.
    """
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
        size_scores=size_scores,
        regions=[
            (region.x, region.y, region.width, region.height, region.area_px, region.peak) for region in row.regions
        ],
        channels=dict(row.evidence),
        reason=row.reason,
        details={"checkpoint": row.checkpoint, "seconds": row.seconds, "captured": row.captured},
    )
