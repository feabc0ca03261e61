"""`samples`: made-up parts with and without defects, to try the program on without photographs."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from tokenclip_core.commands.command import Command, ExitCode
from tokenclip_core.commands.options import positive
from tokenclip_core.commands.progress import Progress
from tokenclip_core.errors import DataLayoutError

DEFAULT_COUNT = 40
DEFAULT_SIZE = 256

_EXAMPLES = (
    ("tokenclip samples parts", f"{DEFAULT_COUNT} parts, laid out like MVTec AD, with masks"),
    ("tokenclip samples parts --count 400 --size 320 --seed 7", "others; the same seed gives the same parts"),
    ("tokenclip evaluate --data parts", "what the model makes of them"),
)


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="DIR", help="folder to write to, new or empty")
    parser.add_argument(
        "--count", type=positive, default=DEFAULT_COUNT, metavar="N", help=f"how many (default: {DEFAULT_COUNT})"
    )
    parser.add_argument(
        "--size", type=positive, default=DEFAULT_SIZE, metavar="N", help=f"side in pixels (default: {DEFAULT_SIZE})"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="choose other parts (default: 0)")


def _run(arguments: Namespace) -> int:
    from tokenclip_core.data.procedural import write_dataset

    folder = arguments.out
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataLayoutError(f"{folder} is not an empty folder; name a new one")
    progress = Progress(arguments.count, word="made")
    for _ in write_dataset(folder, count=arguments.count, seed=arguments.seed, size=arguments.size):
        progress.advance()
    progress.clear()
    sys.stdout.write(f"{arguments.count} parts in {folder}\n")
    return ExitCode.DONE


COMMAND = Command("samples", "make parts to try the program on", _EXAMPLES, _add_arguments, _run)
"""The command, for `cli`."""
