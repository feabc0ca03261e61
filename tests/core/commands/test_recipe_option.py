"""`--recipe`: commands inspect and judge as a recipe says, and refuse what contradicts it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tokenclip_core.commands.cli import main
from tokenclip_core.images.reading import load_image
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.inspection.tiling import Tiling
from tokenclip_core.judgement.areas import Area, Areas
from tokenclip_core.judgement.calibration import Calibration, calibration_at
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.recipes.building import recipe_of
from tokenclip_core.recipes.recipe import Recipe

Run = Callable[..., int]
MakeParts = Callable[..., Path]

HALF = Areas((Area("ignore", "rectangle", ((0.0, 0.0), (0.5, 1.0))),))


@pytest.fixture(scope="module")
def inspector(tiny_model: Path) -> Inspector:
    return Inspector.from_pretrained(tiny_model, image_size=96)


@pytest.fixture
def recipe(inspector: Inspector, tmp_path: Path) -> Recipe:
    """Everything in it is another than the default."""
    judgement = Judgement(0.3, ((2, 0.45),), 30, HALF, frozenset({1}))
    made = recipe_of(
        inspector,
        judgement,
        settings=inspector.settings.replace(epsilon=0.06, sigma=2.0),
        tiling=Tiling(64, 5),
        names={inspector.subspaces.subspaces[0].name: "Riss"},
    )
    return made.save(tmp_path / "line 1.recipe.json")


@pytest.fixture
def run(tiny_model: Path, recipe: Recipe) -> Run:
    def call(command: str, *words: str | Path) -> int:
        given = ["--model", str(tiny_model), "--recipe", str(recipe.file)]
        return main([command, *map(str, words), *given])

    return call


@pytest.fixture
def again(recipe: Recipe, tiny_model: Path) -> Inspector:
    """What the recipe describes, built from its file's content."""
    return Inspector.from_recipe(recipe, model=tiny_model)


def rows_in(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "results.jsonl").read_text("utf-8").splitlines()]


def test_inspect_follows_a_recipe(
    run: Run, recipe: Recipe, again: Inspector, make_parts: MakeParts, tmp_path: Path
) -> None:
    parts = make_parts("1.png", "2.png", "3.jpg")
    assert run("inspect", parts, "--out", tmp_path / "r") == 0
    for row in rows_in(tmp_path / "r"):
        result = again.inspect(load_image(Path(row["path"])))
        assert row["score"] == pytest.approx(result.score, abs=1e-6)
        assert row["threshold"] == 0.3
        assert row["verdict"] == recipe.judgement.verdict(result.part_scores)
        regions = result.judged_regions(recipe.judgement)[0]
        assert [tuple(region.values()) for region in row["regions"]] == [
            (one.x, one.y, one.width, one.height, one.area_px, pytest.approx(one.peak, abs=1e-6)) for one in regions
        ]
        assert row["subspaces"][0]["name"] == "Riss"
        assert row["subspaces"][1]["anomaly"] == 0
    settings = json.loads((tmp_path / "r" / "run.json").read_text("utf-8"))["settings"]
    assert settings["recipe"] == {"name": "line 1", "sha256": recipe.sha256}
    assert settings["tiling"] == {"tile": 64, "overlap": 5}
    assert settings["areas"] == HALF.to_mapping()
    assert settings["image_size"] == 96


