"""A recipe is exchanged whole: while the spool can't be written, the one of before stays in force and nothing ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from patience import until

from tokenclip_core.publish.messages import Message
from tokenclip_core.publish.spool import Spool, SpoolError
from tokenclip_core.station import line as line_module
from tokenclip_core.station.line import Line, LineKeeper


class Full(Spool):
    """A disk that is full while it is told to be."""

    fails_at = ""

    def add(self, message: Message, key: str | None = None) -> bool:
        if self.fails_at and self.fails_at in message.uid:
            raise SpoolError("the disk is full")
        return super().add(message, key)

    def told(self) -> list[dict[str, Any]]:
        self.register(["store"])
        return [json.loads(one.event) for one in self.next_for("store", ("run", "end"), 100)]


def line_of(file: Path) -> Line:
    """With a recipe that is called by what the file says."""
    begins = {"station": "s", "run_kind": "station", "title": "t", "model": "m", "threshold": 0.5}
    begins |= {"settings": {}, "sizes": (), "subspaces": ()}
    return Line(cast("Any", SimpleNamespace(name=file.read_text())), cast("Any", None), begins)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Full]:
    made = Full(tmp_path / "spool.sqlite")
    made.register(["store"])
    yield made
    made.close()


@pytest.mark.parametrize("fails_at", ["end", "begin"])
def test_a_recipe_comes_into_force_when_the_spool_is_back(
    spool: Full, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    monkeypatch.setattr(line_module, "LOOK_SECONDS", 0.01)
    file = tmp_path / "line.recipe.json"
    file.write_text("first")
    keeper = LineKeeper(file, partial(line_of, file), spool)
    first = keeper.run
    spool.fails_at = fails_at
    # Never seen half-written.
    (tmp_path / "next").write_text("second")
    (tmp_path / "next").replace(file)
    until(lambda: keeper.current() is not None and "the disk is full" in keeper.problem)
    assert (keeper.recipe.name, keeper.run, keeper.changes) == ("first", first, 0)
    spool.fails_at = ""
    until(lambda: keeper.current().recipe.name == "second")
    assert (keeper.problem, keeper.changes) == ("", 1)
    second = keeper.run
    keeper.close()
    runs = [(one["kind"], one.get("uid") or one.get("run")) for one in spool.told()]
    assert runs == [("run", first), ("end", first), ("run", second), ("end", second)]


def test_a_run_whose_end_can_not_be_noted_is_ended_by_the_next_start(spool: Full, tmp_path: Path) -> None:
    file = tmp_path / "line.recipe.json"
    file.write_text("recipe")
    first = LineKeeper(file, partial(line_of, file), spool)
    spool.fails_at = "end"
    first.close()
    spool.fails_at = ""
    LineKeeper(file, partial(line_of, file), spool).close()
    assert [one["kind"] for one in spool.told()] == ["run", "end", "run", "end"]
