"""A score never looks as if it had reached a threshold that it misses by less than a hundredth."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.compare.pane import ComparePane
from app.parts.state import Verdict
from app.result.panel import InspectionPanel


def seen(widget: InspectionPanel | ComparePane) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def test_beside_the_verdict(qtbot: QtBot) -> None:
    panel = InspectionPanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.show_score(0.497, Verdict.GOOD, 0.5)
    assert "0.49 < 0.50" in seen(panel)
    panel.show_score(0.5, Verdict.DEFECT, 0.5)
    assert "0.50 ≥ 0.50" in seen(panel)
    panel.show_score(0.498, Verdict.DEFECT, 0.497)
    assert "0.498 ≥ 0.497" in seen(panel)
    panel.show_score(0.3, Verdict.GOOD, 0.5, "median 0.31 < 0.50")
    assert "0.30 median 0.31 < 0.50" in seen(panel)


def test_over_one_of_two_panes(qtbot: QtBot) -> None:
    pane = ComparePane("Left")
    qtbot.addWidget(pane)
    pane.show()
    pane.show_verdict(Verdict.GOOD, 0.497)
    assert "Good <b>0.49</b>" in seen(pane)
