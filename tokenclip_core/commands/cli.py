"""`python main.py …` and `tokenclip …`: finds the command, runs it, and turns errors into one line and an exit code."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tokenclip_core.commands.command import ExitCode, ListedCommand, UsageError
from tokenclip_core.errors import TokenClipError
from tokenclip_core.files import is_there

if TYPE_CHECKING:
    from tokenclip_core.output.report_of_run import PageMaker

COMMANDS = {
    command.name: command
    for command in (
        ListedCommand("inspect", "inspect images, folders, videos and streams; write results", "inspect_parts"),
        ListedCommand("station", "inspect beside the belt, without a window, for weeks", "station"),
        ListedCommand("train", "learn prompts on a data set with masks", "train"),
        ListedCommand("evaluate", "measure a model on a data set with known defects", "evaluate"),
        ListedCommand("calibrate", "choose a threshold from good parts", "calibrate"),
        ListedCommand("report", "a page or a PDF of what a run found, with the worst parts' pictures", "report"),
        ListedCommand("history", "what a store holds: runs, results, other thresholds", "history"),
        ListedCommand("samples", "make parts to try the program on", "samples"),
        ListedCommand("models", "list, verify, download, import, convert, export and remove backbones", "models"),
    )
}
"""Every command by its name."""

_TRACEBACK_VARIABLE = "TOKENCLIP_TRACEBACK"
_WINDOW_EXAMPLES = (
    ("tokenclip --demo", "the window, on the bundled samples"),
    ("tokenclip parts/", "the window, on a folder of parts"),
    ("tokenclip --camera 0", "the window, on the first camera"),
    ("tokenclip --camera 0 --recipe line1.recipe.json", "the same, judged as a recipe says"),
    ("tokenclip inspect parts/ --out results", "inspect a folder without a window"),
    ("tokenclip inspect --help", "what a command can do"),
)


class WindowOpener(Protocol):
    """Opens the window; given by `main.py`, since this package knows no Qt."""

    def __call__(self, paths: Sequence[Path], *, demo: bool, camera: str | None, recipe: Path | None) -> int:
        """Show the window until it is closed and return the exit code."""
        ...


def main(
    argv: Sequence[str] | None = None, *, open_window: WindowOpener | None = None, paper: PageMaker | None = None
) -> int:
    """Run one command line.

    Args:
        argv: the words after the program's name; those of the process by default.
        open_window: what to call when no command is named; without it, that is an error.
        paper: what writes a report as PDF; without it, there are only pages.

    Returns:
        The exit code: 0 all done, 1 failed, 2 wrong usage, 3 done but some inputs could not be read.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        # File names may hold what the terminal's encoding, or no encoding, can write.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _dispatch(words, open_window, paper)
        # What can't be written is noticed now, not while Python shuts down.
        sys.stdout.flush()
        return code
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else ExitCode.DONE
    except UsageError as error:
        _fail(str(error))
        return ExitCode.WRONG_USAGE
    except TokenClipError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("stopped")
    except BrokenPipeError:
        # The program that read the output has closed it; without this, Python complains while it shuts down.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILED
    except OSError as error:
        return _fail(_refusal(error))
    except ImportError as error:
        from tokenclip_core.process.system_libraries import explain_import_error

        return _fail(explain_import_error(error) or f"{error}; install the program again with its dependencies")
    except MemoryError:
        return _fail("there is not enough memory; use a smaller --batch-size or --image-size")
    except Exception as error:  # A fault of the program's own: one line for the user, the rest on demand.
        if os.environ.get(_TRACEBACK_VARIABLE):
            import traceback

            traceback.print_exc()
        reason = " ".join(str(error).split())
        return _fail(
            f"internal error: {type(error).__name__}: {reason}; "
            f"set {_TRACEBACK_VARIABLE}=1 to see where, and please report it"
        )


def command_parser(listed: ListedCommand) -> ArgumentParser:
    """Return the parser of a command, whose help ends in its examples."""
    command = listed.load()
    parser = _parser(f"tokenclip {listed.name}", listed.summary[0].upper() + listed.summary[1:] + ".")
    parser.epilog = _examples(command.examples)
    command.add_arguments(parser)
    return parser


