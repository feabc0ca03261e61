from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenclip_core.errors import SettingsError
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.judgement.areas import Area, Areas

LEFT = Area("ignore", "rectangle", ((0.0, 0.0), (0.5, 1.0)))
MIDDLE = Area("include", "rectangle", ((0.75, 0.75), (0.25, 0.25)))
TRIANGLE = Area("ignore", "polygon", ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
STROKE = Area("ignore", "brush", ((0.0, 0.5), (1.0, 0.5)), 0.25)


def part(seed: int, height: int = 64, width: int = 64) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.integers(0, 255, (height, width, 3), dtype=np.uint8)


def test_areas_cover_what_they_are_drawn_around() -> None:
    assert LEFT.covers(2, 4).tolist() == [[True, True, False, False]] * 2
    assert MIDDLE.covers(4, 4).sum() == 4
    assert TRIANGLE.covers(400, 400).mean() == pytest.approx(0.5, abs=0.01)
    stroke = STROKE.covers(400, 400)
    assert stroke.mean() == pytest.approx(0.25, abs=0.01)
    assert stroke[200].all()
    assert not stroke[100].any()
    dot = Area("ignore", "brush", ((0.5, 0.5),), 0.5).covers(400, 400)
    assert dot.mean() == pytest.approx(np.pi * 0.25**2, abs=0.01)


def test_what_is_included_is_inspected_without_what_is_ignored() -> None:
    assert not Areas().ignored(4, 4).any()
    assert (~Areas((MIDDLE,)).ignored(4, 4)).sum() == 4
    both = Areas((LEFT, MIDDLE))
    assert (both.ignored(4, 4) == Areas((MIDDLE, LEFT)).ignored(4, 4)).all()
    assert np.argwhere(~both.ignored(4, 4)).tolist() == [[1, 2], [2, 2]]
    assert np.argwhere(~both.ignored_patches((4, 4))).tolist() == [[1, 2], [2, 2]]


def test_half_of_a_patch_is_not_enough() -> None:
    half = Areas((Area("ignore", "rectangle", ((0.0, 0.0), (0.125, 1.0))),))
    more = Areas((Area("ignore", "rectangle", ((0.0, 0.0), (0.141, 1.0))),))
    assert not half.ignored_patches((4, 4)).any()
    assert more.ignored_patches((4, 4))[:, 0].all()


def test_a_file_brings_back_the_same_areas(tmp_path: Path) -> None:
    region = Areas((LEFT, MIDDLE, TRIANGLE, STROKE))
    file = tmp_path / "new folder" / "region.json"
    region.save(file)
    assert Areas.load(file) == region
    assert hash(Areas.load(file)) == hash(region)
    with pytest.raises(SettingsError, match="cannot be read"):
        Areas.load(tmp_path / "missing.json")
    for text in ("", "[]", "{}", '{"format_version": 2, "areas": []}', '{"format_version": 1, "areas": [{}]}'):
        file.write_text(text)
        with pytest.raises(SettingsError, match=r"no areas|areas have"):
            Areas.load(file)
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be written"):
        region.save(tmp_path / "file" / "region.json")


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "other"},
        {"shape": "other"},
        {"points": [[0, 0]]},
        {"points": [[0, 0], [float("nan"), 1]]},
        {"points": [[0, 0], [9, 1]]},
        {"points": 3},
        {"shape": "brush"},
        {"shape": "brush", "width": -1},
    ],
)
def test_impossible_areas_are_refused(change: dict[str, object]) -> None:
    values = Areas((LEFT,)).to_mapping()
    values["areas"][0].update(change)
    with pytest.raises(SettingsError):
        Areas.from_mapping(json.loads(json.dumps(values)))


@settings(max_examples=20, deadline=None)
@given(areas=st.lists(st.sampled_from([LEFT, MIDDLE, TRIANGLE, STROKE]), max_size=3), seed=st.integers(0, 9))
def test_ignored_patches_have_no_weight_in_the_plan(areas: list[Area], seed: int, tiny_inspector: Inspector) -> None:
    region = Areas(tuple(areas))
    (encoded,) = tiny_inspector.encode([part(seed)])
    result = tiny_inspector.score(encoded, ignored=region)
    ignored = region.ignored_patches((8, 8))
    if not ignored.any():
        assert result.ignored is None
        return
    assert not result.transport_plan.reshape(8, 8, -1)[ignored].any()
    assert not result.assignment[ignored].any()
    assert not result.token_map[ignored].any()
    assert not result.subspace_maps[ignored].any()
    if ignored.all():
        assert result.score == 0
    else:
        rows = result.transport_plan.reshape(8, 8, -1)[~ignored].sum(axis=-1)
        np.testing.assert_allclose(rows, 1 / 64, rtol=1e-4)
        assert sum(subspace.contribution for subspace in result.subspaces) == pytest.approx(result.score, abs=1e-5)


def test_what_is_not_ignored_stays_as_it_was(tiny_inspector: Inspector) -> None:
    """Leaving out an area changes nothing elsewhere: the encoder and the transport have seen it all the same."""
    (encoded,) = tiny_inspector.encode([part(3)])
    region = Areas((LEFT,))
    kept = ~region.ignored_patches((8, 8))
    whole, partly = tiny_inspector.score(encoded), tiny_inspector.score(encoded, ignored=region)
    for name in ("token_map", "assignment", "subspace_maps"):
        np.testing.assert_array_equal(getattr(partly, name)[kept], getattr(whole, name)[kept])
    places = kept.reshape(-1)
    np.testing.assert_array_equal(partly.transport_plan[places], whole.transport_plan[places])


def test_one_region_fits_parts_of_all_sizes(tiny_inspector: Inspector) -> None:
    region = Areas((LEFT, STROKE))
    images = [part(1), part(2, 64, 128), part(3), part(4, 7, 9)]
    for image, result in zip(images, tiny_inspector.inspect_batch(images, ignored=region), strict=True):
        alone = tiny_inspector.inspect(image, ignored=region)
        assert result.score == pytest.approx(alone.score, abs=1e-6)
        assert result.ignored is not None
        np.testing.assert_array_equal(result.ignored, alone.ignored)
        assert not any(found.x + found.width <= image.shape[1] // 2 for found in result.regions(0.0))


def test_marked_defects_say_nothing_of_what_is_inspected() -> None:
    spot = Area("defect", "rectangle", ((0.0, 0.0), (0.5, 0.5)))
    ignored = Area("ignore", "rectangle", ((0.5, 0.5), (1.0, 1.0)))
    areas = Areas((spot, ignored))
    assert areas.only("defect") == Areas((spot,))
    assert areas.defective(4, 4).sum() == 4
    assert not areas.only("ignore").defective(4, 4).any()
    np.testing.assert_array_equal(areas.ignored(4, 4), Areas((ignored,)).ignored(4, 4))
    assert Areas.from_mapping(areas.to_mapping(), ("ignore", "defect")) == areas
    # A recipe that marks defects would mark them on every part.
    with pytest.raises(SettingsError, match="'defect'"):
        Areas.from_mapping(areas.to_mapping())
