"""The window's evidence: the folder's pool, the shelf of good parts, and nothing stale of either."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from evidence_fakes import ComparingInspector, write_parts
from feature_desk import Desk
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, WAIT, Start
from window_steps import shown

from app.editing.adjustments import NOTHING_ELSE
from app.evidence.comparison import Comparison, Places, evidence_facts
from app.evidence.controller import EvidenceController
from app.evidence.work import MOST_GOOD
from app.shell.assembly import Assembly
from app.work.jobs import Outcome
from tokenclip_core.evidence.places import DEFAULT_REACH
from tokenclip_core.output.store.database import Store
from tokenclip_core.output.store.history import History


@pytest.fixture
def alike(tmp_path: Path) -> Path:
    return write_parts(tmp_path / "alike", 12)


@pytest.fixture
def begin(start: Start, inspector: ComparingInspector) -> Callable[[Path], Assembly]:
    """Start the window on a folder, with a model of one's own for every loading."""

    def make(folder: Path) -> Assembly:
        made: Assembly = start(folder, factory=lambda _name: ComparingInspector(gate=inspector.gate))
        return made

    return make


@pytest.fixture
def new_model(inspector: ComparingInspector) -> Callable[[], ComparingInspector]:
    return lambda: ComparingInspector(gate=inspector.gate)


@pytest.fixture
def comparing(desk: Desk) -> Desk:
    """The list, the canvas and what parts are compared with; nothing is open yet."""
    desk.list_parts(evidence=EvidenceController(desk.owners, desk.views, desk.actions))
    desk.views.evidence.lay_out(desk.actions)
    desk.lay(desk.views.evidence, desk.views.canvas, desk.views.patch, desk.views.inspection)
    return desk


def look_at(desk: Desk, folder: Path) -> None:
    """Load the model and open a folder, as the window does at its start."""
    desk.models.reload()
    desk.library.open([folder])


@pytest.fixture
def pooled(comparing: Desk, qtbot: QtBot, alike: Path) -> Desk:
    """A folder that is compared with itself."""
    look_at(comparing, alike)
    gathered(comparing, qtbot)
    return comparing


@pytest.fixture
def inspector() -> ComparingInspector:
    return ComparingInspector()


def gathered(assembly: Desk | Assembly, qtbot: QtBot) -> None:
    """Wait until the pool is complete and the shown part is judged by it."""
    qtbot.waitUntil(lambda: assembly.evidence.pool.pooled > 0, timeout=WAIT)
    qtbot.waitUntil(lambda: "consensus" in channels(assembly), timeout=WAIT)


def channels(assembly: Desk | Assembly) -> set[str]:
    result = assembly.shown.result
    return set() if result is None else set(result.shares)


def words(assembly: Desk | Assembly) -> str:
    return assembly.views.evidence.words


def test_the_folder_is_compared_with_itself(begin: Callable[[Path], Assembly], qtbot: QtBot, alike: Path) -> None:
    assembly = begin(alike)
    gathered(assembly, qtbot)
    assert channels(assembly) == {"text", "self", "consensus"}
    assert assembly.session.compared.number > 0
    assert not assembly.session.provisional
    assert "compared with 12 parts" in words(assembly)
    assert "Decided by" in words(assembly)
    assert "consensus 33 %" in words(assembly)
    assert assembly.views.evidence.isVisible()
    assert assembly.actions["evidence-fused"].isChecked()
    assert not assembly.actions["evidence-reference"].isEnabled()


def test_a_verdict_before_the_pool_is_complete_is_provisional(
    begin: Callable[[Path], Assembly], inspector: ComparingInspector, qtbot: QtBot, alike: Path
) -> None:
    inspector.gate = threading.Event()
    assembly = begin(alike)
    qtbot.waitUntil(lambda: assembly.session.provisional, timeout=WAIT)
    qtbot.waitUntil(lambda: "of 12 other parts seen" in words(assembly), timeout=WAIT)
    assert "provisional" in words(assembly)
    inspector.gate.set()
    gathered(assembly, qtbot)
    assembly.actions.run("inspect-all")
    qtbot.waitUntil(lambda: all(part.score is not None for part in assembly.session.parts), timeout=WAIT)
    qtbot.waitUntil(lambda: assembly.work.inference.idle, timeout=WAIT)
    assert assembly.shut_down(ENDS_SECONDS)
    with closing(Store.open()) as store:
        stored = [run.settings for run in History(store).runs()]
    assert stored
    assert all(settings.get("pool") for settings in stored)


