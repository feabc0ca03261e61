"""What the window does to its process before Qt is imported, in one order.

- OpenCV's environment is undone. Reason: its Linux wheel points Qt to its own plugins, with which Qt aborts. Can go
  when OpenCV's wheel leaves the environment alone, or opencv-python-headless is used.
- On Windows, torch's ``c10.dll`` is loaded. Reason: it fails to initialise after Qt's libraries (pytorch issue 166628).
  Can go when that is closed and the oldest torch that is supported has it.
- Crashes of native code print the stacks of all threads. Reason: silence tells nothing. Costs nothing, and stays.
- Threads keep the interpreter lock for a shorter time; see `SWITCH_SECONDS`. Gain: at Python's own 5 ms, one paint
  beside a busy import took 100 ms. Can go with an interpreter without that lock.
- What the core does for every program; see `tokenclip_core.process.prepare`.

Three more belong to their moment: `app.process.source_look_ups` (once Qt is imported), `app.process.garbage` (while the
window runs) and `app.process.heavy_imports` (while a model is loaded).

PySide6 6.12 and Python 3.11 are kept apart by pyproject.toml, not here: `Signal.emit` of that version gives `True` back
without a reference of its own, which ends a Python before 3.12 after some ten thousand signals.
"""

from __future__ import annotations

import faulthandler
import importlib.metadata
import importlib.util
import logging
import os
import sys
from pathlib import Path

from tokenclip_core.process import prepare as core

SWITCH_SECONDS = 0.0001
"""How long a thread may keep the interpreter lock when another one waits. Painting gives the lock up and takes it back
at nearly every call into Qt; at Python's default of 5 ms a busy import in a worker made one paint take 100 ms. Shorter
still does not help: the threads then spend their time on handing the lock over."""

_log = logging.getLogger(__name__)


def prepare() -> None:
    """Do all of it; before Qt is imported or an application is made."""
    _undo_environment()
    if sys.platform == "win32":
        _load_c10_before_qt()
    if sys.__stderr__ is not None:
        faulthandler.enable(sys.__stderr__)
    sys.setswitchinterval(SWITCH_SECONDS)
    core.prepare()
    if sys.version_info < (3, 12) and importlib.metadata.version("PySide6-Essentials").startswith("6.12."):
        _log.warning("PySide6 6.12 crashes Python 3.11; run: pip install 'PySide6-Essentials<6.12'")


def _undo_environment() -> None:
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if f"{os.sep}cv2{os.sep}" in os.environ.get(name, ""):
            del os.environ[name]


def _load_c10_before_qt() -> None:
    import ctypes

    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return
    library = Path(spec.submodule_search_locations[0]) / "lib" / "c10.dll"
    if library.exists():
        try:
            ctypes.CDLL(str(library))
        except OSError as error:
            _log.warning("%s could not be loaded before Qt: %s", library, error)
