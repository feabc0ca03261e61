"""A process that works for this one: its answers, and every way in which it may fail."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from stand_ins import nonsense, stand_in

from tokenclip_core.process.child import Child, ChildError, import_path, python_module


def test_answers_come_in_order_with_their_arrays() -> None:
    child = Child(stand_in("counting"))
    for number in (1, 2):
        child.send({"number": number}, 60)
    for number in (1, 2):
        answer, array = child.receive(60)
        assert answer == {"said": number}
        assert array is not None
        np.testing.assert_array_equal(array, np.full((2, 3), number, np.uint16))
    assert child.is_alive
    child.close()
    assert not child.is_alive


def test_what_is_printed_disturbs_no_answer() -> None:
    child = Child(stand_in("talking"))
    assert child.ask({}, 60) == ({"said": 1}, None)
    assert child.ask({}, 60) == ({"said": 1}, None)
    child.close()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("killed", "was ended"),
        ("aborted", r"crashed \(SIGABRT\)"),
        ("exited", r"ended by itself \(exit code 3\)"),
        ("raising", r"ended by itself \(exit code 70\)"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_a_process_that_ends_is_an_error_in_words(kind: str, words: str) -> None:
    child = Child(stand_in(kind))
    with pytest.raises(ChildError, match=words):
        child.ask({}, 60)
    assert not child.is_alive
    with pytest.raises(ChildError):
        child.ask({}, 60)


def test_a_process_that_hangs_is_ended() -> None:
    child = Child(stand_in("hanging", first="if 'go' in request: return {}, None"))
    child.ask({"go": True}, 60)
    with pytest.raises(ChildError, match=r"took longer than 0\.2 s"):
        child.ask({}, 0.2)


def test_nonsense_is_an_error() -> None:
    child = Child(nonsense())
    with pytest.raises(ChildError):
        child.receive(60)


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ChildError, match="could not be started"):
        Child([str(tmp_path / "nothing")])


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is Linux's")
def test_memory_is_limited() -> None:
    child = Child(stand_in("hungry"))
    with pytest.raises(ChildError, match="ended by itself"):
        child.ask({}, 60)


def test_another_thread_may_end_it() -> None:
    child = Child(stand_in("hanging", first="if 'go' in request: return {}, None"))
    child.ask({"go": True}, 60)
    ending = threading.Timer(0.1, child.kill)
    ending.start()
    with pytest.raises(ChildError, match="ended"):
        child.ask({}, 60)
    ending.join()


def test_nothing_is_imported_from_the_folder_that_it_runs_in(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('taken from the folder')")
    line = python_module("tokenclip_core.images.picture_child")
    ended = subprocess.run(
        line, input=b"", cwd=tmp_path, env=import_path(), capture_output=True, check=False, timeout=120
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"taken" not in ended.stdout
