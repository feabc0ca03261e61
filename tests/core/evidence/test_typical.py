"""How typical parts raise the limits."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.channels import CHANNELS, mix_name
from tokenclip_core.evidence.curve import AreaCurve
from tokenclip_core.evidence.fusion import OF_GOOD_PARTS, EvidenceScale, Mix
from tokenclip_core.evidence.scales import ChannelScale
from tokenclip_core.evidence.typical import Typical, TypicalPart, rise, rises

CURVE = AreaCurve((1, 2), (2.0, 1.0), None)
SCALE = EvidenceScale(
    {"text": ChannelScale(0.0, 1.0), "consensus": ChannelScale(0.0, 1.0)},
    {
        "text": Mix({"text": 1.0}, 0.0, CURVE, 4.0),
        "consensus": Mix({"consensus": 1.0}, 0.0, CURVE, 4.0),
        "text+consensus": Mix({"text": 1.0, "consensus": 1.0}, 0.0, CURVE, 4.0),
    },
    0.9,
)


def parts(heat: float, count: int = 49) -> list[TypicalPart]:
    """Good parts whose patches are as hot as said, and differ as good ones do."""
    random = np.random.default_rng(0)
    grid = (6, 6)
    return [
        TypicalPart(
            {"text": random.normal(heat, 1, 36), "consensus": random.normal(heat, 1, 36) + random.normal()}, grid
        )
        for _ in range(count)
    ]


def test_limits_rise_for_hot_kinds_and_never_fall_for_cool_ones() -> None:
    cool, hot = rises(SCALE, parts(-9), "consensus"), rises(SCALE, parts(2), "consensus")
    assert set(cool) == set(hot) == {"consensus", "text+consensus"}
    assert set(cool.values()) == {0.0}
    assert min(hot.values()) > 1


@pytest.mark.parametrize("heat", [-1.0, 0.0, 3.0])
def test_few_good_parts_are_above_the_raised_limits_however_hot_their_kind_is(heat: float) -> None:
    raised = rises(SCALE, parts(heat), "consensus")
    others = parts(heat, 400)[49:]
    excesses = [SCALE.excess(part.raw, part.grid) for part in others]
    assert np.mean(np.asarray(excesses) >= raised["text+consensus"]) <= 0.03
    fused = SCALE.fused(others[0].raw, Typical(rises=raised))
    assert fused.curve.limits[0] == pytest.approx(CURVE.limits[0] + raised["text+consensus"])


def test_a_third_of_defective_parts_raises_limits_little() -> None:
    random = np.random.default_rng(3)
    good = random.normal(1.0, 0.5, 150)
    mixed = np.concatenate([good[:100], random.normal(6.0, 1.0, 50)])
    assert rise(list(mixed), 2.0) - rise(list(good), 2.0) < 0.25
    assert (random.normal(6.0, 1.0, 500) > rise(list(mixed), 2.0)).mean() > 0.95


def test_rises_begin_at_the_coolest_parts_and_are_as_high_as_good_parts_scatter() -> None:
    good = np.random.default_rng(4).normal(1.0, 0.5, 200)
    assert rise(list(good), 3.0) - rise(list(good), 2.0) == pytest.approx(1.65)
    assert rise([0.5], 2.0) == pytest.approx(0.5 + 3.3)
    assert rise([], 2.0) == 0.0
    assert rise([-9.0], 2.0) == 0.0
    assert rise([0.5], 2.0, are_good=True) == pytest.approx(1.0)
    assert rise([0.5, 9.0], 2.0, are_good=True) == rise([0.5, 9.0], 2.0)
    assert rises(SCALE, [], "consensus") == {"consensus": 0.0}


def test_a_pool_puts_channels_on_the_scale_of_its_parts_whether_or_not_a_third_is_defective() -> None:
    good = parts(2)
    spoilt = [TypicalPart({name: values.copy() for name, values in part.raw.items()}, part.grid) for part in good]
    for part in spoilt[:16]:
        for values in part.raw.values():
            values[:3] += 12
    calm, mixed = SCALE.of_pool(good), SCALE.of_pool(spoilt)
    for channel in ("text", "consensus"):
        assert calm.scales[channel].centre == pytest.approx(2, abs=0.3)
        assert mixed.scales[channel].centre == pytest.approx(calm.scales[channel].centre, abs=0.1)
        assert mixed.scales[channel].spread == pytest.approx(calm.scales[channel].spread, rel=0.1)
    assert Typical.from_mapping(calm.to_mapping()) == calm


def test_a_pools_scale_counts_where_consensus_speaks_and_not_for_the_text_alone() -> None:
    pool = SCALE.of_pool(parts(2))
    raw = parts(2)[0].raw
    assert SCALE.excess(raw, (6, 6), pool) < SCALE.excess(raw, (6, 6)) - 2
    text = {"text": raw["text"]}
    assert SCALE.excess(text, (6, 6), pool) == SCALE.excess(text, (6, 6))


@pytest.mark.parametrize(
    "values", [{"rises": {"text": float("nan")}}, {"scales": {"text": [0, -1]}}, {"scales": {"x": [0, 1]}}]
)
def test_what_is_no_typical_value_is_refused(values: dict[str, object]) -> None:
    with pytest.raises((ValueError, SettingsError)):
        Typical.from_mapping(values)


def test_where_pool_and_good_parts_both_speak_limits_rise_by_what_either_needs() -> None:
    mixes = {
        mix_name(channels): Mix(dict.fromkeys(channels, 1.0), 0.0, CURVE, 4.0)
        for count in range(1, len(CHANNELS) + 1)
        for channels in combinations(CHANNELS, count)
    }
    scale = EvidenceScale({channel: ChannelScale(0.0, 1.0) for channel in CHANNELS}, mixes, 0.9)
    raw = {channel: np.zeros(4) for channel in CHANNELS}
    known = replace(scale, good=Typical(rises={"text+self+reference": 1.0}))
    for of_pool, expected in ((0.5, 1.0), (2.0, 2.0)):
        pool = Typical(rises={"text+self+consensus": of_pool})
        assert known.fused(raw, pool).curve.limits[0] == pytest.approx(CURVE.limits[0] + expected)
    # What consensus said of good parts, in whatever pool they were, is no part of what is known of them.
    good = [TypicalPart({**raw, "consensus": np.full(4, heat)}, (2, 2)) for heat in (0.0, 50.0)]
    assert (
        scale.from_good_parts(good).good.rises
        == scale.from_good_parts([part.of(OF_GOOD_PARTS) for part in good]).good.rises
    )


def test_one_good_part_raises_no_limit() -> None:
    """What it would have to be compared with is not there, and raised as for several it found next to nothing."""
    alone = TypicalPart({"text": np.zeros(4)}, (2, 2))
    mixes = {**SCALE.mixes, "reference": SCALE.mixes["text"], "text+reference": SCALE.mixes["text+consensus"]}
    found = replace(SCALE, mixes=mixes).from_good_parts([alone])
    assert not any(found.good.rises.values())
