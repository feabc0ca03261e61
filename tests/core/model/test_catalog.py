from __future__ import annotations

import gc
import json
import shutil
import socket
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch

from tokenclip_core.errors import CheckpointError, ModelError, SettingsError
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.model import catalog
from tokenclip_core.model.catalog import KNOWN_BACKBONES, WEIGHTS_FILES, find_model
from tokenclip_core.model.fingerprint import backbone_fingerprint, file_sha256
from tokenclip_core.model.loading import load_backbone, load_model
from tokenclip_core.resources import resource_path
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.subspaces.checkpoint import Checkpoint, CheckpointInfo, save_checkpoint
from tokenclip_core.subspaces.textual import from_descriptors
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model that a test may change."""
    return Path(shutil.copytree(tiny_model, tmp_path / "tiny"))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def change(file: Path, **values: Any) -> None:
    found = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**found, **values}))


def test_a_folder_is_loaded_as_open_clip_would(folder: Path) -> None:
    model = load_model(folder)
    reference = open_clip.create_model(f"local-dir:{folder}").eval()
    pixels = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        tokens = model.backbone.encode_image(pixels)
        torch.testing.assert_close(tokens.global_feature, reference.encode_image(pixels), atol=1e-5, rtol=1e-5)
        ids = model.backbone.tokenizer(["a crack"])
        torch.testing.assert_close(model.backbone.encode_text(ids), reference.encode_text(ids), atol=1e-5, rtol=1e-5)
    assert torch.equal(ids, open_clip.get_tokenizer(f"local-dir:{folder}")(["a crack"]))
    assert model.backbone.mean == (0.5, 0.5, 0.5)
    assert model.name == model.backbone.name == "tiny"
    assert model.weights_sha256 == file_sha256(folder / "model.safetensors") == backbone_fingerprint(model.backbone)
    assert load_backbone(str(folder)).name == "tiny"


def test_defaults_come_from_model_json(folder: Path) -> None:
    change(
        folder / "model.json",
        image_size=96,
        layers=[2, 4],
        first_vv_block=2,
        scoring={"epsilon": 0.05, "top_k": 3},
        position_interpolation="bilinear",
        weights_sha256=file_sha256(folder / "model.safetensors"),
    )
    inspector = Inspector.from_pretrained(folder, device="cpu")
    assert inspector.image_size == 96
    assert inspector.layers == (2, 4)
    assert inspector.first_vv_block == 2
    assert (inspector.settings.epsilon, inspector.settings.top_k) == (0.05, 3)
    assert Inspector.from_pretrained(folder, device="cpu", image_size=48).image_size == 48


def test_without_model_json_the_method_decides(folder: Path) -> None:
    inspector = Inspector.from_pretrained(folder, device="cpu")
    assert inspector.settings == ScoringSettings()
    assert inspector.layers == (1, 2, 3, 4)
    assert inspector.image_size == inspector.model.default_image_size == 96
    assert len(inspector.subspaces) >= 10
    result = inspector.inspect(np.full((50, 60, 3), 90, np.uint8))
    assert result.anomaly_map.shape == (50, 60)


def test_a_checkpoint_and_a_vocabulary_are_taken(folder: Path, tmp_path: Path) -> None:
    backbone = load_backbone(folder)
    words = 'normal_words = ["a part"]\n[[family]]\nname = "rust"\nanomalous = ["rust"]\n'
    (tmp_path / "words.toml").write_text(words)
    vocabulary = DescriptorVocabulary.from_text(words)
    info = CheckpointInfo(
        "tiny", backbone_fingerprint(backbone), (4,), 3, ("mine",), 64, scoring=ScoringSettings(top_k=1)
    )
    file = tmp_path / "mine.safetensors"
    save_checkpoint(file, Checkpoint(info, from_descriptors(backbone, vocabulary).embeddings))

    by_words = Inspector.from_pretrained(folder, device="cpu", descriptors=tmp_path / "words.toml")
    assert [subspace.name for subspace in by_words.subspaces.subspaces] == ["rust"]
    assert by_words.subspaces.origin == "descriptors"
    learned = Inspector.from_pretrained(folder, device="cpu", checkpoint=file, descriptors=vocabulary)
    assert [subspace.name for subspace in learned.subspaces.subspaces] == ["mine"]
    assert (learned.layers, learned.first_vv_block, learned.image_size) == ((4,), 3, 64)
    assert learned.settings.top_k == 1
    assert learned.description()["checkpoint"] == "mine.safetensors"

    shutil.copy(file, folder / "subspaces.safetensors")
    (folder / "parts.safetensors").write_bytes(file.read_bytes())
    assert Inspector.from_pretrained(folder, device="cpu", checkpoint="parts").checkpoint_name == "parts.safetensors"
    with pytest.raises(CheckpointError, match="absent"):
        Inspector.from_pretrained(folder, device="cpu", checkpoint="absent")
    change(folder / "model.json", checkpoint="subspaces.safetensors")
    assert Inspector.from_pretrained(folder, device="cpu").subspaces.origin == "learned"
    assert Inspector.from_pretrained(folder, device="cpu", descriptors=vocabulary).subspaces.origin == "descriptors"
    with pytest.raises(CheckpointError):
        Inspector.from_pretrained(folder, device="cpu", checkpoint=folder / "model.safetensors")
    with pytest.raises(SettingsError, match="image_size"):
        Inspector.from_pretrained(folder, device="cpu", image_size=100_000)


def test_two_inspectors_of_one_model_share_its_backbone(folder: Path, tmp_path: Path) -> None:
    first = Inspector.from_pretrained(folder, device="cpu")
    info = CheckpointInfo("tiny", backbone_fingerprint(first.backbone), (2, 4), 2, ("mine",), 64)
    words = DescriptorVocabulary.from_text(
        'normal_words = ["a part"]\n[[family]]\nname = "rust"\nanomalous = ["rust"]\n'
    )
    save_checkpoint(folder / "own.safetensors", Checkpoint(info, from_descriptors(first.backbone, words).embeddings))
    second = Inspector.from_pretrained(folder, checkpoint="own", backbone=first.backbone)
    assert second.backbone is first.backbone
    alone = Inspector.from_pretrained(folder, device="cpu", checkpoint="own")
    image = np.random.default_rng(1).integers(0, 256, (72, 96, 3), dtype=np.uint8)
    np.testing.assert_array_equal(second.inspect(image).anomaly_map, alone.inspect(image).anomaly_map)
    assert second.inspect(image).layers == (2, 4)
    assert len(first.subspaces) > len(second.subspaces)
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    with pytest.raises(ModelError, match="engine at hand runs tiny"):
        Inspector.from_pretrained(other, backbone=first.backbone)


def test_an_inspector_gives_its_memory_back_at_once(folder: Path) -> None:
    inspector = Inspector.from_pretrained(folder, device="cpu")
    inspector.inspect(np.full((50, 60, 3), 90, np.uint8))
    backbone = weakref.ref(inspector.backbone)
    weights = weakref.ref(next(inspector.backbone.model.parameters()))
    gc.disable()
    try:
        del inspector
        # Without a collection, which would take its time in the thread that must not wait.
        assert backbone() is None
        assert weights() is None
    finally:
        gc.enable()


def test_lower_precision_is_near(folder: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    exact = Inspector.from_pretrained(folder, device="cpu").inspect(image)
    halved = Inspector.from_pretrained(folder, device="cpu", precision="bf16")
    assert halved.precision_name == "bf16"
    np.testing.assert_allclose(halved.inspect(image).similarities, exact.similarities, atol=0.05)


def test_altered_weights_are_refused(folder: Path) -> None:
    weights = folder / "model.safetensors"
    change(folder / "model.json", weights_sha256=file_sha256(weights))
    load_model(folder)
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(bytes(content))
    with pytest.raises(ModelError, match="damaged or altered"):
        load_model(folder)


@pytest.mark.parametrize(
    "values",
    [
        {"image_size": "large"},
        {"image_size": -1},
        {"layers": [1, "2"]},
        {"layers": []},
        {"layers": [3, 99]},
        {"first_vv_block": 1.5},
        {"position_interpolation": "nearest"},
        {"scoring": {"epsilon": 0}},
        {"scoring": []},
        {"checkpoint": "../outside.safetensors"},
        {"descriptors": ".."},
        {"weights_sha256": "abc"},
    ],
)
def test_a_wrong_model_json_is_refused(folder: Path, values: dict[str, Any]) -> None:
    change(folder / "model.json", **values)
    with pytest.raises((ModelError, SettingsError)):
        load_model(folder)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("vision_cfg", {"timm_model_name": "hf-hub:someone/something"}),
        ("vision_cfg", {"timm_model_name": "vit_base_patch16_224", "timm_model_pretrained": True}),
        ("vision_cfg", {"layers": [2, 2, 2, 2], "width": 32}),
        ("vision_cfg", {"layers": 2, "width": 32, "head_width": 16, "patch_size": 16, "image_size": 64}),
        ("vision_cfg", {"unknown": 1}),
        ("text_cfg", {"hf_model_name": "roberta-base"}),
        ("text_cfg", None),
        ("multimodal_cfg", {}),
    ],
)
def test_configurations_that_do_not_fit_or_would_fetch_are_refused(folder: Path, place: str, value: Any) -> None:
    file = folder / "open_clip_config.json"
    config = json.loads(file.read_text())
    config["model_cfg"][place] = value
    file.write_text(json.dumps(config))
    with pytest.raises(ModelError, match="tiny"):
        load_model(folder)


def test_damaged_folders_are_refused(folder: Path) -> None:
    (folder / "open_clip_config.json").write_text("{")
    with pytest.raises(ModelError, match=r"open_clip_config\.json"):
        load_model(folder)
    (folder / "open_clip_config.json").write_text("[]")
    with pytest.raises(ModelError, match="JSON object"):
        load_model(folder)
    (folder / "model.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(ModelError):
        load_model(folder)
    (folder / "model.safetensors").rename(folder / "model.pt")
    with pytest.raises(ModelError, match="never loaded"):
        load_model(folder)


def test_names_lead_to_folders_or_to_a_way_to_get_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "models_folder", lambda: tmp_path)
    monkeypatch.chdir(tmp_path / "..")
    assert find_model("tiny") == tmp_path / "tiny"
    with pytest.raises(ModelError, match="tokenclip models download ViT-L-14-336-quickgelu"):
        find_model("ViT-L-14-336-quickgelu")
    with pytest.raises(ModelError, match="compact"):
        find_model("VIT-unknown")
    with pytest.raises(ModelError):
        find_model("../tiny/elsewhere")
    assert (resource_path("models", "compact") / "open_clip_config.json").is_file()
    assert find_model("compact") == resource_path("models", "compact")


def test_known_backbones_are_open_clips() -> None:
    for known in KNOWN_BACKBONES:
        if not known.bundled:
            assert known.pretrained in open_clip.list_pretrained_tags_by_model(known.name)
            source = open_clip.get_pretrained_cfg(known.name, known.pretrained)["hf_hub"]
            assert source.rstrip("/") == known.source
        assert known.licence
        assert known.megabytes > 0
    assert len({known.name for known in KNOWN_BACKBONES}) == len(KNOWN_BACKBONES)


def test_the_users_folder_is_theirs() -> None:
    assert catalog.models_folder().name == "models"
    assert "tokenclip-inspector" in str(catalog.models_folder())


def test_pinned_hashes_name_the_file_and_where_they_are_stated() -> None:
    pinned = [known for known in KNOWN_BACKBONES if known.pinned]
    assert pinned
    for known in pinned:
        for name, sha256 in known.pinned.items():
            assert name in WEIGHTS_FILES
            assert len(bytes.fromhex(sha256)) == 32
            # The statement is about that file, by those who publish it.
            assert known.stated_in.startswith("https://")
            assert f"/{known.source}/" in known.stated_in
            assert known.stated_in.endswith(name)
    assert not any(known.stated_in for known in KNOWN_BACKBONES if not known.pinned)
