"""How parts were last judged with a model: its scoring and its subspaces' own thresholds, as plain values and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.editing.adjustments import Adjustments, ScoringChoice
from app.parts.state import ModelFacts
from tokenclip_core.evidence.channels import CHANNELS
from tokenclip_core.judgement.judgement import Channels

MOST_MODELS = 24
"""Number of models and checkpoints whose judgement is remembered; the least recently used are forgotten first."""

_ASSIGNMENTS = ("", "transport", "softmax")
_LARGEST_TILE = 65_536


def judgement_values(adjustments: Adjustments) -> dict[str, Any]:
    """Plain values for JSON; empty where everything is the model's own."""
    choice = adjustments.scoring
    values: dict[str, Any] = {
        "assignment": choice.assignment,
        "top_k": choice.top_k,
        "epsilon": choice.epsilon,
        "sigma": choice.sigma,
        "layers": list(choice.layers),
        "rarity_scale": choice.rarity_scale,
        "tile": choice.tile,
        "own_thresholds": [list(pair) for pair in adjustments.own_thresholds],
        "tolerated": [list(pair) for pair in adjustments.tolerated],
        "channel_limits": [list(pair) for pair in adjustments.channel_limits],
    }
    own = {"assignment": "", "layers": [], "tile": 0, "own_thresholds": [], "tolerated": [], "channel_limits": []}
    return {name: value for name, value in values.items() if value != own.get(name)}


def judged_as(adjustments: Adjustments, values: Mapping[str, Any], facts: ModelFacts) -> Adjustments:
    """Adjustments with what was remembered of a model; what does not suit it falls back to the model's own."""
    count, layers = len(facts.subspaces), values.get("layers")
    fitting = isinstance(layers, list) and bool(layers) and all(layer in facts.scoring.layers for layer in layers)
    choice = ScoringChoice(
        assignment=values["assignment"] if values.get("assignment") in _ASSIGNMENTS else "",
        top_k=_whole(values.get("top_k"), 1, count),
        epsilon=_number(values.get("epsilon"), 1e-6, 10.0),
        sigma=_number(values.get("sigma"), 0.0, 100.0),
        layers=tuple(layers) if fitting and layers else (),
        rarity_scale=_number(values.get("rarity_scale"), 0.0, 2.0),
        tile=_whole(values.get("tile"), 32, _LARGEST_TILE) or 0,
    )
    own, tolerated = (_own_thresholds(values.get(name), count) for name in ("own_thresholds", "tolerated"))
    limits = _channel_limits(values.get("channel_limits"))
    return replace(adjustments, scoring=choice, own_thresholds=own, tolerated=tolerated, channel_limits=limits)


def _own_thresholds(values: object, count: int) -> tuple[tuple[int, float], ...]:
    found: dict[int, float] = {}
    for pair in values if isinstance(values, list) else []:
        if isinstance(pair, list) and len(pair) == 2:
            index, own = _whole(pair[0], 0, count - 1), _number(pair[1], 0.0, 1.0)
            if index is not None and own is not None:
                found[index] = own
    return tuple(sorted(found.items()))


def _channel_limits(values: object) -> Channels:
    """Of the channels that there are."""
    pairs = [pair for pair in (values if isinstance(values, list) else []) if isinstance(pair, list) and len(pair) == 2]
    numbers = {pair[0]: _number(pair[1], 0.0, 1.0) for pair in pairs if pair[0] in CHANNELS}
    return tuple((str(name), limit) for name, limit in numbers.items() if limit is not None)


def _whole(value: object, least: int, most: int) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most else None


def _number(value: object, least: float, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if least <= value <= most else None
