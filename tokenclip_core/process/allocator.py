"""How the C library keeps memory that was freed: a setting of the process, for programs, not for a library's import."""

from __future__ import annotations

import ctypes
import platform
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # parameters of mallopt, from glibc's malloc.h
LARGEST_KEPT = 32 * 2**20
"""The largest block that comes from the heap, in bytes; larger ones are given back to the system when freed. It is the
most that glibc accepts, and what it sets itself in time where blocks of this size are freed."""

MOST_KEPT = 2 * LARGEST_KEPT
"""Bytes of freed memory that are kept at the end of the heap."""


def keep_freed_memory() -> bool:
    """Let glibc keep what an encoder frees for the next image instead of giving it back and asking for it again.

    Otherwise every image of 256 px takes some 3,000 page faults, up to a tenth of the bundled model's time.

    Returns:
        Whether it was set; other C libraries than glibc decide for themselves.
    """
    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(_MMAP_THRESHOLD, LARGEST_KEPT) and mallopt(_TRIM_THRESHOLD, MOST_KEPT))
