"""A converted image tower on a disk: a graph, where its weights lie, and what to check it with; without torch.

A folder with a converted network holds

- ``network.onnx``: the graph in ONNX. Its weights lie where it points to: for a bundled model in the
  ``model.safetensors`` beside it, at the places where the tensors' bytes begin, so that they are stored once.
- ``network.json``: what it belongs to, and the hash of the graph.
- ``network_check.safetensors``: some pixels, and the tokens that torch gave for them when the network was converted.

Such files are opened only from this program's resources and from the user's cache folder, where it wrote them itself.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file

from tokenclip_core.arrays import FloatArray
from tokenclip_core.errors import ModelError
from tokenclip_core.model.catalog import read_json
from tokenclip_core.model.description import ModelDescription, patch_grid
from tokenclip_core.model.engines.positions import resized_positions
from tokenclip_core.model.fingerprint import file_sha256

GRAPH_FILE = "network.onnx"
FACTS_FILE = "network.json"
CHECK_FILE = "network_check.safetensors"
FORMAT, FORMAT_VERSION = "tokenclip-network", 1

TOLERANCE = 1e-4
"""Largest difference of a unit token's values from those of torch, in float32, at which a converted network is used."""

PIXELS, POSITIONS = "pixels", "positions"
GLOBAL_FEATURE, PATCH_FEATURES, EVIDENCE_FEATURES = "global_feature", "patch_features", "evidence_features"
OUTPUTS = (GLOBAL_FEATURE, PATCH_FEATURES, EVIDENCE_FEATURES)
"""Names of the graph's inputs and outputs, and of the tensors it is checked with."""


@dataclass(frozen=True)
class PositionFacts:
    """Where a network's learned positions lie.

    Attributes:
        file: safetensors file in the folder.
        tensor: its name there.
        grid: (gh, gw), native.
        prefix_tokens: of the positions, those before the patches.
        interpolation: ``bicubic`` or ``bilinear``.
    """

    file: str
    tensor: str
    grid: tuple[int, int]
    prefix_tokens: int
    interpolation: str


@dataclass(frozen=True)
class NetworkFacts:
    """What a converted network belongs to.

    Attributes:
        model: whose image tower it is.
        layers: 1-based blocks that it taps.
        first_vv_block: first block of its dense path, 0-based.
        graph_sha256: of the graph file.
        positions: None for a tower that has none.
    """

    model: ModelDescription
    layers: tuple[int, ...]
    first_vv_block: int
    graph_sha256: str
    positions: PositionFacts | None = None

    def to_json(self) -> str:
        """As `network.json` has it."""
        return json.dumps({"format": FORMAT, "format_version": FORMAT_VERSION, **dataclasses.asdict(self)}, indent=2)

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> NetworkFacts:
        """Read what `to_json` wrote; ValueError, KeyError or TypeError for anything else."""
        if values["format"] != FORMAT or values["format_version"] != FORMAT_VERSION:
            raise ValueError("it is of another format")
        model, positions = dict(values["model"]), values["positions"]
        for name in ("patch_size", "mean", "std", "layers", "evidence_layers"):
            model[name] = tuple(model[name])
        return cls(
            model=ModelDescription(**model),
            layers=tuple(values["layers"]),
            first_vv_block=int(values["first_vv_block"]),
            graph_sha256=str(values["graph_sha256"]),
            positions=None if positions is None else PositionFacts(**{**positions, "grid": tuple(positions["grid"])}),
        )


@dataclass(frozen=True, eq=False)
class CheckExample:
    """Pixels, and what torch said of them.

    Attributes:
        pixels: (B, 3, h, w) float32, normalised.
        outputs: what the graph is to give for them, by the names in `OUTPUTS`.
    """

    pixels: FloatArray
    outputs: dict[str, FloatArray]


@dataclass(frozen=True, eq=False)
class Network:
    """A converted network whose files are whole.

    Attributes:
        folder: they lie in.
        facts: what it belongs to.
    """

    folder: Path
    facts: NetworkFacts
    _learned: list[FloatArray] = field(default_factory=list)

    @property
    def graph(self) -> Path:
        """The graph's file."""
        return self.folder / GRAPH_FILE

    def inputs(self, pixels: FloatArray) -> dict[str, FloatArray]:
        """What the graph takes for (B, 3, h, w) pixels, by name.

        Raises:
            SettingsError: a side is not a positive multiple of the patch.
            ModelError: the positions can't be read.
        """
        grid = patch_grid(self.facts.model.patch_size, pixels.shape[2], pixels.shape[3])
        known = self.facts.positions
        if known is None:
            return {PIXELS: pixels}
        if not self._learned:
            self._learned.append(self._read_positions(known))
        return {
            PIXELS: pixels,
            POSITIONS: resized_positions(self._learned[0], known.grid, grid, known.prefix_tokens, known.interpolation),
        }

    def example(self) -> CheckExample:
        """What to check an engine with.

        Raises:
            ModelError: the file is missing or damaged.
        """
        file = self.folder / CHECK_FILE
        try:
            tensors = load_file(file)
            return CheckExample(tensors[PIXELS], {name: tensors[name] for name in OUTPUTS})
        except (OSError, SafetensorError, KeyError) as error:
            raise ModelError(f"{file}: can't be read ({error}).") from error

    def _read_positions(self, known: PositionFacts) -> FloatArray:
        file = self.folder / known.file
        try:
            with safe_open(file, "np") as tensors:
                values = np.asarray(tensors.get_tensor(known.tensor), dtype=np.float32)
        except (OSError, SafetensorError) as error:
            raise ModelError(f"{file}: can't be read ({error}).") from error
        count = known.prefix_tokens + known.grid[0] * known.grid[1]
        if values.size % count:
            raise ModelError(f"{file}: {values.size} positions don't fit the grid {known.grid}.")
        return values.reshape(1, count, -1)


def read_network(folder: Path, weights_sha256: str) -> Network:
    """The converted network in a folder, its files checked against their hashes.

    Args:
        folder: of a bundled model, or in the user's cache.
        weights_sha256: of the weights that it must belong to.

    Raises:
        ModelError: there is none, it is damaged, or it belongs to other weights.
    """
    facts_file = folder / FACTS_FILE
    if not facts_file.is_file():
        raise ModelError(f"{folder}: there is no converted network.")
    try:
        facts = NetworkFacts.from_mapping(read_json(facts_file))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{facts_file}: damaged ({error}).") from error
    if facts.model.weights_sha256 != weights_sha256:
        raise ModelError(f"{folder}: the converted network belongs to other weights.")
    if file_sha256(folder / GRAPH_FILE) != facts.graph_sha256:
        raise ModelError(f"{folder / GRAPH_FILE}: damaged or altered.")
    return Network(folder, facts)
