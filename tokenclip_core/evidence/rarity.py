"""How rare a patch is in its own part: what structure repeats all over is seldom a defect.

A measure without texts and without references: a patch is compared with a coarse grid of patches of the same image, and
how far it is from the nearest of them says how little of the part looks like it. It is this project's addition to
TokenCLIP, in the map alone: it tells where a defect is better than whether there is one. A setting of 0 leaves it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tokenclip_core.arrays import at_least, at_most, detached, largest, like, namespace

if TYPE_CHECKING:
    from tokenclip_core.arrays import Array

REFERENCES_PER_AXIS = 16
"""Patches down and across that every patch is compared with, at most; more change the figures in the third digit."""

NEAREST_SHARE = 0.3
"""Share of the references whose mean distance is a patch's rarity: those that are nearest to it."""


def patch_rarities(features: Array, grid: tuple[int, int]) -> Array:
    """Distance of every patch to the part's patches that are nearest to it; no gradient flows through it.

    Args:
        features: (..., N, D) float, unit length; patches of one image in the order of rows; numpy or torch.
        grid: (gh, gw) with gh * gw = N.

    Returns:
        (..., N) float32, mean of 1 - cosine to the nearest `NEAREST_SHARE` of the references, in [0, 2]; 2 where
        there is no other patch.
    """
    xp = namespace(features)
    places = np.arange(grid[0] * grid[1]).reshape(grid)
    down, across = (-(-side // REFERENCES_PER_AXIS) for side in grid)
    chosen = places[down // 2 :: down, across // 2 :: across].reshape(-1)
    wide = xp.astype(detached(features), xp.float32)
    references = like(chosen, wide)
    cosines = wide @ xp.matrix_transpose(wide[..., references, :])
    # A patch that is a reference is not compared with itself.
    cosines[..., references, like(np.arange(len(chosen)), wide)] = -1.0
    count = max(1, int(NEAREST_SHARE * len(chosen)))
    found: Array = 1 - at_most(at_least(xp.mean(largest(cosines, count), axis=-1), -1), 1)
    return found


def rarity_factor(rarities: Array, scale: float) -> Array:
    """What a patch's anomaly probability is multiplied with: 0 for patches like many others, towards 1 for rare ones.

    Args:
        rarities: from `patch_rarities`.
        scale: the rarity at which the factor is 1 - 1/e, in units of 1 - cosine.

    Returns:
        As ``rarities``, in [0, 1].
    """
    found: Array = 1 - namespace(rarities).exp(-rarities / scale)
    return found
