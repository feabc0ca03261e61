"""Which patches stand out, and what a part's most anomalous place comes from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.inspection.patches import dominant_subspaces, peak_shares, strongest_patches


def test_the_strongest_patches_come_in_order() -> None:
    values = np.zeros((4, 5), np.float32)
    values[0, 0], values[3, 4], values[2, 1] = 0.5, 0.9, 0.7
    assert strongest_patches(values, 2) == [(3, 4), (2, 1)]
    assert strongest_patches(values, 9) == [(3, 4), (2, 1), (0, 0)]


def test_a_neighbour_of_a_stronger_patch_is_left_out() -> None:
    values = np.zeros((3, 4), np.float32)
    values[1, 1], values[2, 2], values[1, 3] = 0.9, 0.8, 0.7
    assert strongest_patches(values, 3) == [(1, 1), (1, 3)]


@given(arrays(np.float32, (5, 6), elements=st.floats(0, 1, width=32)), st.integers(0, 8))
def test_chosen_patches_never_touch(values: np.ndarray, count: int) -> None:
    chosen = strongest_patches(values, count)
    assert len(chosen) <= count
    for place, (row, column) in enumerate(chosen):
        assert values[row, column] > 0
        assert all(max(abs(row - r), abs(column - c)) > 1 for r, c in chosen[:place])
    if count and values.max() > 0:
        assert values[chosen[0]] == values.max()


def test_shares_come_from_the_connected_place_of_the_peak_alone() -> None:
    token_map = np.zeros((4, 6), np.float32)
    parts = np.zeros((4, 6, 3), np.float32)
    for row, column, shares in ((0, 0, (0.6, 0.2, 0.0)), (1, 1, (0.3, 0.2, 0.0)), (3, 5, (0.0, 0.0, 0.7))):
        parts[row, column] = shares
        token_map[row, column] = sum(shares)
    np.testing.assert_allclose(peak_shares(token_map, parts), [0.9 / 1.3, 0.4 / 1.3, 0], rtol=1e-5)


def test_nothing_anomalous_has_no_shares() -> None:
    assert peak_shares(np.zeros((2, 2), np.float32), np.zeros((2, 2, 3), np.float32)).tolist() == [0, 0, 0]
    assert dominant_subspaces(np.zeros(3, np.float32)) == ()


def test_a_second_subspace_is_named_when_it_is_close() -> None:
    assert dominant_subspaces(np.array([0.2, 0.5, 0.3], np.float32)) == (1, 2)
    assert dominant_subspaces(np.array([0.1, 0.7, 0.2], np.float32)) == (1,)
    assert dominant_subspaces(np.array([1.0], np.float32)) == (0,)


def test_patches_are_compared_by_unit_tokens(tiny_inspector: Inspector) -> None:
    image = np.random.default_rng(0).integers(0, 255, (70, 90, 3), np.uint8)
    (encoded,) = tiny_inspector.encode([image])
    tokens = encoded.patch_tokens()
    assert tokens is not None
    assert tokens.shape == (63, tiny_inspector.backbone.embed_dim)
    assert tokens.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(tokens, axis=1), 1, atol=1e-5)
    assert encoded.patch_features is not None
    direction = encoded.patch_features.mean(axis=0)
    np.testing.assert_allclose((tokens * direction).sum(axis=1), np.linalg.norm(direction, axis=1), atol=1e-5)
    assert replace(encoded, patch_features=None).patch_tokens() is None
