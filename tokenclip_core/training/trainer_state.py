"""The trainer's state between two sittings: one safetensors file, replaced only by a whole one.

It holds tensors (learned vectors, the optimiser's moments, the random generator's state) and, in its header, counts.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from tokenclip_core.errors import CheckpointError
from tokenclip_core.files import replacing
from tokenclip_core.model.safetensors_header import read_header
from tokenclip_core.subspaces.checkpoint import MAX_FILE_BYTES
from tokenclip_core.training.losses import LossValues

SUFFIX = ".safetensors"
FORMAT = "tokenclip-training"
FORMAT_VERSION = "1"
_ORDER = "order"
_PROMPTS, _OPTIMISER = "prompts.", "optimiser."


@dataclass
class TrainerState:
    """Where a training stands.

    Attributes:
        identity: what a resumed training must agree in, plain JSON values.
        epoch: whole epochs done.
        batch: batches done of the next one.
        seen: parts seen in these batches.
        sums: losses summed over them.
        chunk: parts computed at once; less than a batch where memory was short.
        best_loss: lowest validation loss so far, or None.
        best_epoch: whose weights the checkpoint holds; 0 for none.
        outcome: how the training ended; empty while it can go on.
        history: one row of the log per epoch.
        order: the random generator's state at the start of the present epoch, uint8.
        prompts: learned vectors by name.
        optimiser: ``NAME/KEY``: Adam's tensors of each learned vector.
    """

    identity: dict[str, Any]
    epoch: int = 0
    batch: int = 0
    seen: int = 0
    sums: LossValues = field(default_factory=LossValues)
    chunk: int = 1
    best_loss: float | None = None
    best_epoch: int = 0
    outcome: str = ""
    history: list[dict[str, float | None]] = field(default_factory=list)
    order: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.uint8))
    prompts: dict[str, Tensor] = field(default_factory=dict)
    optimiser: dict[str, Tensor] = field(default_factory=dict)


_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")
_TENSORS = ("order", "prompts", "optimiser")
_COUNTS = tuple(entry.name for entry in fields(TrainerState) if entry.name not in _TENSORS)
_KINDS: dict[str, tuple[type, ...]] = {
    "identity": (dict,),
    "best_loss": (float, type(None)),
    "outcome": (str,),
    "history": (list,),
    "sums": (dict,),
}


def state_path(out: Path) -> Path:
    """Where the trainer's state of a checkpoint lies: beside it."""
    return out.with_name(f"{out.name.removesuffix(SUFFIX)}.training{SUFFIX}")


def log_path(out: Path) -> Path:
    """Where the log of a checkpoint's training lies: beside it, one row per epoch."""
    return out.with_name(f"{out.name.removesuffix(SUFFIX)}.training.csv")


def is_memory_error(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on the CPU or the GPU."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _MEMORY_WORDS)


def save_state(path: Path, state: TrainerState) -> None:
    """Write the state; an existing file is replaced only once the new one is whole and on the disk.

    Raises:
        CheckpointError: it can't be written.
    """
    tensors = {
        _ORDER: state.order,
        **{_PROMPTS + name: tensor for name, tensor in state.prompts.items()},
        **{_OPTIMISER + name: tensor for name, tensor in state.optimiser.items()},
    }
    counts = {name: getattr(state, name) for name in _COUNTS} | {"sums": asdict(state.sums)}
    metadata = {"format": FORMAT, "format_version": FORMAT_VERSION, "state": json.dumps(counts)}
    try:
        with replacing(path, durable=True) as partial:
            save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, partial, metadata=metadata)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: can't be written ({error}); choose another folder, or make room.") from error


def load_state(path: Path) -> TrainerState:
    """Read a state.

    Raises:
        CheckpointError: it can't be read, is damaged, or of another format version.
    """
    try:
        metadata = read_header(path, MAX_FILE_BYTES).metadata
        if metadata.get("format") != FORMAT or metadata.get("format_version") != FORMAT_VERSION:
            raise ValueError("it is of another program or another version of it")
        counts = json.loads(metadata["state"])
        with safe_open(path, framework="pt") as file:
            # A copy: the file may be replaced while the tensors are in use.
            names: list[str] = list(file.keys())
            tensors = {name: file.get_tensor(name).clone() for name in names}
        _check_counts(counts)
        counts["sums"] = LossValues(**{name: float(value) for name, value in counts["sums"].items()})
        for name, tensor in tensors.items():
            if name != _ORDER and not bool(torch.isfinite(tensor).all()):
                raise ValueError(f"its tensor {name!r} holds values that are not finite")
        return TrainerState(
            **counts,
            order=tensors[_ORDER],
            prompts=_below(tensors, _PROMPTS),
            optimiser=_below(tensors, _OPTIMISER),
        )
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError, RecursionError) as error:
        raise CheckpointError(
            f"{path}: the training can't be resumed ({error}); start it again without --resume, in another file."
        ) from error


def optimiser_tensors(optimiser: torch.optim.Optimizer, module: nn.Module) -> dict[str, Tensor]:
    """Copies of an optimiser's tensors, on the CPU, as ``NAME/KEY`` of the module's parameters."""
    return {
        f"{name}/{key}": value.detach().cpu().clone()
        for name, parameter in module.named_parameters()
        for key, value in optimiser.state.get(parameter, {}).items()
        if isinstance(value, Tensor)
    }


def restore_optimiser(optimiser: torch.optim.Optimizer, module: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Give an optimiser the tensors that `optimiser_tensors` took.

    Raises:
        CheckpointError: they don't fit the module.
    """
    for name, parameter in module.named_parameters():
        entries = _below(tensors, f"{name}/")
        for key, value in entries.items():
            if value.shape not in (parameter.shape, torch.Size([])):
                raise CheckpointError(f"the state of the optimiser for {name!r} has the wrong shape; start again.")
            # Adam keeps its count of steps, the only scalar, on the CPU.
            entries[key] = value.to(parameter.device) if value.ndim else value
        if entries:
            optimiser.state[parameter] = dict(entries)


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _check_counts(counts: dict[str, Any]) -> None:
    if not isinstance(counts, dict) or set(counts) != set(_COUNTS):
        raise ValueError("its counts are incomplete")
    for name, value in counts.items():
        holds = isinstance(value, _KINDS[name]) if name in _KINDS else type(value) is int and value >= 0
        if not holds:
            raise ValueError(f"{name} is {value!r:.60}")
