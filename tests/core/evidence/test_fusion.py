"""How channels add up to one map."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.channels import Raw, distance_raw, mix_name
from tokenclip_core.evidence.curve import AreaCurve
from tokenclip_core.evidence.evidence import Evidence
from tokenclip_core.evidence.fusion import EvidenceScale, Mix, chosen_channels
from tokenclip_core.evidence.scales import ChannelScale
from tokenclip_core.evidence.typical import TypicalPart

CURVE = AreaCurve()
SCALE = EvidenceScale(
    {"text": ChannelScale(-3.0, 1.5), "self": ChannelScale(-2.0, 0.5)},
    {
        "text": Mix({"text": 1.2}, -2.0, CURVE, 4.0),
        "self": Mix({"self": 0.9}, -1.0, CURVE, 4.0),
        "text+self": Mix({"text": 1.0, "self": 0.5}, -2.5, CURVE, 4.0),
    },
    0.9,
)


def raw(text: float = -3.0, own: float = -2.0, count: int = 6) -> Raw:
    return {"text": np.full(count, text), "self": np.full(count, own)}


@given(st.floats(-8, 8), st.floats(-8, 0), st.floats(0, 3))
def test_the_map_never_falls_when_a_channel_rises(text: float, own: float, more: float) -> None:
    before = SCALE.fused(raw(text, own)).probabilities[0]
    assert SCALE.fused(raw(text + more, own)).probabilities[0] >= before
    assert SCALE.fused(raw(text, own + more)).probabilities[0] >= before


def test_a_patch_like_those_of_good_parts_has_the_bias_alone() -> None:
    fused = SCALE.fused(raw())
    np.testing.assert_allclose(fused.probabilities, 1 / (1 + np.exp(2.5)), rtol=1e-6)
    np.testing.assert_allclose(fused.channels["self"], 1 / (1 + np.exp(1.0)), rtol=1e-6)


def test_shares_say_which_channel_raised_the_deciding_patches() -> None:
    values = raw()
    values["self"][2] += 4 * 0.5  # four spreads, at half a weight
    values["text"][2] += 2 * 1.5  # two spreads, at a whole one
    places = np.zeros(6, np.bool_)
    places[2] = True
    assert SCALE.fused(values).shares(places) == {"text": pytest.approx(0.5), "self": pytest.approx(0.5)}
    assert sum(SCALE.fused(raw()).shares(places).values()) == pytest.approx(1)


def test_good_parts_move_the_scale_towards_themselves_the_further_the_more_there_are() -> None:
    good = [TypicalPart(raw(-1.0, -3.0), (2, 3)), TypicalPart(raw(-1.2, -3.1), (2, 3))]
    few, many = SCALE.from_good_parts(good), SCALE.from_good_parts(good * 50)
    assert -3.0 < few.good.scales["text"].centre < many.good.scales["text"].centre < -1.0
    assert many.good.scales["text"].centre == pytest.approx(-1.1, abs=0.2)
    assert (few.good_parts, many.good_parts) == (2, 100)
    assert SCALE.from_good_parts([]) is SCALE


def test_constants_survive_json_and_wrong_ones_are_refused() -> None:
    values = json.loads(json.dumps(SCALE.to_mapping()))
    again = EvidenceScale.from_mapping(values)
    assert again.to_mapping() == SCALE.to_mapping()
    values["channels"]["smell"] = [0, 1]
    with pytest.raises(SettingsError, match="smell"):
        EvidenceScale.from_mapping(values)
    with pytest.raises(SettingsError, match="no constants of evidence"):
        EvidenceScale.from_mapping({"channels": {}})
    with pytest.raises(SettingsError, match="spread"):
        ChannelScale(0.0, 0.0)
    with pytest.raises(SettingsError, match="0 or more"):
        Mix({"text": -1.0}, 0.0, CURVE, 4.0)


def test_channels_without_constants_are_refused_with_what_to_do() -> None:
    with pytest.raises(SettingsError, match="no constants for text and consensus"):
        SCALE.fused({"text": np.zeros(3), "consensus": np.zeros(3)})
    with pytest.raises(SettingsError, match="--evidence text"):
        Evidence("self")
    assert Evidence().fused(raw()) is None, "a model without constants is judged by its text"


def test_which_channels_a_kind_uses() -> None:
    assert chosen_channels("fused", ("self", "text")) == ("text", "self")
    assert chosen_channels("self", ("self", "text")) == ("self",)
    assert chosen_channels("consensus", ("self", "text")) == ()
    assert mix_name(("self", "text")) == "text+self"
    silent = replace(Evidence(scale=SCALE), kind="consensus").fused(raw())
    assert silent is not None
    assert set(silent.channels) == {"text", "self"}, (
        "where the chosen channel is silent, those that speak take its place"
    )


def test_scales_are_robust_and_distances_have_a_floor() -> None:
    values = np.random.default_rng(0).normal(2, 3, 20_000)
    values[:50] = 1e6
    scale = ChannelScale.of(values)
    assert scale.centre == pytest.approx(2, abs=0.1)
    assert scale.spread == pytest.approx(3, rel=0.05)
    assert np.isfinite(distance_raw(np.zeros(2, np.float32))).all()
