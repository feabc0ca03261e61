from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from tokenclip_core.errors import SettingsError
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.inspection.result import find_regions
from tokenclip_core.inspection.tiling import Tiling
from tokenclip_core.judgement.areas import Area, Areas
from tokenclip_core.judgement.findings import Region
from tokenclip_core.judgement.judgement import Judgement


def test_regions_of_a_drawn_map() -> None:
    drawn = np.zeros((20, 30), np.float32)
    drawn[2:5, 3:9] = 0.6
    drawn[3, 4] = 0.9
    drawn[10, 10] = drawn[11, 11] = drawn[12, 12] = 0.95  # touches at corners only
    drawn[18, 29] = 0.5
    assert find_regions(drawn, 0.5) == (
        Region(10, 10, 3, 3, 3, pytest.approx(0.95)),
        Region(3, 2, 6, 3, 18, pytest.approx(0.9)),
        Region(29, 18, 1, 1, 1, pytest.approx(0.5)),
    )
    assert [region.area_px for region in find_regions(drawn, 0.5, minimum_area=2)] == [3, 18]
    assert find_regions(drawn, 0.96) == ()
    (everything,) = find_regions(drawn, 0.0)
    assert everything.area_px == 600


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), threshold=st.floats(0, 1))
def test_regions_equal_scipys_components(seed: int, threshold: float) -> None:
    values = np.random.default_rng(seed).random((23, 17), dtype=np.float32)
    labels, count = ndimage.label(values >= np.float32(threshold), structure=np.ones((3, 3)))
    regions = find_regions(values, float(np.float32(threshold)))
    assert len(regions) == count
    assert sum(region.area_px for region in regions) == int((labels > 0).sum())
    peaks = sorted((float(values[labels == label].max()) for label in range(1, count + 1)), reverse=True)
    assert [region.peak for region in regions] == peaks


@pytest.mark.parametrize(("threshold", "area"), [(-0.1, 1), (1.1, 1), (float("nan"), 1), (0.5, -1)])
def test_impossible_thresholds_are_refused(threshold: float, area: int) -> None:
    with pytest.raises(SettingsError):
        find_regions(np.zeros((4, 4), np.float32), threshold, area)


def test_a_channels_own_limit_makes_a_part_defective(tiny_inspector: Inspector) -> None:
    image = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    result = tiny_inspector.inspect(image)
    channels = {"self": np.array([[0.2, 0.9], [0.4, 0.3]], np.float32), "text": np.full((2, 2), 0.1, np.float32)}
    told = replace(result, score=0.3, channels=channels, ignored=None)
    assert dict(told.part_scores.channels) == {"self": pytest.approx(0.9), "text": pytest.approx(0.1)}
    judgement = Judgement(0.5, channel_limits=(("self", 0.8),))
    assert judgement.verdict(told.part_scores) == "defect"
    assert Judgement(0.5, channel_limits=(("text", 0.8),)).verdict(told.part_scores) == "good"
    left_out = replace(told, ignored=np.array([[False, True], [False, False]]))
    assert dict(left_out.part_scores.channels)["self"] == pytest.approx(0.4)
    assert judgement.verdict(left_out.part_scores) == "good"


def test_a_part_that_a_channel_makes_defective_has_a_region_there(tiny_inspector: Inspector) -> None:
    image = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    result = tiny_inspector.inspect(image)
    assert result.curve is not None
    spoken = np.zeros(result.token_map.shape, np.float32)
    spoken[1, 2] = 0.7
    told = replace(result, channels={"self": spoken})
    level = float(spoken[1, 2])
    for limit, defective in ((level, True), (float(np.nextafter(level, 2.0)), False)):
        judgement = Judgement(1.0, channel_limits=(("self", limit), ("consensus", 0.0)))
        regions, area = told.judged_regions(judgement)
        assert judgement.verdict(told.part_scores) == ("defect" if defective else "good")
        assert len(regions) == defective
        assert area.any() == defective
    (region,) = told.judged_regions(Judgement(1.0, channel_limits=(("self", level),)))[0]
    rows, columns = spoken.shape
    assert region.y * rows // 50 == 1
    assert region.x * columns // 70 in (1, 2)


def test_shares_of_a_region_sum_to_one(tiny_inspector: Inspector) -> None:
    image = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    result = tiny_inspector.inspect(image)
    whole = Region(0, 0, 70, 50, 3500, 1.0)
    shares = result.subspace_shares(whole)
    assert shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(shares, result.subspace_maps.sum((0, 1)) / result.token_map.sum(), atol=1e-5)
    corner = result.subspace_shares(Region(69, 49, 1, 1, 1, 1.0))
    np.testing.assert_allclose(corner, result.subspace_maps[-1, -1] / result.token_map[-1, -1], atol=1e-5)
    assert (result.width, result.height) == (70, 50)


def test_the_subspaces_maps_sum_to_the_map(tiny_inspector: Inspector) -> None:
    image = np.random.default_rng(1).integers(0, 255, (90, 70, 3), dtype=np.uint8)
    (encoded,) = tiny_inspector.encode([image])
    left = np.zeros((90, 70), bool)
    left[:, :30] = True
    for ignored in (None, left):
        result = tiny_inspector.score(encoded, ignored=ignored)
        maps = [result.subspace_map(index) for index in range(4)]
        assert all(own.shape == (90, 70) for own in maps)
        np.testing.assert_allclose(np.sum(maps, axis=0), result.anomaly_map, atol=1e-5)


