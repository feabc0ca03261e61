"""Learned subspaces blended with the descriptors that they began as.

Fine-tuned weights that are averaged with those they started from keep what is new and lose less of what was general:
"Robust fine-tuning of zero-shot models", Wortsman et al., CVPR 2022 (arXiv 2109.01903), whose fixed half this follows.
Here the two text embeddings are averaged, since they are all that is inspected with.
"""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor


@torch.no_grad()
def blended(learned: Tensor, descriptors: Tensor, share: float) -> Tensor:
    """Average learned embeddings with those of a vocabulary's families.

    Args:
        learned: (K, 2, D) float32, unit length.
        descriptors: (F, 2, D) float32, unit length, of F families. Subspace k began with family k; where there are
            more subspaces than families, families serve again, and where there are fewer, subspace k has the mean of
            the families k, k + K, ...: a single subspace has the mean of all.
        share: of the descriptors, in [0, 1].

    Returns:
        (K, 2, D) float32, unit length.
    """
    if share == 0:
        return learned
    subspaces, families = len(learned), len(descriptors)
    if subspaces < families:
        start = torch.stack([descriptors[first::subspaces].mean(dim=0) for first in range(subspaces)])
    else:
        start = descriptors[torch.arange(subspaces, device=descriptors.device) % families]
    start = functional.normalize(start.to(learned), dim=-1)
    return functional.normalize((1 - share) * learned + share * start, dim=-1)
