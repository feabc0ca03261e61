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
    ("tokenclip samples parts --family wood --defect crack --defect stain", "cracked, stained and good wood"),
    ("tokenclip samples parts --held-out", "surfaces and defects that the bundled model never saw in training"),
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
    parser.add_argument(
        "--family", action="append", metavar="NAME", help="surface to make; may be repeated (a wrong name lists them)"
    )
    parser.add_argument("--defect", action="append", metavar="NAME", help="defect to draw; may be repeated")
    parser.add_argument(
        "--held-out", action="store_true", help="surfaces and defects that the bundled model was never trained on"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="choose other parts (default: 0)")


def _run(arguments: Namespace) -> int:
    from tokenclip_core.data.procedural import HELD_OUT_DEFECTS, HELD_OUT_FAMILIES, write_dataset

    if arguments.held_out and (arguments.family or arguments.defect):
        sys.stderr.write(
            "tokenclip samples: --held-out chooses families and defects itself; leave out --family and --defect\n"
        )
        return ExitCode.WRONG_USAGE
    folder = arguments.out
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataLayoutError(f"{folder} is not an empty folder; name a new one")
    progress = Progress(arguments.count, word="made")
    parts = write_dataset(
        folder,
        count=arguments.count,
        seed=arguments.seed,
        size=arguments.size,
        families=HELD_OUT_FAMILIES if arguments.held_out else arguments.family,
        defects=HELD_OUT_DEFECTS if arguments.held_out else arguments.defect,
    )
    for _ in parts:
        progress.advance()
    progress.clear()
    sys.stdout.write(f"{arguments.count} parts in {folder}\n")
    return ExitCode.DONE


COMMAND = Command(_EXAMPLES, _add_arguments, _run)
"""The command, for `cli`."""
