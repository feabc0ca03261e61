"""`train` from words to a checkpoint that `inspect` takes; stopped, killed and resumed."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, stdev

import pytest
import torch
from safetensors.torch import load_file

from tokenclip_core.commands.cli import main
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.subspaces.checkpoint import read_info
from tokenclip_core.training.trainer_state import load_state

PATIENCE = 120


@pytest.fixture(scope="module")
def data(write_parts: Callable[..., Path]) -> Path:
    return write_parts("wood", "hole", count=8, size=64)


@pytest.fixture
def words(data: Path, tiny_model: Path, tmp_path: Path) -> Callable[..., list[str]]:
    def make(out: str, *more: str) -> list[str]:
        options = ["--data", data, "--model", tiny_model, "--out", tmp_path / out, "--cache", tmp_path / "cache"]
        return ["train", *map(str, options), "--image-size", "64", "--heads", "3", "--batch-size", "2", *more]

    return make


@pytest.mark.slow
def test_train_then_inspect(
    words: Callable[..., list[str]], data: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words("l.safetensors", "--epochs", "2", "--validation", "0.3")) == 0
    output = capsys.readouterr()
    info = read_info(tmp_path / "l.safetensors")
    assert ", ".join(info.names) in output.out
    assert "epoch 2 of 2: loss" in output.err
    assert info.training_data == ("parts/wood",)
    inspector = Inspector.from_pretrained(tiny_model, checkpoint=tmp_path / "l.safetensors", device="cpu")
    assert tuple(subspace.name for subspace in inspector.subspaces.subspaces) == info.names
    assert inspector.image_size == 64
    options = [
        "--model",
        str(tiny_model),
        "--checkpoint",
        str(tmp_path / "l.safetensors"),
        "--out",
        str(tmp_path / "r"),
    ]
    assert main(["inspect", str(data), *options]) == 0


@pytest.mark.slow
def test_several_seeds_are_trained_and_measured_together(
    words: Callable[..., list[str]], data: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = tmp_path / "l.safetensors"
    evaluate = ["evaluate", "--data", str(data), "--model", str(tiny_model), "--device", "cpu", "--json"]
    assert main([*evaluate, "--checkpoint", str(name), "--seeds", "2"]) == 1
    assert "train --seeds 2" in capsys.readouterr().err
    assert main(words("l.safetensors", "--epochs", "1", "--seed", "9", "--seeds", "2", "--validation", "0")) == 0
    files = [tmp_path / f"l-seed{seed}.safetensors" for seed in (9, 10)]
    assert sorted(tmp_path.glob("l*d*[0-9].safetensors")) == sorted(files)
    assert not torch.equal(*(load_file(file)["embeddings"] for file in files))
    capsys.readouterr()

    assert main([*evaluate, "--checkpoint", str(name), "--seeds", "2"]) == 0
    together = json.loads(capsys.readouterr().out)
    alone = []
    for file in files:
        assert main([*evaluate, "--checkpoint", str(file)]) == 0
        alone.append(json.loads(capsys.readouterr().out)["lines"])
    for line, *single in zip(together["lines"], *alone, strict=True):
        for metric in ("image_auroc", "pixel_auroc", "aupro"):
            values = [one[metric] for one in single]
            assert line[metric] == pytest.approx(fmean(values), abs=1e-6)
            assert line[f"{metric}_deviation"] == pytest.approx(stdev(values), abs=1e-6)
            assert f"{metric}_deviation" not in single[0]
    assert [Path(one["settings"]["checkpoint"]) for one in together["checkpoints"]] == files

    both = [word for file in files for word in ("--checkpoint", str(file))]
    assert main([*evaluate[:-1], *both, "--out", str(tmp_path / "e")]) == 0
    assert " ± " in capsys.readouterr().out.splitlines()[-1]
    with (tmp_path / "e" / "evaluation.csv").open(encoding="utf-8", newline="") as stream:
        assert float(next(csv.DictReader(stream))["pixel_auroc_deviation"]) > 0
    other = words("other.safetensors", "--epochs", "1", "--validation", "0", "--image-size", "48")
    assert main(other) == 0
    assert main([*evaluate, "--checkpoint", str(files[0]), "--checkpoint", str(tmp_path / "other.safetensors")]) == 1
    assert "image size" in capsys.readouterr().err


def test_bad_words_and_bad_data(
    words: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for bad in (["--cache-size", "much"], ["--seed", "-1"], ["--heads", "0"], ["--learning-rate", "inf"]):
        assert main(words("l.safetensors", *bad)) == 2
    assert main(words("l.pt")) == 1
    assert "name it so" in capsys.readouterr().err
    assert main(words("l.safetensors", "--category", "steel")) == 1
    assert "choose from wood" in capsys.readouterr().err
    assert not list(tmp_path.glob("l.*"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of another process are not the same there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_training_ends_like_an_uninterrupted_one(
    words: Callable[..., list[str]], project_root: Path, tmp_path: Path, number: signal.Signals
) -> None:
    # One thread, as in this process: how a sum is split decides its last bit.
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    endless = words("cut.safetensors", "--epochs", "1000000", "--validation", "0")
    process = subprocess.Popen(
        [sys.executable, str(project_root / "main.py"), *endless], env=environment, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stderr is not None
        # Once the second epoch is told, it is somewhere in a later one.
        errors = ""
        for line in process.stderr:
            errors += line
            if line.startswith("epoch 2 of"):
                break
        process.send_signal(number)
        errors += process.stderr.read()
        process.wait(timeout=PATIENCE)
    assert process.returncode == (-number if number == signal.SIGKILL else 1), errors
    assert number == signal.SIGKILL or "--resume goes on" in errors
    epochs = str(load_state(tmp_path / "cut.training.safetensors").epoch + 2)
    assert main(words("cut.safetensors", "--epochs", epochs, "--validation", "0")) == 1
    assert main(words("cut.safetensors", "--epochs", epochs, "--validation", "0", "--resume")) == 0
    assert main(words("whole.safetensors", "--epochs", epochs, "--validation", "0")) == 0
    cut, whole = (load_file(tmp_path / f"{name}.safetensors") for name in ("cut", "whole"))
    assert cut.keys() == whole.keys()
    assert all(torch.equal(tensor, whole[name]) for name, tensor in cut.items())
