"""Whether all weights are finite numbers; a file with other values loads without an error."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open

from tokenclip_core.errors import ModelError


def check_finite(weights: Path) -> None:
    """Refuse weights that are not numbers; one tensor is in memory at a time.

    Args:
        weights: a safetensors file.

    Raises:
        ModelError: a tensor holds a value that is not finite.
    """
    with safe_open(weights, framework="pt") as file:
        for name in list(file.keys()):
            tensor = file.get_tensor(name)
            if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
                raise ModelError(f"{weights}: {name} holds values that are not finite; install the model again")
