"""From the scores of one part's tokens to its result, in the units of its image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tokenclip_core.evidence.rarity import rarity_factor
from tokenclip_core.inspection.encoded_part import EncodedPart
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.judgement.findings import SubspaceResult
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
    assigned = tokens.assignment.sum(axis=(0, 1), dtype=np.float64)
    masses = (assigned / max(float(assigned.sum()), 1e-12)).tolist()
    anomalies = tokens.subspace_maps.max(axis=(0, 1)).tolist()
    contributions = tokens.contributions.tolist()
    scale = settings.rarity_scale
    rarity = rarity_factor(part.rarities, scale).mean(axis=0).reshape(part.grid) if scale > 0 else None
    layers = part.similarities.reshape(len(part.layers), *part.grid, len(subspaces), 2)
    return InspectionResult(
        score=tokens.score,
        anomaly_map=resize_map(tokens.working_map, part.height, part.width),
        token_map=tokens.token_map,
        assignment=tokens.assignment,
        transport_plan=tokens.plan,
        similarities=layers.mean(axis=0),
        layer_similarities=layers,
        subspace_maps=tokens.subspace_maps,
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
        layer_maps=tokens.layer_maps,
    )
