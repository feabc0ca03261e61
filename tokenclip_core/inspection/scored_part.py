"""From the scores of one part's tokens to its result, in the units of its image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.channels import CHANNELS, text_raw
from tokenclip_core.evidence.curve import AreaCurve
from tokenclip_core.evidence.evidence import Evidence, channel_maps
from tokenclip_core.evidence.rarity import rarity_factor
from tokenclip_core.inspection.encoded_part import EncodedPart
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.judgement.findings import SubspaceResult
from tokenclip_core.scoring.anomaly_map import map_operator
from tokenclip_core.scoring.map_axes import resize_map
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.scoring.token_scores import TokenScores
from tokenclip_core.subspaces.naming import RegionNaming
from tokenclip_core.subspaces.textual import Subspace


@dataclass(frozen=True, eq=False)
class _Judged:
    """The judged map of a part and what decided its score.

    Attributes:
        token_map: (gh, gw) float32, 0 where ignored.
        channels: maps of the channels.
        curve: the limits of its regions.
        whole: score of the whole part.
        score: the higher one of the regions' and the whole part's.
        regional: the regions' score.
        shares: of the channels in the score.
        deciding: (gh, gw) bool, the patches that decided.
        left_out: (gh, gw) bool, patches that are ignored or tolerated, or None.
    """

    token_map: FloatArray
    channels: Mapping[str, FloatArray]
    curve: AreaCurve
    whole: float
    score: float
    regional: float
    shares: Mapping[str, float]
    deciding: npt.NDArray[np.bool_]
    left_out: npt.NDArray[np.bool_] | None


def inspection_result(
    part: EncodedPart,
    tokens: TokenScores,
    subspaces: Sequence[Subspace],
    settings: ScoringSettings,
    ignored: npt.NDArray[np.bool_] | None,
    evidence: Evidence,
    naming: RegionNaming | None,
) -> InspectionResult:
    """The result of one part.

    Args:
        part: with its similarities to these subspaces.
        tokens: what scoring said of it, of all its patches.
        subspaces: K names and colours.
        settings: it was scored by.
        ignored: (gh, gw) bool, patches left out, or None. They leave the map and the score; the encoder and the
            transport have seen them, so that nothing else changes.
        evidence: what it is compared with.
        naming: says what its patches look like, or None.
    """
    judged = _judged(part, tokens, ignored, evidence, settings)
    assignment, plan, subspace_maps, layer_maps = _without(tokens, ignored, judged.left_out)
    assigned = assignment.sum(axis=(0, 1), dtype=np.float64)
    masses = (assigned / max(float(assigned.sum()), 1e-12)).tolist()
    anomalies = subspace_maps.max(axis=(0, 1)).tolist()
    contributions = _contributions(judged, subspace_maps).tolist()
    scale = settings.rarity_scale
    rarity = rarity_factor(part.rarities, scale).mean(axis=0).reshape(part.grid) if scale > 0 else None
    layers = part.similarities.reshape(len(part.layers), *part.grid, len(subspaces), 2)
    named = None if naming is None or part.evidence_tokens is None else naming.logits(part.evidence_tokens)
    operator = map_operator(part.grid, part.input_size, settings.sigma)
    smooth, _ = operator.enlarge_kept(judged.token_map, judged.left_out)
    return InspectionResult(
        score=judged.score,
        anomaly_map=resize_map(np.asarray(smooth, np.float32).clip(0, 1), part.height, part.width),
        token_map=judged.token_map,
        assignment=assignment,
        transport_plan=plan,
        similarities=layers.mean(axis=0),
        layer_similarities=layers,
        subspace_maps=subspace_maps,
        subspaces=tuple(
            SubspaceResult(
                subspace.name, subspace.colour, masses[k], anomalies[k], contributions[k], k in settings.muted
            )
            for k, subspace in enumerate(subspaces)
        ),
        components=tokens.components,
        layers=part.layers,
        ignored=judged.left_out,
        working_size=part.input_size,
        sigma=settings.sigma,
        rarity=rarity,
        layer_maps=layer_maps,
        curve=judged.curve,
        whole=judged.whole,
        channels=judged.channels,
        shares=judged.shares,
        likeness=None if named is None else named.reshape(*part.grid, len(subspaces)),
    )


def _judged(
    part: EncodedPart,
    tokens: TokenScores,
    ignored: npt.NDArray[np.bool_] | None,
    evidence: Evidence,
    settings: ScoringSettings,
) -> _Judged:
    grid = part.grid
    text = np.asarray(tokens.token_map, np.float32)
    raw, typical = evidence.raw(part, text.reshape(-1), tokens.score), evidence.typical(part)
    fused = evidence.fused(raw, typical)
    curve = AreaCurve() if fused is None else fused.curve
    full = text if fused is None else fused.probabilities.reshape(grid)
    ignored = _with_tolerated(ignored, full, tokens.subspace_maps, settings)
    # The text's judgement of the whole part includes an ignored defect, so it must not raise the other patches.
    is_seen = ignored is not None and (bool(ignored.all()) or bool(curve.reaching(full, 0.5, ignored).any()))
    if is_seen and fused is not None:
        fused = evidence.fused(raw | {"text": text_raw(text.reshape(-1), min(tokens.score, 0.5))}, typical)
    full = text if fused is None else fused.probabilities.reshape(grid)
    channels = {"text": text} if fused is None else channel_maps(fused, grid)
    whole = curve.whole(tokens.score) if "text" in channels and not is_seen else 0.0
    token_map = full if ignored is None else np.where(ignored, np.float32(0), full)
    inspected = None if ignored is None else ~ignored
    regional = curve.found(token_map, inspected).regional
    score = max(regional, whole)
    if regional >= whole and regional > 0:
        deciding = curve.reaching(token_map, regional, inspected)
        shares = {"text": 1.0} if fused is None else {str(k): v for k, v in fused.shares(deciding.reshape(-1)).items()}
    else:
        deciding = np.ones(grid, np.bool_) if inspected is None else inspected
        shares = {name: float(name == "text") for name in CHANNELS if name in channels}
    if ignored is not None:
        channels = {name: np.where(ignored, np.float32(0), values) for name, values in channels.items()}
    return _Judged(token_map, channels, curve, whole, score, regional, shares, deciding, ignored)


def _with_tolerated(
    ignored: npt.NDArray[np.bool_] | None,
    anomalies: FloatArray,
    subspace_maps: FloatArray,
    settings: ScoringSettings,
) -> npt.NDArray[np.bool_] | None:
    """The ignored patches and those that are tolerated; see `ScoringSettings`."""
    found = ignored
    leading = subspace_maps.argmax(axis=-1) if settings.tolerated else None
    for index, limit in settings.tolerated:
        if index >= subspace_maps.shape[-1]:
            raise SettingsError(f"subspace {index} does not exist; there are {subspace_maps.shape[-1]}, from 0.")
        tolerated = (leading == index) & (anomalies < limit)
        found = tolerated if found is None else found | tolerated
    return found


def _without(
    tokens: TokenScores, ignored: npt.NDArray[np.bool_] | None, left_out: npt.NDArray[np.bool_] | None
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Assignment and plan, 0 where patches are ignored; maps of subspaces and layers, 0 where they are left out."""
    assignment, plan, maps, layers = tokens.assignment, tokens.plan, tokens.subspace_maps, tokens.layer_maps
    if ignored is not None:
        kept = (~ignored).astype(np.float32)
        assignment, plan = assignment * kept[..., None], plan * kept.reshape(-1, 1)
    if left_out is not None:
        kept = (~left_out).astype(np.float32)
        maps, layers = maps * kept[..., None], layers * kept
    return assignment, plan, maps, layers


def _contributions(judged: _Judged, subspace_maps: FloatArray) -> npt.NDArray[np.float64]:
    """(K,) what each subspace brought to the text's share of the score; they sum to it."""
    parts = subspace_maps[judged.deciding].sum(axis=0, dtype=np.float64)
    total = float(parts.sum())
    shares = parts / total if total > 0 else np.full(len(parts), 1 / len(parts))
    return np.asarray(judged.score * judged.shares.get("text", 0.0) * shares)
