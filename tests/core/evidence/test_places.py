"""Parts in a fixture are compared place by place, so that a good structure at a wrong place is seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tokenclip_core import Inspector, Judgement, Recipe, load_image
from tokenclip_core.arrays import FloatArray, unit
from tokenclip_core.commands.cli import main
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.consensus import ConsensusPool, PoolPart, mean_token
from tokenclip_core.evidence.evidence import Evidence
from tokenclip_core.evidence.places import Elsewhere, Near, places_of
from tokenclip_core.evidence.reference import GoodPart, ReferenceShelf
from tokenclip_core.evidence.self_similarity import self_distances

GRID = (6, 8)
NEAR = Near(GRID, 0.15)


def part_tokens(number: int, *, misplaced: bool = False) -> FloatArray:
    """Tokens of a part whose left half looks other than its right half, each patch a little by chance."""
    random = np.random.default_rng(number)
    kinds = np.random.default_rng(0).standard_normal((2, 32)).astype(np.float32)
    right = places_of(GRID)[:, 1] > 0.5
    if misplaced:
        right = right.copy()
        right[0] = True
    made: FloatArray = unit(kinds[right.astype(int)] + 0.2 * random.standard_normal((len(right), 32), dtype=np.float32))
    return made


def good_parts(count: int) -> list[GoodPart]:
    tokens = [part_tokens(number) for number in range(count)]
    return [GoodPart(f"good {n}", f"{n:064x}", one, one.mean(axis=0), GRID) for n, one in enumerate(tokens)]


def pool_of(count: int, grid: tuple[int, int] | None = GRID) -> ConsensusPool:
    tokens = [part_tokens(number) for number in range(count)]
    return ConsensusPool(tuple(PoolPart(str(n), one, mean_token(one), grid) for n, one in enumerate(tokens)))


def test_places_are_the_centres_of_patches_row_by_row() -> None:
    np.testing.assert_allclose(places_of((1, 2)), [[0.5, 0.25], [0.5, 0.75]])
    assert places_of((2, 3))[3].tolist() == pytest.approx([0.75, 1 / 6])


@pytest.mark.parametrize("reach", [0.001, 0.1, 0.25, 1.0])
@pytest.mark.parametrize("grid", [(1, 1), (3, 5), (14, 14)])
def test_every_patch_is_compared_with_some(grid: tuple[int, int], reach: float) -> None:
    elsewhere = Elsewhere(places_of((7, 9)), places_of(grid), reach)
    far = elsewhere[:]
    np.testing.assert_array_equal(np.concatenate([elsewhere[:20], elsewhere[20:]]), far)
    assert far.shape == (63, grid[0] * grid[1])
    assert not far.all(axis=0).any()
    assert reach < 1 or not far.any()


def test_a_good_structure_at_a_wrong_place_is_far_from_good_parts() -> None:
    shelf, tokens = ReferenceShelf.of(good_parts(6), reach=0.15), part_tokens(99, misplaced=True)
    anywhere, here = shelf.distances(tokens), shelf.distances(tokens, near=NEAR)
    assert anywhere is not None
    assert here is not None
    assert anywhere[0] < 2 * np.median(anywhere)
    assert here[0] > 5 * np.median(here)
    assert (here >= anywhere).all()


def test_a_good_structure_at_a_wrong_place_is_far_from_the_other_parts() -> None:
    tokens = part_tokens(99, misplaced=True)
    own, mean = self_distances(tokens), mean_token(tokens)
    anywhere = pool_of(12).distances(tokens, own, "", mean)
    here = pool_of(12).distances(tokens, own, "", mean, NEAR)
    assert anywhere is not None
    assert here is not None
    assert anywhere[0] < 2 * np.median(anywhere)
    assert here[0] > 5 * np.median(here)
    assert pool_of(7).distances(tokens, own, "", mean, NEAR) is None, "too few"


def test_pairs_are_left_out_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, shelf, tokens = pool_of(12), ReferenceShelf.of(good_parts(6), reach=0.15), part_tokens(99, misplaced=True)

    def found() -> list[FloatArray | None]:
        own, mean = self_distances(tokens), mean_token(tokens)
        return [pool.distances(tokens, own, "", mean, NEAR), shelf.distances(tokens, near=NEAR)]

    whole = found()
    for module in ("distances", "places"):
        monkeypatch.setattr(f"tokenclip_core.evidence.{module}.BLOCK_BYTES", 4 * len(tokens) * 7)
    for once, again in zip(whole, found(), strict=True):
        np.testing.assert_allclose(once, again, atol=1e-6)


def test_a_thinned_shelf_keeps_patches_at_every_place() -> None:
    shelf = ReferenceShelf.of(good_parts(40), most_tokens=200, reach=0.15)
    assert shelf.places is not None
    assert shelf.places.shape == (len(shelf.tokens), 2) == (200, 2)
    assert len(np.unique(shelf.places, axis=0)) == GRID[0] * GRID[1]
    here = shelf.distances(part_tokens(99), near=NEAR)
    assert here is not None
    assert here.max() < 0.5


def test_a_good_part_is_not_compared_with_its_own_places() -> None:
    parts = good_parts(4)
    whole, others = ReferenceShelf.of(parts, reach=0.15), ReferenceShelf.of(parts[1:], reach=0.15)
    np.testing.assert_array_equal(
        whole.distances(parts[0].tokens, parts[0].sha256, NEAR), others.distances(parts[0].tokens, near=NEAR)
    )


def test_places_that_are_not_known_are_refused() -> None:
    tokens = part_tokens(9)
    with pytest.raises(SettingsError, match="gather the pool again"):
        pool_of(12, grid=None).distances(tokens, self_distances(tokens), "", mean_token(tokens), NEAR)
    with pytest.raises(SettingsError, match="on the shelf again"):
        ReferenceShelf.of(good_parts(3)).distances(tokens, near=NEAR)
    with pytest.raises(SettingsError, match="encode it again"):
        ReferenceShelf.of([replace(good_parts(1)[0], grid=None)], reach=0.1)


@pytest.mark.parametrize("reach", [0.0, -0.1, 1.5, float("nan")])
def test_a_reach_is_a_share(reach: float) -> None:
    with pytest.raises(SettingsError, match="above 0 and at most 1"):
        Evidence(reach=reach)


def test_what_scores_were_made_with_says_so() -> None:
    assert "reach" not in Evidence().description()
    assert "reach" not in Evidence("text", reach=0.1).description()


@pytest.fixture(scope="module")
def fixtured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parts with stripes on the left and dots on the right; `wrong.png` has a patch of dots among its stripes."""
    folder = tmp_path_factory.mktemp("fixtured")
    for number in range(6):
        _picture(np.random.default_rng(number)).save(folder / f"good{number}.png")
    (folder / "tried").mkdir()
    _picture(np.random.default_rng(20)).save(folder / "tried" / "right.png")
    wrong = np.asarray(_picture(np.random.default_rng(21))).copy()
    wrong[40:72, 24:56] = wrong[40:72, 152:184]
    Image.fromarray(wrong).save(folder / "tried" / "wrong.png")
    return folder


