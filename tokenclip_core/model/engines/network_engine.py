"""What engines of converted networks share: inputs, taps, and the model in torch for what they can't do."""

from __future__ import annotations

import threading
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from tokenclip_core.arrays import FloatArray, unit
from tokenclip_core.errors import ModelError, SettingsError
from tokenclip_core.model.description import patch_grid
from tokenclip_core.model.engines.interface import EncodedBatch, Engine
from tokenclip_core.model.engines.network import EVIDENCE_FEATURES, GLOBAL_FEATURE, PATCH_FEATURES, TOLERANCE, Network

if TYPE_CHECKING:
    from tokenclip_core.model.backbone import Backbone


class NetworkEngine(Engine):
    """Runs a converted network on the processor, in float32."""

    def __init__(self, network: Network, model_folder: Path) -> None:
        """Take a network.

        Args:
            network: converted.
            model_folder: from which torch loads the model where new texts need it.
        """
        self.network = network
        self.model = network.facts.model
        self.device_name = "cpu"
        self.precision_name = "fp32"
        self._model_folder = model_folder
        self._backbone: Backbone | None = None
        self._loading = threading.Lock()

    @property
    @override
    def backbone(self) -> Backbone:
        with self._loading:
            if self._backbone is None:
                from tokenclip_core.model.loading import load_backbone

                self._backbone = load_backbone(self._model_folder)
            return self._backbone

    @override
    def encode(self, pixels: FloatArray, layers: tuple[int, ...], first_vv_block: int) -> EncodedBatch:
        facts = self.network.facts
        if not self.taps(layers, first_vv_block):
            raise SettingsError(
                f"the converted network taps blocks {facts.layers} from block {facts.first_vv_block} on, not {layers} "
                f"from {first_vv_block} on; choose the engine torch."
            )
        if pixels.ndim != 4 or pixels.shape[1] != 3:
            raise SettingsError(f"pixels have shape {pixels.shape}; expected (B, 3, height, width).")
        grid = patch_grid(facts.model.patch_size, pixels.shape[2], pixels.shape[3])
        found = self._run(self.network.inputs(np.ascontiguousarray(pixels, np.float32)))
        return EncodedBatch(found[GLOBAL_FEATURE], found[PATCH_FEATURES], grid, layers, found[EVIDENCE_FEATURES])

    @override
    def taps(self, layers: tuple[int, ...], first_vv_block: int) -> bool:
        return (layers, first_vv_block) == (self.network.facts.layers, self.network.facts.first_vv_block)

    def check(self) -> float:
        """See that it gives what torch gave when the network was converted.

        Returns:
            The largest difference of unit tokens and features.

        Raises:
            ModelError: it differs by more than `TOLERANCE`.
        """
        example = self.network.example()
        found = self._run(self.network.inputs(example.pixels))
        if any(found[name].shape != expected.shape for name, expected in example.outputs.items()):
            raise ModelError(f"{self.network.folder}: {self.name} gives tokens of another shape than torch.")
        difference = max(
            float(np.abs(unit(found[name]) - unit(expected)).max()) for name, expected in example.outputs.items()
        )
        if not difference <= TOLERANCE:
            raise ModelError(f"{self.network.folder}: {self.name} differs from torch by {difference:.1e} here.")
        return difference

    @abstractmethod
    def _run(self, inputs: dict[str, FloatArray]) -> dict[str, FloatArray]:
        """The graph's outputs for its inputs, by the names in `OUTPUTS`."""
