"""What a command of the command line is made of."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from importlib import import_module

from tokenclip_core.errors import TokenClipError
from tokenclip_core.printable import printable


class ExitCode(IntEnum):
    """How a program ended, for whoever called it; part of the public interface."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    SOME_UNREADABLE = 3


class UsageError(TokenClipError):
    """The words of a command line contradict each other; the program ends with `ExitCode.WRONG_USAGE`."""


def say(text: str) -> None:
    """Tell a person something on the error stream, in one line; names in it may hold anything."""
    sys.stderr.write(f"tokenclip: {printable(text)}\n")


@dataclass(frozen=True)
class Command:
    """What a command does; its module calls it `COMMAND`.

    Attributes:
        examples: whole command lines, each with what it does, for the help.
        add_arguments: declares the options.
        run: does the work and returns the exit code; raises TokenClipError for what the user can mend.
    """

    examples: tuple[tuple[str, str], ...]
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]


@dataclass(frozen=True)
class ListedCommand:
    """A command as the list of commands names it, so that the list is shown without importing any command.

    Attributes:
        name: the word that calls it.
        summary: one line for the list.
        module: of this package; what it imports is what its options need.
    """

    name: str
    summary: str
    module: str

    def load(self) -> Command:
        """Import the module and return what the command does."""
        command: Command = import_module(f"{__package__}.{self.module}").COMMAND
        return command
