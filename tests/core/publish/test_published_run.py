"""A run of `inspect` that is gone on with sends each row once, however long it is, and what was mended meanwhile."""

from __future__ import annotations

import json
from functools import partialmethod
from pathlib import Path

import pytest
from parts_made import StandIn

from tokenclip_core.commands.storing import PublishedRun
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.publish import addresses
from tokenclip_core.publish.spool import Spool


@pytest.fixture
def side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Gets what is published; the spool keeps nothing of what it has, as after some ten thousand rows."""
    made = StandIn()
    monkeypatch.setenv("TOKENCLIP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(addresses, "output_of", lambda _words, _name: made)
    monkeypatch.setattr(Spool, "prune", partialmethod(Spool.prune, 0))
    return made


def row(name: str, error: str | None = None) -> ResultRow:
    return ResultRow(name, model="m", error=error) if error else ResultRow(name, score=0.5, model="m")


def test_rows_that_were_kept_are_not_sent_again(side: StandIn) -> None:
    with PublishedRun(["x"], "run") as first:
        for name in "AB":
            first.put(row(name))
    with PublishedRun(["x"], "run", goes_on=True) as second:
        for name in "AB":
            second.put(row(name), kept=True)
        second.put(row("C"))
    assert len(side.got) == len(set(side.got)) == 3


def test_rows_of_a_run_that_was_not_published_are_sent_when_it_goes_on(side: StandIn) -> None:
    with PublishedRun(["x"], "run", goes_on=True) as published:
        published.put(row("A"), kept=True)
    # Ended before all that was kept had been sent, it does so again.
    with PublishedRun(["x"], "run", goes_on=True) as published:
        published.put(row("A"), kept=True)
        published.put(row("B"), kept=True)
    assert len(set(side.got)) == 2


def test_a_part_that_was_mended_is_sent_after_its_error(side: StandIn) -> None:
    with PublishedRun(["x"], "run") as first:
        first.put(row("A", "it can't be read"))
    with PublishedRun(["x"], "run", goes_on=True) as second:
        second.put(row("A"))
    assert [json.loads(content)["error"] for content in side.contents] == ["it can't be read", None]
