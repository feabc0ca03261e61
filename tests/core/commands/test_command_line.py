"""The words of the command line: help, usage, errors, and what is imported for them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from programs import said_by_python

from tokenclip_core.commands import cli
from tokenclip_core.commands.cli import COMMANDS, command_parser, main
from tokenclip_core.errors import TokenClipError

HEAVY = ("torch", "PySide6", "cv2", "numpy", "PIL", "hashlib", "platformdirs", "difflib", "urllib.request", "ctypes")
"""Of the last ones none is slow by itself: together they made `--help` a quarter slower."""


class Window:
    """Stands in for the window and remembers how it was opened."""

    def __init__(self) -> None:
        self.opened: tuple[list[Path], bool, str | None, Path | None] | None = None

    def __call__(self, paths: Sequence[Path], *, demo: bool, camera: str | None, recipe: Path | None) -> int:
        self.opened = (list(paths), demo, camera, recipe)
        return 0


def test_help_imports_nothing_heavy_and_no_command(project_root: Path) -> None:
    commands = [f"tokenclip_core.commands.{listed.module}" for listed in COMMANDS.values()]
    program = (
        "import sys, main\n"
        "code = main.main(['--help'])\n"
        f"heavy = [name for name in {(*HEAVY, *commands)!r} if name in sys.modules]\n"
        "sys.exit(f'imported {heavy}' if heavy else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project_root, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_inspection_imports_no_qt(project_root: Path, tiny_model: Path, make_parts: Callable[..., Path]) -> None:
    words = ["inspect", str(make_parts("1.png")), "--model", str(tiny_model)]
    program = f"import sys, main; code = main.main({words!r}); sys.exit(code or 'PySide6' in sys.modules)"
    said_by_python(program, folder=project_root)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_by_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"tokenclip {name}" in text.split("examples:")[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_valid(name: str) -> None:
    for line, _ in COMMANDS[name].load().examples:
        for part in line.split(" && "):
            program, command, *words = part.split()
            assert program == "tokenclip"
            command_parser(COMMANDS[command]).parse_args(words)


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(command.summary in text for command in COMMANDS.values())


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("tokenclip-inspector ")


@pytest.mark.parametrize(
    "words",
    [
        ["inspect"],
        ["inspect", "x.png", "--threshold", "2"],
        ["inspect", "x.png", "--threshold", "nan"],
        ["inspect", "x.png", "--batch-size", "0"],
        ["inspect", "x.png", "--image-size", "big"],
        ["inspect", "x.png", "--device", "tpu"],
        ["inspect", "x.png", "--save", "films", "--out", "r"],
        ["inspect", "x.png", "--save", "maps"],
        ["inspect", "x.png", "--resume"],
        ["inspect", "x.png", "--threshold", "0.5", "--calibration", "c.json"],
        ["evaluate"],
        ["models"],
        ["models", "polish"],
        ["--unknown"],
    ],
)
def test_wrong_usage_is_exit_code_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words, open_window=Window()) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_mistyped_command_is_recognised(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspct", "parts"], open_window=Window()) == 2
    assert "did you mean the command inspect?" in capsys.readouterr().err


def test_anything_else_opens_the_window(make_parts: Callable[..., Path]) -> None:
    folder = make_parts("1.png")
    for words, opened in (
        ([], ([], False, None, None)),
        (["--demo"], ([], True, None, None)),
        (["--camera", "0"], ([], False, "0", None)),
        (["--camera", "0", "--recipe", "a.json"], ([], False, "0", Path("a.json"))),
        ([str(folder), str(folder / "1.png")], ([folder, folder / "1.png"], False, None, None)),
    ):
        window = Window()
        assert main(words, open_window=window) == 0
        assert window.opened == opened


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (TokenClipError("the lamp is off; switch it on"), 1, "tokenclip: the lamp is off; switch it on\n"),
        (KeyboardInterrupt(), 1, "tokenclip: stopped\n"),
        (MemoryError(), 1, "not enough memory"),
        (ImportError("No module named 'torch'"), 1, "install the program again"),
        (ZeroDivisionError("division\nby zero"), 1, "internal error: ZeroDivisionError: division by zero"),
    ],
)
def test_errors_are_one_line(
    error: BaseException, code: int, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TOKENCLIP_TRACEBACK", raising=False)

    def fail(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr(cli, "_dispatch", fail)
    assert main(["--demo"]) == code
    text = capsys.readouterr().err
    assert words in text
    assert text.count("\n") == 1


def test_a_traceback_is_shown_on_demand(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*_: object, **__: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setenv("TOKENCLIP_TRACEBACK", "1")
    monkeypatch.setattr(cli, "_dispatch", fail)
    assert main(["--demo"]) == 1
    assert "Traceback" in capsys.readouterr().err
