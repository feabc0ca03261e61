"""Options that name a data set, for the commands that measure or learn on one, and the samples they mean."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, _ArgumentGroup
from pathlib import Path
from typing import TYPE_CHECKING

from tokenclip_core.commands.command import say
from tokenclip_core.errors import DataLayoutError
from tokenclip_core.printable import printable

if TYPE_CHECKING:
    from tokenclip_core.data.layouts import LabelledSet

LAYOUTS = ("auto", "visa", "real-iad", "mvtec", "dagm", "folder", "kolektor")


def add_data_options(
    parser: ArgumentParser, *, root: str = "folder of the data set", split: str = "which part of it (default: test)"
) -> _ArgumentGroup:
    """Declare data set, layout, split and categories; returns their group, for more of that kind.

    Args:
        parser: of the command.
        root: help for the data set's folder.
        split: help for the split.
    """
    group = parser.add_argument_group("data")
    group.add_argument("--data", type=Path, required=True, metavar="ROOT", help=root)
    group.add_argument("--layout", choices=LAYOUTS, default="auto", help="how it is laid out (default: auto)")
    group.add_argument("--split", choices=("test", "train"), default="test", help=split)
    group.add_argument("--category", action="append", metavar="NAME", help="only this category; may be repeated")
    return group


def chosen_set(arguments: Namespace) -> LabelledSet:
    """The samples that `add_data_options` describes, with what is to be said of them; see `say_set`.

    Raises:
        DataLayoutError: there is no such data set or category.
    """
    from tokenclip_core.data.layouts import read_layout

    found = read_layout(arguments.data, arguments.layout, arguments.split)
    if arguments.category is None:
        return found
    known = list(dict.fromkeys(sample.category for sample in found.samples))
    unknown = [category for category in arguments.category if category not in known]
    if unknown:
        raise DataLayoutError(f"there is no category {', '.join(unknown)}; choose from {', '.join(known)}")
    found.samples = [sample for sample in found.samples if sample.category in arguments.category]
    return found


def say_set(found: LabelledSet) -> None:
    """Say on the error stream how many parts and masks there are, and what was left out or looks wrong."""
    sys.stderr.write(f"{printable(found.summary())}\n")
    for words in found.notes:
        say(words)