@pytest.mark.parametrize(
    "words",
    [
        ["--threshold", "0.4"],
        ["--image-size", "128"],
        ["--tile", "128"],
        ["--tile", "64", "--tile-overlap", "6"],
    ],
)
def test_what_contradicts_it_is_wrong_usage(
    run: Run, make_parts: MakeParts, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("inspect", make_parts("1.png"), *words) == 2
    assert "contradicts the recipe" in capsys.readouterr().err


def test_what_says_the_same_is_welcome(run: Run, recipe: Recipe, make_parts: MakeParts, tmp_path: Path) -> None:
    parts = make_parts("1.png")
    same = ("--threshold", "0.3", "--image-size", "96", "--tile", "64", "--tile-overlap", "5")
    assert run("inspect", parts, *same) == 0
    assert run("inspect", parts, "--calibration", tmp_path / "c.json") == 2
    words = tmp_path / "other.toml"
    words.write_text('normal_words = ["fine"]\n[[family]]\nname = "crack"\nanomalous = ["a crack"]\n', "utf-8")
    assert run("inspect", parts, "--descriptors", words) == 2
    assert run("evaluate", "--data", parts, "--checkpoint", "a", "--checkpoint", "b") == 2


def test_a_recipe_that_can_not_be_followed_is_one_line(
    make_parts: MakeParts, recipe: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = make_parts("1.png")
    values = recipe.to_mapping() | {"version": 2}
    newer = tmp_path / "newer.json"
    newer.write_text(json.dumps(values), "utf-8")
    for file, words in ((newer, "newer program"), (tmp_path / "missing.json", "cannot be read"), (parts, "read")):
        assert main(["inspect", str(parts), "--recipe", str(file)]) == 1
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1


@pytest.mark.slow
def test_calibrate_writes_the_threshold_into_a_recipe(
    run: Run,
    recipe: Recipe,
    tiny_model: Path,
    make_parts: MakeParts,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    good = make_parts(*(f"{number}.png" for number in range(5)), folder="good")
    out, new = tmp_path / "c.json", tmp_path / "new.recipe.json"
    assert run("calibrate", good, "--false-reject-rate", "0.2", "--out", out, "--recipe-out", new) == 0
    calibration = Calibration.read(out)
    made = Recipe.load(new)
    assert made.calibration == calibration
    assert made.judgement == replace(recipe.judgement, threshold=calibration.threshold)
    again = Inspector.from_recipe(made, model=tiny_model)
    scores = [again.inspect(load_image(file)).score for file in sorted(good.iterdir())]
    assert sum(score >= calibration.threshold for score in scores) == calibration.good_rejected
    assert main(["inspect", str(good), "--model", str(tiny_model), "--recipe", str(new)]) == 0
    # The calibration of other settings is refused, with the reason.
    capsys.readouterr()
    replace(made, image_size=128).save(new)
    assert main(["inspect", str(good), "--model", str(tiny_model), "--recipe", str(new)]) == 1
    assert "calibration was made with another image_size" in capsys.readouterr().err
    # Without a recipe, one is made.
    words = ["--false-reject-rate", "0.2", "--out", str(out), "--recipe-out", str(new)]
    assert main(["calibrate", str(good), "--model", str(tiny_model), *words]) == 0
    assert Recipe.load(new).calibration == Calibration.read(out)


def test_evaluate_measures_a_recipe(run: Run, recipe: Recipe, make_parts: MakeParts, tmp_path: Path) -> None:
    root = make_parts("good/1.png", "good/2.png", "defect/3.png", "defect/4.png", folder="data")
    assert run("evaluate", "--data", root, "--out", tmp_path / "e") == 0
    report = json.loads((tmp_path / "e" / "evaluation.json").read_text("utf-8"))
    assert report["settings"]["recipe"]["sha256"] == recipe.sha256
    assert report["settings"]["scoring"]["epsilon"] == 0.06


@pytest.mark.slow
def test_drift_is_told(
    run: Run, recipe: Recipe, again: Inspector, make_parts: MakeParts, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = make_parts(*(f"{number:02d}.png" for number in range(20)))
    assert recipe.file is not None
    settings = {**again.description(), "tiling": {"tile": 64, "overlap": 5}, "areas": HALF.to_mapping()}
    for low, warned in ((0.0, True), (None, False)):
        scores = [again.inspect(load_image(file)).score for file in sorted(parts.iterdir())]
        good = scores if low is None else [low] * 20
        calibration = calibration_at(1.0, 0.0, good, settings)
        plain = replace(recipe.judgement, threshold=1.0, own_thresholds=())
        replace(recipe, judgement=plain, calibration=calibration).save(recipe.file)
        assert run("inspect", parts) == 0
        assert ("score higher than those of the calibration" in capsys.readouterr().err) == warned


def test_a_smallest_region_is_promised_only_with_good_parts_enough(
    tiny_model: Path, make_parts: MakeParts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["calibrate", str(make_parts("1.png", "2.png")), "--model", str(tiny_model), "--smallest-region"]
    words += ["--threshold", "1", "--out", str(tmp_path / "c.json"), "--false-reject-rate"]
    for rate, said in (
        ("0.5", "smallest region: 1 pixels; at most 0.5 of good parts"),
        ("0.01", "larger than any of these good parts has; a rate of 0.01 needs 99 good parts to be promised"),
        ("0", "larger than any of these good parts has; no number of good parts promises"),
    ):
        assert main([*words, rate]) == 0
        assert said in capsys.readouterr().out
