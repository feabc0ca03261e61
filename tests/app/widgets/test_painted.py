"""Widgets that paint themselves have their paint event from one place."""

from __future__ import annotations

import ast
from pathlib import Path

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from typing_extensions import override

from app.shell.theme import Colours, current_colours
from app.widgets.painted import painted


class Dot(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.taken: list[QPainter] = []
        self.rectangles: list[QRect] = []

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        assert painter.isActive()
        self.taken.append(painter)
        self.rectangles.append(exposed)
        assert colours is current_colours()
        painter.fillRect(exposed, QColor(10, 200, 30))


def test_a_widget_paints_itself_and_its_painter_ends_with_the_event(qtbot: QtBot) -> None:
    widget = Dot()
    qtbot.addWidget(widget)
    widget.resize(20, 10)
    image = widget.grab(QRect(0, 0, 20, 10)).toImage()
    assert image.pixelColor(19, 9) == QColor(10, 200, 30)
    assert widget.rectangles[-1] == QRect(0, 0, 20, 10)
    assert not any(painter.isActive() for painter in widget.taken)


def test_no_paint_event_makes_its_own_painter(project_root: Path) -> None:
    makers = []
    for path in sorted((project_root / "app").rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and function.name == "paintEvent":
                calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
                names = [call.func.id for call in calls if isinstance(call.func, ast.Name)]
                makers += [f"{path.name}:{function.lineno}"] * names.count("QPainter")
    assert makers == []
