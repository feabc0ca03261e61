"""`--evidence` and `--reference` of the commands: pools, good parts, recipes that keep them, and what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tokenclip_core import Inspector, Judgement, Recipe
from tokenclip_core.commands.cli import main
from tokenclip_core.data.procedural.kinds import generate_of_kind


def rows_in(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "results.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture
def parts(alike_parts: Path, tmp_path: Path) -> Path:
    shutil.copytree(alike_parts, tmp_path / "parts")
    return tmp_path / "parts"


@pytest.fixture
def good(parts: Path, tmp_path: Path) -> Path:
    """Three good parts in a folder of their own."""
    folder = tmp_path / "given"
    folder.mkdir()
    for number in range(3):
        (parts / f"good{number:02}.png").rename(folder / f"good{number:02}.png")
    return folder


def test_it_is_said_where_consensus_has_nothing_to_say(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", str(good), "--out", str(tmp_path / "r")]) == 0
    assert "consensus is silent about 3 of 3 parts" in capsys.readouterr().err
    for row in rows_in(tmp_path / "r"):
        assert set(row["evidence"]) == {"text", "self"}
        assert "fewer than 8 other parts look alike" in row["note"]
    assert main(["inspect", str(good), "--evidence", "text", "--out", str(tmp_path / "t")]) == 0
    assert "consensus is silent" not in capsys.readouterr().err
    assert all("note" not in row for row in rows_in(tmp_path / "t"))


@pytest.mark.slow
def test_a_run_is_gone_on_with_the_same_pool(parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, words = tmp_path / "r", ["inspect", str(parts), "--out", str(tmp_path / "r")]
    assert main(words) == 0
    assert "consensus is silent" not in capsys.readouterr().err
    before, record = rows_in(out), json.loads((out / "run.json").read_text("utf-8"))
    assert len(record["circumstances"]["pool_files"] if "circumstances" in record else record["pool_files"]) == 14
    assert all("consensus" in row["evidence"] for row in before)
    lines = (out / "results.jsonl").read_text("utf-8").splitlines(keepends=True)
    (out / "results.jsonl").write_text("".join(lines[:9]), "utf-8")
    # A part that has come meanwhile joins no pool of a run that had begun.
    shutil.copy(parts / "bad12.png", parts / "zz.png")
    assert main([*words, "--resume"]) == 0
    after = rows_in(out)
    assert [row["score"] for row in after[:14]] == pytest.approx([row["score"] for row in before], abs=1e-6)
    assert after[14]["score"] == pytest.approx(before[0]["score"], abs=1e-6)
    (out / "results.jsonl").write_text("".join(lines[:9]), "utf-8")
    (parts / "good05.png").unlink()
    capsys.readouterr()
    assert main([*words, "--resume"]) == 1
    assert "parts that the run compared with are gone" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--evidence", "consensus"], ["--evidence", "reference"], []])
def test_tiles_with_other_parts_are_wrong_usage(
    words: list[str], good: Path, parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [] if "consensus" in words else ["--reference", str(good)]
    assert main(["inspect", str(parts), "--tile", "96", *words, *given]) == 2
    assert "tiles are compared with no other parts" in capsys.readouterr().err


@pytest.mark.slow
def test_a_calibration_of_other_evidence_is_refused(
    good: Path, parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "c.json")
    some, other = str(good / "good00.png"), str(good / "good01.png")
    assert main(["calibrate", str(good), "--reference", some, "--out", file]) == 0
    part = str(parts / "bad12.png")
    assert main(["inspect", part, "--calibration", file, "--reference", some]) == 0
    for words in (["--reference", other], [], ["--evidence", "reference", "--reference", some]):
        capsys.readouterr()
        assert main(["inspect", part, "--calibration", file, *words]) == 1
        assert "calibration was made with another evidence" in capsys.readouterr().err


@pytest.mark.slow
def test_a_recipe_keeps_pool_and_good_parts(
    bundled_model: str, good: Path, parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = Inspector.from_pretrained(bundled_model).recipe(Judgement(0.5)).save(tmp_path / "a.recipe.json")
    made = tmp_path / "b.recipe.json"
    words = ["calibrate", str(parts / "good"), "--recipe", str(plain.file), "--out", str(tmp_path / "c.json")]
    (parts / "good").mkdir()
    for file in parts.glob("good*.png"):
        file.rename(parts / "good" / file.name)
    more = ["--reference", str(good), "--freeze-pool", "--recipe-out", str(made)]
    assert main([*words, *more]) == 0
    recipe = Recipe.load(made)
    assert [one.name for one in recipe.references] == ["good00.png", "good01.png", "good02.png"]
    assert sum(map(len, recipe.pools)) == 9
    # Of one part alone, consensus speaks by the frozen pool, and the calibration fits.
    out = tmp_path / "r"
    assert main(["inspect", str(parts / "bad12.png"), "--recipe", str(made), "--out", str(out)]) == 0
    (row,) = rows_in(out)
    assert set(row["evidence"]) == {"text", "self", "consensus", "reference"}
    assert row["threshold"] == recipe.judgement.threshold
    for given in (["--evidence", "text"], ["--reference", str(good)]):
        capsys.readouterr()
        assert main(["inspect", str(parts), "--recipe", str(made), *given]) == 2
        assert "recipe" in capsys.readouterr().err
    # The calibration of this pool is no other pool's.
    Inspector.from_recipe(made).with_evidence(pools=()).recipe(Judgement(0.5)).save(tmp_path / "d.recipe.json")
    values = json.loads((tmp_path / "d.recipe.json").read_text("utf-8"))
    values["calibration"] = json.loads(made.read_text("utf-8"))["calibration"]
    (tmp_path / "d.recipe.json").write_text(json.dumps(values), "utf-8")
    capsys.readouterr()
    assert main(["inspect", str(parts), "--recipe", str(tmp_path / "d.recipe.json")]) == 1
    assert "calibration was made with another evidence" in capsys.readouterr().err


@pytest.fixture
def labelled(alike_parts: Path, tmp_path: Path) -> Callable[[bool], Path]:
    """A data set with a train split, or one of one's own without."""

    def make(split: bool) -> Path:
        root = tmp_path / "data"
        places = ("metal/train/good", "metal/test/good", "metal/test/hole") if split else ("good", "good", "defect")
        for number, file in enumerate(sorted(alike_parts.glob("good*"))):
            place = root / places[number >= 4]
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, place)
        (root / places[2]).mkdir()
        masks = root / ("metal/ground_truth/hole" if split else "masks")
        masks.mkdir(parents=True)
        for file in alike_parts.glob("bad*"):
            shutil.copy(file, root / places[2])
            part = generate_of_kind(4321, int(file.stem[-2:]), 192, family="cast metal", defective=True)
            Image.fromarray(part.mask.astype(np.uint8) * 255).save(masks / f"{file.stem}_mask.png")
        return root

    return make


