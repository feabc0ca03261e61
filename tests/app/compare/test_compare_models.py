"""One part by two models side by side: the second one is loaded only meanwhile, and never in the way of the first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from compare_desk import inspector, panes, two_models
from feature_desk import Desk
from model_fakes import LEARNED, OTHER, OWN, Shelf
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot
from window_fakes import ENDS_SECONDS, WAIT
from window_steps import Inspecting, both, nameless, pixel, same_place, settled, shown

from app.editing.adjustments import Area, Areas
from app.parts.state import Layer, ModelChoice, Verdict
from app.shell.assembly import Assembly
from app.shell.stage import Place
from tokenclip_core.errors import CheckpointError
from tokenclip_core.resources import resource_path

__all__ = ["inspector", "panes", "two_models"]


def pick(qtbot: QtBot, *keys: Qt.Key) -> None:
    """In the list that is open."""
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu), timeout=WAIT)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    for key in (*keys, Qt.Key.Key_Return):
        qtbot.keyClick(menu, key)


def words(widget: QWidget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def said(two_models: Inspecting) -> list[str]:
    return [words(pane) for pane in two_models.views.compare.panes]


def test_a_checkpoint_is_chosen_by_keys_and_judges_for_itself(assembly: Assembly, qtbot: QtBot, shelf: Shelf) -> None:
    assembly.window.resize(1366, 768)
    assembly.actions.run("regions")
    qtbot.keyClick(assembly.window, Qt.Key.Key_M)
    pick(qtbot, Qt.Key.Key_Down)
    settled(assembly, qtbot)
    assert shelf.made == [LEARNED]
    left, right = assembly.views.compare.panes
    assert [left.title, right.title] == ["part_0001.png"] * 2
    assert (left.verdict, right.verdict) == ((Verdict.DEFECT, 1.0), (Verdict.GOOD, 0.25))
    assert "Defect" in said(assembly)[0]
    assert "compact" in said(assembly)[0]
    assert "0.25" in said(assembly)[1]
    assert assembly.views.compare.model_menu.text() == "compact · parts"
    entries = assembly.views.compare.model_menu.entries
    assert [entry.data().label for entry in entries if entry.isChecked()] == ["compact · parts"]
    # Each has its own heatmap: the spot glows on the left, and hardly on the right.
    assert (left.canvas.layer, right.canvas.layer) == (Layer.HEATMAP, Layer.HEATMAP)
    assert pixel(left.canvas, 48, 26) != pixel(right.canvas, 48, 26)
    left.canvas.zoom_by(4.0)
    assert same_place(*both(assembly))
    # The window's own panels stay with its own model.
    assert assembly.views.inspection.badge.text() == "DEFECT"
    assert nameless(assembly.window) == []


def test_the_same_model_lends_its_backbone(two_models: Desk, qtbot: QtBot, shelf: Shelf) -> None:
    two_models.compare.compare_models(LEARNED)
    settled(two_models, qtbot)
    two_models.compare.compare_models(OTHER)
    settled(two_models, qtbot)
    assert [None if one is None else one.model_name for one in shelf.shared] == ["first", None]


def test_loading_is_said_in_place_and_the_rest_goes_on(two_models: Desk, qtbot: QtBot, shelf: Shelf) -> None:
    shelf.gate = threading.Event()
    try:
        two_models.compare.compare_models(OTHER)
        qtbot.waitUntil(lambda: shelf.made == [OTHER], timeout=WAIT)
        left, right = two_models.views.compare.panes
        qtbot.waitUntil(lambda: right.notice == "Loading other…", timeout=WAIT)
        assert "Not inspected" in said(two_models)[1]
        assert left.notice == ""
        assert left.verdict == (Verdict.DEFECT, 1.0)
        # The part itself is seen on both sides, and moving on shows what is known, while the thread is busy.
        qtbot.keyClick(right.canvas, Qt.Key.Key_Up)
        shown(two_models, qtbot, "part_0000.png")
        assert [pane.title for pane in (left, right)] == ["part_0000.png"] * 2
        assert pixel(right.canvas, 48, 26) == QColor(90, 90, 90)
        assert right.notice == "Loading other…"
    finally:
        shelf.gate.set()
    settled(two_models, qtbot)
    assert right.verdict == (Verdict.GOOD, 0.0)


def test_a_model_that_cannot_be_loaded_says_so_in_its_pane(two_models: Desk, qtbot: QtBot, shelf: Shelf) -> None:
    shelf.failure = CheckpointError("it was learned for another model")
    two_models.compare.compare_models(LEARNED)
    left, right = two_models.views.compare.panes
    qtbot.waitUntil(lambda: "compact · parts could not be loaded" in right.notice, timeout=WAIT)
    assert "it was learned for another model" in said(two_models)[1]
    assert right.verdict == (Verdict.UNKNOWN, None)
    assert left.notice == ""
    assert left.verdict == (Verdict.DEFECT, 1.0)
    assert not two_models.views.message.isVisible()
    qtbot.keyClick(right.canvas, Qt.Key.Key_Down)
    shown(two_models, qtbot, "part_0002.png")
    assert "could not be loaded" in right.notice
    shelf.failure = None
    two_models.compare.compare_models(LEARNED)
    settled(two_models, qtbot)
    assert right.verdict == (Verdict.GOOD, 0.0)


def test_a_failure_that_nobody_expected_is_told_with_its_details(two_models: Desk, qtbot: QtBot, shelf: Shelf) -> None:
    shelf.failure = MemoryError("no room")
    two_models.compare.compare_models(OTHER)
    right = two_models.views.compare.panes[1]
    qtbot.waitUntil(lambda: "MemoryError: no room" in right.notice, timeout=WAIT)
    assert "MemoryError: no room" in two_models.views.message.text


def test_moving_on_inspects_with_both_and_back_with_none(two_models: Desk, qtbot: QtBot, shelf: Shelf) -> None:
    two_models.compare.compare_models(LEARNED)
    settled(two_models, qtbot)
    for key, name in ((Qt.Key.Key_Down, "part_0002.png"), (Qt.Key.Key_Down, "part_0003.png")):
        qtbot.keyClick(both(two_models)[1], key)
        shown(two_models, qtbot, name)
        settled(two_models, qtbot)
    assert [pane.verdict for pane in two_models.views.compare.panes] == [(Verdict.DEFECT, 1.0), (Verdict.GOOD, 0.25)]
    asked = list(shelf.log)
    # Its neighbours were inspected ahead; nothing was inspected twice by the same model.
    assert sorted(number for model, number in asked if model == "second") == [0, 1, 2, 3, 4]
    qtbot.keyClick(both(two_models)[1], Qt.Key.Key_Up)
    shown(two_models, qtbot, "part_0002.png")
    settled(two_models, qtbot)
    assert shelf.log == asked


def test_what_is_known_of_a_model_is_kept_while_others_are_tried(two_models: Desk, qtbot: QtBot, shelf: Shelf) -> None:
    for choice in (LEARNED, OTHER, LEARNED):
        two_models.compare.compare_models(choice)
        settled(two_models, qtbot)
        assert shelf.loaded == 1
    assert shelf.log.count(("second", 1)) == 2


def test_the_shown_part_comes_before_the_second_model_and_both_before_what_is_ahead(
    two_models: Desk, qtbot: QtBot, shelf: Shelf
) -> None:
    two_models.compare.compare_models(LEARNED)
    settled(two_models, qtbot)
    held, inference = threading.Event(), two_models.work.inference
    inference.submit(lambda _cancellation: held.wait(ENDS_SECONDS), lane="held", priority=-9)
    try:
        shelf.log.clear()
        area = Area("ignore", "rectangle", ((0.8, 0.8), (0.9, 0.9)))
        two_models.judging.set_areas(Areas((area,)), "area")
        qtbot.waitUntil(
            lambda: any("AHEAD" in str(job.lane) for job in inference.thread_of_jobs._waiting), timeout=WAIT
        )
    finally:
        held.set()
    settled(two_models, qtbot)
    assert shelf.log[:2] == [("first", 1), ("second", 1)]
    assert ("first", 5) in shelf.log


def ways_to_end(two_models: Desk, qtbot: QtBot) -> dict[str, Callable[[], Any]]:
    return {
        "escape": lambda: qtbot.keyClick(both(two_models)[1], Qt.Key.Key_Escape),
        "the model in use": lambda: two_models.compare.compare_models(OWN),
        "two layers": lambda: qtbot.keyClick(both(two_models)[1], Qt.Key.Key_C),
        "two parts": lambda: two_models.compare.compare_with(3),
        "cameras": lambda: two_models.stage.show(Place.LIVE),
    }


@pytest.mark.parametrize("way", ["escape", "the model in use", "two layers", "two parts", "cameras"])
def test_the_memory_is_given_back_when_it_ends(two_models: Desk, qtbot: QtBot, shelf: Shelf, way: str) -> None:
    two_models.compare.compare_models(LEARNED)
    settled(two_models, qtbot)
    assert shelf.loaded == 1
    ways_to_end(two_models, qtbot)[way]()
    qtbot.waitUntil(lambda: shelf.loaded == 0, timeout=WAIT)
    assert two_models.second.choice is None
    assert two_models.compare.is_on == (way in ("the model in use", "two parts"))
    assert two_models.views.compare.model_menu.name == "compact"
    if way == "two parts":
        settled(two_models, qtbot)
        assert [pane.verdict for pane in two_models.views.compare.panes] == [(Verdict.DEFECT, 1.0)] * 2


def test_another_folder_ends_it_and_gives_the_memory_back(
    assembly: Assembly, qtbot: QtBot, shelf: Shelf, parts: Path
) -> None:
    assembly.compare.compare_models(LEARNED)
    settled(assembly, qtbot)
    assert shelf.loaded == 1
    assembly.open([parts / "part_0005.png"])
    qtbot.waitUntil(lambda: shelf.loaded == 0, timeout=WAIT)
    assert assembly.second.choice is None
    assert not assembly.compare.is_on
    shown(assembly, qtbot, "part_0005.png")
    assert assembly.views.canvas.isVisible()


def test_ending_while_it_is_loaded_leaves_nothing(two_models: Desk, qtbot: QtBot, shelf: Shelf) -> None:
    shelf.gate = threading.Event()
    try:
        two_models.compare.compare_models(OTHER)
        qtbot.waitUntil(lambda: shelf.made == [OTHER], timeout=WAIT)
        qtbot.keyClick(both(two_models)[1], Qt.Key.Key_Escape)
        assert two_models.views.canvas.isVisible()
    finally:
        shelf.gate.set()
    qtbot.waitUntil(lambda: two_models.work.inference.idle, timeout=WAIT)
    assert shelf.loaded == 0
    assert not any(model == "second" for model, _ in shelf.log)


def test_another_model_of_the_window_loads_the_second_anew(two_models: Desk, qtbot: QtBot, shelf: Shelf) -> None:
    two_models.compare.compare_models(LEARNED)
    settled(two_models, qtbot)
    two_models.models.choose("/models/other")
    qtbot.waitUntil(lambda: len(shelf.made) == 2 and two_models.second.facts is not None, timeout=WAIT)
    settled(two_models, qtbot)
    assert shelf.made == [LEARNED, LEARNED]
    # The window's model is another one now, which has no backbone to lend.
    assert shelf.shared[1] is None
    assert shelf.loaded == 1
    assert [pane.verdict for pane in two_models.views.compare.panes] == [(Verdict.DEFECT, 1.0), (Verdict.GOOD, 0.25)]
    assert two_models.views.compare.panes[0].model == "other"


def test_what_is_muted_or_has_an_own_threshold_is_of_the_first_model_alone(
    two_models: Desk, qtbot: QtBot, shelf: Shelf
) -> None:
    two_models.compare.compare_models(LEARNED)
    settled(two_models, qtbot)
    two_models.judging.set_mix(frozenset(), frozenset(range(6)))
    two_models.judging.set_own_threshold(6, 0.001)
    left, right = two_models.views.compare.panes
    qtbot.waitUntil(lambda: left.verdict == (Verdict.DEFECT, pytest.approx(0.25)), timeout=WAIT)
    settled(two_models, qtbot)
    assert right.verdict == (Verdict.GOOD, 0.25)
    # The threshold is that of the window.
    two_models.judging.set_threshold(0.2)
    qtbot.waitUntil(lambda: right.verdict == (Verdict.DEFECT, 0.25), timeout=WAIT)


def test_it_is_judged_as_it_was_when_it_was_the_windows_own(two_models: Desk, qtbot: QtBot, shelf: Shelf) -> None:
    two_models.preferences._store.values.judgements["second eight"] = {"epsilon": 0.04, "own_thresholds": [[0, 0.001]]}
    two_models.compare.compare_models(LEARNED)
    settled(two_models, qtbot)
    assert two_models.views.compare.panes[1].verdict == (Verdict.DEFECT, 0.5)
    two_models.judging.set_threshold(0.9)
    qtbot.waitUntil(lambda: two_models.views.compare.panes[0].verdict == (Verdict.DEFECT, 1.0), timeout=WAIT)
    assert two_models.views.compare.panes[1].verdict == (Verdict.DEFECT, 0.5)


def test_inspecting_again_asks_both(two_models: Desk, qtbot: QtBot, shelf: Shelf) -> None:
    two_models.compare.compare_models(LEARNED)
    settled(two_models, qtbot)
    shelf.log.clear()
    qtbot.keyClick(both(two_models)[1], Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: {("first", 1), ("second", 1)} <= set(shelf.log), timeout=WAIT)
    settled(two_models, qtbot)
    assert two_models.views.compare.panes[1].verdict == (Verdict.GOOD, 0.25)


def test_a_part_that_only_the_second_model_refuses(two_models: Desk, qtbot: QtBot, shelf: Shelf) -> None:
    shelf.refuses = 2
    two_models.compare.compare_models(OTHER)
    settled(two_models, qtbot)
    left, right = two_models.views.compare.panes
    qtbot.keyClick(right.canvas, Qt.Key.Key_Down)
    shown(two_models, qtbot, "part_0002.png")
    qtbot.waitUntil(lambda: "other can't inspect this part" in right.notice, timeout=WAIT)
    assert "too strange for this model" in said(two_models)[1]
    assert left.notice == ""
    assert left.verdict == (Verdict.GOOD, 0.0)


def test_a_broken_part_says_so_on_both_sides(two_models: Desk, qtbot: QtBot, shelf: Shelf, parts: Path) -> None:
    two_models.compare.compare_models(LEARNED)
    settled(two_models, qtbot)
    (parts / "part_0001.png").write_bytes(b"no picture")
    qtbot.keyClick(both(two_models)[1], Qt.Key.Key_F5)
    for pane in two_models.views.compare.panes:
        qtbot.waitUntil(lambda here=pane: "This part can't be inspected" in here.notice, timeout=WAIT)
        assert pane.verdict == (Verdict.ERROR, None)


def test_long_names_of_models_are_shortened(two_models: Desk, qtbot: QtBot, shelf: Shelf) -> None:
    name = "laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K-and-more"
    two_models.window.resize(1366, 768)
    two_models.compare.compare_models(ModelChoice(name, "/models/long", "my_own_checkpoint.safetensors"))
    settled(two_models, qtbot)
    menu = two_models.views.compare.model_menu
    assert menu.name == f"{name} · my_own_checkpoint"
    assert name in menu.toolTip()
    assert "…" in menu.text()
    assert menu.fontMetrics().horizontalAdvance(menu.text()) < menu.width()
    panes = two_models.views.compare.panes
    assert abs(panes[0].width() - panes[1].width()) <= 1


def test_files_of_checkpoints_find_their_model(two_models: Desk, qtbot: QtBot, parts: Path) -> None:
    file = resource_path("models", "compact", "parts.safetensors")
    assert two_models.models.choice_of_checkpoint(file) == ModelChoice("compact", "compact", str(file), 30)
    for wrong in (parts / "part_0000.png", resource_path("models", "compact", "model.safetensors"), parts / "absent"):
        assert two_models.models.choice_of_checkpoint(wrong) is None
        two_models.compare.take_checkpoint(wrong)
        assert f"{wrong} is no checkpoint" in two_models.views.message.text


def test_an_imported_model_is_listed_and_compared(two_models: Desk, qtbot: QtBot, shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "imported"
    folder.mkdir()
    assert two_models.models.choice_of_folder(folder) is None
    two_models.compare.take_folder(folder)
    assert "is no model folder" in two_models.views.message.text
    (folder / "open_clip_config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(bytes(3_000_000))
    choice = two_models.models.choice_of_folder(folder)
    assert choice == ModelChoice("imported", str(folder), "", 3)
    two_models.compare.compare_models(choice)
    settled(two_models, qtbot)
    assert "imported" in [entry.data().label for entry in two_models.views.compare.model_menu.entries]
    assert shelf.made == [choice]
