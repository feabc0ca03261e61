"""Importing torch and loading a model in a thread without stopping the others.

Measured: a plain ``import torch, open_clip, cv2`` in a second thread keeps the interpreter lock for up to 250 ms at
a time, in which the window can't paint. Two causes, two remedies:

* Linking native libraries (torch's 250 ms, OpenCV's and Triton's some 40 ms each): ``import`` holds the lock meanwhile.
  They are linked beforehand through a foreign call of ``dlopen``, which ctypes makes without the lock. (torch itself
  does the like on Windows.)
* Full garbage collections over the many new objects of the imports (50 to 190 ms each): collection is put off until
  everything is loaded, and what was loaded is then frozen, since it lives as long as the program.

What is left is below 30 ms at a time: single steps of imported modules, such as the 20 ms in which open_clip takes its
word list apart. While the window lays itself out even those add up, so `app.shell.assembly` begins after that. It can
go when imports give the interpreter lock up while they link, or the window needs no torch in its process.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.process.garbage import put_off

_LIBRARIES = (
    ("torch", "lib/libc10"),
    ("torch", "lib/libtorch_cpu"),
    ("torch", "lib/libtorch"),
    ("torch", "lib/libtorch_python"),
    ("cv2", "cv2.abi3"),
    ("triton", "_C/libtriton"),
    ("openvino", "libs/libopenvino"),
)
"""Packages and their large libraries, without suffix, in the order in which they need each other."""


@contextmanager
def imports_without_stalls(packages: Collection[str]) -> Iterator[None]:
    """Within this block, importing these packages leaves the other threads their turn."""
    link_libraries(packages)
    with put_off():
        yield


def link_libraries(packages: Collection[str]) -> None:
    """Link the packages' large libraries without the interpreter lock, unless they are imported already.

    The system's loader has a lock of its own, held meanwhile: another thread that imports an extension module or starts
    to decode an image may wait for it, and hold the interpreter lock. So this comes before the other threads have work.
    What is not there, or can't be linked so, is left to the imports.
    """
    if sys.platform == "win32":
        return
    link = ctypes.CDLL(None).dlopen
    link.restype = ctypes.c_void_p
    link.argtypes = (ctypes.c_char_p, ctypes.c_int)
    for package, library in _LIBRARIES:
        if package in sys.modules or (package if package != "triton" else "torch") not in packages:
            continue
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            continue
        # Python's own modules are named .so on macOS too.
        suffix = ".dylib" if sys.platform == "darwin" and library.startswith("lib/") else ".so"
        path = Path(spec.submodule_search_locations[0]) / (library + suffix)
        # OpenVINO's have their version behind the suffix, or before it on macOS.
        found = [path] if path.exists() else sorted(path.parent.glob(f"{path.stem}*{suffix}*"))
        if found:
            link(os.fsencode(found[0]), os.RTLD_LAZY | os.RTLD_LOCAL)
