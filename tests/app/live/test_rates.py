"""Badges are repainted whole."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QPaintEvent, QRegion
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from typing_extensions import override
from window_fakes import Start

from app.parts.state import Verdict
from app.shell.assembly import Assembly


def test_a_badge_is_repainted_to_its_edges(start: Start, qtbot: QtBot) -> None:
    assembly: Assembly = start()
    badge = assembly.views.inspection.badge
    qtbot.waitUntil(lambda: assembly.models.facts is not None)
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
