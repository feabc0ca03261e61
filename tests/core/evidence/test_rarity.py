"""How rare a patch is in its own part."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import normalize

from tokenclip_core.evidence.rarity import NEAREST_SHARE, patch_rarities, rarity_factor
from tokenclip_core.inspection.inspector import Inspector


def tokens(count: int, width: int = 8, seed: int = 0) -> torch.Tensor:
    return normalize(torch.randn(count, width, generator=torch.Generator().manual_seed(seed)), dim=-1)


def test_it_is_the_mean_distance_to_the_nearest_others() -> None:
    features = tokens(12)
    cosines = (features @ features.T).numpy()
    count = int(NEAREST_SHARE * 12)
    expected = [1 - np.sort(np.delete(cosines[place], place))[-count:].mean() for place in range(12)]
    np.testing.assert_allclose(patch_rarities(features, (3, 4)).numpy(), expected, atol=1e-6)


def test_an_odd_patch_among_equals_is_rare_and_the_equals_are_not() -> None:
    features = normalize(torch.ones(400, 6) + 0.01 * tokens(400, 6), dim=-1)
    features[123] = normalize(torch.tensor([1.0, -1, 1, -1, 1, -1]), dim=0)
    rarities = patch_rarities(features, (20, 20))
    assert int(rarities.argmax()) == 123
    assert float(rarities[123]) > 0.9
    assert float(rarities.sort().values[-2]) < 1e-3


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_any_grid_gives_values_in_range_and_layers_stand_alone(height: int, width: int, seed: int) -> None:
    features = torch.stack([tokens(height * width, seed=seed), tokens(height * width, seed=seed + 1)])
    rarities = patch_rarities(features, (height, width))
    assert rarities.shape == (2, height * width)
    assert float(rarities.min()) >= 0
    assert float(rarities.max()) <= 2
    torch.testing.assert_close(rarities[1], patch_rarities(features[1], (height, width)))
    factor = rarity_factor(rarities, 0.1)
    assert float(factor.min()) >= 0
    assert float(factor.max()) <= 1


def test_a_single_patch_counts_in_full() -> None:
    rarities = patch_rarities(tokens(1), (1, 1))
    assert float(rarities[0]) == 2
    assert float(rarity_factor(rarities, 0.1)[0]) == pytest.approx(1)


def test_the_scale_is_where_the_factor_reaches_its_share() -> None:
    assert float(rarity_factor(torch.tensor(0.2), 0.2)) == pytest.approx(1 - 1 / math.e)


def test_an_inspection_says_how_rare_its_patches_are(tiny_inspector: Inspector) -> None:
    image = np.random.default_rng(1).integers(0, 255, (70, 90, 3), np.uint8)
    (encoded,) = tiny_inspector.encode([image])
    plain = tiny_inspector.score(encoded)
    assert plain.rarity is None
    scaled = tiny_inspector.score(encoded, tiny_inspector.settings.replace(rarity_scale=0.05))
    assert scaled.rarity is not None
    assert scaled.rarity.shape == scaled.token_map.shape
    assert np.all(scaled.token_map <= plain.token_map)
    assert np.all(scaled.token_map[scaled.rarity < 0.9] < plain.token_map[scaled.rarity < 0.9])
    restricted = tiny_inspector.settings.replace(rarity_scale=0.05, layers=encoded.layers[:1])
    assert tiny_inspector.score(encoded, restricted).token_map.shape == plain.token_map.shape
