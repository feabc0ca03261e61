"""Large parts tile by tile: exact cover, no seams, and each tile as if it were a part."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenclip_core.errors import ImageError, SettingsError
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.inspection.tiled_part import TiledResult
from tokenclip_core.inspection.tiling import TiledArea, Tiling, tiles_of
from tokenclip_core.judgement.areas import Areas


def part(height: int, width: int) -> npt.NDArray[np.uint8]:
    """A smooth part with a dark mark near its right bottom corner."""
    rows, columns = np.mgrid[0:height, 0:width]
    grey = 128 + 50 * np.sin(rows / 17) * np.cos(columns / 23)
    grey[height * 3 // 4 : height * 3 // 4 + 8, width * 3 // 4 : width * 3 // 4 + 8] = 10
    return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)


def inspect_tiled(
    inspector: Inspector,
    image: npt.NDArray[np.uint8],
    tiling: Tiling,
    ignored: npt.NDArray[np.bool_] | Areas | None = None,
) -> TiledResult:
    result = inspector.inspect(image, tiling=tiling, ignored=ignored)
    assert isinstance(result, TiledResult)
    return result


@given(st.integers(1, 500), st.integers(1, 500), st.integers(32, 140), st.floats(0, 0.5))
def test_tiles_cover_odd_sizes_exactly(height: int, width: int, tile: int, share: float) -> None:
    tiling = Tiling(tile, int(share * tile))
    tiles = tiles_of(height, width, tiling)
    covered = np.zeros((height, width), np.int64)
    for one in tiles:
        assert one.x >= 0
        assert one.y >= 0
        assert one.x + one.width <= width
        assert one.y + one.height <= height
        assert (one.width, one.height) == (min(tile, width), min(tile, height))
        covered[one.y : one.y + one.height, one.x : one.x + one.width] += 1
    assert covered.min() >= 1
    xs = sorted({one.x for one in tiles})
    assert all(right - left <= tile - tiling.overlap for left, right in itertools.pairwise(xs))


def same(first: InspectionResult, second: InspectionResult) -> None:
    assert first.score == pytest.approx(second.score, abs=1e-6)
    assert first.token_map.shape == second.token_map.shape
    for name in ("anomaly_map", "token_map", "assignment", "transport_plan", "layer_similarities", "subspace_maps"):
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), atol=1e-5)
    for one, other in zip(first.subspaces, second.subspaces, strict=True):
        assert (one.mass, one.anomaly, one.contribution) == pytest.approx(
            (other.mass, other.anomaly, other.contribution), abs=1e-5
        )


def test_a_small_part_is_one_tile_and_equals_the_plain_inspection(tiny_inspector: Inspector) -> None:
    image = part(70, 90)
    plain = tiny_inspector.inspect(image)
    tiling = Tiling(128, 16)
    inspected = tiny_inspector.inspect(image, tiling=tiling)
    assert not isinstance(inspected, TiledResult)
    same(inspected, plain)
    one_tile = tiny_inspector.score(tiny_inspector.encode_tiled(image, tiling))
    assert isinstance(one_tile, TiledResult)
    assert len(one_tile.tiles) == 1
    same(one_tile, plain)


def test_a_batch_cuts_its_large_parts_alone(tiny_inspector: Inspector) -> None:
    images = [part(70, 90), part(139, 199), part(72, 90)]
    tiling = Tiling(128, 16)
    found = tiny_inspector.inspect_batch(images, tiling=tiling)
    assert [isinstance(result, TiledResult) for result in found] == [False, True, False]
    for result, image in zip(found, images, strict=True):
        same(result, tiny_inspector.inspect(image, tiling=tiling))


def test_patches_of_the_whole_part_are_those_of_its_tiles(tiny_inspector: Inspector) -> None:
    image = part(139, 199)
    tiled = inspect_tiled(tiny_inspector, image, Tiling(80, 20))
    gh, gw = tiled.token_map.shape
    (_, first), (_, last) = tiled.tiles[0], tiled.tiles[-1]
    assert (gh, gw) == (round(139 * first.token_map.shape[0] / 80), round(199 * first.token_map.shape[1] / 80))
    np.testing.assert_array_equal(tiled.assignment[0, 0], first.assignment[0, 0])
    np.testing.assert_array_equal(tiled.similarities[-1, -1], last.similarities[-1, -1])
    np.testing.assert_allclose(tiled.assignment.sum(axis=2), 1, atol=1e-5)
    np.testing.assert_allclose(tiled.subspace_maps.sum(axis=2), tiled.token_map, atol=1e-5)
    assert tiled.transport_plan.sum() == pytest.approx(1, abs=0.1)
    assert sum(own.mass for own in tiled.subspaces) == pytest.approx(1)
    assert sum(own.contribution for own in tiled.subspaces) == pytest.approx(tiled.score, abs=1e-5)
    together = sum(tiled.subspace_map(index) for index in range(len(tiled.subspaces)))
    np.testing.assert_allclose(together, tiled.anomaly_map, atol=1e-4)


def test_encoding_tiles_can_be_stopped_between_them(tiny_inspector: Inspector) -> None:
    class StoppedError(Exception):
        pass

    calls = []

    def between() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        tiny_inspector.encode_tiled(part(200, 300), Tiling(40), between=between)


@given(st.integers(33, 300), st.integers(33, 300), st.integers(32, 90), st.integers(1, 9), st.integers(1, 9))
def test_every_patch_is_gathered_from_a_tile(height: int, width: int, tile: int, gh: int, gw: int) -> None:
    area = TiledArea(height, width, Tiling(tile, tile // 4))
    whole = area.gathered([np.ones((gh, gw), np.int64)] * len(area.tiles), (gh, gw))
    assert whole.shape == area.grid((gh, gw))
    assert whole.min() == 1


def test_the_inside_of_a_tile_equals_the_tile_inspected_alone(tiny_inspector: Inspector) -> None:
    image = part(139, 199)
    tiled = inspect_tiled(tiny_inspector, image, Tiling(80, 20))
    times = np.zeros(image.shape[:2], np.int64)
    for tile, _ in tiled.tiles:
        times[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width] += 1
    assert len(tiled.tiles) == 2 * 3
    for tile, result in tiled.tiles:
        place = (slice(tile.y, tile.y + tile.height), slice(tile.x, tile.x + tile.width))
        alone = tiny_inspector.inspect(np.ascontiguousarray(image[place]))
        assert result.score == pytest.approx(alone.score, abs=1e-5)
        inside = times[place] == 1
        assert inside.any()
        np.testing.assert_array_equal(tiled.anomaly_map[place][inside], result.anomaly_map[inside])
        np.testing.assert_allclose(tiled.anomaly_map[place][inside], alone.anomaly_map[inside], atol=1e-5)
    # Where tiles overlap, one of them has its say about a patch.
    assert tiled.curve is not None
    assert tiled.score == max(tiled.curve.found(tiled.token_map).regional, tiled.whole)
    assert tiled.score <= max(result.score for _, result in tiled.tiles)


def test_no_seam_is_left_where_tiles_overlap(tiny_inspector: Inspector) -> None:
    image = part(80, 200)
    tiled = inspect_tiled(tiny_inspector, image, Tiling(80, 40))
    (first, left), (second, right) = tiled.tiles[:2]
    shared = slice(second.x, first.x + first.width)
    width = shared.stop - shared.start
    assert width >= 40
    # Halfway both count alike, at the ends one alone: the map goes from one to the other without a step.
    one, other = left.anomaly_map[:, second.x :], right.anomaly_map[:, :width]
    share = (np.arange(width) + 0.5) / width
    np.testing.assert_allclose(tiled.anomaly_map[:, shared], one * (1 - share) + other * share, atol=1e-6)
    lower, upper = np.minimum(one, other), np.maximum(one, other)
    assert (tiled.anomaly_map[:, shared] >= lower - 1e-6).all()
    assert (tiled.anomaly_map[:, shared] <= upper + 1e-6).all()


def test_ignored_areas_and_tiles(tiny_inspector: Inspector) -> None:
    image = part(160, 160)
    ignored = np.zeros((160, 160), bool)
    ignored[:80] = True
    tiled = inspect_tiled(tiny_inspector, image, Tiling(80), ignored=ignored)
    assert [(tile.x, tile.y) for tile, _ in tiled.tiles] == [(0, 80), (80, 80)]
    assert tiled.anomaly_map[:80].max() == 0
    assert tiled.subspace_map(0)[:80].max() == 0
    gone = tiled.ignored
    assert gone is not None
    np.testing.assert_array_equal(gone, np.arange(len(gone))[:, None] * 2 < len(gone) * np.ones(gone.shape[1]))
    assert not tiled.transport_plan.reshape(*gone.shape, -1)[gone].any()
    assert not tiled.assignment[gone].any()
    assert tiled.anomaly_map[80:].max() > 0
    assert all(region.y >= 80 for region in tiled.regions(0))
    nothing = inspect_tiled(tiny_inspector, image, Tiling(80), ignored=np.ones((160, 160), bool))
    assert (nothing.score, nothing.tiles, nothing.regions(0)) == (0.0, (), ())
    assert nothing.token_map.shape == tiled.token_map.shape
    plain = inspect_tiled(tiny_inspector, image, Tiling(80), ignored=Areas())
    assert len(plain.tiles) == 4


def test_what_cannot_be_cut_is_refused(tiny_inspector: Inspector) -> None:
    with pytest.raises(SettingsError, match="at least 32"):
        Tiling(16)
    with pytest.raises(SettingsError, match="half of a tile's side"):
        Tiling(64, 33)
    with pytest.raises(SettingsError, match="expected the image's"):
        inspect_tiled(tiny_inspector, part(80, 80), Tiling(64), ignored=np.zeros((8, 8), bool))
    with pytest.raises(ImageError):
        inspect_tiled(tiny_inspector, np.zeros((80, 80), np.uint8), Tiling(64))
