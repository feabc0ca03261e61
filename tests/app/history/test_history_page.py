"""The history in the window: runs found, judged again, compared, and opened once more."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest
from batch_fakes import folder, inspector
from feature_desk import Desk
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, WAIT, Start
from window_steps import nameless, shown

from app.history.archive import Archive, ResultsWanted, RunsFound, RunsWanted, places_of
from app.history.browsing import BrowsingController
from app.history.page import HistoryPage, Orders
from app.settings.store import SettingsStore
from app.shell.assembly import Assembly
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.events import Decided, ResultMade, RunBegins
from tokenclip_core.output.store.summaries import RunSummary, SpaceTaken
from tokenclip_core.output.store.writing import StoreWriter

__all__ = ["folder", "inspector"]

SCORES = (0.1, 0.45, 0.55, 0.9)


def put(place: Path, uid: str, *, title: str, raised: float = 0.0, **others: object) -> None:
    """A run of four parts, in the store among the user's data."""
    values: dict[str, object] = {"station": "desk", "run_kind": "inspect", "started": 1.7e9, "model": "compact"}
    values |= {"threshold": 0.5, "settings": {}, "sizes": (), "subspaces": ("crack",)} | others
    results = [
        ResultMade(
            run=uid,
            position=number,
            path=str(place / f"part_{number}.png"),
            moment=1.7e9 + number,
            sha256=f"{number:064d}",
            score=score + raised,
            threshold=0.5,
            verdict="defect" if score + raised >= 0.5 else "good",
            levels=(score,),
        )
        for number, score in enumerate(SCORES)
    ]
    with closing(Store.open()) as store:
        writer = StoreWriter(store)
        writer.put(RunBegins(uid=uid, title=title, **values), *results)
        writer.put(
            Decided(f"said-{uid}", str(place / "part_1.png"), "Ada", 1.7e9, "rejected", "a scratch", f"{1:064d}", 0, 0)
        )
        writer.close()
        assert writer.problem == ""


@pytest.fixture
def window(start: Start, qtbot: QtBot, parts: Path) -> Assembly:
    put(parts, "run-a", title=str(parts), started=1.7e9)
    put(parts, "run-b", title="elsewhere", raised=0.06, started=1.7e9 + 60, recipe=("1" * 64, "line one", "{}"))
    assembly: Assembly = start(parts)
    shown(assembly, qtbot)
    return assembly


@pytest.fixture
def page(window: Assembly, qtbot: QtBot) -> HistoryPage:
    window.actions.run("history")
    made = window.browsing.page
    assert made is not None
    qtbot.waitUntil(lambda: "run-a" in uids(made), timeout=WAIT)
    return made


def uids(page: HistoryPage) -> list[str]:
    return [run.uid for run in page._runs]


def cells(page: HistoryPage) -> list[list[str]]:
    table = page.results_view.model()
    return [[str(table.index(row, column).data()) for column in range(5)] for row in range(table.rowCount())]


def choose(page: HistoryPage, *names: str) -> None:
    page.runs_view.clearSelection()
    page.runs_view.setSelectionMode(page.runs_view.SelectionMode.MultiSelection)
    for row, uid in enumerate(uids(page)):
        if uid in names:
            page.runs_view.selectRow(row)


def test_runs_are_listed_with_what_the_store_takes_and_found(page: HistoryPage, qtbot: QtBot) -> None:
    assert nameless(page) == []
    assert "runs" in page.space
    assert "MB on this disk" in page.space
    page.text.setText("line one")
    qtbot.waitUntil(lambda: uids(page) == ["run-b"], timeout=WAIT)
    page.text.setText("")
    page.days.setCurrentIndex(1)
    qtbot.waitUntil(lambda: not {"run-a", "run-b"} & set(uids(page)), timeout=WAIT)


