"""The constants that measured parts give."""

import numpy as np
import pytest

from tokenclip_core.evidence.channels import CHANNELS, mix_name
from tokenclip_core.measuring.evidence_scale import MeasuredPart, fitted_scale

GRID = (4, 4)


def kind(number: int, heat: float, scatter: float, count: int = 40) -> list[MeasuredPart]:
    """Good parts as hot as said, whose hottest patches differ by ``scatter``, and a defective one."""
    random = np.random.default_rng(number)
    found = []
    for place in range(count + 1):
        values = random.normal(heat, 0.01, 16)
        values[5] = heat + 5 + scatter * random.normal()
        is_good = place < count
        coverage = np.zeros(16, np.float32)
        if not is_good:
            values[9], coverage[9] = heat + 15, 1
        raw = {channel: values.copy() for channel in CHANNELS}
        found.append(MeasuredPart(number, is_good, False, GRID, raw, coverage, -4.0, np.ones(4, np.float32) / 2))
    return found


def scatter_of(*folders: list[MeasuredPart]) -> float:
    """In units of the raw values: the fit weighs them differently in each case."""
    scale = fitted_scale([part for folder in folders for part in folder])
    mix = scale.mixes[mix_name(("text",))]
    return mix.scatter / (mix.weights["text"] / scale.channels["text"].spread)


def test_scatter_is_that_of_parts_within_their_kinds_and_not_between_kinds() -> None:
    alike = scatter_of(kind(1, -8, 0.5), kind(2, -8, 0.5))
    assert scatter_of(kind(1, -8, 0.5), kind(2, -5, 0.5)) == pytest.approx(alike, rel=0.05)
    assert scatter_of(kind(1, -8, 1.5), kind(2, -8, 1.5)) == pytest.approx(3 * alike, rel=0.05)
