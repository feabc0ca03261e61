"""Badges are repainted whole."""

from __future__ import annotations

from feature_desk import Desk
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QPaintEvent, QRegion
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from typing_extensions import override
from window_fakes import WAIT

from app.parts.state import Verdict


def test_a_badge_is_repainted_to_its_edges(desk: Desk, qtbot: QtBot) -> None:
    badge = desk.views.inspection.badge
    desk.lay(desk.views.inspection)
    qtbot.waitUntil(badge.isVisible, timeout=WAIT)
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
    qtbot.waitUntil(lambda: not painted.isEmpty(), timeout=WAIT)
    badge.removeEventFilter(watch)
    assert painted.boundingRect() == badge.rect()
