"""A program that was made into one executable runs its modules by itself."""

from __future__ import annotations

import sys

import pytest

import main
from tokenclip_core.process import bundled, child


def test_modules_of_the_program_are_run_and_no_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tokenclip"])
    assert bundled.runs_module([]) is False
    assert bundled.runs_module([bundled.MODULE_WORD]) is False
    assert bundled.runs_module([bundled.MODULE_WORD, "this"]) is False
    assert bundled.runs_module(["inspect", "tokenclip_core.lru"]) is False
    monkeypatch.delitem(sys.modules, "tokenclip_core.lru", raising=False)
    assert bundled.runs_module([bundled.MODULE_WORD, "tokenclip_core.lru", "a word"]) is True
    assert sys.argv == ["tokenclip_core.lru", "a word"]
    assert capsys.readouterr().out == ""


def test_a_bundle_starts_itself_for_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    assert child.python_module("tokenclip_core.lru") == [sys.executable, "-P", "-m", "tokenclip_core.lru"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    words = child.python_module("tokenclip_core.lru")
    assert words == [sys.executable, bundled.MODULE_WORD, "tokenclip_core.lru"]
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.delitem(sys.modules, "tokenclip_core.lru", raising=False)
    assert main.main() == 0
