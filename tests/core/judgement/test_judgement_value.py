"""One value judges: its verdicts, its reasons, and the same verdicts for many parts at once."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenclip_core.errors import SettingsError
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.judgement.areas import Area, Areas
from tokenclip_core.judgement.judgement import Judgement, PartScores, median_scores

VALUES = st.sampled_from([0.0, 0.2, 0.25, 0.5, 0.7, 1.0])
SCORES = st.builds(PartScores, VALUES, st.lists(VALUES, max_size=3).map(tuple), st.sampled_from([(), (("self", 0.4),)]))
JUDGEMENTS = st.builds(
    Judgement,
    VALUES,
    st.dictionaries(st.integers(0, 3), VALUES, max_size=3).map(lambda own: tuple(sorted(own.items()))),
    muted=st.frozensets(st.integers(0, 3)),
    channel_limits=st.sampled_from([(), (("self", 0.4),), (("self", 0.5), ("pool", 0.1))]),
)


@given(SCORES, JUDGEMENTS)
def test_the_present_rule(scores: PartScores, judgement: Judgement) -> None:
    own = any(
        k not in judgement.muted and k < len(scores.peaks) and scores.peaks[k] >= value
        for k, value in judgement.own_thresholds
    )
    channel = any(dict(scores.channels).get(name, -1.0) >= limit for name, limit in judgement.channel_limits)
    defective = scores.score >= judgement.threshold or own or channel
    assert judgement.verdict(scores) == ("defect" if defective else "good")
    reason = judgement.reason(scores)
    assert (reason is not None) == defective
    if reason is not None:
        assert reason.value >= reason.limit
        assert (reason.subspace is not None) == (reason.kind == "subspace")
        assert reason.subspace not in judgement.muted


@given(st.lists(SCORES, max_size=12), JUDGEMENTS)
def test_many_parts_are_judged_as_each_of_them(several: list[PartScores], judgement: Judgement) -> None:
    def peaks_of(index: int) -> np.ndarray:
        return np.array([scores.peaks[index] if index < len(scores.peaks) else np.nan for scores in several])

    def levels_of(name: str) -> np.ndarray:
        return np.array([dict(scores.channels).get(name, np.nan) for scores in several])

    defects = judgement.defects(np.array([scores.score for scores in several], np.float64), peaks_of, levels_of)
    assert defects.tolist() == [judgement.verdict(scores) == "defect" for scores in several]


def test_what_was_not_inspected_is_no_defect() -> None:
    nothing = np.array([np.nan])
    assert not Judgement(0.0).defects(nothing, lambda _index: nothing, lambda _name: nothing)[0]


@given(JUDGEMENTS, st.integers(0, 1000))
def test_json_brings_back_the_same(judgement: Judgement, smallest: int) -> None:
    areas = Areas((Area("ignore", "rectangle", ((0.0, 0.0), (0.5, 0.5))),))
    whole = Judgement(
        judgement.threshold, judgement.own_thresholds, smallest, areas, judgement.muted, judgement.channel_limits
    )
    assert Judgement.from_mapping(json.loads(json.dumps(whole.to_mapping()))) == whole
    assert hash(whole) is not None


@pytest.mark.parametrize(
    "values",
    [
        [],
        {"format_version": 2},
        {"threshold": "0.5"},
        {"threshold": True},
        {"threshold": 1.5},
        {"threshold": float("nan")},
        {"own_thresholds": {"0": 0.5}},
        {"own_thresholds": [[0]]},
        {"own_thresholds": [[-1, 0.5]]},
        {"own_thresholds": [[0, 2]]},
        {"own_thresholds": [[0.5, 0.5]]},
        {"own_thresholds": [[0, 0.5]] * 5000},
        {"smallest_region": -1},
        {"smallest_region": 2.5},
        {"smallest_region": 10**40},
        {"muted": [10**9]},
        {"muted": 3},
        {"areas": []},
        {"areas": {"format_version": 9}},
        {"channel_limits": {"self": 7}},
        {"channel_limits": [0.5]},
    ],
)
def test_impossible_judgements_are_refused(values: Any) -> None:
    with pytest.raises(SettingsError):
        Judgement.from_mapping(values)


def test_a_muted_subspace_has_no_say_at_any_threshold(tiny_inspector: Inspector) -> None:
    image = np.random.default_rng(2).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    (encoded,) = tiny_inspector.encode([image])
    result = tiny_inspector.score(encoded, tiny_inspector.settings.replace(muted=frozenset({1})))
    judgement = Judgement(1.0, ((1, 0.0),), muted=frozenset({1}))
    assert result.part_scores.peaks[1] == 0
    assert judgement.verdict(result.part_scores) == "good"
    assert judgement.reason(result.part_scores) is None
    assert result.judged_regions(judgement)[0] == ()
    # The result itself knows what was muted, so that the plain call finds nothing either.
    assert result.regions(1.0, 1, {1: 0.0}) == ()
    assert result.alarms({1: 0.0}) == ()
    with pytest.raises(SettingsError):
        result.alarms({99: 0.5})


def test_medians_of_several_looks() -> None:
    looks = [
        PartScores(0.1, (0.9, 0.0), (("self", 0.2),)),
        PartScores(0.8, (0.8, 0.1), (("self", 0.4), ("pool", 0.9))),
        PartScores(0.3, (0.7, 0.2), (("self", 0.3),)),
    ]
    assert median_scores(looks) == PartScores(0.3, (0.8, 0.1), (("self", 0.3),))
    assert median_scores(looks[:1]) == looks[0]


@pytest.mark.parametrize("smallest", [1, 10_000])
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.6, 0.9])
def test_a_result_without_limits_of_sizes_never_contradicts_itself(
    tiny_inspector: Inspector, threshold: float, smallest: int
) -> None:
    image = np.random.default_rng(3).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    result = tiny_inspector.score(tiny_inspector.encode([image])[0])
    for score in (0.05, 0.45, 0.95):
        made = dataclasses.replace(result, curve=None, score=score)
        judgement = Judgement(threshold, smallest_region=smallest)
        regions, area = made.judged_regions(judgement)
        assert bool(regions) is (judgement.verdict(made.part_scores) == "defect")
        assert area.any() == bool(regions)
