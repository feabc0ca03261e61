"""`samples`: which surfaces and defects are made, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokenclip_core.commands.cli import main
from tokenclip_core.data.layouts import Sample, load_layout
from tokenclip_core.data.procedural import HELD_OUT_DEFECTS, HELD_OUT_FAMILIES
from tokenclip_core.data.procedural.dataset import file_word


def make(folder: Path, *words: str, count: int = 12) -> list[Sample]:
    assert main(["samples", str(folder), "--count", str(count), "--size", "48", *words]) == 0
    return [*load_layout(folder, split="train"), *load_layout(folder, split="test")]


def kinds(samples: list[Sample]) -> set[str]:
    return {sample.kind for sample in samples if sample.label}


def test_family_and_defect_choose_what_is_made(tmp_path: Path) -> None:
    samples = make(tmp_path / "made", "--family", "wood", "--defect", "crack", "--defect", "stain")
    assert {sample.category for sample in samples} == {"wood"}
    assert len(samples) == 12
    assert sum(sample.label for sample in samples) == 6
    assert kinds(samples) == {"crack", "stain"}


def test_families_may_be_repeated(tmp_path: Path) -> None:
    samples = make(tmp_path / "made", "--family", "wood", "--family", "marble")
    assert {sample.category for sample in samples} == {"wood", "marble"}


def test_held_out_makes_what_training_never_saw(tmp_path: Path) -> None:
    samples = make(tmp_path / "made", "--held-out", count=18)
    assert {sample.category for sample in samples} == {file_word(family) for family in HELD_OUT_FAMILIES}
    assert kinds(samples) <= {file_word(defect) for defect in HELD_OUT_DEFECTS}
    assert kinds(samples)


@pytest.mark.parametrize(
    ("words", "known"), [(["--family", "wod"], "brushed metal"), (["--defect", "scratc"], "thread fault")]
)
def test_an_unknown_name_is_answered_with_the_known_ones(
    words: list[str], known: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["samples", str(tmp_path / "made"), *words]) == 1
    told = capsys.readouterr().err
    assert words[1] in told
    assert known in told
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("words", [["--family", "wood"], ["--defect", "crack"]])
def test_held_out_with_names_is_wrong_usage(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["samples", str(tmp_path / "made"), "--held-out", *words]) == 2
    told = capsys.readouterr().err
    assert "--held-out" in told
    assert "leave out --family and --defect" in told
    assert not (tmp_path / "made").exists()
