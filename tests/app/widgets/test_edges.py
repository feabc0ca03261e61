"""What is painted in a subspace's colour is seen on any panel, also where that has the same colour."""

from __future__ import annotations

from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from app.result.breakdown import Share, ShareBar
from app.shell.theme import current_colours
from app.widgets.meter import Meter


def column(image: QImage, x: int) -> set[int]:
    return {image.pixel(x, y) for y in range(image.height())}


def test_bars_have_an_edge(qtbot: QtBot) -> None:
    ground = QColor(current_colours().raised)
    colour = (ground.red(), ground.green(), ground.blue())
    bar, meter = ShareBar(), Meter(colour)
    for widget in (bar, meter):
        qtbot.addWidget(widget)
        widget.resize(160, 20)
    bar.set_shares([Share("crack", colour, 1.0)])
    meter.set_value(1.0)
    for widget in (bar, meter):
        image = widget.grab().toImage()
        # Neither the bar itself, nor what lies around it.
        assert column(image, 40) - {ground.rgb(), image.pixel(40, 10), image.pixel(159, 0)}, widget
