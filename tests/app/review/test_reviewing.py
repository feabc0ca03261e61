"""Reviews: whose they are, where their keys count, what they did, and how program and people agree."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot
from window_fakes import WAIT, Start
from window_steps import shown

from app.parts.state import Part
from app.review.filter import DecisionFilter
from app.review.model import Decision, Review
from app.shell.assembly import Assembly
from tokenclip_core.judgement.agreement import Agreement
from tokenclip_core.judgement.judgement import Judgement


@pytest.fixture
def window(start: Start, qtbot: QtBot, parts: Path) -> Assembly:
    assembly: Assembly = start(parts)
    shown(assembly, qtbot)
    qtbot.waitUntil(lambda: all(part.score is not None for part in assembly.session.parts), timeout=WAIT)
    return assembly


def decision(assembly: Assembly, number: int = 0) -> Decision:
    return assembly.reviews.of(assembly.session.parts[number].path).decision


def names(assembly: Assembly) -> list[str]:
    model = assembly.views.parts.model
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def choose(assembly: Assembly, text: str) -> None:
    boxes = assembly.views.parts.findChildren(QComboBox)
    (box,) = [box for box in boxes if box.findText(text) >= 0]
    box.setCurrentIndex(box.findText(text))


def test_keys_count_in_the_list_and_on_the_canvas_only(window: Assembly, qtbot: QtBot) -> None:
    views = window.views
    views.subspaces.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    views.subspaces.setFocus()
    qtbot.keyClick(views.subspaces, Qt.Key.Key_R)
    assert decision(window) is Decision.NONE
    views.canvas.setFocus()
    qtbot.keyClick(views.canvas, Qt.Key.Key_R)
    assert decision(window) is Decision.REJECTED
    views.parts.view.setFocus()
    qtbot.keyClick(views.parts.view, Qt.Key.Key_A)
    assert decision(window) is Decision.ACCEPTED


def test_what_a_key_did_is_said_and_undone_there(window: Assembly, qtbot: QtBot) -> None:
    notice = window.views.status.reviewed
    assert notice.words == ""
    qtbot.keyClick(window.views.parts.view, Qt.Key.Key_R)
    assert notice.words == "part_0000.png: rejected"
    (undo,) = [child for child in notice.children() if child.objectName() == "status"]
    undo.click()
    assert decision(window) is Decision.NONE


def test_who_decides_is_asked_once_and_can_be_changed(window: Assembly, qtbot: QtBot) -> None:
    asked: list[str] = []
    answers: list[str | None] = [None, "Ada", "Grace"]

    def ask(suggested: str) -> str | None:
        asked.append(suggested)
        return answers[len(asked) - 1]

    window.reviewing.ask_who = ask
    qtbot.keyClick(window.views.parts.view, Qt.Key.Key_R)
    assert decision(window) is Decision.NONE, "no decision without someone who makes it"
    qtbot.keyClick(window.views.parts.view, Qt.Key.Key_R)
    qtbot.keyClick(window.views.parts.view, Qt.Key.Key_A)
    assert len(asked) == 2
    bar = window.views.inspection.review
    qtbot.waitUntil(lambda: bar.who.count("Ada") == 2, timeout=WAIT)
    window.actions.run("reviewer")
    assert asked[-1] == "Ada"
    qtbot.keyClick(window.views.parts.view, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: "Grace" in bar.who, timeout=WAIT)
    assert bar.who.index("rejected by Grace") < bar.who.index("accepted by Ada") < bar.who.index("rejected by Ada")


def test_the_list_is_filtered_by_decision(window: Assembly, qtbot: QtBot) -> None:
    paths = [part.path for part in window.session.parts]
    window.reviews.review(paths[0], Review(Decision.REJECTED))
    window.reviews.review(paths[1], Review(Decision.REJECTED))
    window.reviews.review(paths[2], Review(Decision.ACCEPTED))
    choose(window, "Rejected")
    assert names(window) == ["part_0000.png", "part_0001.png"]
    window.reviews.review(paths[4], Review(Decision.REJECTED))
    assert names(window) == ["part_0000.png", "part_0001.png", "part_0004.png"]
    choose(window, "Decided otherwise")
    assert names(window) == ["part_0000.png", "part_0004.png"], "the even parts are good to the program"
    choose(window, "Not decided")
    assert names(window) == ["part_0003.png", "part_0005.png"]
    choose(window, "All")
    assert len(names(window)) == 6


def test_program_and_people_are_compared(window: Assembly, qtbot: QtBot) -> None:
    said = [Decision.ACCEPTED, Decision.ACCEPTED, Decision.REJECTED, Decision.REJECTED, Decision.ACCEPTED]
    for part, one in zip(window.session.parts, said, strict=False):
        window.reviews.review(part.path, Review(one))
    agreement = window.reviewing.agreement()
    assert agreement == Agreement(defect_rejected=1, defect_accepted=1, good_rejected=1, good_accepted=2)


def test_a_filter_takes_decision_and_verdict_together() -> None:
    several = [Part("/a", 0.9), Part("/b", 0.1), Part("/c", 0.9), Part("/d")]
    reviews = {"/a": Review(Decision.ACCEPTED), "/b": Review(Decision.REJECTED), "/c": Review(Decision.REJECTED)}
    differing = DecisionFilter(differing=True).passing(several, range(4), Judgement(0.5), reviews)
    assert differing == [0, 1]
    assert DecisionFilter(frozenset({Decision.NONE})).passing(several, range(4), Judgement(0.5), reviews) == [3]
