"""Large libraries are in the process before anything imports them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_PROBE = """
import sys
from pathlib import Path
from app.process.heavy_imports import link_libraries
link_libraries(("cv2", "torch"))
linked = Path("/proc/self/maps").read_text()
print([name for name in ("libtorch_cpu", "libtorch_python", "cv2.abi3") if name in linked])
print([name for name in ("torch", "cv2", "triton") if name in sys.modules])
import cv2, torch
print(bool(torch.ones(2).sum() == 2), cv2.countNonZero(torch.eye(3).numpy()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says of a process")
def test_libraries_are_linked_before_they_are_imported() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _PROBE], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines() == ["['libtorch_cpu', 'libtorch_python', 'cv2.abi3']", "[]", "True 3"]


_LOADED_TWICE = """
import gc, weakref
from app.parts.state import ModelChoice
from app.work.engine import load_inspector
first = load_inspector(ModelChoice("compact", "compact"))
lost = weakref.ref(first.backbone)
first = load_inspector(ModelChoice("compact", "compact"))
gc.collect()
print(lost() is None, gc.get_freeze_count() > 0)
"""


def test_a_model_that_is_left_gives_its_memory_back(bundled_model: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _LOADED_TWICE], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["True", "True"]
