"""Verdicts and decisions come back when a folder is opened again."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from batch_fakes import COUNT, folder, inspector
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, WAIT, FakeInspector, Start
from window_steps import shown

from app.review.model import Decision, Review
from app.shell.assembly import Assembly
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.history import History

__all__ = ["folder", "inspector"]


def scores(assembly: Assembly) -> dict[str, float | None]:
    return {part.name: part.score for part in assembly.session.parts}


def all_known(assembly: Assembly, but: int = 0) -> bool:
    found = list(scores(assembly).values())
    return len(found) == COUNT and found.count(None) <= but


def inspected(assembly: Assembly, qtbot: QtBot) -> dict[str, float | None]:
    """Inspect the whole folder."""
    shown(assembly, qtbot)
    assembly.actions.run("inspect-all")
    qtbot.waitUntil(lambda: all_known(assembly), timeout=WAIT)
    return scores(assembly)


def test_a_folder_that_is_opened_again_has_its_verdicts(start: Start, qtbot: QtBot, folder: Path) -> None:
    first = start(folder)
    before = inspected(first, qtbot)
    assert first.shut_down(ENDS_SECONDS)
    quick = FakeInspector()
    second = start(folder, factory=lambda _name: quick)
    qtbot.waitUntil(lambda: all_known(second), timeout=WAIT)
    assert scores(second) == before
    assert quick.encoded < 10, "only what is looked at, and its neighbours"
    assert second.shut_down(ENDS_SECONDS)
    with closing(Store.open()) as store:
        (run,) = [run for run in History(store).runs() if run.count > 10]
    assert run.count == COUNT


def test_a_changed_file_is_not_taken_for_the_old_one(start: Start, qtbot: QtBot, folder: Path) -> None:
    first = start(folder)
    inspected(first, qtbot)
    assert first.shut_down(ENDS_SECONDS)
    changed = folder / "part_0060.png"
    changed.write_bytes(changed.read_bytes() + b"\0")
    second = start(folder)
    qtbot.waitUntil(lambda: all_known(second, but=1), timeout=WAIT)
    assert scores(second)[changed.name] is None


def test_decisions_are_kept_with_who(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    path = str(parts / "part_0000.png")
    assembly.reviews.review(path, Review(Decision.REJECTED, "a scratch"))
    assembly.reviews.review(path, Review(Decision.ACCEPTED))
    assert assembly.shut_down(ENDS_SECONDS)
    with closing(Store.open()) as store:
        said = History(store).decisions(path)
    assert [(one.decision, one.note) for one in said] == [("rejected", "a scratch"), ("accepted", "")]
    assert all(one.who for one in said)


@pytest.mark.parametrize("choice", ["off"])
def test_nothing_is_kept_where_that_is_not_wanted(start: Start, qtbot: QtBot, folder: Path, choice: str) -> None:
    assembly = start(folder)
    assembly.settings.apply("keep_history", choice)
    inspected(assembly, qtbot)
    assert assembly.shut_down(ENDS_SECONDS)
    with closing(Store.open()) as store:
        assert History(store).space().results == 0


@pytest.mark.parametrize("settles", [True, False])
def test_what_was_provisional_and_did_not_change_is_kept(
    start: Start, qtbot: QtBot, folder: Path, settles: bool
) -> None:
    assembly = start(folder)
    shown(assembly, qtbot)
    qtbot.waitUntil(lambda: assembly.work.idle, timeout=WAIT)
    assembly.session.provisional = True
    # As when other parts are still looked at; then nothing looks alike, and nothing else is inspected.
    number = next(number for number, part in enumerate(assembly.session.parts) if number > 40 and part.score is None)
    assembly.shown.show(number)
    qtbot.waitUntil(lambda: assembly.shown.result is not None and assembly.work.idle, timeout=WAIT)
    assembly.session.provisional = not settles
    assert assembly.shut_down(ENDS_SECONDS)
    with closing(Store.open()) as store:
        found = History(store)
        kept = {Path(result.path).name for run in found.runs() for result in found.results(run.uid)}
    assert (assembly.session.parts[number].name in kept) is settles