def test_no_result_counts_before_the_folder_is_listed_and_seen(pooled: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    assembly = pooled
    seen: list[bool] = []
    assembly.shown.result_ready.connect(
        lambda: seen.append(assembly.session.provisional or "consensus" in channels(assembly))
    )
    assembly.library.open([write_parts(tmp_path / "others", 12, first=40)])
    qtbot.waitUntil(lambda: bool(seen), timeout=WAIT)
    gathered(assembly, qtbot)
    qtbot.waitUntil(lambda: "consensus" in channels(assembly), timeout=WAIT)
    assert all(seen)
    assembly.library.open([write_parts(tmp_path / "few", 4, first=60)])
    qtbot.waitUntil(lambda: len(assembly.session.parts) == 4, timeout=WAIT)
    qtbot.waitUntil(lambda: not assembly.session.provisional, timeout=WAIT)


def test_a_folder_of_few_parts_says_that_consensus_is_silent(comparing: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    assembly = comparing
    look_at(assembly, write_parts(tmp_path / "few", 4))
    shown(assembly, qtbot)
    assert channels(assembly) == {"text", "self"}
    assert "consensus is silent" in words(assembly)
    assert assembly.session.compared == NOTHING_ELSE


def test_another_folder_leaves_nothing_of_the_pool(pooled: Desk, qtbot: QtBot, alike: Path, tmp_path: Path) -> None:
    assembly = pooled
    before = assembly.session.compared
    assembly.library.open([write_parts(tmp_path / "few", 4, first=50)])
    shown(assembly, qtbot, "part_0050.png")
    assert channels(assembly) == {"text", "self"}
    assert assembly.session.compared.number > before.number
    assert assembly.session.compared.pool == ""
    qtbot.waitUntil(lambda: assembly.models.engine.comparison.pools == (), timeout=WAIT)
    # The same folder again gets its pool anew, and no result of before is taken for one of it.
    assembly.library.open([alike])
    gathered(assembly, qtbot)
    assert assembly.session.compared.pool == before.pool
    assert assembly.session.compared.number > before.number + 1


def test_another_model_leaves_nothing_of_the_pool(pooled: Desk, qtbot: QtBot, alike: Path) -> None:
    assembly = pooled
    before = assembly.session.compared.number
    assembly.models.reload()
    assert assembly.session.compared == NOTHING_ELSE
    assert assembly.evidence.pool.pooled == 0
    gathered(assembly, qtbot)
    assert assembly.session.compared.number > before


def test_a_run_that_is_cancelled_publishes_nothing(
    comparing: Desk, inspector: ComparingInspector, qtbot: QtBot, alike: Path, tmp_path: Path
) -> None:
    inspector.gate = threading.Event()
    assembly = comparing
    look_at(assembly, alike)
    qtbot.waitUntil(lambda: assembly.session.provisional, timeout=WAIT)
    few = write_parts(tmp_path / "few", 4, first=50)
    assembly.library.open([few])
    inspector.gate.set()
    shown(assembly, qtbot, "part_0050.png")
    qtbot.waitUntil(lambda: assembly.models.engine.comparison.pools == (), timeout=WAIT)
    assert channels(assembly) == {"text", "self"}
    qtbot.waitUntil(lambda: not assembly.session.provisional, timeout=WAIT)


def test_a_pool_that_is_complete_as_another_folder_is_opened_is_left_too(
    comparing: Desk, qtbot: QtBot, alike: Path, tmp_path: Path
) -> None:
    evidence, heard = comparing.evidence, []
    hear = evidence._on_slice

    def not_yet(run: object, outcome: Outcome) -> None:
        if outcome.value.is_complete:
            heard.append(outcome)
        else:
            hear(run, outcome)

    evidence._on_slice = not_yet
    look_at(comparing, alike)
    qtbot.waitUntil(lambda: bool(heard), timeout=WAIT)
    comparison = comparing.models.engine.comparison
    assert comparison.pools
    comparing.library.open([write_parts(tmp_path / "few", 4, first=50)])
    qtbot.waitUntil(lambda: comparison.pools == (), timeout=WAIT)
    # With a good part on the shelf, the new folder is compared with that alone.
    shown(comparing, qtbot, "part_0050.png")
    comparing.actions.run("mark-good")
    qtbot.waitUntil(lambda: "reference" in channels(comparing), timeout=WAIT)
    assert channels(comparing) == {"text", "self", "reference"}


def test_a_file_that_changes_is_compared_with_no_longer(pooled: Desk, qtbot: QtBot, alike: Path) -> None:
    assembly = pooled
    before = assembly.session.compared
    write_parts(alike, 1, first=77)
    (alike / "part_0077.png").replace(alike / "part_0005.png")
    assembly.store.forget(str(alike / "part_0005.png"))
    qtbot.waitUntil(
        lambda: assembly.evidence.pool.pooled > 0 and assembly.session.compared.pool not in ("", before.pool),
        timeout=WAIT,
    )
    assert assembly.session.compared.number > before.number


def test_good_parts_on_the_shelf(pooled: Desk, qtbot: QtBot, alike: Path, tmp_path: Path) -> None:
    assembly = pooled
    good = write_parts(tmp_path / "good", 3, first=30)
    (good / "damaged.png").write_bytes(b"no picture")
    assembly.actions.run("good-parts")
    dialog = assembly.evidence.dialog
    assert dialog is not None
    assembly.evidence.give([good])
    qtbot.waitUntil(lambda: "reference" in channels(assembly), timeout=WAIT)
    assert dialog.names == ["part_0030.png", "part_0031.png", "part_0032.png"]
    assert "288 of 288 patches" in dialog.size_words
    assert "MB" in dialog.size_words
    assert "3 good parts" in words(assembly)
    assert "damaged.png" in assembly.views.message.text
    assert assembly.actions["evidence-reference"].isEnabled()
    # The shown part is marked as good in the list.
    assembly.actions.run("mark-good")
    qtbot.waitUntil(lambda: len(assembly.evidence.shelf.paths) == 4, timeout=WAIT)
    number = assembly.session.compared.number
    assembly.evidence.take_off(assembly.evidence.shelf.paths)
    qtbot.waitUntil(lambda: assembly.session.compared.number > number, timeout=WAIT)
    qtbot.waitUntil(lambda: channels(assembly) == {"text", "self", "consensus"}, timeout=WAIT)
    assert dialog.names == []
    assert not assembly.actions["evidence-reference"].isEnabled()
    dialog.close()


def test_parts_in_a_fixture_are_compared_place_by_place(
    pooled: Desk, qtbot: QtBot, alike: Path, tmp_path: Path
) -> None:
    assembly = pooled
    assembly.evidence.give([write_parts(tmp_path / "good", 3, first=30)])
    qtbot.waitUntil(lambda: "reference" in channels(assembly), timeout=WAIT)
    anywhere, comparison = assembly.session.compared, assembly.models.engine.comparison
    final: list[set[str]] = []
    assembly.shown.result_ready.connect(
        lambda: assembly.session.provisional or final.append(channels(assembly) | {assembly.session.compared.shelf})
    )
    assembly.actions.run("same-place")
    assert assembly.actions["same-place"].isChecked()

    def compared_anew() -> bool:
        now = assembly.session.compared
        return "" not in (now.pool, now.shelf) and now.pool != anywhere.pool and now.shelf != anywhere.shelf

    qtbot.waitUntil(compared_anew, timeout=WAIT)
    assert {inspector.evidence.reach for inspector in comparison.inspectors} == {DEFAULT_REACH}
    assert comparison.base.evidence.shelf.places is not None
    qtbot.waitUntil(lambda: bool(final), timeout=WAIT)
    for said in final:
        assert "reference" in said, "nothing is judged for good without the good parts"
        assert "" not in said
    assembly.actions.run("same-place")
    qtbot.waitUntil(
        lambda: (assembly.session.compared.pool, assembly.session.compared.shelf) == (anywhere.pool, anywhere.shelf),
        timeout=WAIT,
    )
    assert {inspector.evidence.reach for inspector in comparison.inspectors} == {None}


def test_what_a_person_says_of_places_holds_for_a_model_that_brings_another_word() -> None:
    brought = ComparingInspector().with_reach(0.2)
    assert Comparison().reach(brought) == 0.2
    assert Comparison(places=Places(None)).reach(brought) is None
    assert Comparison(places=Places(0.1)).reach(brought) == 0.1
    assert evidence_facts(brought).reach == 0.2


def test_good_parts_that_find_no_room_are_named(pooled: Desk, qtbot: QtBot) -> None:
    pooled.evidence.put_on_shelf([f"/good/{number}.png" for number in range(MOST_GOOD + 3)])
    assert "3 were left out" in pooled.views.message.text


def test_good_parts_go_with_the_person_to_another_model(comparing: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    assembly = comparing
    look_at(assembly, write_parts(tmp_path / "few", 4))
    shown(assembly, qtbot)
    assembly.actions.run("mark-good")
    qtbot.waitUntil(lambda: "reference" in channels(assembly), timeout=WAIT)
    assembly.models.reload()
    assert assembly.evidence.shelf.paths == ()
    qtbot.waitUntil(lambda: len(assembly.evidence.shelf.paths) == 1, timeout=WAIT)
    qtbot.waitUntil(lambda: "reference" in channels(assembly), timeout=WAIT)


def test_one_kind_of_evidence_is_one_key_away(pooled: Desk, qtbot: QtBot, alike: Path) -> None:
    assembly = pooled
    for kind, left in (("text", {"text"}), ("consensus", {"consensus"}), ("fused", {"text", "self", "consensus"})):
        assembly.actions.run(f"evidence-{kind}")
        qtbot.waitUntil(lambda left=left: channels(assembly) == left, timeout=WAIT)
        assert assembly.actions[f"evidence-{kind}"].isChecked()
    assembly.actions.run("undo")
    qtbot.waitUntil(lambda: channels(assembly) == {"consensus"}, timeout=WAIT)
    assert assembly.actions["evidence-consensus"].isChecked()


def test_a_pinned_patch_shows_what_it_looks_like_elsewhere(pooled: Desk, qtbot: QtBot, alike: Path) -> None:
    assembly = pooled
    nearest = assembly.views.patch.nearest
    assembly.views.canvas.patch_pinned.emit((2, 3))
    qtbot.waitUntil(lambda: len(nearest.names) == 3, timeout=WAIT)
    part = assembly.session.current_part
    assert part is not None
    assert part.name not in nearest.names
    assert "11" in nearest.words
    qtbot.keyClick(assembly.window, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: nearest.names == [], timeout=WAIT)
