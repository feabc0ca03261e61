"""From torch to a network that other engines run: traced once, written as ONNX, and checked before it is trusted."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import Tensor, nn

from tokenclip_core.arrays import FloatArray
from tokenclip_core.errors import ModelError
from tokenclip_core.files import replacing, write_atomically
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.engines.network import (
    CHECK_FILE,
    EVIDENCE_FEATURES,
    FACTS_FILE,
    GLOBAL_FEATURE,
    GRAPH_FILE,
    OUTPUTS,
    PATCH_FEATURES,
    PIXELS,
    POSITIONS,
    NetworkFacts,
    PositionFacts,
)
from tokenclip_core.model.engines.torch_engine import joined_evidence
from tokenclip_core.model.fingerprint import file_sha256

OPSET = 18
# Neither square nor of one side with the native grid, so that nothing of a single grid is traced into the graph.
_EXAMPLE_GRID = (7, 10)
_POSITIONS_FILE = "network_positions.safetensors"
# ONNX keeps a graph and its weights in one file up to here.
_MOST_BYTES = 2**31 - 2**24


class DensePath(nn.Module):
    """The dense path of a backbone as a module of its own: pixels (and positions) in, features out."""

    def __init__(self, backbone: Backbone, layers: tuple[int, ...], first_vv_block: int) -> None:
        super().__init__()
        self.visual = backbone.model.visual
        self._backbone = backbone
        self._layers = layers
        self._first_vv_block = first_vv_block

    def forward(self, pixels: Tensor, positions: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """(B, 3, h, w) pixels to the global feature, patch features and evidence features of `EncodedBatch`."""
        feature, patches, blocks = self._backbone.dense_path(pixels, positions, self._layers, self._first_vv_block)
        evidence = joined_evidence(blocks)
        patch_features = torch.stack(patches, dim=1)
        # Parts of a model without evidence layers are compared by the tokens of its last tap.
        return feature, patch_features, patch_features[:, -1] if evidence is None else evidence


def write_network(
    backbone: Backbone, folder: Path, layers: tuple[int, ...] | None = None, first_vv_block: int | None = None
) -> NetworkFacts:
    """Convert a backbone's image tower for any grid and batch, and write it into a folder.

    The last file that is written is the one without which the others don't count.

    Args:
        backbone: on a processor, in float32.
        folder: is made if need be.
        layers: 1-based blocks to tap; None for the model's own.
        first_vv_block: first block of the dense path, 0-based; None for the model's own.

    Raises:
        ModelError: the tower can't be traced, or is too large for one file.
        OSError: the folder can't be written.
    """
    layers = backbone.default_layers if layers is None else layers
    first_vv_block = backbone.default_first_vv_block if first_vv_block is None else first_vv_block
    folder.mkdir(parents=True, exist_ok=True)
    export_graph(backbone, folder / GRAPH_FILE, layers, first_vv_block)
    write_example(backbone, folder, layers, first_vv_block)
    positions = _write_positions(backbone, folder)
    return write_facts(backbone, folder, layers, first_vv_block, positions)


def export_graph(backbone: Backbone, file: Path, layers: tuple[int, ...], first_vv_block: int) -> None:
    """Write the dense path as ONNX, its initialisers named as in the image tower's state dict after ``visual.``.

    Raises:
        ModelError: it can't be traced, or is too large for one file.
    """
    if _weight_bytes(backbone) > _MOST_BYTES:
        raise ModelError(f"{backbone.name}: its image tower is too large for one ONNX file; it runs in torch.")
    pixels, positions = _example_inputs(backbone)
    given = (pixels,) if positions is None else (pixels, positions)
    names = [PIXELS] if positions is None else [PIXELS, POSITIONS]
    axes = {
        PIXELS: {0: "batch", 2: "height", 3: "width"},
        POSITIONS: {1: "tokens"},
        GLOBAL_FEATURE: {0: "batch"},
        PATCH_FEATURES: {0: "batch", 2: "patches"},
        EVIDENCE_FEATURES: {0: "batch", 1: "patches"},
    }
    network = DensePath(backbone, layers, first_vv_block).eval()
    try:
        with _traceable(), replacing(file) as partial:
            torch.onnx.export(
                network,
                given,
                str(partial),
                input_names=names,
                output_names=list(OUTPUTS),
                dynamic_axes={name: axes[name] for name in (*names, *OUTPUTS)},
                opset_version=OPSET,
                dynamo=False,
                # The weights as they are, so that they can lie in another file; engines fold what they can themselves.
                do_constant_folding=False,
                training=torch.onnx.TrainingMode.PRESERVE,
            )
    except (RuntimeError, ValueError, TypeError, AttributeError, ImportError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"{backbone.name}: its image tower can't be converted ({reason}).") from error


def write_example(backbone: Backbone, folder: Path, layers: tuple[int, ...], first_vv_block: int) -> None:
    """Write pixels and torch's answer, which an engine is checked with on every machine."""
    gh, gw = _EXAMPLE_GRID
    pixels = check_pixels(gh * backbone.patch_size[0], gw * backbone.patch_size[1])
    network = DensePath(backbone, layers, first_vv_block).eval()
    with torch.inference_mode():
        outputs = network(torch.from_numpy(pixels), backbone.positions(_EXAMPLE_GRID))
    tensors = {name: values.contiguous().numpy() for name, values in zip(OUTPUTS, outputs, strict=True)}
    with replacing(folder / CHECK_FILE) as partial:
        save_file({PIXELS: pixels, **tensors}, partial)


