"""Levels of regions by their size, and the limits they are compared with."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.curve import SIZES, SLOPE, AreaCurve, area_levels, fitted_curve, log_odds

CURVE = AreaCurve((1, 2, 5), (1.0, 0.2, -0.5), 0.3)

maps = st.tuples(st.integers(1, 6), st.integers(1, 6)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5001, 0.7, 0.9, 1.0]))
)


def largest_region(above: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> int:
    """By flooding from every patch in turn, which is another way than the program's."""
    left = {(int(row), int(column)) for row, column in np.argwhere(above)}
    largest = 0
    while left:
        front, area = [left.pop()], 0
        while front:
            row, column = front.pop()
            area += 1
            near = {(row + down, column + across) for down in (-1, 0, 1) for across in (-1, 0, 1)} & left
            left -= near
            front += near
        largest = max(largest, area)
    return largest


@given(maps)
def test_levels_are_those_of_trying_every_threshold(values: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> None:
    expected = [
        max((float(level) for level in values.ravel() if largest_region(values >= level) >= size), default=-np.inf)
        for size in SIZES
    ]
    np.testing.assert_array_equal(area_levels(values, SIZES), expected)


@given(maps, st.sampled_from([0.0, 0.2, 0.5, 0.50001, 0.8, 1.0]), st.booleans())
def test_a_part_has_a_region_if_and_only_if_its_score_reaches_the_threshold(
    values: np.ndarray[tuple[int, int], np.dtype[np.float32]], threshold: float, half: bool
) -> None:
    inspected = np.ones(values.shape, np.bool_)
    if half:
        inspected[: len(values) // 2] = False
    found = CURVE.found(values, inspected)
    for limit in (threshold, found.regional, float(np.nextafter(found.regional, 2))):
        reached = CURVE.reaching(values, limit, inspected)
        assert reached.any() == (found.size > 0 and found.regional >= limit)
        assert not (reached & ~inspected).any()


@given(maps, st.booleans())
def test_scores_by_size_say_what_is_found_and_what_larger_regions_reach(
    values: np.ndarray[tuple[int, int], np.dtype[np.float32]], half: bool
) -> None:
    inspected = np.ones(values.shape, np.bool_)
    if half:
        inspected[: len(values) // 2] = False
    scores = CURVE.size_scores(values, inspected)
    assert len(scores) == len(SIZES)
    assert max(scores) == CURVE.found(values, inspected).regional
    for place, score in enumerate(scores):
        larger = max(scores[place:])
        assert score <= larger
        assert (score > 0) == (largest_region(inspected) >= SIZES[place])


@given(maps, st.floats(0, 1))
def test_the_score_never_falls_when_the_map_rises(
    values: np.ndarray[tuple[int, int], np.dtype[np.float32]], more: float
) -> None:
    raised = np.minimum(values + np.float32(more), 1)
    assert CURVE.found(raised).regional >= CURVE.found(values).regional


def test_a_small_region_must_be_hotter_than_a_large_one() -> None:
    small, large = np.zeros((2, 6, 6), np.float32)
    small[2, 2] = large[1:4, 1:3] = 0.55
    assert CURVE.found(small).regional < 0.5 < CURVE.found(large).regional
    assert CURVE.found(large).size == 5
    assert CURVE.reaching(large, 0.5).sum() == 6


def test_an_ignored_patch_has_no_say() -> None:
    values = np.full((4, 4), 0.1, np.float32)
    before = CURVE.found(values)
    values[0, 0] = 0.99
    inspected = np.ones((4, 4), np.bool_)
    inspected[0, 0] = False
    assert CURVE.found(values, inspected) == before
    assert CURVE.found(values, np.zeros((4, 4), np.bool_)) == (0.0, 0)


def test_the_whole_part_has_its_own_limit() -> None:
    assert CURVE.whole(None) == 0
    assert CURVE.whole(float(1 / (1 + np.exp(-0.3)))) == pytest.approx(0.5, abs=1e-6)
    assert AreaCurve(whole_limit=None).whole(1.0) == 0


def test_good_parts_reach_a_fitted_curve_at_the_rate_and_it_falls_evenly() -> None:
    random = np.random.default_rng(0)
    levels = random.normal(size=(4000, len(SIZES))) - np.arange(len(SIZES))
    curve = fitted_curve(levels, 0.04)
    assert (levels > curve.limits).any(axis=1).mean() == pytest.approx(0.04, abs=0.002)
    np.testing.assert_allclose(np.diff(curve.limits), -SLOPE * np.diff(np.log2(SIZES)))
    assert curve.whole_limit is None
    whole = random.normal(size=4000)
    both = fitted_curve(levels, 0.04, whole)
    assert both.whole_limit is not None
    reached = (levels > both.limits).any(axis=1) | (whole > both.whole_limit)
    assert 0.03 < reached.mean() <= 0.042


def test_the_excess_is_how_far_the_score_is_from_one_half() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        odds = random.normal(size=(5, 7)) * 2
        score = CURVE.found((1 / (1 + np.exp(-odds))).astype(np.float32)).regional
        assert log_odds(np.asarray(score)) == pytest.approx(CURVE.excess(odds), abs=1e-4)
        assert CURVE.raised(1.5).excess(odds) == pytest.approx(CURVE.excess(odds) - 1.5)


def test_curves_come_back_from_json_and_wrong_ones_are_refused() -> None:
    assert AreaCurve.from_mapping(CURVE.to_mapping()) == CURVE
    with pytest.raises(SettingsError, match="no curve"):
        AreaCurve.from_mapping({"sizes": [1]})
    for sizes, limits in (((1, 2), (0.0,)), ((2, 3), (0.0, 0.0)), ((1, 3, 2), (0.0, 0.0, 0.0)), ((), ())):
        with pytest.raises(SettingsError):
            AreaCurve(sizes, limits)
    with pytest.raises(SettingsError, match="not a number"):
        AreaCurve((1,), (float("nan"),))


def test_odds_stay_finite() -> None:
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
    assert log_odds(np.array([0.5]))[0] == pytest.approx(0)
