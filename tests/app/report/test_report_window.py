"""The report from the window: what is inspected becomes one file, written behind everything else."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from batch_fakes import COUNT, Watched, batching, folder, hold, inspect_all, inspector, let_go, opened
from batch_fakes import done as batch_done
from feature_desk import Desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QToolButton
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, WAIT, Start
from window_steps import Inspecting

from app.report.bar import ReportBar
from app.report.controller import ReportController
from app.report.model import ReportChoice
from app.review.model import Decision, Review
from app.settings.store import SettingsStore
from app.work.jobs import Outcome
from tokenclip_core.output.rows import ResultRow

__all__ = ["batching", "folder", "inspector"]

CTRL = Qt.KeyboardModifier.ControlModifier


def bar(assembly: Inspecting) -> ReportBar:
    return assembly.views.status.report


def saved(assembly: Inspecting, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bar(assembly).words.startswith("Saved: "), timeout=WAIT)


@pytest.fixture
def reporting(batching: Desk, tmp_path: Path) -> Iterator[Desk]:
    """A folder whose first parts are inspected, and what writes reports of it."""
    report = ReportController(
        batching.owners, SettingsStore(tmp_path / "settings"), batching.views, batching.actions, batching.reviews
    )
    batching.features["report"] = report
    batching.window.addAction(batching.actions["report"])
    yield batching
    batching.work.stop()
    assert batching.work.join(ENDS_SECONDS)
    report.finish()


@pytest.fixture
def inspected(reporting: Desk, qtbot: QtBot) -> Desk:
    inspect_all(reporting, qtbot)
    batch_done(reporting, qtbot)
    return reporting


def write_held(inspected: Desk, qtbot: QtBot, inspector: Watched, file: Path) -> None:
    """Begin a report, and wait until the model is held back after some of its parts."""
    inspected.models.engine.forget_encodings()
    hold(inspector, after=5)
    inspected.report.write(file, ReportChoice(50))
    qtbot.waitUntil(inspector.held.is_set, timeout=WAIT)


def test_a_report_is_saved_by_key_and_dialog(inspected: Desk, qtbot: QtBot, folder: Path, tmp_path: Path) -> None:
    target, asked, opened_files = tmp_path / "out" / "line 1.html", [], []
    target.parent.mkdir()

    def place(suggested: Path) -> Path:
        asked.append(suggested)
        return target

    inspected.report.ask_for_place = place
    inspected.report.show_file = opened_files.append
    inspected.reviews.review(str(folder / "part_0041.png"), Review(Decision.REJECTED, "a <b>scratch</b>"))
    qtbot.keyClick(inspected.window, Qt.Key.Key_E, CTRL)
    dialog = inspected.report.dialog
    assert dialog is not None
    assert dialog.isVisible()
    dialog.pictured.setValue(10)
    dialog.accept()
    saved(inspected, qtbot)
    assert asked == [folder / "report.html"]
    assert bar(inspected).words == "Saved: line 1.html, results.csv"
    text = target.read_text("utf-8")
    assert "The 10 parts with the highest scores, of 80 inspected ones" in text
    assert text.count("<article>") == 10
    assert text.count("data:image/jpeg;base64,") == 20
    # The darkest backgrounds differ most from the spot.
    assert text.index("part_0001.png") < text.index("part_0005.png") < text.index("part_0009.png")
    rows = list(csv.DictReader((target.parent / "results.csv").read_text("utf-8-sig").splitlines()))
    assert [row["path"] for row in rows] == [part.path for part in inspected.session.parts]
    assert sum(row["verdict"] == "defect" for row in rows) == COUNT // 4
    assert rows[1]["regions"] == "1"
    assert rows[2]["regions"] == ""
    assert (rows[41]["decision"], rows[41]["note"]) == ("rejected", "a <b>scratch</b>")
    bar(inspected).open.click()
    assert opened_files == [target]
    bar(inspected).cancel.click()
    assert not bar(inspected).isVisible()
    assert sorted(entry.name for entry in target.parent.iterdir()) == ["line 1.html", "results.csv"]


def test_another_table_is_not_written_over(inspected: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text("of a run")
    inspected.report.write(tmp_path / "mine.html", ReportChoice(3))
    saved(inspected, qtbot)
    assert bar(inspected).words == "Saved: mine.html, mine.csv"
    assert (tmp_path / "results.csv").read_text() == "of a run"


@pytest.mark.parametrize("name", ["results.html", "mine.html"])
def test_a_report_named_like_a_table_writes_over_none(inspected: Desk, qtbot: QtBot, tmp_path: Path, name: str) -> None:
    for taken in ("results.csv", "mine.csv"):
        (tmp_path / taken).write_text("of a run")
    inspected.report.write(tmp_path / name, ReportChoice(3))
    saved(inspected, qtbot)
    table = f"{Path(name).stem} (2).csv"
    assert bar(inspected).words == f"Saved: {name}, {table}"
    assert {(tmp_path / taken).read_text() for taken in ("results.csv", "mine.csv")} == {"of a run"}
    assert (tmp_path / table).read_text("utf-8-sig").startswith("number,path,")


def test_a_report_that_is_saved_again_replaces_its_own_table(inspected: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    for count in (3, 4):
        inspected.report.write(tmp_path / "mine.html", ReportChoice(count))
        qtbot.waitUntil(lambda: bar(inspected).words == "Saved: mine.html, results.csv", timeout=WAIT)
        bar(inspected).cancel.click()
    assert sorted(file.name for file in tmp_path.glob("*.csv")) == ["results.csv"]
    assert (tmp_path / "mine.html").read_text("utf-8").count("<article>") == 4
    # A run of the command was written into the folder since.
    (tmp_path / "results.jsonl").write_text("")
    inspected.report.write(tmp_path / "mine.html", ReportChoice(3))
    qtbot.waitUntil(lambda: bar(inspected).words == "Saved: mine.html, mine.csv", timeout=WAIT)


def test_no_table_if_none_is_wanted(inspected: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    place = tmp_path / "out"
    place.mkdir()
    inspected.report.write(place / "mine.html", ReportChoice(3, table=False))
    saved(inspected, qtbot)
    assert [entry.name for entry in place.iterdir()] == ["mine.html"]


def test_it_is_stopped_and_leaves_nothing(inspected: Desk, qtbot: QtBot, tmp_path: Path, inspector: Watched) -> None:
    place = tmp_path / "out"
    place.mkdir()
    write_held(inspected, qtbot, inspector, place / "mine.html")
    assert [entry.suffix for entry in place.iterdir()] == [".partial"]
    assert bar(inspected).words.startswith("Report: ")
    assert bar(inspected).cancel.accessibleName() == "Stop writing the report"
    bar(inspected).cancel.click()
    let_go(inspector)
    qtbot.waitUntil(lambda: list(place.iterdir()) == [], timeout=WAIT)
    assert not bar(inspected).isVisible()


def test_one_that_is_given_up_does_not_speak_for_the_next(
    inspected: Desk, qtbot: QtBot, tmp_path: Path, inspector: Watched
) -> None:
    write_held(inspected, qtbot, inspector, tmp_path / "first.html")
    first = inspected.report._request
    bar(inspected).cancel.click()
    let_go(inspector)
    qtbot.waitUntil(lambda: inspected.work.inference.idle, timeout=WAIT)
    inspected.report.write(tmp_path / "second.html", ReportChoice(3, table=False))
    # What the first one said last is still to be delivered.
    inspected.work.inference.finished.emit(Outcome(first, "report", "failed", error="of the first"))
    saved(inspected, qtbot)
    assert bar(inspected).words == "Saved: second.html"
    assert (tmp_path / "second.html").exists()


def test_one_that_is_given_up_at_once_is_never_begun(inspected: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    inspected.report.write(tmp_path / "first.html", ReportChoice(3))
    bar(inspected).cancel.click()
    inspected.report.write(tmp_path / "second.html", ReportChoice(3, table=False))
    saved(inspected, qtbot)
    assert not (tmp_path / "first.html").exists()


def test_closing_leaves_nothing(start: Start, qtbot: QtBot, folder: Path, tmp_path: Path, inspector: Watched) -> None:
    place = tmp_path / "out"
    place.mkdir()
    assembly = opened(start, qtbot, folder)
    inspect_all(assembly, qtbot)
    batch_done(assembly, qtbot)
    write_held(assembly, qtbot, inspector, place / "mine.html")
    assembly.window.close()
    let_go(inspector)
    assert assembly.shut_down(ENDS_SECONDS)
    assert list(place.iterdir()) == []


def test_the_shown_part_overtakes_the_report(inspected: Desk, qtbot: QtBot, tmp_path: Path, inspector: Watched) -> None:
    write_held(inspected, qtbot, inspector, tmp_path / "mine.html")
    before = len(inspector.order)
    inspected.shown.show(60)
    let_go(inspector)
    qtbot.waitUntil(lambda: inspected.shown.result is not None, timeout=WAIT)
    saved(inspected, qtbot)
    assert inspector.order[before] == 60
    assert (tmp_path / "mine.html").read_text("utf-8").count("<article>") == 50


def test_a_file_that_went_is_said_and_a_folder_that_is_none_too(
    inspected: Desk, qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    inspected.models.engine.forget_encodings()
    inspected.models.engine.forget(str(folder / "part_0001.png"))
    (folder / "part_0001.png").unlink()
    inspected.report.write(tmp_path / "mine.html", ReportChoice(3))
    saved(inspected, qtbot)
    text = (tmp_path / "mine.html").read_text("utf-8")
    assert text.count('<p class="error">') == 1
    assert text.count("data:image/jpeg") == 4
    inspected.report.write(tmp_path / "nowhere" / "mine.html", ReportChoice(3))
    qtbot.waitUntil(lambda: "could not be saved" in inspected.views.message.text, timeout=WAIT)
    assert not bar(inspected).isVisible()


def test_there_is_nothing_to_report_yet(start: Start, qtbot: QtBot) -> None:
    assembly = start()
    (button,) = [entry for entry in assembly.window.findChildren(QToolButton) if entry.text() == "Report"]
    button.click()
    assert assembly.report.dialog is None
    assert assembly.views.status.activity == "There is nothing to report yet: inspect some parts first"


def test_what_the_model_has_learned_stands_in_the_report(
    inspector: Watched, reporting: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    inspector.checkpoint_name = "line1.safetensors"
    assembly = reporting
    facts: list[object] = []
    assembly.models.loaded.connect(facts.append)
    assembly.models.reload()
    qtbot.waitUntil(lambda: bool(facts) and assembly.shown.result is not None, timeout=WAIT)
    assembly.report.write(tmp_path / "learned.html", ReportChoice(1))
    saved(assembly, qtbot)
    assert "<th>Checkpoint</th><td>line1.safetensors</td>" in (tmp_path / "learned.html").read_text("utf-8")


def test_nothing_is_said_of_what_was_not_learned(inspected: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    inspected.report.write(tmp_path / "mine.html", ReportChoice(1))
    assert inspected.report.saved is None
    saved(inspected, qtbot)
    assert inspected.report.saved == tmp_path / "mine.html"
    assert "Checkpoint" not in (tmp_path / "mine.html").read_text("utf-8")


def test_all_forms_are_written_for_all_inspected_parts(
    inspected: Desk, qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    chosen: list[Path] = []
    place = tmp_path / "out"
    place.mkdir()

    def name(suggested: Path) -> Path:
        chosen.append(suggested)
        return place / "line.pdf"

    inspected.report.ask_for_place = name
    inspected.report.ask()
    dialog = inspected.report.dialog
    assert dialog is not None
    dialog.pictured.setValue(3)
    for kind in (dialog.page, dialog.paper, dialog.table, dialog.lines, dialog.coco, dialog.labelme):
        kind.setChecked(kind is not dialog.page)
    dialog.accept()
    saved(inspected, qtbot)
    assert chosen == [folder / "report.pdf"]
    names = "line.pdf, results.csv, line.jsonl, line regions/coco.json, line regions/labelme"
    assert bar(inspected).words == f"Saved: {names}"
    assert (place / "line.pdf").read_bytes().startswith(b"%PDF-")
    parts = [part.path for part in inspected.session.parts]
    rows = [ResultRow.from_json(line) for line in (place / "line.jsonl").read_text("utf-8").splitlines()]
    assert [row.path for row in rows] == parts
    coco = json.loads((place / "line regions" / "coco.json").read_text("utf-8"))
    boxes = {image["file_name"]: [] for image in coco["images"]}
    names_by_id = {image["id"]: image["file_name"] for image in coco["images"]}
    for one in coco["annotations"]:
        boxes[names_by_id[one["image_id"]]].append(one["bbox"])
    with (place / "results.csv").open(encoding="utf-8-sig", newline="") as stream:
        table = list(csv.DictReader(stream))
    for row, cells in zip(rows, table, strict=True):
        assert (row.verdict == "defect") == bool(row.regions)
        assert boxes[row.path] == [[region.x, region.y, region.width, region.height] for region in row.regions]
        assert cells["regions"] == str(len(row.regions))
        shapes = place / "line regions" / "labelme" / f"{Path(row.path).stem}.json"
        assert json.loads(shapes.read_text("utf-8"))["imageWidth"] == row.width
    assert sum(row.verdict == "defect" for row in rows) == COUNT // 4


def test_nothing_chosen_can_not_be_saved(inspected: Desk) -> None:
    inspected.report.ask()
    dialog = inspected.report.dialog
    assert dialog is not None
    save = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save)
    assert save.isEnabled()
    for kind in (dialog.page, dialog.table):
        kind.setChecked(False)
    assert not save.isEnabled()
    dialog.lines.setChecked(True)
    assert save.isEnabled()
    assert not dialog.pictured.isEnabled()
    dialog.reject()
