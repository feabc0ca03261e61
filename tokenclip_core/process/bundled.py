"""The program as one executable: it stands in for the interpreter where a module is run in another process."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence

MODULE_WORD = "--run-module"
"""First word of such a start, before the module's name."""

_OWN = "tokenclip_core."


def is_bundled() -> bool:
    """Whether `sys.executable` is the program, and no interpreter."""
    return bool(getattr(sys, "frozen", False))


def runs_module(words: Sequence[str]) -> bool:
    """Run a module of the program where these words ask for one, until it ends; whether they did.

    Args:
        words: of the command line, without the program's name.
    """
    if len(words) < 2 or words[0] != MODULE_WORD or not words[1].startswith(_OWN):
        return False
    sys.argv = [*words[1:]]
    runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    return True
