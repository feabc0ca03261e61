"""From the scores of one part's tokens to its result, in the units of its image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from tokenclip_core.evidence.rarity import rarity_factor
from tokenclip_core.inspection.encoded_part import EncodedPart
from tokenclip_core.inspection.result import InspectionResult, SubspaceResult
from tokenclip_core.scoring.map_axes import resize_map
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.scoring.token_scores import TokenScores
from tokenclip_core.subspaces.textual import Subspace


def inspection_result(
    part: EncodedPart,
    tokens: TokenScores,
    subspaces: Sequence[Subspace],
    settings: ScoringSettings,
    ignored: npt.NDArray[np.bool_] | None,
) -> InspectionResult:
    """The result of one part.

    Args:
        part: with its similarities to these subspaces.
        tokens: what scoring said of it.
        subspaces: K names and colours.
        settings: it was scored by.
        ignored: (gh, gw) bool, patches left out, or None.
    """
    assigned = tokens.assignment.sum(dim=(0, 1), dtype=torch.float64)
    masses = (assigned / assigned.sum().clamp_min(1e-12)).tolist()
    anomalies = tokens.subspace_maps.amax(dim=(0, 1)).tolist()
    contributions = tokens.contributions.tolist()
    scale = settings.rarity_scale
    rarity = rarity_factor(part.rarities, scale).mean(dim=0).view(part.grid).numpy() if scale > 0 else None
    layers = part.similarities.cpu().view(len(part.layers), *part.grid, len(subspaces), 2)
    return InspectionResult(
        score=tokens.score,
        anomaly_map=resize_map(tokens.working_map.numpy(), part.height, part.width),
        token_map=tokens.token_map.numpy(),
        assignment=tokens.assignment.numpy(),
        transport_plan=tokens.plan.numpy(),
        similarities=layers.mean(dim=0).numpy(),
        layer_similarities=layers.numpy(),
        subspace_maps=tokens.subspace_maps.numpy(),
        subspaces=tuple(
            SubspaceResult(
                subspace.name, subspace.colour, masses[k], anomalies[k], contributions[k], k in settings.muted
            )
            for k, subspace in enumerate(subspaces)
        ),
        components=tokens.components,
        layers=part.layers,
        ignored=ignored,
        working_size=part.input_size,
        sigma=settings.sigma,
        rarity=rarity,
        layer_maps=tokens.layer_maps.numpy(),
    )
