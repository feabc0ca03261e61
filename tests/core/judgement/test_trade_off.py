"""What thresholds cost and bring: the same as counting says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, roc_curve

from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.trade_off import trade_off

scores = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0]), min_size=1, max_size=20)


@given(scores, scores)
def test_counts_are_those_of_each_threshold(good: list[float], defective: list[float]) -> None:
    found = trade_off(good, defective)
    assert (np.diff(found.thresholds) < 0).all()
    for threshold, rejected, hits in zip(
        found.thresholds.tolist(), found.good_rejected.tolist(), found.defective_found.tolist(), strict=True
    ):
        assert rejected == sum(score >= threshold for score in good)
        assert hits == sum(score >= threshold for score in defective)
    labels = [0] * len(good) + [1] * len(defective)
    rejects, hits_of, _ = roc_curve(labels, good + defective, drop_intermediate=False)
    points = set(zip(found.false_reject_rates.round(9).tolist(), found.found_rates.round(9).tolist(), strict=True))
    # Where a score is 1, no threshold rejects nothing.
    expected = set(zip(rejects.round(9).tolist(), hits_of.round(9).tolist(), strict=True))
    assert points == expected - ({(0.0, 0.0)} if max(good + defective) == 1 else set())


@given(scores, scores, st.sampled_from([0.0, 1.0, 5.0]), st.sampled_from([1.0, 20.0]))
def test_the_choices_are_the_best_ones(good: list[float], defective: list[float], reject: float, miss: float) -> None:
    found = trade_off(good, defective)
    labels = [0] * len(good) + [1] * len(defective)
    every = good + defective

    def f1(threshold: float) -> float:
        return float(f1_score(labels, [score >= threshold for score in every], zero_division=0))

    def cost(threshold: float) -> float:
        missed = sum(score < threshold for score in defective)
        return reject * sum(score >= threshold for score in good) + miss * missed

    assert f1(found.best_f1()) == pytest.approx(max(f1(threshold) for threshold in found.thresholds.tolist()))
    cheapest = min(cost(threshold) for threshold in found.thresholds.tolist())
    assert cost(found.cheapest(reject, miss)) == pytest.approx(cheapest)


def test_what_can_not_be_compared() -> None:
    for good, defective in (([], [0.5]), ([0.5], []), ([0.5], [1.5]), ([float("nan")], [0.5])):
        with pytest.raises(SettingsError):
            trade_off(good, defective)
    for costs in ((-1.0, 1.0), (0.0, 0.0), (float("inf"), 1.0), (float("nan"), 1.0)):
        with pytest.raises(SettingsError):
            trade_off([0.1], [0.9]).cheapest(*costs)
