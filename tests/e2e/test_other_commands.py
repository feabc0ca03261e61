"""`evaluate`, `calibrate`, `samples` and `models` from words to files."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tokenclip_core.commands.cli import main
from tokenclip_core.data.layouts import load_layout
from tokenclip_core.judgement.calibration import Calibration
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.history import History


@pytest.fixture
def data_set(make_parts: Callable[..., Path]) -> Path:
    root = make_parts(
        *(f"nut/test/good/{number}.png" for number in range(3)),
        *(f"nut/test/dent/{number}.png" for number in range(2)),
        "nut/test/rust/0.png",
        "bolt/test/good/0.png",
        "bolt/test/crack/0.png",
    )
    for category, kind, number in (("nut", "dent", 0), ("nut", "dent", 1), ("nut", "rust", 0)):
        with Image.open(root / category / "test" / kind / f"{number}.png") as image:
            mask = Image.new("L", image.size)
        mask.paste(255, (20, 10, 30, 20))
        (root / category / "ground_truth" / kind).mkdir(parents=True, exist_ok=True)
        mask.save(root / category / "ground_truth" / kind / f"{number}_mask.png")
    return root


def test_evaluation_per_category_and_kind(
    data_set: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--data", str(data_set), "--model", str(tiny_model), "--out", str(tmp_path / "r")]) == 0
    report = json.loads((tmp_path / "r" / "evaluation.json").read_text("utf-8"))
    lines = {(line["category"], line["kind"]): line for line in report["lines"]}
    assert list(lines) == [
        ("bolt", "all"),
        ("bolt", "crack"),
        ("nut", "all"),
        ("nut", "dent"),
        ("nut", "rust"),
        ("mean", "all"),
    ]
    assert [(line["good"], line["defective"]) for line in lines.values()] == [
        (1, 1),
        (1, 1),
        (3, 3),
        (3, 2),
        (3, 1),
        (4, 4),
    ]
    assert lines["bolt", "all"]["pixel_auroc"] is None
    assert lines["bolt", "all"]["note"] == "1 defective parts without a mask"
    assert lines["nut", "all"]["note"] is None
    mean, nut = lines["mean", "all"], lines["nut", "all"]
    assert mean["pixel_auroc"] == nut["pixel_auroc"]
    assert mean["image_auroc"] == pytest.approx((nut["image_auroc"] + lines["bolt", "all"]["image_auroc"]) / 2)
    printed = capsys.readouterr().out
    assert printed == (tmp_path / "r" / "evaluation.md").read_text("utf-8")
    assert len(printed.splitlines()) == 2 + len(lines)
    with (tmp_path / "r" / "evaluation.csv").open(encoding="utf-8", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == len(lines)


def test_evaluation_of_chosen_categories(data_set: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", "--data", str(data_set), "--model", str(tiny_model)]
    assert main([*words, "--category", "nut", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {line["category"] for line in report["lines"]} == {"nut", "mean"}
    assert main([*words, "--category", "screw"]) == 1
    assert "choose from bolt, nut" in capsys.readouterr().err


def test_unreadable_parts_are_told_and_the_rest_is_measured(
    data_set: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data_set / "nut" / "test" / "good" / "0.png").write_bytes(b"")
    assert main(["evaluate", "--data", str(data_set), "--model", str(tiny_model), "--json"]) == 3
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert len(report["errors"]) == 1
    assert "the file is empty" in captured.err
    assert next(line for line in report["lines"] if line["category"] == "nut")["good"] == 2


def test_a_calibration_limits_channels_of_evidence(
    make_parts: Callable[..., Path], bundled_model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, file = make_parts("1.png", "2.png"), tmp_path / "line.json"
    words = [str(good), "--model", bundled_model, "--evidence", "self"]
    assert main(["calibrate", *words, "--channel-limits", "--out", str(file)]) == 0
    assert "limits of the evidence, each at that rate: self 0." in capsys.readouterr().out
    made = Calibration.read(file)
    assert [name for name, _ in made.channel_limits] == ["self"]
    replace(made, channel_limits=(("self", 0.0),)).write(file)
    capsys.readouterr()
    assert main(["inspect", *words, "--calibration", str(file), "--json"]) == 0
    reasons = {json.loads(line)["reason"] for line in capsys.readouterr().out.splitlines()}
    assert reasons == {"channel:self"}
    # What is kept of the channels is enough to judge the run again by them, as the window's history is.
    level = dict(made.channel_limits)["self"]
    replace(made, channel_limits=(("self", level),), threshold=1.0).write(file)
    store = tmp_path / "store.sqlite"
    assert main(["inspect", *words, "--calibration", str(file), "--json", "--store", str(store)]) == 0
    verdicts = [json.loads(line)["verdict"] for line in capsys.readouterr().out.splitlines()]
    opened = Store.open(str(store))
    history = History(opened)
    run = history.runs()[0].uid
    again = history.judge_again(run, 1.0)
    assert again.defect.tolist() == [verdict == "defect" for verdict in verdicts]
    assert again.changed == 0
    levels = [dict(one.channel_levels or ())["self"] for one in history.results(run)]
    assert [one >= level for one in levels] == again.defect.tolist()
    opened.close()


def test_a_calibration_measures_the_smallest_region(
    make_parts: Callable[..., Path], bundled_model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, file = make_parts("1.png", "2.png", "3.png"), tmp_path / "line.json"
    words = [str(good), "--model", bundled_model, "--evidence", "self"]
    assert main(["calibrate", *words, "--threshold", "0.5", "--choose", "f1", "--defective", str(good)]) == 2
    assert "chosen already" in capsys.readouterr().err
    capsys.readouterr()

    def regions() -> list[list[int]]:
        assert main(["inspect", *words, "--calibration", str(file), "--json"]) == 0
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert {row["verdict"] for row in rows} == {"defect"}
        return [sorted(region["area_px"] for region in row["regions"]) for row in rows]

    low = min(json.loads(line)["score"] for line in _json_rows(words, capsys)) / 2
    measure = ["calibrate", *words, "--smallest-region", "--out", str(file), "--threshold", f"{low:.6f}"]
    assert main([*measure, "--false-reject-rate", "0.5"]) == 0
    said = capsys.readouterr().out
    made = Calibration.read(file)
    assert (made.threshold, made.chosen_by, made.good_rejected) == (pytest.approx(low, abs=1e-6), "hand", 3)
    replace(made, smallest_region=0).write(file)
    before = regions()
    middle = sorted(areas[-1] for areas in before)[1]
    assert (made.smallest_region - 1, f"smallest region: {middle + 1} pixels" in said) == (middle, True)
    assert "at most 0.5 of good parts to come have one as large" in said
    made.write(file)
    # The middle one's largest region is too small by a pixel; the hottest of such a part stays all the same.
    for areas, then in zip(regions(), before, strict=True):
        large = [area for area in then if area >= made.smallest_region]
        assert areas == large if large else (len(areas) == 1 and areas[0] in then)
    assert main([*measure, "--false-reject-rate", "1"]) == 0
    assert Calibration.read(file).smallest_region == 1


def _json_rows(words: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["inspect", *words, "--json"]) == 0
    return capsys.readouterr().out.splitlines()


def test_calibration_tells_what_it_found(
    make_parts: Callable[..., Path], tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = make_parts("1.png", "2.png"), make_parts("1.png", folder="bad")
    words = ["calibrate", str(good), "--defective", str(bad), "--model", str(tiny_model)]
    assert main([*words, "--out", str(tmp_path / "line.json")]) == 0
    text = capsys.readouterr().out
    assert "good parts: 2, of which 0 would be rejected" in text
    assert "defective parts: 1" in text
    assert "of good parts to come" in text
    assert "needs 99 good parts to be promised" in text
    for how in ("f1", "cost"):
        chosen = tmp_path / f"{how}.json"
        assert main([*words, "--choose", how, "--out", str(chosen)]) == 0
        assert Calibration.read(chosen).chosen_by == how
        assert "to be promised" not in capsys.readouterr().out
    assert main(["calibrate", str(good), "--choose", "f1", "--model", str(tiny_model)]) == 2
    (tmp_path / "none").mkdir()
    assert main(["calibrate", str(tmp_path / "none"), "--model", str(tiny_model)]) == 1


def test_samples_are_a_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Enough that every family has a good part and a defective one.
    words = ["samples", str(tmp_path / "made"), "--count", "80", "--size", "64"]
    assert main(words) == 0
    samples = load_layout(tmp_path / "made", split="test")
    assert {sample.label for sample in samples} == {0, 1}
    assert all(sample.mask is not None for sample in samples if sample.label)
    capsys.readouterr()
    assert main(words) == 1
    assert "not an empty folder" in capsys.readouterr().err


# --- models ------------------------------------------------------------------------------------------------------


def test_models_are_imported_listed_verified_and_removed(
    tiny_model: Path, own_models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "import", str(tiny_model), "--name", "mine"]) == 0
    assert (own_models / "mine" / "model.safetensors").is_file()
    assert main(["models", "import", str(tiny_model), "--name", "mine"]) == 1
    capsys.readouterr()
    assert main(["models", "list", "--json"]) == 0
    listed = {model["name"]: model for model in json.loads(capsys.readouterr().out)["models"]}
    assert listed["mine"]["installed"] is True
    assert listed["ViT-L-14-336-quickgelu"]["installed"] is False
    assert main(["models", "list"]) == 0
    assert main(["models", "verify", str(own_models / "mine")]) == 0
    assert "the model loads" in capsys.readouterr().out
    assert main(["models", "remove", "mine"]) == 0
    assert not (own_models / "mine").exists()


@pytest.mark.parametrize("name", ["../outside", "..", "", "a/b"])
def test_names_cannot_lead_out_of_the_folder(
    name: str, tiny_model: Path, own_models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (own_models / "x").mkdir(parents=True)
    (own_models.parent / "outside").mkdir()
    assert main(["models", "remove", name]) == 1
    if name:
        assert main(["models", "import", str(tiny_model), "--name", name]) == 1
    assert (own_models.parent / "outside").is_dir()


def test_a_damaged_model_is_not_imported(
    make_parts: Callable[..., Path], own_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "open_clip_config.json").write_text("{}")
    assert main(["models", "import", str(tmp_path / "broken")]) == 1
    assert main(["models", "verify", str(tmp_path / "broken")]) == 1
    assert main(["models", "remove", "broken"]) == 1
    assert main(["models", "download", "compact"]) == 1
    assert capsys.readouterr().err.count("\n") == 4
