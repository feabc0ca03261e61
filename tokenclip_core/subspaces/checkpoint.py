"""Checkpoints of learned subspaces: one safetensors file, its header checked before any memory is taken.

A file holds the text embeddings, which are all that inspecting needs, the learned prompt vectors, from which training
can go on, and in its header what they belong to.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

from tokenclip_core.arrays import FloatArray, to_numpy
from tokenclip_core.errors import CheckpointError, SettingsError
from tokenclip_core.files import replacing
from tokenclip_core.model.description import ModelDescription
from tokenclip_core.model.folders import CHECKPOINT_FORMAT, MAX_CHECKPOINT_BYTES
from tokenclip_core.model.safetensors_header import NoSafetensorsError, TensorEntry, read_header
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.subspaces.textual import Subspace, TextualSubspaces, colour_of

if TYPE_CHECKING:
    from tokenclip_core.model.backbone import Backbone

FORMAT, FORMAT_VERSION = CHECKPOINT_FORMAT, 1
EMBEDDINGS = "embeddings"
PROMPTS = ("base", "heads", "deep")

MAX_FILE_BYTES = MAX_CHECKPOINT_BYTES
MAX_SUBSPACES = 64
_LENGTH_TOLERANCE = 1e-3


@dataclass(frozen=True)
class CheckpointInfo:
    """What a checkpoint belongs to and where it comes from.

    Attributes:
        backbone_name: name of the backbone it was learned for.
        backbone_sha256: fingerprint of that backbone's weights; others are refused.
        layers: 1-based blocks tapped in training.
        first_vv_block: first block of the dense path, 0-based.
        names: K names of the subspaces.
        image_size: input side in training, or None.
        training_data: names of the data sets, readable.
        scores: what was measured, by name.
        scoring: settings that go with it, or None for the model's.
    """

    backbone_name: str
    backbone_sha256: str
    layers: tuple[int, ...]
    first_vv_block: int
    names: tuple[str, ...]
    image_size: int | None = None
    training_data: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    scoring: ScoringSettings | None = None


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Learned subspaces with their origin.

    Attributes:
        info: what they belong to.
        embeddings: (K, 2, D) float32, unit length.
        prompts: learned vectors by name (``base``, ``heads``, ``deep``), as PromptLearner.tensors gives; may be empty.
    """

    info: CheckpointInfo
    embeddings: FloatArray
    prompts: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Torch's tensors are accepted, and kept as numpy arrays.
        prompts = {name: _float32(values) for name, values in self.prompts.items()}
        object.__setattr__(self, "embeddings", _float32(self.embeddings))
        object.__setattr__(self, "prompts", prompts)

    @property
    def subspaces(self) -> TextualSubspaces:
        """The learned subspaces, ready to inspect with."""
        named = tuple(Subspace(name, colour_of(index)) for index, name in enumerate(self.info.names))
        return TextualSubspaces(self.embeddings, named, "learned")


def save_checkpoint(path: str | os.PathLike[str], checkpoint: Checkpoint) -> None:
    """Write a checkpoint; an existing file is replaced only once the new one is whole.

    Raises:
        CheckpointError: values that could not be read back, or the file can't be written.
    """
    file = Path(path)
    tensors = {EMBEDDINGS: checkpoint.embeddings, **checkpoint.prompts}
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    metadata = _metadata(checkpoint.info)
    _check_shapes(file, shapes, checkpoint.info)
    _check_values(file, tensors)
    try:
        with replacing(file) as partial:
            save_file(tensors, partial, metadata=metadata)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file}: can't be written ({error}); choose another folder.") from error


def read_info(path: str | os.PathLike[str]) -> CheckpointInfo:
    """Read and check what a checkpoint belongs to, without its tensors; errors as `load_checkpoint`."""
    info, _ = _read_header(Path(path))
    return info


def load_checkpoint(path: str | os.PathLike[str], backbone: Backbone | ModelDescription) -> Checkpoint:
    """Read a checkpoint for a backbone.

    Args:
        path: a file that `save_checkpoint` wrote.
        backbone: for whose weights it must have been learned; what is known of it will do.

    Raises:
        CheckpointError: not such a file, damaged, too large, with values that are not finite, of another format version
            or another backbone; the message says which and what to do.
    """
    file = Path(path)
    info, shapes = _read_header(file)
    model = backbone if isinstance(backbone, ModelDescription) else backbone.description
    if info.backbone_sha256 != model.weights_sha256:
        wanted, used = info.backbone_sha256[:12], model.weights_sha256[:12]
        raise CheckpointError(
            f"{file}: learned for the backbone {info.backbone_name!r} ({wanted}), but the one in use is "
            f"{model.name!r} ({used}). Choose that model, or another checkpoint."
        )
    if shapes[EMBEDDINGS][2] != model.embed_dim:
        _refuse(file, f"its embeddings are {shapes[EMBEDDINGS][2]} wide, the backbone's {model.embed_dim}")
    try:
        tensors = load_file(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file}: can't be read ({error}); copy or download it again.") from error
    _check_values(file, tensors)
    return Checkpoint(info, tensors.pop(EMBEDDINGS), tensors)


def learned_fingerprint(path: str | os.PathLike[str]) -> str:
    """Hash of the learned subspaces of a checkpoint, as `TextualSubspaces.fingerprint`; errors as `load_checkpoint`."""
    file = Path(path)
    _read_header(file)
    try:
        with safe_open(file, framework="numpy") as tensors:
            embeddings = _float32(tensors.get_tensor(EMBEDDINGS))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file}: can't be read ({error}); copy or download it again.") from error
    return hashlib.sha256(embeddings.tobytes()).hexdigest()


