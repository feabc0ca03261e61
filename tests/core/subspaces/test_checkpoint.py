from __future__ import annotations

import json
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from open_clip.tokenizer import SimpleTokenizer
from safetensors.torch import load_file, save_file

from tokenclip_core.errors import CheckpointError
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.fingerprint import backbone_fingerprint
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.subspaces.checkpoint import Checkpoint, CheckpointInfo, load_checkpoint, read_info, save_checkpoint
from tokenclip_core.subspaces.prompts import PromptLearner


def learned(backbone: Backbone, subspaces: int = 3) -> Checkpoint:
    learner = PromptLearner(backbone, subspaces)
    with torch.no_grad():
        embeddings = learner()
    info = CheckpointInfo(
        backbone_name=backbone.name,
        backbone_sha256=backbone_fingerprint(backbone),
        layers=(2, 4),
        first_vv_block=1,
        names=("Riss", "Flecken ü", "部件")[:subspaces],
        image_size=64,
        training_data=("made-up parts",),
        scores={"pixel_auroc": 0.9},
        scoring=ScoringSettings(epsilon=0.03),
    )
    return Checkpoint(info, embeddings, learner.tensors())


@pytest.fixture
def saved(tiny_backbone: Backbone, tmp_path: Path) -> Path:
    file = tmp_path / "learned.safetensors"
    save_checkpoint(file, learned(tiny_backbone))
    return file


def rewrite(file: Path, tensors: dict[str, torch.Tensor] | None = None, **metadata: Any) -> None:
    """Write the file again with some tensors or header values changed; None removes a header value."""
    content = file.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = {**json.loads(content[8 : 8 + length])["__metadata__"], **metadata}
    whole = {**load_file(file), **(tensors or {})}
    kept = {name: value for name, value in header.items() if value is not None}
    save_file(whole, file, metadata=kept)


def test_a_checkpoint_comes_back_as_it_was(tiny_backbone: Backbone, saved: Path) -> None:
    original, loaded = learned(tiny_backbone), load_checkpoint(saved, tiny_backbone)
    assert loaded.info == original.info
    assert read_info(saved) == original.info
    assert np.array_equal(loaded.embeddings, original.embeddings)
    assert set(loaded.prompts) == {"base", "heads", "deep"}
    assert all(np.array_equal(loaded.prompts[name], tensor) for name, tensor in original.prompts.items())
    assert loaded.subspaces.origin == "learned"
    assert [subspace.name for subspace in loaded.subspaces.subspaces] == ["Riss", "Flecken ü", "部件"]
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_embeddings_alone_are_enough(tiny_backbone: Backbone, tmp_path: Path) -> None:
    whole = learned(tiny_backbone)
    file = tmp_path / "new folder" / "embeddings.safetensors"
    save_checkpoint(file, Checkpoint(whole.info, whole.embeddings))
    assert load_checkpoint(file, tiny_backbone).prompts == {}


def test_another_backbone_is_refused_and_named(saved: Path) -> None:
    from open_clip.model import CLIP

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(99)
        vision = {"layers": 2, "width": 32, "head_width": 16, "patch_size": 8, "image_size": 32}
        text = {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}
        other = Backbone.from_open_clip(CLIP(32, vision, text), SimpleTokenizer(), name="other")
    with pytest.raises(CheckpointError, match=r"'tiny'.*'other'"):
        load_checkpoint(saved, other)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["embeddings", "deep"])
def test_values_that_are_not_finite_are_refused(
    tiny_backbone: Backbone, saved: Path, tmp_path: Path, name: str, value: float
) -> None:
    tensor = load_file(saved)[name]
    tensor.view(-1)[3] = value
    rewrite(saved, {name: tensor})
    with pytest.raises(CheckpointError, match="finite"):
        load_checkpoint(saved, tiny_backbone)
    whole = learned(tiny_backbone)
    with pytest.raises(CheckpointError, match="finite"):
        save_checkpoint(tmp_path / "bad", Checkpoint(whole.info, whole.embeddings * math.nan))
    assert not (tmp_path / "bad").exists()


