"""`inspect` among inputs, outputs and signals that go wrong: each costs itself, or ends it in words."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tokenclip_core.commands import inspect_parts
from tokenclip_core.commands.cli import main
from tokenclip_core.errors import TokenClipError
from tokenclip_core.output.results_file import ResultsWriter, read_rows
from tokenclip_core.output.rows import ResultRow

ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX alone")
PROGRAM = "import sys; from tokenclip_core.commands.cli import main; sys.exit(main(sys.argv[1:]))"


Words = Callable[..., list[str]]
MakeParts = Callable[..., Path]


@pytest.fixture
def words(tiny_model: Path) -> Words:
    return lambda *given: ["inspect", *map(str, given), "--model", str(tiny_model)]


@ON_POSIX
def test_odd_names_are_rows_and_the_rest_goes_on(words: Words, make_parts: MakeParts, tmp_path: Path) -> None:
    parts = make_parts("a.png", "z.png")
    (parts / "loop.png").symlink_to("loop.png")
    (parts / "ring").mkdir()
    (parts / "ring" / "back").symlink_to(parts)
    shutil.copy(parts / "a.png", parts / f"{'L' * 251}.png")
    shutil.copy(parts / "a.png", parts / f"{'L' * 250}.jpeg")
    shutil.copy(parts / "a.png", parts / f"{'零' * 83}.gif")
    shutil.copy(parts / "a.png", os.fsdecode(os.fsencode(parts) + b"/b\xff\n.png"))
    os.mkfifo(parts / "pipe.png")
    results = tmp_path / "r"
    assert main(words(parts, "--out", results, "--save", "overlays,maps")) == 3
    rows = {Path(row.path).name: row for row in read_rows(results / "results.jsonl")}
    assert len(rows) == 8
    assert {name for name, row in rows.items() if row.error} == {"loop.png", "pipe.png"}
    assert len(list((results / "overlays").glob("*.png"))) == 6
    assert json.loads((results / "run.json").read_text())["finished"] is True


def test_a_name_that_no_file_could_have_is_a_row(words: Words, tmp_path: Path) -> None:
    assert main(words("x" * 5000 + ".png", "nul\0.png", "--out", tmp_path / "r")) == 3
    rows = list(read_rows(tmp_path / "r" / "results.jsonl"))
    assert len(rows) == 2
    assert all(row.error for row in rows)


def test_a_picture_that_cannot_be_named_costs_its_row_only(words: Words, make_parts: MakeParts, tmp_path: Path) -> None:
    parts = make_parts("1.png", "2.png")
    (tmp_path / "r" / "maps" / "1.png").mkdir(parents=True)
    assert main(words(parts, "--out", tmp_path / "r", "--save", "maps")) == 3
    errors = [row.error for row in read_rows(tmp_path / "r" / "results.jsonl")]
    assert errors[0] is not None
    assert "rename it" in errors[0]
    assert errors[1] is None


def test_whatever_a_library_trips_over_is_a_row(
    words: Words, make_parts: MakeParts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tokenclip_core.commands import inputs

    whole = inputs.load_image

    def load(path: Path, *_given: object, **_named: object) -> object:
        if path.name == "2.png":
            raise IndexError("x" * 100_000)
        return whole(path)

    monkeypatch.setattr(inputs, "load_image", load)
    parts = make_parts("1.png", "2.png", "3.png")
    assert main(words(parts, "--out", tmp_path / "r")) == 3
    errors = [row.error for row in read_rows(tmp_path / "r" / "results.jsonl")]
    assert [bool(error) for error in errors] == [False, True, False]
    assert errors[1] is not None
    assert "IndexError" in errors[1]
    assert len(errors[1]) <= 1000


@pytest.mark.parametrize("resume", [False, True])
def test_a_second_run_into_one_folder_is_refused(
    words: Words,
    make_parts: MakeParts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    resume: bool,
) -> None:
    parts = make_parts("1.png", "2.png")
    line = words(parts, "--out", tmp_path / "r")
    write = ResultsWriter.write
    second: list[int] = []

    def write_while_another_begins(self: ResultsWriter, row: ResultRow) -> None:
        if not second:
            second.append(0)
            second[0] = main([*line, "--resume"] if resume else line)
        write(self, row)

    monkeypatch.setattr(ResultsWriter, "write", write_while_another_begins)
    assert main(line) == 0
    assert second == [1]
    assert "another run writes to" in capsys.readouterr().err
    assert [Path(row.path).name for row in read_rows(tmp_path / "r" / "results.jsonl")] == ["1.png", "2.png"]


def test_a_deleted_folder_ends_the_run_in_words(
    words: Words,
    make_parts: MakeParts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    parts = make_parts(*(f"{number}.png" for number in range(4)))
    judge = inspect_parts._Run.judge

    def judge_and_delete(self: inspect_parts._Run, chunk: inspect_parts._Encoded) -> None:
        judge(self, chunk)
        shutil.rmtree(tmp_path / "r", ignore_errors=True)

    monkeypatch.setattr(inspect_parts._Run, "judge", judge_and_delete)
    assert main(words(parts, "--out", tmp_path / "r", "--batch-size", "2")) == 1
    told = capsys.readouterr().err
    assert "was deleted or moved" in told
    assert "internal error" not in told
    assert not (tmp_path / "r").exists()


@ON_POSIX
@pytest.mark.parametrize("where", ["full", "closed"])
def test_a_standard_output_that_takes_nothing(words: Words, make_parts: MakeParts, where: str) -> None:
    line = [sys.executable, "-c", PROGRAM, *words(make_parts("1.png"), "--json")]
    redirected = " >/dev/full" if where == "full" else " >&-"
    if where == "full" and not Path("/dev/full").exists():
        pytest.skip("no such device")
    done = subprocess.run(["sh", "-c", f'"$@"{redirected}', "sh", *line], capture_output=True, text=True, check=False)
    assert "internal error" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == (1 if where == "full" else 0)
    if where == "full":
        assert "the output cannot be written" in done.stderr


@ON_POSIX
def test_termination_during_the_listing_is_said(
    words: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def find(*_words: object, **_more: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("tokenclip_core.commands.inputs.find_sources", find)
    assert main(words(tmp_path)) == 1
    assert "stopped" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_no_message_is_longer_than_a_screen() -> None:
    error = TokenClipError("x" * 200_000 + "; do this")
    assert len(str(error)) <= 1000
    assert str(error).endswith("; do this")
    assert str(TokenClipError("short")) == "short"


def test_the_line_to_go_on_with_keeps_passwords() -> None:
    from tokenclip_core.commands.inputs import shown_word

    assert "s3cret" not in shown_word("postgresql://me:s3cret@host/db")
    assert "s3cret" not in shown_word("--store=postgresql://me:s3cret@host/db")
    assert shown_word("a:b@c.png") == "a:b@c.png"
