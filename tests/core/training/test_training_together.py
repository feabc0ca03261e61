"""Several processes, mixed precision and logs: the same training, on more hardware or with more to see."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tokenclip_core.commands.cli import main
from tokenclip_core.data.layouts import load_layout
from tokenclip_core.errors import DeviceError
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.devices import choose_mixed_precision
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary
from tokenclip_core.training.events import EpochDone
from tokenclip_core.training.team import Team, joined
from tokenclip_core.training.trainer import Trainer
from tokenclip_core.training.training_settings import TrainingSettings

PATIENCE = 300


@pytest.fixture(scope="module")
def data(write_parts: Callable[..., Path]) -> Path:
    return write_parts("wood", "hole", count=9, size=64)


def words(data: Path, tiny_model: Path, folder: Path, name: str, *more: str) -> list[str]:
    options = ["--data", data, "--model", tiny_model, "--out", folder / f"{name}.safetensors", "--device", "cpu"]
    options += ["--cache", folder / f"cache-{name}", "--image-size", 64, "--heads", 3, "--batch-size", 3]
    return ["train", *map(str, options), "--epochs", "2", "--validation", "0.3", *more]


def test_alone_nothing_is_exchanged() -> None:
    team = Team()
    tensor = torch.arange(3.0)
    assert team.total(tensor) is tensor
    assert team.share([1, 2, 3]) == team.gathered([1, 2, 3]) == [1, 2, 3]
    assert team.anyone(True)
    assert not team.anyone(False)
    assert joined().leads


def test_without_accelerate_several_processes_are_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setitem(sys.modules, "accelerate", None)
    with pytest.raises(DeviceError, match="pip install"):
        joined()


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("accelerate") is None, reason="accelerate is not installed")
@pytest.mark.skipif(sys.platform == "win32", reason="torchrun's rendezvous needs libuv, which torch lacks there")
def test_two_processes_learn_what_one_learns(data: Path, tiny_model: Path, tmp_path: Path, project_root: Path) -> None:
    assert main(words(data, tiny_model, tmp_path, "one")) == 0
    # A part that only one of them tries to read is left out by both.
    bad = data / "wood" / "test" / "good" / "zzz.png"
    bad.write_bytes((data / "wood" / "test" / "good").glob("0*.png").__next__().read_bytes()[:300])
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0"]
    # By number: a bare system may have no names for itself.
    command += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", "--local-addr", "127.0.0.1"]
    command += [str(project_root / "main.py")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    if sys.platform == "linux":
        environment["GLOO_SOCKET_IFNAME"] = "lo"
    try:
        done = subprocess.run(
            [*command, *words(data, tiny_model, tmp_path, "two")],
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        bad.unlink()
    assert (tmp_path / "two.safetensors").is_file(), done.stderr
    # Only one of them tells what happens.
    assert done.stdout.count("two.safetensors: epoch") == 1
    assert done.stderr.count("epoch 2 of 2: loss") == 1
    assert done.stderr.count("tokenclip: ") == 1
    assert "zzz.png" in done.stderr
    one, two = (load_file(tmp_path / f"{name}.safetensors") for name in ("one", "two"))
    assert torch.allclose(one["embeddings"], two["embeddings"], atol=1e-4)
    # Each encoded a share of the parts, into one cache.
    entries = [len(list((tmp_path / f"cache-{name}").iterdir())) for name in ("one", "two")]
    assert entries[0] == entries[1]


@pytest.mark.slow
def test_mixed_precision_learns_nearly_the_same(
    tiny_backbone: Backbone, tiny_vocabulary: DescriptorVocabulary, data: Path, tmp_path: Path
) -> None:
    settings = TrainingSettings(
        subspaces=2, epochs=2, batch_size=3, validation_share=0.0, scoring=ScoringSettings(epsilon=0.05)
    )
    losses = []
    for mixed in (False, True):
        out = tmp_path / f"{mixed}.safetensors"
        chosen = replace(settings, mixed_precision=mixed)
        trainer = Trainer(tiny_backbone, tiny_vocabulary, chosen, out, image_size=64)
        events = list(trainer.run(load_layout(data)))
        losses.append([event.losses.total for event in events if isinstance(event, EpochDone)])
        assert {parameter.dtype for parameter in trainer.learner.parameters()} == {torch.float32}
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)


def test_mixed_precision_by_name() -> None:
    cpu = torch.device("cpu")
    assert [choose_mixed_precision(name, cpu) for name in ("auto", "off", "bf16")] == [False, False, True]
    with pytest.raises(DeviceError, match="auto, off or bf16"):
        choose_mixed_precision("fp8", cpu)


def test_tensorboard_is_optional(
    data: Path,
    tiny_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert main(words(data, tiny_model, tmp_path, "l", "--tensorboard", str(tmp_path / "board"))) == 1
    assert "pip install" in capsys.readouterr().err
    assert not (tmp_path / "board").exists()


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="tensorboard is not installed")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tensorboard_has_every_epoch(data: Path, tiny_model: Path, tmp_path: Path) -> None:
    assert main(words(data, tiny_model, tmp_path, "l", "--tensorboard", str(tmp_path / "board"))) == 0
    (file,) = (tmp_path / "board" / "l").iterdir()
    reader = importlib.import_module("tensorboard.backend.event_processing.event_accumulator")
    events = reader.EventAccumulator(str(file))
    events.Reload()
    assert {"total/training", "total/validation", "orthogonality/training"} <= set(events.Tags()["scalars"])
    assert [event.step for event in events.Scalars("total/training")] == [1, 2]