def _float32(values: Any) -> FloatArray:
    return np.ascontiguousarray(to_numpy(values), dtype=np.float32)


def _metadata(info: CheckpointInfo) -> dict[str, str]:
    return {
        "format": FORMAT,
        "format_version": str(FORMAT_VERSION),
        "backbone_name": info.backbone_name,
        "backbone_sha256": info.backbone_sha256,
        "layers": json.dumps(info.layers),
        "first_vv_block": json.dumps(info.first_vv_block),
        "subspaces": json.dumps(len(info.names)),
        "names": json.dumps(info.names, ensure_ascii=False),
        "image_size": json.dumps(info.image_size),
        "training_data": json.dumps(info.training_data, ensure_ascii=False),
        "scores": json.dumps(dict(info.scores)),
        "scoring": json.dumps(None if info.scoring is None else info.scoring.to_mapping()),
    }


def _read_header(file: Path) -> tuple[CheckpointInfo, dict[str, tuple[int, ...]]]:
    """Information and tensor shapes, all limits checked; reads no more than the header."""
    try:
        header = read_header(file, MAX_FILE_BYTES)
        metadata = header.metadata
        if metadata.get("format") != FORMAT:
            _refuse(file, "it is not a checkpoint of learned subspaces")
        if metadata.get("format_version") != str(FORMAT_VERSION):
            raise CheckpointError(
                f"{file}: format version {metadata.get('format_version')!r}; this program reads {FORMAT_VERSION}. "
                "Update the program, or train the checkpoint again."
            )
        info = _info(metadata)
        shapes = {name: _shape(entry) for name, entry in header.tensors.items()}
    except OSError as error:
        raise CheckpointError(f"{file}: can't be read ({error.strerror or error}).") from error
    except NoSafetensorsError as error:
        _refuse(file, str(error))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, SettingsError) as error:
        raise CheckpointError(f"{file}: its header is damaged ({error}); copy or download it again.") from error
    _check_shapes(file, shapes, info)
    if sum(entry.nbytes for entry in header.tensors.values()) != header.data_bytes:
        _refuse(file, "its size does not match its header; it is cut off or damaged")
    return info, shapes


def _info(metadata: Mapping[str, str]) -> CheckpointInfo:
    """Parse the header's values; ValueError, KeyError or TypeError for anything unexpected."""
    values: dict[str, Any] = {
        name: json.loads(metadata[name])
        for name in ("layers", "first_vv_block", "names", "image_size", "training_data", "scores", "scoring")
    }
    for name, kind in (("layers", int), ("names", str), ("training_data", str)):
        if not isinstance(values[name], list) or not all(type(item) is kind for item in values[name]):
            raise ValueError(f"{name} is {values[name]!r:.60}")
    for name, allowed in (("first_vv_block", (int,)), ("image_size", (int, type(None)))):
        if type(values[name]) not in allowed:
            raise ValueError(f"{name} is {values[name]!r:.60}")
    return CheckpointInfo(
        backbone_name=metadata["backbone_name"],
        backbone_sha256=metadata["backbone_sha256"],
        layers=tuple(values["layers"]),
        first_vv_block=values["first_vv_block"],
        names=tuple(values["names"]),
        image_size=values["image_size"],
        training_data=tuple(values["training_data"]),
        scores={str(name): float(value) for name, value in values["scores"].items()},
        scoring=None if values["scoring"] is None else ScoringSettings.from_mapping(values["scoring"]),
    )


def _shape(entry: TensorEntry) -> tuple[int, ...]:
    """Shape of a tensor; ValueError for anything but float32."""
    if entry.dtype != "F32":
        raise ValueError(f"a tensor is {entry.dtype}, not float32")
    return entry.shape


def _check_shapes(file: Path, shapes: Mapping[str, tuple[int, ...]], info: CheckpointInfo) -> None:
    unknown = sorted(set(shapes) - {EMBEDDINGS, *PROMPTS})
    if unknown:
        _refuse(file, f"it holds the unknown tensor {unknown[0]!r:.60}")
    subspaces, shape = len(info.names), shapes.get(EMBEDDINGS, ())
    if not 1 <= subspaces <= MAX_SUBSPACES:
        _refuse(file, f"it has {subspaces} subspaces; 1 to {MAX_SUBSPACES} are possible")
    if len(shape) != 3 or shape[:2] != (subspaces, 2) or shape[2] < 1:
        _refuse(file, f"its embeddings have shape {shape}; {subspaces} names need ({subspaces}, 2, D)")
    heads, base, deep = (shapes.get(name) for name in ("heads", "base", "deep"))
    if heads is not None and (len(heads) != 4 or heads[:2] != (subspaces, 2) or base != heads[1:]):
        _refuse(file, f"its prompts have shapes {base} and {heads}, which don't belong together")
    if (heads is None) != (base is None) or (deep is not None and (len(deep) != 3 or heads is None)):
        _refuse(file, "some of its learned prompts are missing")


def _check_values(file: Path, tensors: Mapping[str, FloatArray]) -> None:
    for name, tensor in tensors.items():
        if not bool(np.isfinite(tensor).all()):
            _refuse(file, f"its tensor {name!r} holds values that are not finite")
    lengths = np.linalg.norm(tensors[EMBEDDINGS], axis=-1)
    if bool((np.abs(lengths - 1) > _LENGTH_TOLERANCE).any()):
        _refuse(file, "its embeddings are not of unit length")


def _refuse(file: Path, reason: str) -> NoReturn:
    raise CheckpointError(f"{file}: {reason}. Use a checkpoint that `tokenclip train` wrote.")
