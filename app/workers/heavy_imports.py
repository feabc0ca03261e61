"""Importing torch and loading a model in a thread without stopping the others.

Measured: a plain ``import torch, open_clip, cv2`` in a second thread keeps the interpreter lock for up to 250 ms at
a time, in which the window can't paint. Two causes, two remedies:

* Linking torch's native libraries (250 ms): ``import`` holds the lock meanwhile. They are linked beforehand through a
  foreign call of ``dlopen``, which ctypes makes without the lock. (torch itself does the like on Windows.)
* Full garbage collections over the many new objects of the imports (50 to 190 ms each): collection is put off until
  everything is loaded, and what was loaded is then frozen, since it lives as long as the program.

What is left is below 30 ms at a time: single steps of imported modules, such as the 20 ms in which open_clip takes its
word list apart. While the window lays itself out even those add up, so `app.assembly` begins after that.
"""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LIBRARIES = ("libc10", "libtorch_cpu", "libtorch", "libtorch_python")


@contextmanager
def imports_without_stalls() -> Iterator[None]:
    """Within this block, heavy imports leave the other threads their turn."""
    link_torch()
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


def link_torch() -> None:
    """Link torch's libraries without the interpreter lock; does nothing the second time.

    The system's loader has a lock of its own, held meanwhile: another thread that imports an extension module or starts
    to decode an image may wait for it, and hold the interpreter lock. So this comes before the other threads have work.
    Where it is not possible, ``import torch`` does it a little later.
    """
    if "torch" in sys.modules or sys.platform == "win32":
        return
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return
    folder = Path(spec.submodule_search_locations[0]) / "lib"
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    link = ctypes.CDLL(None).dlopen
    link.restype = ctypes.c_void_p
    link.argtypes = (ctypes.c_char_p, ctypes.c_int)
    for name in _LIBRARIES:
        path = folder / (name + suffix)
        if path.exists():
            link(os.fsencode(path), os.RTLD_LAZY | os.RTLD_LOCAL)