def test_a_subspace_with_a_threshold_of_its_own(tiny_inspector: Inspector) -> None:
    result = tiny_inspector.inspect(np.random.default_rng(2).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    highest = max(range(4), key=lambda index: result.subspaces[index].anomaly)
    peak = result.subspaces[highest].anomaly
    own = np.kron(result.subspace_maps[..., highest], np.ones((8, 8), np.float32))
    assert result.regions(1.0) == ()
    regions, area = result.region_mask(1.0, 1, {highest: peak * 0.9})
    assert area.sum() == sum(region.area_px for region in regions) > 0
    assert (area == (own >= np.float32(peak * 0.9))).all()
    assert result.alarms({highest: result.subspaces[highest].anomaly}) == (highest,)
    assert result.alarms({highest: min(1.0, result.subspaces[highest].anomaly + 0.01)}) == ()
    smallest = min(region.area_px for region in regions)
    _, without = result.region_mask(1.0, smallest + 1, {highest: peak * 0.9})
    larger = sum(region.area_px for region in regions if region.area_px > smallest)
    assert without.sum() == (larger or regions[0].area_px), "the hottest stays, so that a defect is never without one"
    for wrong in ({9: 0.5}, {0: 2.0}):
        with pytest.raises(SettingsError):
            result.regions(0.5, 1, wrong)


def test_some_of_the_tapped_blocks(tiny_inspector: Inspector) -> None:
    (encoded,) = tiny_inspector.encode([np.random.default_rng(3).integers(0, 255, (64, 64, 3), dtype=np.uint8)])
    every = tiny_inspector.score(encoded)
    chosen = tiny_inspector.score(encoded, tiny_inspector.settings.replace(layers=(2, 4)))
    assert every.layers == (1, 2, 3, 4)
    assert chosen.layers == (2, 4)
    np.testing.assert_array_equal(chosen.layer_similarities, every.layer_similarities[[1, 3]])
    alone = [tiny_inspector.score(encoded, tiny_inspector.settings.replace(layers=(n,))) for n in (2, 4)]
    np.testing.assert_allclose(chosen.layer_maps, [one.token_map for one in alone], atol=1e-6)
    np.testing.assert_allclose(chosen.token_map, np.mean([one.token_map for one in alone], axis=0), atol=1e-6)
    with pytest.raises(SettingsError, match="block 7"):
        tiny_inspector.score(encoded, tiny_inspector.settings.replace(layers=(2, 7)))


@pytest.mark.parametrize("rarity_scale", [0.0, 0.2])
def test_the_map_is_the_mean_of_its_layers(tiny_inspector: Inspector, rarity_scale: float) -> None:
    image = np.random.default_rng(5).integers(0, 255, (64, 80, 3), dtype=np.uint8)
    left = np.zeros((64, 80), bool)
    left[:, :24] = True
    scored_by = tiny_inspector.settings.replace(rarity_scale=rarity_scale)
    tiling = Tiling(48, 16)
    for encoded in (tiny_inspector.encode([image])[0], tiny_inspector.encode_tiled(image, tiling)):
        for ignored in (None, left):
            result = tiny_inspector.score(encoded, scored_by, ignored=ignored)
            assert result.layer_maps.shape == (4, *result.token_map.shape)
            assert result.layer_maps.std(axis=0).max() > 0
            np.testing.assert_allclose(result.layer_maps.mean(axis=0), result.token_map, atol=1e-6)


def test_solo_of_all_subspaces_is_the_normal_map(tiny_inspector: Inspector) -> None:
    """Hearing every subspace is hearing the mix; each alone gives all its weight to itself."""
    (encoded,) = tiny_inspector.encode([np.random.default_rng(4).integers(0, 255, (64, 64, 3), dtype=np.uint8)])
    normal = tiny_inspector.score(encoded)
    heard = frozenset(range(4))
    same = tiny_inspector.score(encoded, tiny_inspector.settings.replace(muted=frozenset(range(4)) - heard))
    assert same.score == normal.score
    np.testing.assert_array_equal(same.anomaly_map, normal.anomaly_map)


def test_the_size_of_a_result_counts_every_array(tiny_inspector: Inspector) -> None:
    """Caches are bounded by it."""
    image = np.random.default_rng(0).integers(0, 255, (64, 96, 3), dtype=np.uint8)
    part = Areas((Area("ignore", "rectangle", ((0.0, 0.0), (0.5, 1.0))),))
    settings = tiny_inspector.settings.replace(rarity_scale=0.2)
    result = tiny_inspector.score(tiny_inspector.encode([image])[0], settings, ignored=part)
    assert result.rarity is not None
    assert result.ignored is not None
    arrays = [value for value in vars(result).values() if isinstance(value, np.ndarray)]
    arrays += result.channels.values()
    assert result.nbytes == sum(array.nbytes for array in arrays)
