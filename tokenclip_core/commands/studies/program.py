"""What the programs of this folder have in common: how their options are shown, and how they end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from tokenclip_core.errors import TokenClipError


def study_parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """Options of a program, whose description is shown line by line as it is written.

    Args:
        name: of its module.
        description: the module's docstring.
    """
    return argparse.ArgumentParser(
        prog=f"python -m {__package__}.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def ended(name: str, run: Callable[[], int | None], *others: type[Exception]) -> int:
    """Run a program and return its exit code: its own, 0 for None, and 1 after an error, which is told in one line.

    Args:
        name: that the line begins with.
        run: does the work.
        others: errors that are told like those of this package.
    """
    told: tuple[type[Exception], ...] = (TokenClipError, *others)
    try:
        return run() or 0
    except told as error:
        sys.stderr.write(f"{name}: {error}\n")
        return 1
