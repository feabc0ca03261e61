"""Numbers as people type them: with a point or a comma, and never guessed at."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from window_fakes import Start

from app.widgets.number_box import NumberBox, ThresholdBox


def typed(qtbot: QtBot, box: NumberBox, text: str) -> None:
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.42", 0.42),
        ("0,42", 0.42),
        (",5", 0.5),
        ("1", 1.0),
        ("0.415033", 0.415033),
        ("0,4150", 0.415),
        (" 0.3 ", 0.3),
    ],
)
def test_points_and_commas_are_alike(qtbot: QtBot, text: str, value: float) -> None:
    box = ThresholdBox()
    qtbot.addWidget(box)
    box.setValue(0.25)
    typed(qtbot, box, text)
    assert not box.property("wrong")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("text", ["", "x", "1.5", "-0.1", "0.4.2", "0,4,2", "1,000.5", "nan", "inf", "0_1", "0.5 px"])
def test_anything_else_is_red_and_changes_nothing(qtbot: QtBot, text: str) -> None:
    box = ThresholdBox()
    qtbot.addWidget(box)
    box.setValue(0.25)
    said: list[float] = []
    box.valueChanged.connect(said.append)
    typed(qtbot, box, text)
    if not text:
        box.lineEdit().clear()
    assert box.property("wrong")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert (box.value(), said, box.text()) == (0.25, [], "0.25")
    assert not box.property("wrong")


def test_thresholds_have_the_decimals_they_need(qtbot: QtBot) -> None:
    box = ThresholdBox()
    qtbot.addWidget(box)
    for value, text in ((0.5, "0.50"), (0.415033, "0.415033"), (0.4150331, "0.415033"), (1.0, "1.00"), (0.1, "0.10")):
        box.setValue(value)
        assert box.text() == text


def test_boxes_with_a_unit_take_commas_too(qtbot: QtBot) -> None:
    box = NumberBox()
    qtbot.addWidget(box)
    box.setSuffix(" GiB")
    box.setRange(0.5, 100)
    box.setDecimals(1)
    box.lineEdit().setText("2,5 GiB")
    assert not box.property("wrong")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 2.5


def test_the_windows_threshold_takes_a_comma(start: Start, qtbot: QtBot) -> None:
    assembly = start()
    box = assembly.views.inspection._spin
    typed(qtbot, box, "0,4150")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert assembly.session.threshold == 0.415
