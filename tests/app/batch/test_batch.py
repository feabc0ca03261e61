"""Inspect all: every part of the folder gets its score, behind whatever a person asks for."""

from __future__ import annotations

import json
import re
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from batch_fakes import (
    COUNT,
    Watched,
    bar,
    batching,
    done,
    folder,
    hold,
    inspect_all,
    inspect_held,
    inspector,
    let_go,
    opened,
    scored,
)
from feature_desk import Desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, WAIT, Start

from app.batch.bar import BatchBar
from app.batch.controller import BatchController
from app.batch.model import BatchPhase, BatchState
from app.batch.work import BatchReport, BatchRun
from app.editing.adjustments import Mix, ScoringChoice
from app.gallery.model import GalleryMode, PartSummary
from app.outputs.state import Outputs
from app.parts.images import ImageStore, RgbArray
from app.parts.state import ModelChoice, Part, SortBy, Verdict
from app.settings.store import SettingsStore
from app.shell.shortcuts_dialog import ShortcutsDialog
from app.shell.stage import Place
from app.work.engine import Engine
from app.work.jobs import Cancellation
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.resources import resource_path

__all__ = ["batching", "folder", "inspector"]


def test_every_part_gets_a_score_in_order(batching: Desk, qtbot: QtBot, inspector: Watched) -> None:
    assembly = batching
    assert not bar(assembly).isVisible()
    before = scored(assembly)
    assert before < COUNT
    first = len(inspector.order)
    inspect_all(assembly, qtbot)
    assert bar(assembly).isVisible()
    done(assembly, qtbot)
    assert scored(assembly) == COUNT
    # In the order of the list, and none twice.
    assert inspector.order[first:] == sorted(inspector.order[first:])
    assert len(set(inspector.order)) == len(inspector.order) == COUNT
    assert bar(assembly).words == f"All {COUNT} inspected · defects: {COUNT // 4}"
    # Dragging the threshold tells the defects anew; a click takes the words away.
    assembly.judging.set_threshold(1.0)
    assert "defects: 0" in bar(assembly).words
    bar(assembly).cancel.click()
    assert not bar(assembly).isVisible()