def window_parser() -> ArgumentParser:
    """Return the parser for the words that open the window; its help lists the commands."""
    width = max(map(len, COMMANDS)) + 2
    listing = "\n".join(f"  {name:<{width}}{command.summary}" for name, command in COMMANDS.items())
    parser = _parser("tokenclip", "Find and understand defects on parts, without training on them.")
    parser.usage = "tokenclip [PATH ...] [--demo] [--camera SOURCE] [--recipe FILE]\n       tokenclip COMMAND ..."
    parser.epilog = (
        f"commands (tokenclip COMMAND --help says more):\n{listing}\n\n{_examples(_WINDOW_EXAMPLES)}\n\n"
        "exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some inputs could not be read"
    )
    parser.add_argument("paths", nargs="*", type=_file, metavar="PATH", help="images or folders to open in the window")
    parser.add_argument("--demo", action="store_true", help="open the bundled samples in the window")
    parser.add_argument("--camera", metavar="SOURCE", help="open the live view: a number, or the address of a stream")
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="inspect and judge as a saved recipe says")
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    return parser


def _dispatch(words: list[str], open_window: WindowOpener | None, paper: PageMaker | None) -> int:
    listed = COMMANDS.get(words[0]) if words else None
    if listed is not None:
        return _run_command(listed, words, paper)
    parser = window_parser()
    arguments = parser.parse_args(words)
    if arguments.version:
        from tokenclip_core.output.versions import program_version

        sys.stdout.write(f"tokenclip-inspector {program_version()}\n")
        return ExitCode.DONE
    for path in arguments.paths:
        if not is_there(path):
            import difflib

            from tokenclip_core.sources.network.streams import without_credentials

            near = difflib.get_close_matches(str(path), COMMANDS, 1)
            hint = f"; did you mean the command {near[0]}?" if near else "; see tokenclip --help for the commands"
            parser.error(f"there is no file, folder or command {without_credentials(str(path))!r}{hint}")
    if open_window is None:
        parser.error("name a command")
    return open_window(arguments.paths, demo=arguments.demo, camera=arguments.camera, recipe=arguments.recipe)


def _run_command(listed: ListedCommand, words: list[str], paper: PageMaker | None) -> int:
    # Imported here, as all that the list of commands does not need: `tokenclip --help` answers at once.
    from tokenclip_core.process.interruption import ended_by_termination
    from tokenclip_core.process.prepare import prepare

    with ended_by_termination():
        arguments = command_parser(listed).parse_args(words[1:])
        arguments.words, arguments.paper = words, paper
        prepare()
        return listed.load().run(arguments)


def _parser(program: str, description: str) -> ArgumentParser:
    return ArgumentParser(
        prog=program, description=description, formatter_class=RawDescriptionHelpFormatter, allow_abbrev=False
    )


def _file(text: str) -> Path:
    from tokenclip_core.sources.network.streams import is_stream

    # The address is not repeated: there may be a password in it.
    if is_stream(text):
        raise ArgumentTypeError("the address of a stream goes behind --camera (or: tokenclip inspect ADDRESS)")
    return Path(text)


def _examples(examples: Sequence[tuple[str, str]]) -> str:
    return "examples:\n" + "\n".join(f"  {line}\n      {meaning}" for line, meaning in examples)


def _open_closed_streams() -> None:
    """A program whose output was closed before it began goes on without."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))


def _refusal(error: OSError) -> str:
    """What the system refused that no command expected; without a file's name, it is the standard output."""
    reason = error.strerror or str(error)
    if error.filename is None:
        return f"the output cannot be written ({reason}); make room, or name another place for it"
    return f"{os.fsdecode(error.filename)}: the system refuses ({reason}); look at the disk and the permissions"


def _fail(reason: str) -> int:
    with suppress(OSError):
        sys.stderr.write(f"tokenclip: {reason}\n")
    return ExitCode.FAILED
