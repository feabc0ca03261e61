"""The settings dialog keeps one rhythm: equal things have equal gaps."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.settings.dialog import ChoiceField, NumberField, Section, SettingsDialog

SHORT, LONG = (
    "Changes at the next start.",
    "Parts whose results are kept are shown again at once, which takes memory.",
)


@pytest.fixture
def dialog(qtbot: QtBot) -> SettingsDialog:
    options = (("a", "A"), ("b", "B"))
    sections = (
        Section("One", (ChoiceField("c", "C", options, SHORT), ChoiceField("d", "D", options, LONG))),
        Section("Two", (NumberField("n", "N", 0, 9, hint=LONG), NumberField("m", "M", 0, 9, hint=SHORT))),
        Section("Three", (NumberField("k", "K", 0, 9), ChoiceField("e", "E", options))),
    )
    made = SettingsDialog(sections, {"c": "a", "d": "a", "n": 1, "m": 1, "k": 1, "e": "a"})
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize("larger", [0, 200])
def test_gaps_are_even(dialog: SettingsDialog, qtbot: QtBot, larger: int) -> None:
    dialog.resize(dialog.width() + larger, dialog.height() + larger)
    qtbot.waitExposed(dialog)
    boxes = {name: editor.geometry() for name, editor in dialog.editors.items()}
    hints = sorted(
        (label.geometry() for label in dialog.findChildren(QLabel, "muted")), key=lambda place: place.center().y()
    )
    assert len({box.height() for box in boxes.values()}) == 1
    assert len({hint.height() for hint in hints}) == 1, "a hint takes more lines than it has"
    below = [hint.top() - boxes[name].bottom() for name, hint in zip("cdnm", hints, strict=True)]
    assert len(set(below)) == 1, below
    after = [boxes["d"].top() - hints[0].bottom(), boxes["m"].top() - hints[2].bottom()]
    assert len({*after, boxes["e"].top() - boxes["k"].bottom()}) == 1, after
    assert after[0] > below[0], "a hint belongs to the field above it"
    assert max(hint.right() for hint in hints) <= dialog.width()
