"""Tiles through the commands: rows like those of the library, and thresholds that belong to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tokenclip_core import Inspector, load_image
from tokenclip_core.commands.cli import COMMANDS, command_parser, main
from tokenclip_core.inspection.tiled_part import TiledResult
from tokenclip_core.inspection.tiling import Tiling


@pytest.mark.parametrize(("words", "tiling"), [((), Tiling(40, 5)), (("--tile-overlap", "12"), Tiling(40, 12))])
def test_tiles_give_the_rows_of_the_library(
    tiny_model: Path, make_parts: Callable[..., Path], tmp_path: Path, words: tuple[str, ...], tiling: Tiling
) -> None:
    parts = make_parts("1.png", "2.png", "3.png")
    small = np.full((30, 30, 3), 99, np.uint8)
    Image.fromarray(small).save(parts / "4.png")
    line = ["inspect", str(parts), "--model", str(tiny_model), "--threshold", "0.3", "--out", str(tmp_path / "r")]
    assert main([*line, "--tile", "40", *words, "--save", "maps,subspaces,overlays"]) == 0
    rows = [json.loads(row) for row in (tmp_path / "r" / "results.jsonl").read_text("utf-8").splitlines()]
    inspector = Inspector.from_pretrained(tiny_model)
    fields = None
    for row, name in zip(rows, ("1", "2", "3", "4"), strict=True):
        result = inspector.inspect(load_image(parts / f"{name}.png"), tiling=tiling)
        assert isinstance(result, TiledResult) == (name != "4")
        assert row["score"] == pytest.approx(result.score, abs=1e-6)
        assert [found["area_px"] for found in row["regions"]] == [found.area_px for found in result.regions(0.3)]
        assert sum(found["mass"] for found in row["subspaces"]) == pytest.approx(1, abs=1e-5)
        fields = fields or set(row)
        assert set(row) == fields
        values = np.asarray(Image.open(_map(tmp_path, name)))
        np.testing.assert_allclose(values / 65535, result.anomaly_map, atol=1e-4)
    assert rows[0]["score"] != pytest.approx(inspector.inspect(load_image(parts / "1.png")).score, abs=1e-6)
    record = json.loads((tmp_path / "r" / "run.json").read_text("utf-8"))
    assert record["settings"]["tiling"] == {"tile": 40, "overlap": tiling.overlap}
    assert main([*line, "--resume"]) == 1


def test_a_calibration_belongs_to_its_tiles(
    tiny_model: Path, make_parts: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts, file = make_parts("1.png", "2.png"), tmp_path / "line.json"
    assert main(["calibrate", str(parts), "--model", str(tiny_model), "--tile", "40", "--out", str(file)]) == 0
    inspect = ["inspect", str(parts), "--model", str(tiny_model), "--calibration", str(file)]
    assert main([*inspect, "--tile", "40"]) == 0
    assert main(inspect) == 1
    assert "another tiling" in capsys.readouterr().err


def test_evaluate_measures_by_tiles(
    tiny_model: Path, make_parts: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    parts = make_parts("good/1.png", "good/2.png", "defect/3.png", "defect/4.png")
    words = ["evaluate", "--data", str(parts), "--model", str(tiny_model), "--json"]
    assert main([*words, "--tile", "40"]) == 0
    tiled = json.loads(capsys.readouterr().out)
    assert tiled["settings"]["tiling"] == {"tile": 40, "overlap": 5}
    assert main(words) == 0
    assert "tiling" not in json.loads(capsys.readouterr().out)["settings"]


def test_impossible_tiles_are_said(
    tiny_model: Path, make_parts: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["inspect", str(make_parts("1.png")), "--model", str(tiny_model)]
    for words, said in (
        (["--tile", "8"], "at least 32"),
        (["--tile", "64", "--tile-overlap", "40"], "half of a tile's side"),
    ):
        assert main([*line, *words]) == 1
        assert said in capsys.readouterr().err


@pytest.mark.parametrize("words", [("inspect",), ("calibrate", "--out", "c.json"), ("evaluate", "--data")])
def test_an_overlap_without_tiles_is_wrong_usage(
    words: tuple[str, ...], make_parts: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, str(make_parts("good/1.png")), "--model", str(tmp_path), "--tile-overlap", "8"]) == 2
    said = capsys.readouterr().err
    assert "--tile-overlap needs --tile N" in said
    assert said.count("\n") == 1


def test_every_command_with_an_overlap_is_tested() -> None:
    parsers = {name: command_parser(command).format_help() for name, command in COMMANDS.items()}
    assert {name for name, text in parsers.items() if "--tile-overlap" in text} == {"inspect", "calibrate", "evaluate"}


def _map(folder: Path, name: str) -> Path:
    (found,) = (folder / "r" / "maps").glob(f"{name}*")
    return found
