"""The image tower in torch: what training uses, and what every other engine is checked against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from tokenclip_core.arrays import FloatArray
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.devices import PRECISIONS
from tokenclip_core.model.engines.interface import EncodedBatch, Engine


def joined_evidence(blocks: Sequence[Tensor]) -> Tensor | None:
    """(B, N, E) unit tokens of several blocks' (B, N, W); None without a block."""
    return torch.cat(list(blocks), dim=-1) / math.sqrt(len(blocks)) if blocks else None


class TorchEngine(Engine):
    """Runs a `Backbone`: on a processor it gives numpy arrays, on a CUDA device tensors that lie there."""

    name = "torch"

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone
        self.model = backbone.description
        self.device_name = str(backbone.device)
        self.precision_name = next(name for name, dtype in PRECISIONS.items() if dtype == backbone.dtype)
        # Transport is finished in float64, which Apple's Metal does not have.
        self._stays = backbone.device.type == "cuda"

    @property
    @override
    def backbone(self) -> Backbone:
        return self._backbone

    @override
    @torch.inference_mode()
    def encode(self, pixels: FloatArray, layers: tuple[int, ...], first_vv_block: int) -> EncodedBatch:
        tokens = self._backbone.encode_image(torch.from_numpy(pixels), layers, first_vv_block)
        features = torch.stack(tokens.patch_features, dim=1)
        global_feature = tokens.global_feature
        evidence = joined_evidence(tokens.evidence_features)
        if self._stays:
            return EncodedBatch(global_feature, features, tokens.grid, tokens.layers, evidence)
        return EncodedBatch(
            global_feature.cpu().numpy(),
            features.cpu().numpy(),
            tokens.grid,
            tokens.layers,
            None if evidence is None else evidence.cpu().numpy(),
        )

    @override
    def place(self, values: Any) -> Any:
        return torch.from_numpy(values).to(self._backbone.device) if self._stays else values
