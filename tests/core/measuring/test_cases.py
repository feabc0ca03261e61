"""The sheet of best and worst cases: what is chosen, in which order, and what is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tokenclip_core.commands.studies.cases import main
from tokenclip_core.data.layouts import Sample
from tokenclip_core.data.procedural import write_dataset
from tokenclip_core.errors import ImageError
from tokenclip_core.measuring.cases import Case, sheet

TILE = 112


def _case(kind: str, quality: float, tone: int) -> Case:
    sample = Sample(Path(f"{kind}.png"), None, int(kind != "good"), "part", kind)
    plain = np.full((TILE, TILE, 3), tone, np.uint8)
    return Case(sample, 0.5, quality, plain, plain)


def _tones(picture: np.ndarray, row: int) -> list[int]:
    """The grey of the tiles in a row of parts, left to right; 255 where there is none."""
    line = picture[4 + row * (14 + 2 * 116) + 14 + TILE // 2]
    return [int(line[4 + column * 116 + TILE // 2 + (4 if column >= 2 else 0)][0]) for column in range(4)]


def test_best_are_left_and_worst_right() -> None:
    found = [_case("crack", quality, tone) for quality, tone in ((0.2, 20), (0.9, 90), (0.5, 50), (0.7, 70), (0.1, 10))]
    assert _tones(sheet(found, 2), 0) == [90, 70, 20, 10]


def test_no_case_is_shown_twice() -> None:
    found = [_case("crack", quality, tone) for quality, tone in ((0.2, 20), (0.9, 90), (0.5, 50))]
    assert _tones(sheet(found, 2), 0) == [90, 50, 20, 255]


def test_every_kind_has_its_rows() -> None:
    found = [_case("stain", 0.5, 50), _case("good", -0.2, 100), _case("crack", 0.5, 150)]
    picture = sheet(found, 2)
    assert [_tones(picture, row)[0] for row in range(3)] == [150, 100, 50]


def test_nothing_to_show_is_an_error() -> None:
    with pytest.raises(ImageError, match="nothing to show"):
        sheet([], 3)


def test_the_command_writes_the_picture_of_real_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    list(write_dataset(tmp_path / "parts", count=8, seed=1, size=64, families=["plastic"]))
    broken = next((tmp_path / "parts").rglob("test/good/*"))
    broken.write_bytes(b"")
    assert main(["--data", str(tmp_path / "parts"), "--out", str(tmp_path / "cases.png"), "--each", "2"]) == 0
    assert broken.name in capsys.readouterr().err
    with Image.open(tmp_path / "cases.png") as picture:
        pixels = np.asarray(picture)
    assert pixels.shape[1] == 4 * 116 + 12
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100


def test_a_wrong_folder_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path / "absent"), "--out", str(tmp_path / "cases.png")]) == 1
    assert capsys.readouterr().err.startswith("cases: ")
