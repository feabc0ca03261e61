"""How often something happens, as it is shown; and badges that are repainted whole."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QPaintEvent, QRegion
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from typing_extensions import override
from window_fakes import Start

from app.parts.state import Verdict
from app.shell.assembly import Assembly
from tokenclip_core.rates import Rate


@pytest.mark.parametrize("interval", [1 / 30, 0.25, 2.0, 7.0])
def test_steady_events_have_their_rate_however_slow(interval: float) -> None:
    rate = Rate()
    times = [100 + number * interval for number in range(40)]
    for now in times:
        rate.count(now)
    assert rate.value(times[-1]) == pytest.approx(1 / interval)
    assert rate.value(times[-1] + 0.9 * interval) == pytest.approx(1 / interval)
    assert rate.total == 40


def test_a_rate_follows_a_change_and_falls_when_nothing_comes() -> None:
    rate = Rate()
    assert rate.value(0) == 0
    rate.count(0.0)
    assert rate.value(0.1) == 0
    for number in range(300):
        rate.count(number / 30)
    for number in range(1, 5):
        rate.count(10 + number)
    assert rate.value(14) == pytest.approx(1, rel=0.05)
    assert rate.value(19) == pytest.approx(1 / 5)
    assert rate.value(60) == 0


def test_a_badge_is_repainted_to_its_edges(start: Start, qtbot: QtBot) -> None:
    assembly: Assembly = start()
    badge = assembly.window.inspection.badge
    qtbot.waitUntil(lambda: assembly.inspection.model is not None)
    painted = QRegion()

    class Watch(QObject):
        @override
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            nonlocal painted
            if isinstance(event, QPaintEvent):
                painted = event.region()
            return super().eventFilter(watched, event)

    badge.show_verdict(Verdict.GOOD)
    QApplication.processEvents()
    watch = Watch()
    badge.installEventFilter(watch)
    badge.show_verdict(Verdict.DEFECT)
    qtbot.waitUntil(lambda: not painted.isEmpty())
    badge.removeEventFilter(watch)
    assert painted.boundingRect() == badge.rect()
