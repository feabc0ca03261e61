"""Weights that are no numbers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tokenclip_core.commands.cli import main
from tokenclip_core.model.catalog import weights_file


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_not_verified(
    tiny_model: Path, tmp_path: Path, value: float, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "tiny"))
    (folder / "model.json").unlink(missing_ok=True)
    assert main(["models", "verify", str(folder)]) == 0
    file = weights_file(folder)
    tensors = load_file(file)
    name = next(name for name, tensor in tensors.items() if tensor.is_floating_point() and tensor.numel() > 8)
    tensors[name] = tensors[name].clone()
    tensors[name].view(-1)[3] = torch.tensor(value)
    save_file(tensors, file)
    assert main(["models", "verify", str(folder)]) == 1
    assert f"{name} holds values that are not finite" in capsys.readouterr().err
