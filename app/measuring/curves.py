"""What every threshold costs and brings, as two curves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.shell.theme import Colours
from app.widgets.painted import painted
from tokenclip_core.judgement.trade_off import TradeOff

_SIDE = 170
_MARGIN = 30
_MOST_POINTS = 2000

Numbers = npt.NDArray[np.float64]


class Curves(QWidget):
    """Beside each other: found defects over rejected good parts (ROC), and precision over found defects.

    The chosen threshold is a dot on both.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curves: tuple[tuple[str, str, Numbers, Numbers], ...] = ()
        self._chosen = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Curves over all thresholds"))
        self.hide()

    @override
    def sizeHint(self) -> QSize:
        return QSize(2 * (_SIDE + _MARGIN) + 24, _SIDE + 2 * _MARGIN)

    def show_curves(self, found: TradeOff | None, threshold: float) -> None:
        """Show what every threshold does, and mark one of them; nothing where there is nothing to show."""
        self.setVisible(found is not None)
        if found is not None:
            recalls = found.found_rates
            self._curves = (
                (self.tr("Good parts rejected"), self.tr("Defects found"), found.false_reject_rates, recalls),
                (self.tr("Defects found"), self.tr("Precision"), recalls, found.precisions),
            )
            # Thresholds descend; the chosen one does what the last that is not below it does.
            reached = int(np.count_nonzero(found.thresholds >= threshold))
            self._chosen = max(0, reached - 1)
        self.update()

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        for place, (across, down, x, y) in enumerate(self._curves):
            area = QRectF(_MARGIN + place * (_SIDE + _MARGIN + 12), 18, _SIDE, _SIDE)
            self._paint(painter, area, colours, across, down)
            self._draw(painter, area, colours, x, y)

    def _paint(self, painter: QPainter, area: QRectF, colours: Colours, across: str, down: str) -> None:
        painter.fillRect(area, QColor(colours.window))
        painter.setPen(QPen(QColor(colours.muted), 1))
        # The curve before left the brush of its dot.
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area)
        top = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        painter.drawText(QRectF(area.left(), 0, area.width(), 18), top, down)
        below = QRectF(area.left(), area.bottom() + 2, area.width(), 18)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, f"{across} → 1")

    def _draw(self, painter: QPainter, area: QRectF, colours: Colours, x: Numbers, y: Numbers) -> None:
        step = max(1, len(x) // _MOST_POINTS)
        points = [_place(area, across, up) for across, up in zip(x[::step].tolist(), y[::step].tolist(), strict=True)]
        painter.setPen(QPen(QColor(colours.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(QColor(colours.text))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(_place(area, float(x[self._chosen]), float(y[self._chosen])), 4, 4)


def _place(area: QRectF, across: float, up: float) -> QPointF:
    return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())
