"""A run of `inspect` that is gone on with sends each row once, however long it is, and what was mended meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest

from tokenclip_core.commands.storing import PublishedRun
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.publish.spool import Spool

Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run with rows that were kept and new ones: what is sent; nobody remembers what was sent some rows before."""
    monkeypatch.setenv("TOKENCLIP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(Spool, "prune", partialmethod(Spool.prune, 0))
    file = tmp_path / "sent.jsonl"

    def send(*new: ResultRow, kept: tuple[ResultRow, ...] = (), has_kept: bool = False) -> list[dict[str, Any]]:
        file.unlink(missing_ok=True)
        with PublishedRun([str(file)], "run", has_kept=has_kept) as published:
            for one in kept:
                published.put(one, kept=True)
            for one in new:
                published.put(one)
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []

    return send


def row(name: str, error: str | None = None) -> ResultRow:
    return ResultRow(name, model="m", error=error) if error else ResultRow(name, score=0.5, model="m")


def paths(sent: list[dict[str, Any]]) -> list[str]:
    return [one["path"] for one in sent]


def test_rows_that_were_kept_and_sent_are_not_sent_again(run: Run) -> None:
    assert paths(run(row("A"), row("B"))) == ["A", "B"]
    assert paths(run(row("C"), kept=(row("A"), row("B")), has_kept=True)) == ["C"]


def test_rows_that_were_kept_and_went_elsewhere_are_sent(run: Run) -> None:
    assert paths(run(row("B"), kept=(row("A"),))) == ["A", "B"]


def test_a_part_that_was_mended_is_sent_after_its_error(run: Run) -> None:
    (error,) = run(row("A", "it can't be read"))
    (mended,) = run(row("A"))
    assert (error["error"], mended["error"]) == ("it can't be read", None)
    assert error["id"] != mended["id"]
