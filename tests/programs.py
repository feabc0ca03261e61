"""Other programs that a test runs to their end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PATIENCE_SECONDS = 600.0
"""What takes longer, however slow the machine is, hangs."""


def said_by(*line: str | Path, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """What a program that must end well writes on its standard output.

    Args:
        line: the program and its words.
        folder: where it runs; that of the tests by default.
        environment: all its variables; those of the tests by default.
    """
    words = [str(word) for word in line]
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def said_by_python(program: str, *words: str | Path, folder: Path | None = None) -> str:
    """What a Python program, given as its text, writes; see `said_by`."""
    return said_by(sys.executable, "-c", program, *words, folder=folder)