def test_results_are_filtered_and_judged_again(page: HistoryPage, qtbot: QtBot) -> None:
    choose(page, "run-a")
    qtbot.waitUntil(lambda: len(cells(page)) == 4, timeout=WAIT)
    assert [row[2] for row in cells(page)] == ["Good", "Good", "Defect", "Defect"]
    assert "Rejected · Ada" in cells(page)[1][4]
    page.threshold.setValue(0.6)
    page.again.setChecked(True)
    qtbot.waitUntil(lambda: page.words == "At 0.60: 1 of 4 defective, 1 change", timeout=WAIT)
    assert [row[3] for row in cells(page)] == ["", "", "Good", ""]
    page.smallest.setValue(2)
    qtbot.waitUntil(
        lambda: page.words.endswith("sizes are not stored with every result; inspect the parts again"), timeout=WAIT
    )
    page.smallest.setValue(1)
    qtbot.waitUntil(lambda: page.words == "At 0.60: 1 of 4 defective, 1 change", timeout=WAIT)
    page.decision.setCurrentIndex(2)
    qtbot.waitUntil(lambda: [row[0].endswith("part_1.png") for row in cells(page)] == [True], timeout=WAIT)


def test_false_alarms_are_listed_by_what_stands_out(page: HistoryPage, qtbot: QtBot, parts: Path) -> None:
    with closing(Store.open()) as store:
        writer = StoreWriter(store)
        for number in (2, 3):
            place = str(parts / f"part_{number}.png")
            writer.put(Decided(f"alarm-{number}", place, "Ada", 1.7e9, "accepted", "", f"{number:064d}", 0, 0))
        writer.close()
    choose(page, "run-a")
    page.alarms_action.trigger()
    qtbot.waitUntil(lambda: page.words == "2 false alarms in 1 groups", timeout=WAIT)
    assert [row[1:4] for row in cells(page)] == [["0.5500", "crack", "2"], ["0.9000", "crack", "2"]]
    choose(page, "run-a", "run-b")
    assert not page.alarms_action.isEnabled()


def test_two_runs_are_compared(page: HistoryPage, qtbot: QtBot) -> None:
    choose(page, "run-a", "run-b")
    assert not page.open_action.isEnabled()
    page.compare_action.trigger()
    qtbot.waitUntil(lambda: page.words == "1 verdicts differ", timeout=WAIT)
    assert cells(page)[0][1:4] == ["0.4500 → 0.5100", "Good", "Defect"]


def test_chosen_runs_stay_chosen_when_others_come(qtbot: QtBot) -> None:
    page = HistoryPage(Orders(*[lambda *_given: None] * len(Orders._fields)))
    qtbot.addWidget(page)
    oldest, older, newest = (
        RunSummary(uid, "desk", "inspect", uid, 1.7e9, None, True, "compact", 0.5, 2, 2, 0, 0, {}, (), ())
        for uid in "abc"
    )
    space = SpaceTaken(3, 12)
    page.show_runs(RunsFound((older, oldest), space))
    assert page.chosen == [older]
    choose(page, "a", "b")
    page.show_runs(RunsFound((newest, older, oldest), space))
    assert page.chosen == [older, oldest]


