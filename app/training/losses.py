"""The losses of each epoch, as two lines."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.shell.theme import Colours
from app.training.model import Epoch
from app.widgets.painted import Sized, painted

_LEFT, _TOP, _BOTTOM = 44, 22, 22


class Losses(Sized):
    """Draws what is learned from solid and what is kept apart dashed; the epoch that is kept has a dot."""

    wanted = QSize(420, 200)
    least = QSize(240, 90)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._epochs: tuple[Epoch, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Losses of each epoch"))

    def show_losses(self, epochs: Sequence[Epoch]) -> None:
        """Show those of the epochs so far."""
        if tuple(epochs) != self._epochs:
            self._epochs = tuple(epochs)
            self.update()

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        area = QRectF(self.rect()).adjusted(_LEFT, _TOP, -8, -_BOTTOM)
        painter.fillRect(area, QColor(colours.window))
        painter.setPen(QColor(colours.muted))
        top = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(
            QRectF(_LEFT, 0, area.width(), _TOP), top, self.tr("Loss: solid learned from, dashed kept apart")
        )
        if not self._epochs:
            return
        values = [value for epoch in self._epochs for value in (epoch.loss, epoch.validation) if value is not None]
        low, high = min(0.0, *values), max(*values, 1e-6)
        right = Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(0, area.top(), _LEFT - 4, 16), right, f"{high:.2f}")
        painter.drawText(QRectF(0, area.bottom() - 16, _LEFT - 4, 16), right, f"{low:.2f}")
        below = QRectF(area.left(), area.bottom() + 2, area.width(), _BOTTOM - 2)
        painter.drawText(below, right, self.tr("epoch {number}").format(number=self._epochs[-1].number))
        first, last = self._epochs[0].number, max(self._epochs[-1].number, self._epochs[0].number + 1)

        def place(number: int, value: float) -> QPointF:
            across = (number - first) / (last - first)
            up = (value - low) / (high - low)
            return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())

        for dashed in (False, True):
            points = [
                place(epoch.number, value)
                for epoch in self._epochs
                if (value := epoch.validation if dashed else epoch.loss) is not None
            ]
            painter.setPen(QPen(QColor(colours.accent), 2, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
            painter.drawPolyline(QPolygonF(points))
        kept = [epoch for epoch in self._epochs if epoch.kept]
        if kept:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.text))
            best = kept[-1]
            painter.drawEllipse(place(best.number, best.loss if best.validation is None else best.validation), 4, 4)
