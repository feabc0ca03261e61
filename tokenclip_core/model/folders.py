"""Which models lie on this machine's disks, found without loading any library of theirs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from tokenclip_core.files import PARTIAL_SUFFIX
from tokenclip_core.model.safetensors_header import read_header
from tokenclip_core.resources import resource_path

APPLICATION = "tokenclip-inspector"
CONFIG_FILE = "open_clip_config.json"
# The first that exists is taken. Published folders often hold the image tower alone, or other programs' layout, as
# `model.safetensors` beside open_clip's own file.
WEIGHTS_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "model.safetensors")
OWN_WEIGHTS_FILE = "model.safetensors"
CHECKPOINT_FORMAT = "tokenclip-subspaces"
# Far above any real checkpoint (64 subspaces of a 2048-wide model with all prompts: 30 MB), far below any memory.
MAX_CHECKPOINT_BYTES = 1 << 28


@dataclass(frozen=True)
class ModelFolder:
    """A model that can be loaded.

    Attributes:
        name: as a person knows it.
        key: what `tokenclip_core.model.catalog.find_model` takes: a name or the path of a folder.
        megabytes: of its weights.
        checkpoints: the learned subspaces that came with it, by name, and this user's own for it, by path; both as
            `--checkpoint` takes them.
    """

    name: str
    key: str
    megabytes: int
    checkpoints: tuple[str, ...] = ()


def models_folder() -> Path:
    """Where this user's models are kept; it may not exist yet."""
    return Path(platformdirs.user_data_dir(APPLICATION, appauthor=False)) / "models"


def checkpoints_folder() -> Path:
    """Where this user's learned subspaces are kept, for models of any folder; it may not exist yet."""
    return models_folder().parent / "checkpoints"


def hub_folder() -> Path:
    """Where open_clip and others keep what they downloaded from huggingface.co; it may not exist."""
    home = os.environ.get("HF_HOME", str(Path.home() / ".cache" / "huggingface"))
    return Path(os.environ.get("HF_HUB_CACHE", str(Path(home) / "hub")))


def model_in(folder: Path, name: str, key: str) -> ModelFolder | None:
    """The model in a folder; None if it lacks its config or its weights."""
    try:
        if not (folder / CONFIG_FILE).is_file():
            return None
        weights = next((folder / file for file in WEIGHTS_FILES if (folder / file).is_file()), None)
        if weights is None:
            return None
        return ModelFolder(name, key, round(weights.stat().st_size / 1e6), _checkpoints_in(folder))
    except OSError:
        return None


def checkpoint_backbone(file: Path) -> str | None:
    """Name of the backbone that a checkpoint was learned for, from its header; None if it is no checkpoint."""
    try:
        metadata = read_header(file, MAX_CHECKPOINT_BYTES).metadata
    except (OSError, ValueError):
        return None
    return str(metadata.get("backbone_name", "")) if metadata.get("format") == CHECKPOINT_FORMAT else None


def available_models() -> tuple[ModelFolder, ...]:
    """The bundled models, the installed ones, and those that other programs downloaded, each name once."""
    found: dict[str, ModelFolder] = {}
    for model in (*_models_below(resource_path("models")), *_models_below(models_folder()), *_downloaded()):
        found.setdefault(model.name, model)
    own = _own_checkpoints()
    return tuple(
        replace(model, checkpoints=(*model.checkpoints, *own.get(Path(model.name).name, ())))
        for model in found.values()
    )


def _own_checkpoints() -> dict[str, list[str]]:
    """Files of this user's checkpoints by the name of the backbone that they were learned for."""
    found: dict[str, list[str]] = {}
    for file in _children(checkpoints_folder()):
        backbone = checkpoint_backbone(file) if file.suffix == ".safetensors" else None
        if backbone:
            found.setdefault(backbone, []).append(str(file))
    return found


def _checkpoints_in(folder: Path) -> tuple[str, ...]:
    """Names of the checkpoints beside a model's weights."""
    files = [file for file in _children(folder) if file.suffix == ".safetensors" and file.name not in WEIGHTS_FILES]
    return tuple(file.stem for file in files if checkpoint_backbone(file) is not None)


def _models_below(folder: Path) -> Iterator[ModelFolder]:
    for child in _children(folder):
        if child.name.endswith(PARTIAL_SUFFIX):
            continue
        model = model_in(child, child.name, child.name)
        if model is not None:
            yield model


def _downloaded() -> Iterator[ModelFolder]:
    for repository in _children(hub_folder()):
        if not repository.name.startswith("models--"):
            continue
        name = repository.name.removeprefix("models--").replace("--", "/")
        for snapshot in _children(repository / "snapshots"):
            model = model_in(snapshot, name, str(snapshot))
            if model is not None:
                yield model
                break


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
