"""Whether this machine may have a device that torch computes on faster than the processor, without importing torch."""

from __future__ import annotations

import ctypes
import platform
import sys
from functools import cache
from pathlib import Path

_CUDA_LIBRARY = {"linux": "libcuda.so.1", "win32": "nvcuda.dll"}
_ROCM_DEVICE = Path("/dev/kfd")
_SUCCESS = 0


@cache
def may_have_accelerator() -> bool:
    """Whether to ask torch for CUDA, ROCm or Metal; False where none of them can be."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    return _cuda_devices() > 0 or _ROCM_DEVICE.exists()


def _cuda_devices() -> int:
    """How many CUDA devices the driver sees; 0 without a driver."""
    library = _CUDA_LIBRARY.get(sys.platform)
    if library is None:
        return 0
    try:
        driver = ctypes.CDLL(library)
        count = ctypes.c_int(0)
        if driver.cuInit(0) != _SUCCESS or driver.cuDeviceGetCount(ctypes.byref(count)) != _SUCCESS:
            return 0
    except (OSError, AttributeError):
        return 0
    return count.value