@pytest.mark.parametrize(
    ("tensors", "says"),
    [
        ({"embeddings": torch.ones(3, 2, 32)}, "unit length"),
        ({"embeddings": torch.ones(2, 2, 32)}, "names"),
        ({"embeddings": torch.ones(3, 2, 16)}, "wide"),
        ({"embeddings": torch.ones(3, 32)}, "names"),
        ({"embeddings": torch.ones(3, 2, 32, dtype=torch.float16)}, "float32"),
        ({"extra": torch.ones(3)}, "extra"),
        ({"heads": torch.ones(2, 2, 12, 32)}, "together"),
        ({"deep": torch.ones(3)}, "missing"),
    ],
)
def test_wrong_tensors_are_refused(
    tiny_backbone: Backbone, saved: Path, tensors: dict[str, torch.Tensor], says: str
) -> None:
    rewrite(saved, tensors)
    with pytest.raises(CheckpointError, match=says):
        load_checkpoint(saved, tiny_backbone)


@pytest.mark.parametrize(
    "metadata",
    [
        {"format": "something else"},
        {"format": None},
        {"format_version": "2"},
        {"backbone_sha256": None},
        {"layers": "[1, true]"},
        {"layers": "not json"},
        {"names": "[]"},
        {"names": '["a", "b", 3]'},
        {"first_vv_block": "1.5"},
        {"image_size": '"large"'},
        {"scores": "[1]"},
        {"scores": '{"a": "b"}'},
        {"scoring": '{"epsilon": -1}'},
        {"scoring": "[" * 100_000},
    ],
)
def test_wrong_headers_are_refused(tiny_backbone: Backbone, saved: Path, metadata: dict[str, str | None]) -> None:
    rewrite(saved, None, **metadata)
    with pytest.raises(CheckpointError, match=saved.name):
        load_checkpoint(saved, tiny_backbone)


def test_damaged_files_are_refused_before_memory_is_taken(
    tiny_backbone: Backbone, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = saved.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])

    def with_header(changed: dict[str, Any]) -> bytes:
        encoded = json.dumps(changed).encode()
        return len(encoded).to_bytes(8, "little") + encoded + content[8 + length :]

    huge = {**header, "embeddings": {**header["embeddings"], "shape": [3, 2, 1 << 19]}}
    many = {**header, "embeddings": {**header["embeddings"], "shape": [1 << 19] * 400}}
    negative = {**header, "embeddings": {**header["embeddings"], "shape": [3, 2, -32]}}
    monkeypatch.setattr("tokenclip_core.subspaces.checkpoint.load_file", lambda _: pytest.fail("tensors were read"))
    for damaged in (
        b"",
        b"\x00" * 4,
        b"PK\x03\x04" + b"\x00" * 100,
        content[:-4],
        content[: length // 2],
        content + b"\x00" * 8,
        (1 << 62).to_bytes(8, "little") + content[8:],
        (1 << 40).to_bytes(8, "little") + content[8:],
        with_header(huge),
        with_header(many),
        with_header(negative),
    ):
        saved.write_bytes(damaged)
        with pytest.raises(CheckpointError, match=saved.name):
            load_checkpoint(saved, tiny_backbone)
    with pytest.raises(CheckpointError, match="missing"):
        load_checkpoint(saved.parent / "missing", tiny_backbone)
    with pytest.raises(CheckpointError):
        load_checkpoint(saved.parent, tiny_backbone)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 1500), value=st.integers(0, 255))
def test_one_wrong_byte_never_crashes(tiny_backbone: Backbone, saved: Path, position: int, value: int) -> None:
    content = bytearray(saved.read_bytes())
    content[position] = value
    changed = saved.with_name("changed.safetensors")
    changed.write_bytes(bytes(content))
    with suppress(CheckpointError):
        load_checkpoint(changed, tiny_backbone)


def test_a_failed_save_leaves_the_old_file(
    tiny_backbone: Backbone, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("tokenclip_core.subspaces.checkpoint.save_file", fail)
    with pytest.raises(CheckpointError, match="no space"):
        save_checkpoint(saved, learned(tiny_backbone))
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]