def test_decisions_of_later_on_are_shown(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    put(tmp_path, "run-a", title="parts", started=1.7e9)
    manage = desk.views.manage
    controller = BrowsingController(SettingsStore(), desk.views, desk.sections, desk.owners.work, lambda *_given: None)
    manage.add("other", "Other", QWidget, lambda: None)
    manage.enter()
    page = controller.page
    assert page is not None
    qtbot.waitUntil(lambda: len(cells(page)) == 4, timeout=WAIT)
    assert cells(page)[0][4] == ""
    manage.choose("other")
    with closing(Store.open()) as store:
        writer = StoreWriter(store)
        path = str(tmp_path / "part_0.png")
        writer.put(Decided("later", path, "Bo", 1.7e9 + 100, "accepted", "", f"{0:064d}", 0, 0))
        writer.close()
    manage.choose("history")
    qtbot.waitUntil(lambda: any("Accepted · Bo" in row[4] for row in cells(page)), timeout=WAIT)


def test_the_recipes_of_two_runs_are_compared(window: Assembly, page: HistoryPage, qtbot: QtBot) -> None:
    choose(page, "run-a")
    assert not page.recipes_action.isEnabled()
    choose(page, "run-a", "run-b")
    page.recipes_action.trigger()
    qtbot.waitUntil(lambda: window.browsing.dialog is not None, timeout=WAIT)
    dialog = window.browsing.dialog
    assert dialog is not None
    assert dialog.words == "Only the second run was judged by a recipe."
    assert nameless(dialog) == []
    dialog.close()


def test_a_run_is_opened_again(window: Assembly, page: HistoryPage, qtbot: QtBot, parts: Path) -> None:
    window.judging.set_threshold(0.9)
    choose(page, "run-a")
    with qtbot.waitSignal(window.store.opened, timeout=WAIT):
        page.open_action.trigger()
    qtbot.waitUntil(lambda: len(window.session.parts) == 6, timeout=WAIT)
    assert window.session.threshold == 0.5


def test_what_the_window_inspects_is_in_the_history_at_once(window: Assembly, page: HistoryPage, qtbot: QtBot) -> None:
    def found() -> bool:
        page.ask()
        return any(run.kind == "window" and run.count == 6 for run in page._runs)

    qtbot.waitUntil(found, timeout=WAIT)


def test_a_recipe_is_written_as_it_was(tmp_path: Path) -> None:
    put(tmp_path, "run-b", title=str(tmp_path), recipe=("1" * 64, "line: one/..", '{"format": "x"}'))
    archive = Archive("default", tmp_path / "recipes")
    (run,) = archive.runs(RunsWanted()).runs
    opened = archive.to_open(run)
    assert opened.places == (tmp_path,)
    assert opened.recipe is not None
    assert opened.recipe.parent == tmp_path / "recipes"
    assert opened.recipe.read_text("utf-8") == '{"format": "x"}'
    assert archive.results(ResultsWanted("run-b", threshold=0.05)).judged is not None
    assert archive.forget(1) == 1
    assert archive.runs(RunsWanted()).runs == ()


def test_places_are_those_that_are_there(tmp_path: Path) -> None:
    one, other = tmp_path / "a, b", tmp_path / "c"
    for place in (one, other):
        place.mkdir()
    assert places_of(f"{other}, {tmp_path}", []) == (other, tmp_path)
    # A name with a comma is no two places: the folder of the parts is found by them.
    assert places_of(str(one), [str(one / "p.png"), str(other / "q.png")]) == (tmp_path,)
    assert places_of("video 3", ["video#frame=1"]) == ()


def test_runs_go_after_so_many_days_and_decisions_stay(start: Start, qtbot: QtBot, parts: Path) -> None:
    put(parts, "run-a", title="old", started=1.6e9)
    # What is old is told by the newest run, lest a clock that is set ahead deletes everything.
    put(parts, "run-b", title="of today", started=time.time())
    assembly = start(parts)
    assembly.settings.apply("history_days", 30)
    assert assembly.shut_down(ENDS_SECONDS)
    again = start(parts)
    shown(again, qtbot)
    again.actions.run("history")
    page = again.browsing.page
    assert page is not None

    def gone() -> bool:
        page.ask()
        return bool(page.space) and "run-a" not in uids(page) and bool(uids(page))

    qtbot.waitUntil(gone, timeout=WAIT)
    opinions = again.kept._keeper.opinions(str(parts / "part_1.png"))
    assert [opinion.who for opinion in opinions] == ["Ada", "Ada"]


def test_results_come_in_pages(window: Assembly, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("archive", "page"):
        monkeypatch.setattr(f"app.history.{module}.PAGE", 3)
    window.actions.run("history")
    page = window.browsing.page
    assert page is not None
    table = page.results_view.model()
    qtbot.waitUntil(lambda: "run-a" in uids(page), timeout=WAIT)
    choose(page, "run-a")
    # The view asks for the rest by itself, since it has room for it.
    qtbot.waitUntil(lambda: table.rowCount() == 4, timeout=WAIT)
    assert [Path(row[0]).stem for row in cells(page)] == [f"part_{number}" for number in range(4)]
    assert page.words == "4 results"
    page.part_text.setText("part_1")
    qtbot.waitUntil(lambda: table.rowCount() == 1, timeout=WAIT)
    assert page.words == "1 results"
