"""Several processes that train together, one on each device, started by ``torchrun`` and joined by accelerate.

What they exchange is small: the gradient of the K text embeddings, the loss values, and whether someone wants to stop.
Every process then computes the same step of the same prompts.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from tokenclip_core.errors import DeviceError


class Team:
    """A process that trains alone; `joined` gives one with others.

    Attributes:
        rank: number of this process, from 0; that one writes files and tells what happens.
        size: number of processes.
        device: that this process was given, or None to choose freely.
    """

    rank: int = 0
    size: int = 1
    device: torch.device | None = None

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes files."""
        return self.rank == 0

    def total(self, tensor: Tensor) -> Tensor:
        """The sum of a tensor over all processes, the same bits in each."""
        return tensor

    def anyone(self, wish: bool) -> bool:
        """Whether it is True in any process."""
        return wish

    def gathered(self, items: Sequence[Any]) -> list[Any]:
        """The items of all processes, in the order of their ranks."""
        return list(items)

    def share(self, items: Sequence[Any]) -> list[Any]:
        """This process's share of items that all processes have."""
        return list(items[self.rank :: self.size])


class _Accelerated(Team):
    """A process among others, by the library accelerate."""

    def __init__(self, accelerator: Any, gather_object: Any) -> None:
        self._accelerator = accelerator
        self._gather_object = gather_object
        self.rank = int(accelerator.process_index)
        self.size = int(accelerator.num_processes)
        self.device = torch.device(accelerator.device)

    def total(self, tensor: Tensor) -> Tensor:
        found: Tensor = self._accelerator.reduce(tensor, reduction="sum")
        return found

    def anyone(self, wish: bool) -> bool:
        return bool(self.total(torch.tensor([float(wish)], device=self.device)).item() > 0)

    def gathered(self, items: Sequence[Any]) -> list[Any]:
        return list(self._gather_object(list(items)))


def joined(device: str = "auto") -> Team:
    """The team that ``torchrun`` started this process in; a process started otherwise is alone.

    Args:
        device: as for a single process; with ``cpu`` the team computes on CPUs.

    Raises:
        DeviceError: accelerate is not installed.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        return Team()
    try:
        # Not a dependency: one process needs nothing of it.
        accelerate = importlib.import_module("accelerate")
        utilities = importlib.import_module("accelerate.utils")
    except ImportError as error:
        raise DeviceError(
            'several processes need the library accelerate; install it with pip install "tokenclip-inspector[team]".'
        ) from error
    return _Accelerated(accelerate.Accelerator(cpu=device == "cpu"), utilities.gather_object)
