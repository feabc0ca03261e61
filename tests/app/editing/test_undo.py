"""Undo and redo of everything that changes data, and what reviewers say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from feature_desk import Desk
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot
from window_fakes import NAMES, WAIT, Start
from window_steps import Inspecting, shown

from app.areas.controller import AreasController
from app.editing.adjustments import Adjustments
from app.editing.undo import SetCommand
from app.parts.list_model import REVIEW_ROLE
from app.review.model import Decision, Review
from app.review.store import ReviewsError, ReviewStore
from app.settings.store import SettingsStore
from tokenclip_core.judgement.areas import Area, Areas

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def button(assembly: Inspecting, start: str) -> QToolButton:
    return next(b for b in assembly.window.findChildren(QToolButton) if b.accessibleName().startswith(start))


def undo(assembly: Inspecting, qtbot: QtBot) -> None:
    qtbot.keyClick(assembly.window, Qt.Key.Key_Z, CTRL)


def redo(assembly: Inspecting, qtbot: QtBot) -> None:
    qtbot.keyClick(assembly.window, Qt.Key.Key_Z, CTRL | SHIFT)


@pytest.fixture
def defect(desk: Desk, qtbot: QtBot, parts: Path) -> Desk:
    """A part with a defect, and everything that changes how it is judged."""
    desk.present(areas=AreasController(desk.owners, SettingsStore(), desk.views, desk.actions, desk.reviews))
    desk.lay(desk.views.canvas, desk.views.inspection, desk.views.subspaces)
    desk.inspect(parts / "part_0001.png")
    shown(desk, qtbot)
    return desk


AREAS = Areas((Area("ignore", "rectangle", ((0.0, 0.0), (0.5, 0.5))),))
CHANGES: dict[str, Callable[[Desk], object]] = {
    "threshold": lambda assembly: assembly.views.inspection.threshold_changed.emit(0.3),
    "smallest region": lambda assembly: assembly.views.inspection._area.setValue(44),
    "solo": lambda assembly: button(assembly, f"Solo {NAMES[2]}").click(),
    "mute": lambda assembly: button(assembly, f"Mute {NAMES[1]}").click(),
    "slider": lambda assembly: assembly.views.subspaces.scoring._sigma.setValue(3),
    "assignment": lambda assembly: assembly.actions.run("assign-softmax"),
    "name": lambda assembly: assembly.views.subspaces.renamed.emit(0, "Riss"),
    "own threshold": lambda assembly: assembly.views.subspaces.own_threshold_changed.emit(0, 0.25),
    "tolerance": lambda assembly: assembly.judging.set_tolerated(0, 0.8),
    "areas": lambda assembly: assembly.views.canvas.drawing.areas_changed.emit(AREAS),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_undone_and_done_again(defect: Desk, qtbot: QtBot, name: str) -> None:
    assembly = defect
    assert not assembly.actions["undo"].isEnabled()
    before: Adjustments = assembly.session.adjustments
    CHANGES[name](assembly)
    after = assembly.session.adjustments
    assert after != before
    assert assembly.actions["undo"].isEnabled()
    undo(assembly, qtbot)
    assert assembly.session.adjustments == before
    assert assembly.actions["redo"].isEnabled()
    redo(assembly, qtbot)
    assert assembly.session.adjustments == after
    shown(assembly, qtbot)
    assert assembly.store.mix == after.mix(len(NAMES))


def test_controls_and_verdict_follow(defect: Desk, qtbot: QtBot) -> None:
    assembly = defect
    button(assembly, f"Solo {NAMES[2]}").click()
    shown(assembly, qtbot)
    assert assembly.views.inspection.badge.text() == "GOOD"
    assert assembly.actions["undo"].text() == "&Undo: solo and mute"
    undo(assembly, qtbot)
    shown(assembly, qtbot)
    assert not button(assembly, f"Solo {NAMES[2]}").isChecked()
    assert assembly.views.inspection.badge.text() == "DEFECT"
    redo(assembly, qtbot)
    assert button(assembly, f"Solo {NAMES[2]}").isChecked()


def test_the_steps_of_one_drag_are_undone_together(defect: Desk, qtbot: QtBot) -> None:
    assembly = defect
    plot = assembly.views.inspection.plot
    for x in range(40, 120, 5):
        qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(x, 20))
    assert assembly.history.stack.count() == 1
    undo(assembly, qtbot)
    assert assembly.session.threshold == 0.5


def test_steps_far_apart_or_of_other_things_are_undone_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("app.editing.undo.time.monotonic", lambda: clock[0])
    first = SetCommand("a", 1, 2, lambda _value: None, merge="a")
    clock[0] = 0.9
    assert not first.mergeWith(SetCommand("b", 2, 3, lambda _value: None, merge="b"))
    assert first.mergeWith(SetCommand("a", 2, 3, lambda _value: None, merge="a"))
    clock[0] = 2.5
    assert not first.mergeWith(SetCommand("a", 3, 4, lambda _value: None, merge="a"))


def review_of(assembly: Inspecting, row: int) -> Review | None:
    model = assembly.views.parts.model
    review: Review | None = model.index(row).data(REVIEW_ROLE)
    return review


def test_reviews_are_shown_undone_and_kept(start: Start, qtbot: QtBot, parts: Path) -> None:
    assembly = start(parts)
    shown(assembly, qtbot)
    before = assembly.views.parts.view.grab().toImage()
    qtbot.keyClick(assembly.window, Qt.Key.Key_R)
    assert button(assembly, "Reject this part").isChecked()
    assert review_of(assembly, 0) == Review(Decision.REJECTED)
    assert assembly.views.parts.view.grab().toImage() != before
    qtbot.keyClick(assembly.window, Qt.Key.Key_A)
    assert review_of(assembly, 0) == Review(Decision.ACCEPTED)
    assert not button(assembly, "Reject this part").isChecked()
    undo(assembly, qtbot)
    assert review_of(assembly, 0) == Review(Decision.REJECTED)
    qtbot.keyClick(assembly.window, Qt.Key.Key_Down)
    shown(assembly, qtbot)
    assert not button(assembly, "Reject this part").isChecked()
    bar = assembly.views.inspection.review
    bar.edit_note()
    bar._editor._text.setPlainText("a scratch, but only of the light")
    bar._editor.hide()
    assert review_of(assembly, 1) == Review(note="a scratch, but only of the light")
    assembly.window.close()
    assert assembly.shut_down(WAIT / 1000)
    again = start(parts)
    shown(again, qtbot)
    qtbot.waitUntil(lambda: review_of(again, 0) == Review(Decision.REJECTED), timeout=WAIT)
    assert button(again, "Reject this part").isChecked()
    assert review_of(again, 1) == Review(note="a scratch, but only of the light")
    qtbot.keyClick(again.window, Qt.Key.Key_R)
    assert review_of(again, 0) is None


def test_nothing_to_review_without_a_part(start: Start, qtbot: QtBot) -> None:
    assembly = start()
    qtbot.keyClick(assembly.window, Qt.Key.Key_A)
    assert not assembly.reviews.by_path
    assert not assembly.views.inspection.review.isEnabled()


def test_the_store_of_reviews(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path / "new" / "reviews.sqlite")
    assert store.read() == {}
    store.write("/a", Review(Decision.ACCEPTED, "fine"))
    store.write("/b", Review(note="x"))
    store.write("/a", Review(Decision.REJECTED))
    store.write("/b", Review())
    assert ReviewStore(store.file).read() == {"/a": Review(Decision.REJECTED)}
    store.file.write_bytes(b"this is no database, but long enough to be looked at" * 40)
    with pytest.raises(ReviewsError, match="begin anew"):
        store.read()
    # The damaged file lies aside now, so a file is put in the way of a folder again.
    store.file.write_bytes(b"")
    with pytest.raises(ReviewsError):
        ReviewStore(tmp_path / "new" / "reviews.sqlite" / "deeper.sqlite").write("/a", Review(note="x"))


def test_a_damaged_store_is_said_and_the_window_works(start: Start, qtbot: QtBot, parts: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "reviews.sqlite").write_bytes(b"this is no database" * 100)
    assembly = start(parts)
    shown(assembly, qtbot)
    qtbot.waitUntil(lambda: "begin anew" in assembly.views.message.text, timeout=WAIT)