def _picture(random: np.random.Generator) -> Image.Image:
    y, x = np.mgrid[:192, :192]
    stripes = np.where(y // 4 % 2, 90, 150)
    dots = np.where((y % 16 - 8) ** 2 + (x % 16 - 8) ** 2 < 16, 220, 60)
    grey = np.where(x < 96, stripes, dots) + random.integers(-6, 7, (192, 192))
    return Image.fromarray(np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2))


def test_a_misplaced_structure_scores_higher_where_places_count(
    bundled_model: str, fixtured: Path, tmp_path: Path
) -> None:
    inspector = Inspector.from_pretrained(bundled_model).with_evidence("reference")
    good = inspector.encode([load_image(file) for file in sorted(fixtured.glob("*.png"))])
    anywhere, placed = inspector.with_references(good), inspector.with_reach(0.1).with_references(good)
    right, wrong = (load_image(fixtured / "tried" / f"{name}.png") for name in ("right", "wrong"))
    gained = placed.inspect(wrong).score - anywhere.inspect(wrong).score
    assert gained > 0.05
    assert placed.inspect(right).score < placed.inspect(wrong).score
    with pytest.raises(SettingsError, match="before there are pools or good parts"):
        placed.with_reach(None)
    saved = placed.recipe(Judgement()).save(tmp_path / "line.json")
    again = Recipe.load(tmp_path / "line.json")
    assert again == saved
    assert again.reach == 0.1
    assert Inspector.from_recipe(again).inspect(wrong).score == pytest.approx(placed.inspect(wrong).score, abs=1e-6)
    other = anywhere.recipe(Judgement())
    said = "A patch is compared within 10 % of its own place, by the other wherever it lies."
    assert said in again.differences(other)
    assert "reach" not in other.to_mapping()["evidence"]
    for reach in (0, "a", True, 2):
        damaged = again.to_mapping()
        damaged["evidence"] = {**damaged["evidence"], "reach": reach}
        with pytest.raises(SettingsError, match="must be a number above 0"):
            Recipe.from_mapping(damaged)


def test_a_command_compares_place_by_place(fixtured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["inspect", str(fixtured / "tried"), "--json", "--evidence"]
    good = ["--reference", str(fixtured / "good0.png")]
    assert main([*words, "text", "--fixtured"]) == 2
    assert "comparison with other parts, and here is none" in capsys.readouterr().err
    assert main([*words, "reference", *good, "--fixtured", "7"]) == 2
    assert "no share above 0" in capsys.readouterr().err
    out = ["--out", str(tmp_path / "r")]
    assert main([*words, "reference", *good, "--fixtured", *out]) == 0
    capsys.readouterr()
    assert main([*words, "reference", *good, *out, "--resume"]) == 1
    assert "was made with other settings" in capsys.readouterr().err
    assert main([*words, "reference", *good, "--fixtured", "0.1", *out, "--resume"]) == 0
