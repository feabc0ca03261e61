"""Distances of patches to others, compared with one pair after another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenclip_core.arrays import FloatArray, unit
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence import distances
from tokenclip_core.evidence.distances import distances_both_ways, distances_to_each, joined_tokens, nearest_distances
from tokenclip_core.evidence.self_similarity import self_distances


def tokens(count: int, width: int = 8, seed: int = 0) -> FloatArray:
    return unit(np.random.default_rng(seed).standard_normal((count, width), dtype=np.float32))


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.integers(1, 20), st.integers(64, 4096))
def test_each_part_is_compared_exactly_whatever_the_block(lengths: list[int], count: int, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distances, "BLOCK_BYTES", block)
        parts = [tokens(length, seed=10 + place) for place, length in enumerate(lengths)]
        own = tokens(count)
        starts = np.cumsum([0, *lengths[:-1]]).astype(np.intp)
        found, back = distances_both_ways(own, np.concatenate(parts), starts)
        np.testing.assert_array_equal(distances_to_each(own, np.concatenate(parts), starts), found)
    for part, row, theirs in zip(parts, found, np.split(back, starts[1:]), strict=True):
        np.testing.assert_allclose(row, [min(1 - part @ token) for token in own], atol=1e-6)
        np.testing.assert_allclose(theirs, [min(1 - own @ token) for token in part], atol=1e-6)


def test_the_nearest_of_all_is_the_nearest_of_any_part() -> None:
    own, others = tokens(7), tokens(40, seed=1)
    each = distances_to_each(own, others, np.array([0, 11, 25], np.intp))
    np.testing.assert_allclose(nearest_distances(own, others), each.min(axis=0), atol=1e-6)


def test_joined_blocks_have_the_weighted_mean_of_their_cosines() -> None:
    first, second = tokens(9, 4), tokens(9, 6, seed=1)
    joined = joined_tokens([first, second], [1, 3])
    np.testing.assert_allclose(np.linalg.norm(joined, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(joined @ joined.T, 0.25 * first @ first.T + 0.75 * second @ second.T, atol=1e-6)


@pytest.mark.parametrize("weights", [[1.0], [0.0, 0.0], [-1.0, 2.0]])
def test_weights_that_dont_fit_are_refused(weights: list[float]) -> None:
    with pytest.raises(SettingsError, match="blocks of evidence tokens"):
        joined_tokens([tokens(3), tokens(3)], weights)


@given(st.integers(2, 40), st.integers(0, 99), st.integers(64, 4096))
def test_self_distance_is_the_mean_to_the_nearest_others(count: int, seed: int, block: int) -> None:
    own = tokens(count, seed=seed)
    nearest = max(1, round(0.1 * (count - 1)))
    expected = [1 - np.sort(np.delete(own @ own[place], place))[-nearest:].mean() for place in range(count)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distances, "BLOCK_BYTES", block)
        np.testing.assert_allclose(self_distances(own), expected, atol=1e-6)


def test_an_odd_patch_among_equals_stands_out() -> None:
    own = unit(np.ones((400, 6), np.float32) + 0.01 * tokens(400, 6))
    own[123] = unit(np.array([1.0, -1, 1, -1, 1, -1], np.float32))
    found = self_distances(own)
    assert int(found.argmax()) == 123
    assert found[123] > 0.9
    assert np.sort(found)[-2] < 1e-3


def test_a_single_patch_is_as_far_as_can_be() -> None:
    assert self_distances(tokens(1)).tolist() == [2.0]