def write_facts(
    backbone: Backbone, folder: Path, layers: tuple[int, ...], first_vv_block: int, positions: PositionFacts | None
) -> NetworkFacts:
    """Write what a network belongs to, once its other files are there."""
    facts = NetworkFacts(
        model=backbone.description,
        layers=layers,
        first_vv_block=first_vv_block,
        graph_sha256=file_sha256(folder / GRAPH_FILE),
        positions=positions,
    )
    write_atomically(folder / FACTS_FILE, facts.to_json().encode())
    return facts


def check_pixels(height: int, width: int) -> FloatArray:
    """(1, 3, height, width) float32 that look like a normalised part: waves, an edge, a little noise."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = np.stack([np.sin(rows / 5), np.cos(columns / 7), np.sin((rows + columns) / 11)])
    waves[:, height // 3 : height // 2, width // 4 : width // 2] -= 1
    noise = np.random.default_rng(0).normal(0, 0.1, waves.shape)
    return np.ascontiguousarray((waves + noise)[None], dtype=np.float32)


def _weight_bytes(backbone: Backbone) -> int:
    visual = cast("nn.Module", backbone.model.visual)
    return sum(4 * value.numel() for value in visual.parameters())


def _example_inputs(backbone: Backbone) -> tuple[Tensor, Tensor | None]:
    gh, gw = _EXAMPLE_GRID
    pixels = torch.zeros(2, 3, gh * backbone.patch_size[0], gw * backbone.patch_size[1])
    return pixels, backbone.positions(_EXAMPLE_GRID)


def _write_positions(backbone: Backbone, folder: Path) -> PositionFacts | None:
    learned = backbone.learned_positions
    if learned is None:
        return None
    with replacing(folder / _POSITIONS_FILE) as partial:
        save_file({POSITIONS: learned.values.detach().float().cpu().numpy().copy()}, partial)
    return position_facts(backbone, _POSITIONS_FILE, POSITIONS)


def position_facts(backbone: Backbone, file: str, tensor: str) -> PositionFacts | None:
    """What is known of a backbone's positions that lie in a file under a name; None if it has none."""
    learned = backbone.learned_positions
    if learned is None:
        return None
    return PositionFacts(file, tensor, learned.grid, learned.prefix_tokens, backbone.position_interpolation)


@contextmanager
def _traceable() -> Iterator[None]:
    """Torch as tracing needs it: without gradients, and attention by its plain operations."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad(), warnings.catch_warnings():
            # The shapes that are looked at while tracing are those that stay the same.
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
