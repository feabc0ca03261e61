"""From what the core says of a part to what the window shows of it. No Qt."""

from __future__ import annotations

from typing import Any

from app.canvas import compose
from app.parts.state import ArgbArray, ExplainedRegion, FloatArray, FoundRegions, PartResult
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.output.layers import subspace_layer

MOST_EXPLAINED = 200
"""Regions of which it is said which subspaces they come from; noise at a low threshold can have thousands."""


def part_result(result: Any, *, milliseconds: float) -> PartResult:
    """A core `InspectionResult` as the window shows it, with everything that paints it."""
    from tokenclip_core.inspection.patches import peak_shares

    rows = tuple(result.subspaces)
    anomaly_map: FloatArray = result.anomaly_map

    def find_regions(judgement: Judgement) -> FoundRegions:
        found, area = result.judged_regions(judgement)
        return FoundRegions(
            tuple(
                ExplainedRegion(
                    **vars(region),
                    shares=tuple(result.subspace_shares(region).tolist()) if place < MOST_EXPLAINED else (),
                    looks_like=result.looks_like(region) if place < MOST_EXPLAINED else None,
                )
                for place, region in enumerate(found)
            ),
            area,
        )

    def own_heatmap(index: int) -> ArgbArray:
        return compose.heatmap(result.subspace_map(index))

    return PartResult(
        score=float(result.score),
        anomaly_map=anomaly_map,
        token_map=result.token_map,
        assignment=result.assignment,
        plan=result.transport_plan,
        similarities=result.similarities,
        layers=tuple(result.layers),
        layer_similarities=result.layer_similarities,
        layer_maps=result.layer_maps,
        subspaces=rows,
        histogram=compose.histogram(anomaly_map),
        heatmap=compose.heatmap(anomaly_map),
        subspace_layer=subspace_layer(result.assignment, tuple(row.colour for row in rows)),
        peak_shares=peak_shares(result.token_map, result.subspace_maps),
        find_regions=find_regions,
        own_heatmap=own_heatmap,
        milliseconds=milliseconds,
        result_bytes=result.nbytes,
        rarity=result.rarity,
        whole=float(result.whole),
        shares=dict(result.shares),
        size_scores=result.size_scores,
        channels=result.channel_levels,
    )
