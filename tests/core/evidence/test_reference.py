"""Good parts on a shelf."""

from __future__ import annotations

import numpy as np
import pytest

from tokenclip_core.arrays import FloatArray, unit
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.distances import nearest_distances
from tokenclip_core.evidence.reference import GoodPart, ReferenceShelf, greedy_coreset


def good_part(number: int, count: int = 30, width: int = 10) -> GoodPart:
    random = np.random.default_rng(number)
    tokens = unit(random.standard_normal((count, width), dtype=np.float32))
    return GoodPart(f"good {number}", f"{number:064x}", tokens, tokens.mean(axis=0))


def test_a_patch_is_as_far_as_the_nearest_patch_of_any_good_part() -> None:
    parts = [good_part(number) for number in range(5)]
    shelf, own = ReferenceShelf.of(parts), good_part(9).tokens
    found = shelf.distances(own)
    np.testing.assert_array_equal(found, nearest_distances(own, np.concatenate([part.tokens for part in parts])))


def test_a_good_part_is_not_compared_with_itself() -> None:
    parts = [good_part(number) for number in range(3)]
    shelf = ReferenceShelf.of(parts)
    with_itself, without = shelf.distances(parts[1].tokens), shelf.distances(parts[1].tokens, parts[1].sha256)
    assert with_itself is not None
    assert with_itself.max() < 1e-6
    np.testing.assert_array_equal(without, ReferenceShelf.of([parts[0], parts[2]]).distances(parts[1].tokens))
    assert ReferenceShelf.of(parts[:1]).distances(parts[0].tokens, parts[0].sha256) is None


def test_thousands_of_patches_are_thinned_to_a_bounded_shelf_that_covers_them() -> None:
    parts = [good_part(number) for number in range(40)]
    shelf = ReferenceShelf.of(parts, most_tokens=200)
    assert shelf.tokens.shape == (200, 10)
    assert shelf.seen == 1200
    assert shelf.nbytes < 200 * 10 * 4 + 200 * 8 + 40 * 10 * 4 + 1
    for place, owner in enumerate(shelf.owners):
        assert (parts[owner].tokens == shelf.tokens[place]).all(axis=1).any(), "a token belongs to its owner"


def covering_radius(tokens: FloatArray, places: np.ndarray[tuple[int], np.dtype[np.intp]]) -> float:
    return float(nearest_distances(tokens, tokens[places]).max())


def test_a_greedy_coreset_covers_better_than_chance_and_is_the_same_every_time() -> None:
    random = np.random.default_rng(0)
    crowd = unit(np.ones((500, 16), np.float32) + 0.05 * random.standard_normal((500, 16), dtype=np.float32))
    odd = unit(random.standard_normal((20, 16), dtype=np.float32))
    tokens = np.concatenate([crowd, odd])
    places = greedy_coreset(tokens, 40)
    np.testing.assert_array_equal(places, greedy_coreset(tokens, 40))
    by_chance = np.sort(random.permutation(520)[:40]).astype(np.intp)
    assert covering_radius(tokens, places) < 0.2 * covering_radius(tokens, by_chance)
    np.testing.assert_array_equal(greedy_coreset(tokens, 999), np.arange(520))


def test_the_nearest_patches_are_named() -> None:
    parts = [good_part(number) for number in range(4)]
    shelf = ReferenceShelf.of(parts)
    owner, place, distance = shelf.nearest(parts[2].tokens[7])[0]
    assert (owner, place) == (2, 67)
    assert abs(distance) < 1e-6


def test_no_parts_and_parts_of_two_models_are_refused() -> None:
    with pytest.raises(SettingsError, match="no good parts"):
        ReferenceShelf.of([])
    with pytest.raises(SettingsError, match="another model"):
        ReferenceShelf.of([good_part(0), good_part(1, width=11)])