def test_the_list_shows_sorts_and_filters_what_was_found(batching: Desk, qtbot: QtBot) -> None:
    assembly = batching
    panel = assembly.views.parts
    panel.set_sort(SortBy.SCORE)
    inspect_all(assembly, qtbot)
    done(assembly, qtbot)
    names = [assembly.session.parts[number].name for number in panel.model.order]
    qtbot.waitUntil(
        lambda: (
            [assembly.session.parts[number].verdict(Judgement()) for number in panel.model.order[: COUNT // 4]]
            == [Verdict.DEFECT] * (COUNT // 4)
        ),
        timeout=WAIT,
    )
    assert len(names) == COUNT
    panel.set_sort(SortBy.NAME)
    assembly.shown.show(70)
    qtbot.keyClick(assembly.window, Qt.Key.Key_N)
    assert assembly.session.current == 73
    panel._verdicts.setCurrentIndex(1)
    assert panel.model.rowCount() == COUNT // 4
    panel._verdicts.setCurrentIndex(3)
    assert panel.model.rowCount() == 0
    assert panel.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) is None
    panel._verdicts.setCurrentIndex(0)
    assert panel.model.index(73).data(Qt.ItemDataRole.AccessibleTextRole).startswith("part_0073.png Defect 0.")


def test_the_shown_part_overtakes(batching: Desk, qtbot: QtBot, inspector: Watched) -> None:
    assembly = batching
    inspect_held(assembly, qtbot, inspector, after=5)
    assembly.shown.show(60)
    assert assembly.shown.result is None
    thread = assembly.work.inference.thread_of_jobs
    qtbot.waitUntil(lambda: any("AHEAD" in str(job.lane) for job in thread._waiting), timeout=WAIT)
    let_go(inspector)
    qtbot.waitUntil(lambda: assembly.shown.result is not None, timeout=WAIT)
    done(assembly, qtbot)
    # Right after the part that was being encoded come the shown one and its neighbours.
    start_of_run = inspector.order.index(60)
    assert inspector.order[start_of_run : start_of_run + 4] == [60, 61, 59, 62]
    assert inspector.order[start_of_run - 1] < 20
    assert inspector.order[start_of_run + 4] == inspector.order[start_of_run - 1] + 1
    assert sorted(inspector.order) == list(range(COUNT))


def test_it_pauses_goes_on_and_stops(batching: Desk, qtbot: QtBot, inspector: Watched) -> None:
    assembly = batching
    inspect_held(assembly, qtbot, inspector, after=5)
    assert re.fullmatch(rf"\d+ of {COUNT} inspected", bar(assembly).words)
    assert bar(assembly).pause.accessibleName() == "Pause the inspection of the folder"
    bar(assembly).pause.click()
    assert bar(assembly).words.startswith("Paused · ")
    assert bar(assembly).pause.toolTip() == "Go on inspecting"
    let_go(inspector)
    qtbot.waitUntil(lambda: assembly.work.inference.idle, timeout=WAIT)
    qtbot.waitUntil(lambda: scored(assembly) == len(inspector.order), timeout=WAIT)
    assert scored(assembly) < COUNT
    hold(inspector, after=5)
    bar(assembly).pause.click()
    qtbot.waitUntil(inspector.held.is_set, timeout=WAIT)
    assert not bar(assembly).words.startswith("Paused")
    bar(assembly).cancel.click()
    let_go(inspector)
    qtbot.waitUntil(lambda: assembly.work.inference.idle, timeout=WAIT)
    # What was inspected stays, also the part that was on its way.
    qtbot.waitUntil(lambda: scored(assembly) == len(inspector.order), timeout=WAIT)
    assert scored(assembly) < COUNT
    assert bar(assembly).words.startswith("Stopped · ")
    # Once more: only what is left is inspected.
    inspect_all(assembly, qtbot)
    done(assembly, qtbot)
    assert sorted(inspector.order) == list(range(COUNT))


def test_a_pause_ends_when_what_is_left_was_looked_at(batching: Desk, qtbot: QtBot, inspector: Watched) -> None:
    assembly = batching
    inspect_held(assembly, qtbot, inspector, after=5)
    bar(assembly).pause.click()
    let_go(inspector)
    for number in range(COUNT):
        if assembly.session.parts[number].score is None:
            assembly.shown.show(number)
            qtbot.waitUntil(lambda now=number: assembly.session.parts[now].score is not None, timeout=WAIT)
    done(assembly, qtbot)


def test_broken_images_are_counted_and_every_part_is_sent(
    batching: Desk, qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    for number in (50, 70):
        (folder / f"part_{number:04d}.png").write_bytes(b"no picture")
    assembly = batching
    file = tmp_path / "out.jsonl"
    assembly.outputs.choose([str(file)], sends=True)
    qtbot.waitUntil(lambda: assembly.outputs.sends, timeout=WAIT)
    inspect_all(assembly, qtbot)
    done(assembly, qtbot)
    assert bar(assembly).words == f"All {COUNT} inspected · defects: {COUNT // 4} · unreadable: 2"
    assert scored(assembly) == COUNT - 2
    # Also those that were inspected before results were sent.
    qtbot.waitUntil(lambda: file.exists() and file.read_bytes().count(b"\n") == COUNT, timeout=WAIT)
    sent = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert sorted(line["part"] for line in sent) == sorted(part.path for part in assembly.session.parts)
    assert sum(line["error"] is not None for line in sent) == 2
    assert all((line["verdict"] == "defect") == bool(line["regions"]) for line in sent)
    assembly.views.parts._verdicts.setCurrentIndex(4)
    assert assembly.views.parts.model.rowCount() == 2
    assert assembly.views.message.text == ""


def test_a_bug_in_the_model_does_not_end_the_run(batching: Desk, qtbot: QtBot, inspector: Watched) -> None:
    assembly = batching
    inspect_held(assembly, qtbot, inspector, after=2)
    inspector.fails_at = 40
    let_go(inspector)
    done(assembly, qtbot)
    assert assembly.session.parts[40].error == "ValueError: of the test"
    assert scored(assembly) == COUNT - 1
    assert [message for message, _ in assembly.failures] == ["ValueError: of the test"]


def test_another_folder_ends_it(start: Start, qtbot: QtBot, folder: Path, parts: Path, inspector: Watched) -> None:
    assembly = opened(start, qtbot, folder)
    inspect_held(assembly, qtbot, inspector, after=5)
    assembly.open([parts])
    assert not bar(assembly).isVisible()
    let_go(inspector)
    qtbot.waitUntil(lambda: scored(assembly) == 6, timeout=WAIT)
    qtbot.waitUntil(lambda: assembly.work.inference.idle, timeout=WAIT)
    assert assembly.batch.phase is BatchPhase.NONE
    assert len(assembly.session.parts) == 6


def test_another_model_ends_it(batching: Desk, qtbot: QtBot, inspector: Watched) -> None:
    assembly = batching
    inspect_held(assembly, qtbot, inspector, after=5)
    assembly.models.load("compact")
    assert not bar(assembly).isVisible()
    let_go(inspector)
    qtbot.waitUntil(lambda: assembly.models.facts is not None, timeout=WAIT)
    assert assembly.batch.phase is BatchPhase.NONE


def test_other_scoring_begins_again_and_undo_goes_on(batching: Desk, qtbot: QtBot, inspector: Watched) -> None:
    assembly = batching
    inspect_held(assembly, qtbot, inspector, after=30)
    qtbot.waitUntil(lambda: scored(assembly) > 0, timeout=WAIT)
    assembly.views.subspaces.solo_buttons[0].click()
    let_go(inspector)
    done(assembly, qtbot)
    assert scored(assembly) == COUNT
    # One subspace of eight: the fake's map is dimmer by that, so nothing is a defect.
    assert bar(assembly).words == f"All {COUNT} inspected · defects: 0"
    assembly.actions.run("undo")
    known = scored(assembly)
    assert 0 < known < COUNT
    assert not bar(assembly).isVisible()
    inspect_all(assembly, qtbot)
    done(assembly, qtbot)
    assert bar(assembly).words == f"All {COUNT} inspected · defects: {COUNT // 4}"


def test_in_the_live_view_it_rests(start: Start, qtbot: QtBot, folder: Path, inspector: Watched) -> None:
    assembly = opened(start, qtbot, folder)
    inspect_held(assembly, qtbot, inspector, after=5)
    assembly.live.enter()
    assert bar(assembly).words.startswith("Rests during the live view · ")
    let_go(inspector)
    qtbot.waitUntil(lambda: assembly.work.inference.idle, timeout=WAIT)
    assert scored(assembly) < COUNT
    (button,) = [entry for entry in assembly.window.findChildren(QToolButton) if entry.text() == "Inspect all"]
    assert not button.isEnabled()
    assembly.actions.run("to-parts")
    done(assembly, qtbot)
    assert scored(assembly) == COUNT


def test_the_gallery_takes_the_whole_folder_in(start: Start, qtbot: QtBot, folder: Path) -> None:
    assembly = opened(start, qtbot, folder)
    inspect_all(assembly, qtbot)
    done(assembly, qtbot)
    qtbot.waitUntil(lambda: assembly.gallery.parts_gathered == COUNT, timeout=WAIT)
    assembly.actions.run("gallery")
    panel = assembly.views.gallery
    panel.mode_chosen.emit(GalleryMode.REJECTS)
    qtbot.waitUntil(lambda: panel.header_text == f"Rejects at 0.50: {COUNT // 4}", timeout=WAIT)


def test_few_reports_and_no_map_for_many_parts(batching: Desk, qtbot: QtBot) -> None:
    assembly = batching
    maps = assembly.store.results_kept
    shown = assembly.shown.result
    reports: list[int] = []
    assembly.store.summarised.connect(lambda _mix, summaries: reports.append(len(summaries)))
    inspect_all(assembly, qtbot)
    done(assembly, qtbot)
    assert sum(reports) > COUNT / 2
    assert len(reports) < sum(reports)
    assert assembly.store.results_kept == maps
    assert assembly.shown.result is shown


def test_encodings_of_other_parts_are_not_pushed_out(folder: Path, inspector: Watched) -> None:
    engine = Engine(ImageStore(), lambda *_given: inspector)
    engine.load(ModelChoice("compact", "compact"), Cancellation())
    paths = sorted(str(path) for path in folder.iterdir())
    engine.inspect(paths[0], Mix(), Cancellation())
    size = 32 * 48 * 3
    engine.encodings.kept.shrink(3 * size)
    run = BatchRun(engine, lambda: False)
    run.refill(enumerate(paths[:10]))
    while run.left:
        run.work(Mix(), Cancellation())
    run.end()
    kept = [key[0] for key, _ in engine.encodings.kept.items()]
    assert kept == [paths[0], paths[1], paths[2]] or sorted(kept) == paths[:3]
    assert engine.encodings.kept.size <= 3 * size


def test_a_part_that_makes_way_is_taken_up_again(folder: Path, inspector: Watched) -> None:
    engine = Engine(ImageStore(), lambda *_given: inspector)
    engine.load(ModelChoice("compact", "compact"), Cancellation())
    asked: list[bool] = []

    def others_wait() -> bool:
        # Only once the part's file is read.
        asked.append(True)
        return len(asked) == 2

    run = BatchRun(engine, others_wait)
    path = str(folder / "part_0001.png")
    run.refill([(1, path)])
    report = run.work(Mix(), Cancellation())
    assert (report.summaries, report.failures, run.left) == ([], [], 1)
    (summary,) = run.work(Mix(), Cancellation()).summaries
    run.end()
    assert (summary.number, summary.path, run.left) == (1, path, 0)
    assert summary.score > 0.5
    assert inspector.order == [1]


def test_nothing_is_done_without_parts(start: Start, qtbot: QtBot) -> None:
    assembly = start()
    inspect_all(assembly, qtbot)
    assert assembly.views.status.activity == "Open a folder of parts to inspect all of them"
    assert not bar(assembly).isVisible()


def test_the_key_is_listed(start: Start, qtbot: QtBot) -> None:
    assembly = start()
    dialog = ShortcutsDialog(assembly.menus.shortcut_groups, assembly.window)
    said = [label.text() for label in dialog.findChildren(QLabel)]
    assert "Inspect all" in said
    assert "Shift+F5" in said
    dialog.deleteLater()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (BatchState(BatchPhase.RUNNING, 12, 14211, 10.2, 1391.0), "12 of 14,211 inspected · 10.2/s · 23 min left"),
        (BatchState(BatchPhase.RUNNING, 12, 40, 0.4, 70.0), "12 of 40 inspected · 24/min · 70 s left"),
        (BatchState(BatchPhase.RUNNING, 1, 100_000, 5.0, 20_000.0), "1 of 100,000 inspected · 5.0/s · 5 h 33 min left"),
        (BatchState(BatchPhase.RUNNING, 0, 3), "0 of 3 inspected"),
        (BatchState(BatchPhase.WAITING, 0, 3), "Waiting for the model · 0 of 3 inspected"),
    ],
)
def test_words_of_the_status_line(qtbot: QtBot, state: BatchState, words: str) -> None:
    view = BatchBar()
    qtbot.addWidget(view)
    view.show_state(state)
    assert view.words == words
    assert view.progress == pytest.approx(state.inspected / state.total, abs=1e-3)


@pytest.mark.parametrize(("tile", "count"), [(0, 7), (320, 2)])
def test_parts_at_one_go_are_judged_as_single_ones(tile: int, count: int, bundled_model: str) -> None:
    engine = Engine(ImageStore(), encoded_bytes=0)
    engine.load(ModelChoice(bundled_model, bundled_model), Cancellation())
    paths = [str(path) for path in sorted(resource_path("samples").glob("*.jpg"))][:count]
    mix = Mix(scoring=ScoringChoice(tile=tile))
    run = BatchRun(engine, lambda: False)
    run._together = 3
    run.refill(enumerate(paths))
    found: list[PartSummary] = []
    while run.left:
        report = run.work(mix, Cancellation())
        assert report.failures == []
        found += report.summaries
    run.end()
    assert [summary.path for summary in found] == paths
    for summary in found:
        alone, _ = engine.judge(summary.path, mix, Cancellation())
        assert summary.score == pytest.approx(alone.score, abs=1e-5)
        assert summary.size_scores == pytest.approx(alone.size_scores, abs=1e-5)


def test_pictures_that_make_way_are_not_read_again(folder: Path, inspector: Watched) -> None:
    reads: list[str] = []
    on_its_way, asked_for = threading.Event(), threading.Event()

    class Counted(ImageStore):
        def load(self, path: Path) -> RgbArray:
            reads.append(path.name)
            on_its_way.set()
            assert asked_for.wait(ENDS_SECONDS)
            return super().load(path)

    def others_wait() -> bool:
        """Once, while the encoder waits for the first picture."""
        if not on_its_way.is_set() or asked_for.is_set():
            return False
        asked_for.set()
        return True

    engine = Engine(Counted(), lambda *_given: inspector)
    engine.load(ModelChoice("compact", "compact"), Cancellation())
    run = BatchRun(engine, others_wait)
    paths = sorted(str(path) for path in folder.iterdir())[:20]
    run.refill(enumerate(paths))
    assert run.work(Mix(), Cancellation()) == BatchReport(Mix())
    assert run.left == 20, "what made way is put back"
    done: list[int] = []
    while len(done) < len(paths):
        done += [summary.number for summary in run.work(Mix(), Cancellation()).summaries]
    run.end()
    assert done == list(range(20))
    assert sorted(reads) == [Path(path).name for path in paths]


def test_a_picture_that_is_another_one_is_read_anew(folder: Path, inspector: Watched) -> None:
    engine = Engine(ImageStore(), lambda *_given: inspector)
    engine.load(ModelChoice("compact", "compact"), Cancellation())
    good, defect = str(folder / "part_0000.png"), folder / "part_0001.png"
    waits = iter([False])
    run = BatchRun(engine, lambda: next(waits, True))
    run.refill([(0, good), (1, str(defect))])
    # One part at a time; the picture of the second is on its way or read.
    run.work(Mix(), Cancellation())
    defect.write_bytes(Path(good).read_bytes())
    engine.forget(str(defect))
    run.again(1, str(defect))
    waits = iter([False] * 100)
    scores: dict[int, float] = {}
    while run.left or len(scores) < 2:
        report = run.work(Mix(), Cancellation())
        scores |= {summary.number: summary.score for summary in report.summaries}
    run.end()
    assert scores[1] < 0.5


@pytest.mark.parametrize("when", ["on its way", "over"])
def test_a_part_that_was_still_being_copied_is_taken_up_again(
    desk: Desk, qtbot: QtBot, folder: Path, tmp_path: Path, when: str
) -> None:
    owners, stage = desk.owners, desk.stage
    paths = sorted(folder.iterdir())[:6]
    whole = paths[3].read_bytes()
    paths[3].write_bytes(whole[: len(whole) // 2])
    desk.open(*(Part(str(path)) for path in paths))
    outputs = Outputs(owners.session, owners.work, owners.store, owners.models, SettingsStore(tmp_path / "settings"))
    batch = BatchController(owners, desk.views, desk.actions, stage, outputs)
    owners.store.part_updated.connect(batch.take_part)
    owners.models.reload()
    qtbot.waitUntil(lambda: owners.models.facts is not None, timeout=WAIT)
    if when == "on its way":
        # It rests while cameras are looked at.
        stage.show(Place.LIVE)
        batch.start()
        owners.shown.fail_part(3, "is not whole")
        assert batch.phase is BatchPhase.RESTING
    else:
        batch.start()
        qtbot.waitUntil(lambda: batch.phase is BatchPhase.DONE, timeout=WAIT)
        assert owners.session.parts[3].error is not None
    paths[3].write_bytes(whole)
    owners.shown.look_again(3)
    stage.show(Place.PARTS)
    batch.proceed()
    qtbot.waitUntil(lambda: batch.phase is BatchPhase.DONE, timeout=WAIT)
    assert [part.score is not None for part in owners.session.parts] == [True] * 6
    batch.end()


def test_what_was_encoded_is_scored_when_the_run_is_stopped(folder: Path, inspector: Watched) -> None:
    engine = Engine(ImageStore(), lambda *_given: inspector)
    engine.load(ModelChoice("compact", "compact"), Cancellation())
    paths = sorted(str(path) for path in folder.iterdir())[:20]
    run = BatchRun(engine, lambda: False)
    run.refill(enumerate(paths))
    inspector.gate = threading.Event()
    inspector.hold_from = 1
    reports: list[BatchReport] = []
    slice_ = threading.Thread(target=lambda: reports.append(run.work(Mix(), Cancellation())))
    slice_.start()
    assert inspector.held.wait(ENDS_SECONDS)
    run.end()
    inspector.gate.set()
    slice_.join(ENDS_SECONDS)
    assert not slice_.is_alive()
    assert [summary.number for summary in reports[0].summaries] == inspector.order
    # A slice that was waiting already does nothing.
    assert run.work(Mix(), Cancellation()) == BatchReport(Mix())
    assert len(inspector.order) + run.left == 20


def test_a_part_whose_threshold_moved_while_it_was_scored_brings_no_row(
    folder: Path, inspector: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(ImageStore(), lambda *_given: inspector)
    engine.load(ModelChoice("compact", "compact"), Cancellation())
    late: Future[Any] = Future()
    held: list[Future[Any]] = []

    def later(*given: Any) -> Future[Any]:
        held.append(score(*given))
        return late

    run = BatchRun(engine, lambda: bool(held) and not late.done())
    run.refill(enumerate(sorted(str(path) for path in folder.iterdir())[:4]))
    score = run._pipeline.score
    with monkeypatch.context() as patch:
        patch.setattr(run._pipeline, "score", later)
        run.work(Mix(), Cancellation(), (Judgement(threshold=0.2), "m"))
    late.set_result(held[0].result(ENDS_SECONDS))
    rows: list[ResultRow] = []
    summaries = 0
    while summaries < 4:
        report = run.work(Mix(), Cancellation(), (Judgement(threshold=0.7), "m"))
        rows += report.rows
        summaries += len(report.summaries)
    run.end()
    assert [one.threshold for one in rows] == [0.7] * (4 - len(held[0].result()))
