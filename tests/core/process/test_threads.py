"""Pools of threads of numpy and OpenCV, sized before they are imported."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tokenclip_core.process.threads import size_thread_pools

_PROBE = """
from tokenclip_core.process.threads import size_thread_pools
size_thread_pools(2)
import cv2
import numpy
assert cv2.getNumThreads() == 1
from threadpoolctl import threadpool_info
print({pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"})
"""


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (8, 4), (64, 4)])
def test_half_of_the_cores_but_few(cores: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    assert size_thread_pools(cores) == threads
    assert os.environ["OPENBLAS_NUM_THREADS"] == str(threads)


def test_what_a_person_chose_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    size_thread_pools(64)
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"


def test_numpy_takes_that_many() -> None:
    pytest.importorskip("threadpoolctl")
    environment = {name: value for name, value in os.environ.items() if "THREADS" not in name}
    done = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() in ("{1}", "set()")
