"""How rare a patch is in its own part: what structure repeats all over is seldom a defect.

A measure without texts and without references: a patch is compared with a coarse grid of patches of the same image, and
how far it is from the nearest of them says how little of the part looks like it. It is this project's addition to
TokenCLIP, in the map alone: it tells where a defect is better than whether there is one. A setting of 0 leaves it out.
"""

from __future__ import annotations

import torch
from torch import Tensor

REFERENCES_PER_AXIS = 16
"""Patches down and across that every patch is compared with, at most; more change the figures in the third digit."""

NEAREST_SHARE = 0.3
"""Of the references, those nearest to a patch whose mean distance is its rarity."""


@torch.no_grad()
def patch_rarities(features: Tensor, grid: tuple[int, int]) -> Tensor:
    """Distance of every patch to the part's patches that are nearest to it.

    Args:
        features: (..., N, D) float, unit length; patches of one image in the order of rows.
        grid: (gh, gw) with gh * gw = N.

    Returns:
        (..., N) float32, mean of 1 - cosine to the nearest `NEAREST_SHARE` of the references, in [0, 2]; 2 where
        there is no other patch.
    """
    places = torch.arange(grid[0] * grid[1], device=features.device).view(grid)
    down, across = (-(-side // REFERENCES_PER_AXIS) for side in grid)
    references = places[down // 2 :: down, across // 2 :: across].flatten()
    chosen = features[..., references, :].float()
    cosines = features.float() @ chosen.transpose(-2, -1)
    # A patch that is a reference is not compared with itself.
    cosines[..., references, torch.arange(len(references), device=features.device)] = -1.0
    count = max(1, int(NEAREST_SHARE * len(references)))
    return 1 - cosines.topk(count, dim=-1, sorted=False).values.mean(dim=-1).clamp(-1, 1)


def rarity_factor(rarities: Tensor, scale: float) -> Tensor:
    """What a patch's anomaly probability is multiplied with: 0 for patches like many others, towards 1 for rare ones.

    Args:
        rarities: from `patch_rarities`.
        scale: the rarity at which the factor is 1 - 1/e, in units of 1 - cosine.

    Returns:
        As ``rarities``, in [0, 1].
    """
    return 1 - torch.exp(-rarities / scale)