@pytest.mark.slow
@pytest.mark.parametrize("split", [True, False])
def test_evaluate_draws_good_parts(
    split: bool, labelled: Callable[[bool], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(labelled(split))
    assert main(["evaluate", "--data", root, "--shots", "0,2", "--seeds", "2", "--json"]) == 0
    output = capsys.readouterr()
    report = json.loads(output.out)
    lines = {(line["shots"], line["category"], line["kind"]): line for line in report["lines"]}
    assert report["draws"] == 2
    category = "metal" if split else "data"
    none, two = lines[0, category, "all"], lines[2, category, "all"]
    assert (none["good"], none["defective"]) == ((8, 2) if split else (12, 2))
    # Parts that are given and measured on would be known already.
    assert two["good"] == (8 if split else 10)
    assert two["image_auroc"] is not None
    assert two["image_auroc_deviation"] is not None
    assert ("4 parts of the train split" if split else "left out of the measuring") in output.err
    assert main(["evaluate", "--data", root, "--shots", "2,12", "--seeds", "1"]) == 1
    assert "to draw from" in capsys.readouterr().err


def test_what_shots_does_not_go_with_is_wrong_usage(
    labelled: Callable[[bool], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(labelled(True))
    for words, reason in (
        (["--shots", "1", "--evidence", "text"], "does not look at"),
        (["--shots", "0,1", "--evidence", "reference"], "leave 0 out"),
        (["--shots", "1", "--reference", str(tmp_path)], "draws its good parts itself"),
        (["--shots", "1,x"], "whole numbers"),
        (["--evidence", "reference"], "--reference DIR"),
    ):
        with_exit: int | str | None
        try:
            with_exit = main(["evaluate", "--data", root, *words])
        except SystemExit as exit_:
            with_exit = exit_.code
        assert with_exit == 2, words
        assert reason in capsys.readouterr().err


@pytest.mark.slow
def test_evaluate_compares_as_inspect_does(
    labelled: Callable[[bool], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = labelled(True)
    words = ["evaluate", "--data", str(root), "--json"]
    found = {}
    for kind in ("text", "self", "consensus", "fused"):
        assert main([*words, "--evidence", kind]) == 0
        report = json.loads(capsys.readouterr().out)
        assert report["settings"]["evidence"]["kind"] == kind
        found[kind] = next(line for line in report["lines"] if line["kind"] == "hole")["pixel_auroc"]
    assert None not in found.values()
    assert len({*found.values()}) == 4
    assert main([*words, "--reference", str(root / "metal" / "train")]) == 0
    assert "compared with 4 good parts" in capsys.readouterr().err
