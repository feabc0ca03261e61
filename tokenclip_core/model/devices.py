"""Which device computes, and how precisely."""

from __future__ import annotations

from functools import cache

import torch

from tokenclip_core.errors import DeviceError

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def choose_device(name: str = "auto") -> torch.device:
    """The device of a name: ``auto`` takes CUDA, else Apple's Metal, else the CPU.

    Raises:
        DeviceError: an unknown name, or a device this machine or this torch does not have.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, there in available.items() if there))
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(f"there is no device {name!r}; use auto, cpu, cuda or mps.") from error
    if device.type not in available:
        raise DeviceError(f"the device {name!r} is not supported; use auto, cpu, cuda or mps.")
    if not available[device.type]:
        raise DeviceError(f"this machine, or its torch, has no {device.type}; use --device auto or cpu.")
    if device.type == "cuda" and device.index is not None and device.index >= torch.cuda.device_count():
        raise DeviceError(f"there is no {name}; this machine has {torch.cuda.device_count()} CUDA device(s).")
    return device


@cache
def _own_threads() -> int:
    """How many threads torch takes by itself, asked before it is told otherwise."""
    return torch.get_num_threads()


def use_threads(threads: int) -> None:
    """Let torch take so many cores of the processor; 0 for as many as it takes by itself."""
    torch.set_num_threads(threads or _own_threads())


def choose_precision(name: str, device: torch.device) -> str:
    """The precision of a name: ``auto`` is fp16 on CUDA, where it is fast and CLIP was trained so, else fp32.

    Raises:
        DeviceError: an unknown name.
    """
    if name == "auto":
        return "fp16" if device.type == "cuda" else "fp32"
    if name not in PRECISIONS:
        raise DeviceError(f"there is no precision {name!r}; use auto, {', '.join(PRECISIONS)}.")
    return name


def choose_mixed_precision(name: str, device: torch.device) -> bool:
    """Whether what is trained computes in bfloat16: ``auto`` where a CUDA device has it, ``bf16`` always, or ``off``.

    Raises:
        DeviceError: an unknown name, or a CUDA device without bfloat16.
    """
    if name not in ("auto", "off", "bf16"):
        raise DeviceError(f"there is no mixed precision {name!r}; use auto, off or bf16.")
    capable = device.type != "cuda" or torch.cuda.is_bf16_supported(including_emulation=False)
    if name == "bf16" and not capable:
        raise DeviceError(f"{device} does not compute in bfloat16; use --mixed-precision off.")
    return name == "bf16" or (name == "auto" and device.type == "cuda" and capable)
