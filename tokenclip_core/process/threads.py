"""How many threads numpy's products and OpenCV take: a setting of the process, made before they are imported."""

from __future__ import annotations

import os

# What numpy's builds of BLAS, and OpenCV, read when they are loaded; a number that a person set stays.
_VARIABLES = ("OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "OPENCV_FOR_THREADS_NUM")
_MOST = 4


def size_thread_pools(cores: int | None = None) -> int:
    """Leave the cores to the engine that encodes: numpy's products and OpenCV take half of them, 4 at most, beside it.

    The products of scoring are so small that threads of their own only wait for each other; on two busy cores a map's
    took 8 ms instead of 0.1.

    Args:
        cores: of the processor; None to look.

    Returns:
        How many threads each of them takes.
    """
    there = cores or os.cpu_count() or 1
    threads = max(1, min(_MOST, there // 2))
    for name in _VARIABLES:
        os.environ.setdefault(name, str(threads))
    return threads
