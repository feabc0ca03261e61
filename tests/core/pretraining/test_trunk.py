"""The trunk of dinov2-small: ONNX's way to store it and timm's are the same network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from numpy.typing import NDArray
from timm.models.vision_transformer import VisionTransformer

from tokenclip_core.errors import ModelError
from tokenclip_core.pretraining import trunk as trunk_module
from tokenclip_core.pretraining.trunk import (
    ARCHITECTURE,
    Operation,
    build_trunk,
    compare_positions,
    read_onnx_trunk,
    tokens_with_plain_positions,
    trunk_weights,
)


@pytest.fixture(scope="module")
def network() -> VisionTransformer:
    """The architecture with random weights, so spread that every tensor matters."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network: VisionTransformer = timm.create_model(
            ARCHITECTURE, pretrained=False, dynamic_img_size=True, num_classes=0, global_pool="token"
        )
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.normal_(std=0.05)
    return network.eval()


def as_exported(network: VisionTransformer) -> tuple[dict[str, NDArray[np.float32]], list[Operation]]:
    """The constants and operations that an exporter makes of the network."""
    state = {name: value.numpy() for name, value in network.state_dict().items()}
    values: dict[str, NDArray[np.float32]] = {}
    operations: list[Operation] = []

    def linear(name: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        number = f"onnx::MatMul_{len(operations)}"
        values[number], values[f"{name}.bias"] = weight.T, bias
        operations.append(Operation("MatMul", (f"input of {name}", number), f"product of {name}"))
        operations.append(Operation("Add", (f"{name}.bias", f"product of {name}"), name))

    values["backbone.embeddings.cls_token"] = state["cls_token"]
    values["onnx::Concat_1"], values["onnx::Reshape_2"] = state["pos_embed"][:, :1], state["pos_embed"][:, 1:]
    for kind in ("weight", "bias"):
        values[f"backbone.layernorm.{kind}"] = state[f"norm.{kind}"]
        values[f"backbone.embeddings.patch_embeddings.projection.{kind}"] = state[f"patch_embed.proj.{kind}"]
    for index in range(12):
        theirs, ours = f"backbone.encoder.layer.{index}.", f"blocks.{index}."
        for norm in ("norm1", "norm2"):
            for kind in ("weight", "bias"):
                values[f"{theirs}{norm}.{kind}"] = state[f"{ours}{norm}.{kind}"]
        weights = np.split(state[f"{ours}attn.qkv.weight"], 3)
        biases = np.split(state[f"{ours}attn.qkv.bias"], 3)
        for name, weight, bias in zip(("query", "key", "value"), weights, biases, strict=True):
            linear(f"{theirs}attention.attention.{name}", weight, bias)
        for there, here in (("attention.output.dense", "attn.proj"), ("mlp.fc1", "mlp.fc1"), ("mlp.fc2", "mlp.fc2")):
            linear(theirs + there, state[f"{ours}{here}.weight"], state[f"{ours}{here}.bias"])
        for scale in (1, 2):
            values[f"{theirs}layer_scale{scale}.lambda1"] = state[f"{ours}ls{scale}.gamma"]
    return values, operations


def test_every_weight_arrives_under_its_name_in_timm(network: VisionTransformer) -> None:
    found = trunk_weights(*as_exported(network))
    expected = network.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert not any(parameter.requires_grad for parameter in build_trunk(found).parameters())


@pytest.mark.parametrize(
    "missing", ["backbone.layernorm.weight", "onnx::Concat_1", "backbone.encoder.layer.11.mlp.fc2.bias"]
)
def test_another_network_is_named_as_such(network: VisionTransformer, missing: str) -> None:
    values, operations = as_exported(network)
    del values[missing]
    with pytest.raises(ModelError, match="no DINOv2 backbone"):
        trunk_weights(values, operations)


def test_positions_differ_only_where_they_are_resized(network: VisionTransformer) -> None:
    pixels = torch.randn(1, 3, 112, 84)
    with torch.inference_mode():
        native = torch.randn(1, 3, 518, 518)
        torch.testing.assert_close(
            tokens_with_plain_positions(network, native), network.forward_features(native), rtol=1e-4, atol=1e-4
        )
        assert tokens_with_plain_positions(network, pixels).shape == (1, 1 + 8 * 6, 384)
    mean, least = compare_positions(network, side=112)
    assert least <= mean < 1 - 1e-6


def test_without_onnx_the_package_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(trunk_module, "import_module", absent)
    with pytest.raises(ModelError, match="pip install onnx"):
        read_onnx_trunk(Path("absent.onnx"))
