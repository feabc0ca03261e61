"""How unlike its own part a patch is: what structure repeats all over is seldom a defect.

It needs no texts and no other parts, and it does not see defects that cover much of the part.
"""

from __future__ import annotations

import numpy as np

from tokenclip_core.arrays import FloatArray
from tokenclip_core.evidence.distances import BLOCK_BYTES

NEAREST_SHARE = 0.1
"""Share of the part's patches whose mean distance counts: those that are nearest to the patch."""

_FARTHEST = 2.0


def self_distances(tokens: FloatArray, share: float = NEAREST_SHARE) -> FloatArray:
    """Mean distance of every patch to those of its own part that are nearest to it, itself left out.

    Args:
        tokens: (N, W) unit length, all patches of one part.
        share: of the other patches that count, in (0, 1]; at least one does.

    Returns:
        (N,) float32 in [0, 2], means of 1 - cosine; 2 where there is no other patch.
    """
    count = len(tokens)
    if count < 2:
        return np.full(count, _FARTHEST, np.float32)
    nearest = max(1, round(share * (count - 1)))
    found = np.empty(count, np.float32)
    rows = max(1, BLOCK_BYTES // (4 * count))
    for start in range(0, count, rows):
        cosines = tokens[start : start + rows] @ tokens.T
        own = np.arange(len(cosines))
        cosines[own, start + own] = -np.inf
        found[start : start + rows] = np.partition(cosines, count - nearest, axis=1)[:, -nearest:].mean(axis=1)
    return np.clip(1 - found, 0, _FARTHEST)
