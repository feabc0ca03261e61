"""Turn pretraining's averaged weights into the model folder that the program loads."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from tokenclip_core.errors import ModelError
from tokenclip_core.files import replacing, write_atomically
from tokenclip_core.model.catalog import CONFIG_FILE, DEFAULTS_FILE, OWN_WEIGHTS_FILE
from tokenclip_core.model.fingerprint import file_sha256
from tokenclip_core.model.kept_hashes import renew_hashes


def export(weights: Path, folder: Path, metadata: dict[str, str] | None = None) -> str:
    """Store weights in half precision beside the folder's config and note their hash in its model.json.

    Args:
        weights: safetensors in float32.
        folder: with open_clip_config.json; model.json is made or updated.
        metadata: for the header.

    Returns:
        The SHA-256 of the stored file.

    Raises:
        ModelError: no config there, or weights that half precision can't hold.
    """
    if not (folder / CONFIG_FILE).is_file():
        raise ModelError(f"{folder} has no {CONFIG_FILE}; name the folder of the architecture.")
    tensors = {
        name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in load_file(weights).items()
    }
    if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        raise ModelError(f"{weights}: some values are not finite in half precision.")
    target = folder / OWN_WEIGHTS_FILE
    with replacing(target) as partial:
        save_file(tensors, partial, metadata={"format": "pt", **(metadata or {})})
    defaults_file = folder / DEFAULTS_FILE
    defaults = json.loads(defaults_file.read_text("utf-8")) if defaults_file.exists() else {}
    defaults["weights_sha256"] = file_sha256(target)
    write_atomically(defaults_file, (json.dumps(defaults, indent=2) + "\n").encode())
    renew_hashes(folder)
    return str(defaults["weights_sha256"])
