"""`evaluate` and `calibrate` among the same inputs, outputs and signals as `inspect`: each costs itself, or is said."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tokenclip_core.commands.cli import main
from tokenclip_core.images import reading

ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX alone")
PROGRAM = "import sys; from tokenclip_core.commands.cli import main; sys.exit(main(sys.argv[1:]))"
Happening = Callable[[Path, Callable[[], None]], None]


@pytest.fixture
def parts(make_parts: Callable[..., Path]) -> Path:
    """A set of four good and two defective parts."""
    return make_parts(*(f"nut/test/good/{name}.png" for name in range(4)), "nut/test/dent/0.png", "nut/test/dent/1.png")


@pytest.fixture
def good(parts: Path) -> Path:
    return parts / "nut" / "test" / "good"


@dataclass(frozen=True)
class Attempt:
    """A command on good parts, which it measures.

    Attributes:
        command: its name.
        words: its whole line, after the program's name.
        out: what it writes: a folder of `evaluate`, a file of `calibrate`.
    """

    command: str
    words: list[str]
    out: Path

    def counted(self) -> int:
        """How many good parts it says that it measured."""
        if self.command == "calibrate":
            return int(json.loads(self.out.read_text("utf-8"))["good_parts"])
        return int(json.loads((self.out / "evaluation.json").read_text("utf-8"))["lines"][0]["good"])


@pytest.fixture(params=["evaluate", "calibrate"])
def attempt(request: pytest.FixtureRequest, parts: Path, good: Path, tmp_path: Path, tiny_model: Path) -> Attempt:
    command = str(request.param)
    out = tmp_path / "out" / ("report" if command == "evaluate" else "calibration.json")
    given = ["--data", str(parts)] if command == "evaluate" else [str(good)]
    words = [command, *given, "--out", str(out), "--model", str(tiny_model), "--image-size", "64"]
    return Attempt(command, words, out)


@pytest.fixture
def before_reading(monkeypatch: pytest.MonkeyPatch) -> Happening:
    """Has something happen whenever one file is about to be read."""
    whole = reading.load_image

    def arrange(file: Path, happens: Callable[[], None]) -> None:
        def load(path: Path, *given: object, **named: object) -> object:
            if path == file:
                happens()
            return whole(path, *given, **named)

        monkeypatch.setattr(reading, "load_image", load)

    return arrange


@ON_POSIX
def test_odd_names_and_bad_files_cost_only_themselves(
    attempt: Attempt, good: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *_ = files = sorted(good.glob("*.png"))
    (good / "0_loop.png").symlink_to("0_loop.png")
    (good / "0_ring").symlink_to(good)
    os.mkfifo(good / "1_pipe.png")
    (good / "2_cut.png").write_bytes(first.read_bytes()[:200])
    (good / "3_empty.png").touch()
    (good / "4_text.png").write_text("no picture")
    shutil.copy(first, os.fsdecode(os.fsencode(good) + b"/5_\xff\n.png"))
    shutil.copy(first, good / f"{'L' * 251}.png")
    assert main(attempt.words) == 3
    told = capsys.readouterr().err
    for name in ("0_loop.png", "1_pipe.png", "2_cut.png", "3_empty.png", "4_text.png"):
        assert name in told
    assert "internal error" not in told
    assert attempt.counted() == len(files) + 2


def test_whatever_a_library_trips_over_costs_only_itself(
    attempt: Attempt, good: Path, before_reading: Happening, capsys: pytest.CaptureFixture[str]
) -> None:
    files = sorted(good.glob("*.png"))

    def trip() -> None:
        raise IndexError("x" * 100_000)

    before_reading(files[1], trip)
    assert main(attempt.words) == 3
    told = capsys.readouterr().err
    assert "IndexError" in told
    assert len(max(told.splitlines(), key=len)) < 1200
    assert attempt.counted() == len(files) - 1


def test_an_output_folder_that_is_deleted_or_a_file(
    attempt: Attempt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("in the way")
    assert main(attempt.words) == 1
    told = capsys.readouterr().err
    assert str(attempt.out) in told
    assert "internal error" not in told
    (tmp_path / "out").unlink()
    assert main(attempt.words) == 0
    assert attempt.counted() > 0


@ON_POSIX
def test_a_full_disk_leaves_no_half_report(attempt: Attempt) -> None:
    line = [sys.executable, "-c", PROGRAM, *attempt.words]
    done = subprocess.run(["sh", "-c", 'ulimit -f 0; "$@"', "sh", *line], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert str(attempt.out) in done.stderr
    assert "internal error" not in done.stderr
    folder = attempt.out if attempt.command == "evaluate" else attempt.out.parent
    assert [file.name for file in folder.glob("*")] == []


@ON_POSIX
@pytest.mark.parametrize("where", ["full", "closed"])
def test_a_standard_output_that_takes_nothing(attempt: Attempt, where: str) -> None:
    if where == "full" and not Path("/dev/full").exists():
        pytest.skip("no such device")
    line = [sys.executable, "-c", PROGRAM, *attempt.words]
    redirected = " >/dev/full" if where == "full" else " >&-"
    done = subprocess.run(["sh", "-c", f'"$@"{redirected}', "sh", *line], capture_output=True, text=True, check=False)
    assert "internal error" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == (1 if where == "full" else 0)
    # What was measured is written before it is said.
    assert attempt.counted() > 0


@ON_POSIX
def test_termination_in_the_middle_is_said(
    attempt: Attempt, good: Path, before_reading: Happening, capsys: pytest.CaptureFixture[str]
) -> None:
    before_reading(max(good.glob("*.png")), lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert main(attempt.words) == 1
    assert "stopped" in capsys.readouterr().err
    assert not attempt.out.exists()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
