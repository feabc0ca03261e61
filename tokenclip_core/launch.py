"""The command `tokenclip` of an installed wheel.

A wheel installs one top-level name, `tokenclip_core`: the window's package `app` and `main.py` lie inside it, so that
they can't collide with another program's. They are put on the process's path here, before anything imports them. In a
clone they lie beside `tokenclip_core` already.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

_WINDOW = Path(__file__).resolve().parent / "_window"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with the given words, those of the process by default, and return its exit code."""
    if _WINDOW.is_dir() and str(_WINDOW) not in sys.path:
        sys.path.insert(0, str(_WINDOW))
    code: int = import_module("main").main(argv)
    return code
