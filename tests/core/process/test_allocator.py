"""Freed memory that is kept for the next image."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_PROBE = """
import resource, sys
import numpy as np
from tokenclip_core.process.allocator import keep_freed_memory
kept = keep_freed_memory() if sys.argv[1] == "keep" else False
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        blocks = [np.ones(size, np.uint8) for size in (20_000_000, 1_000_000, 6_000_000)]
        del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(kept, faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc decides for itself")
def test_freed_memory_is_used_again_without_page_faults() -> None:
    kept, faults = subprocess.run(
        [sys.executable, "-c", _PROBE, "keep"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert kept == "True"
    # 27 MB a round are some 6,600 pages; a round that is given back costs them all again.
    assert int(faults) < 6_600
