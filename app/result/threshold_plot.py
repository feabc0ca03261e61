"""The histogram of the anomaly map with a threshold that can be dragged."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.parts.state import Verdict, threshold_words
from app.shell.theme import current_colours
from tokenclip_core.judgement.rule import bins_above

_FINE, _COARSE = 0.01, 0.1
_AXIS = 14
_SIDE = 6
_MARK = 14
"""Pixels that the score's mark needs on each side."""


class ThresholdPlot(QWidget):
    """Bars (logarithmic) of how many pixels have which value, the threshold as a line, the score as a triangle.

    Signals:
        threshold_changed: (0 to 1), while it is dragged or moved with the arrow keys.
    """

    threshold_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: npt.NDArray[np.int64] | None = None
        self._threshold = 0.5
        self._score: float | None = None
        self._verdict = Verdict.UNKNOWN
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setMinimumHeight(60)
        self.setAccessibleName(self.tr("Threshold"))
        self.setToolTip(
            self.tr("How many pixels have which anomaly value (logarithmic). Drag the line, or use the arrow keys.")
        )

    @override
    def sizeHint(self) -> QSize:
        return QSize(220, 72)

    def set_verdict(self, verdict: Verdict) -> None:
        """Colour the score's mark by a verdict."""
        self._verdict = verdict
        self.update()

    def set_histogram(self, counts: npt.NDArray[np.int64] | None, score: float | None) -> None:
        """Show a part's histogram over [0, 1] and its score."""
        self._counts, self._score = counts, score
        self.update()

    def set_threshold(self, threshold: float) -> None:
        """Show a threshold."""
        self._threshold = threshold
        self.setAccessibleDescription(threshold_words(threshold))
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        # Ended here, not when the last reference goes: Qt flushes right after this event.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        colours = current_colours()
        area = self._plot_area()
        painter.fillRect(area, QColor(colours.window))
        if self._counts is not None and self._counts.any():
            self._draw_bars(painter, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = area.left() + self._threshold * area.width()
        line = QColor(colours.accent if self.hasFocus() else colours.text)
        painter.setPen(QPen(line, 2))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(line)
        painter.drawEllipse(QPointF(x, area.top() + 5), 4.5, 4.5)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        painter.setPen(QColor(colours.muted))
        labels = QRectF(area.left(), area.bottom() + 1, area.width(), _AXIS)
        at = area.left() + area.width() * (0.5 if self._score is None else self._score)
        for side, place, text in (
            (Qt.AlignmentFlag.AlignLeft, labels.left(), "0"),
            (Qt.AlignmentFlag.AlignRight, labels.right(), "1"),
        ):
            if abs(at - place) > _MARK:  # the score's mark says where it is
                painter.drawText(labels, side | Qt.AlignmentFlag.AlignVCenter, text)
        if self._score is not None:
            base = area.bottom() + 9
            colour = colours.defect if self._verdict is Verdict.DEFECT else colours.good
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            tip = QPointF(at, base - 8)
            painter.drawPolygon(QPolygonF([tip, QPointF(at - 5, base), QPointF(at + 5, base)]))

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._take(event.position().x())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._take(event.position().x())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -_FINE,
            Qt.Key.Key_Right: _FINE,
            Qt.Key.Key_PageDown: -_COARSE,
            Qt.Key.Key_PageUp: _COARSE,
            Qt.Key.Key_Home: -1.0,
            Qt.Key.Key_End: 1.0,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        self._move(self._threshold + step)

    def _plot_area(self) -> QRectF:
        return QRectF(_SIDE, 2, self.width() - 2 * _SIDE, self.height() - _AXIS - 2)

    def _draw_bars(self, painter: QPainter, area: QRectF) -> None:
        colours = current_colours()
        counts = self._counts
        if counts is None:
            return
        heights = np.log1p(counts) / np.log1p(counts.max())
        width = area.width() / len(counts)
        reaching = bins_above(len(counts), self._threshold).tolist()
        for place, (height, above) in enumerate(zip(heights.tolist(), reaching, strict=True)):
            if not height:
                continue
            tall = max(1.0, height * (area.height() - 12))
            bar = QRectF(area.left() + place * width, area.bottom() - tall, max(1.0, width - 1), tall)
            painter.fillRect(bar, QColor(colours.defect if above else colours.muted))

    def _take(self, x: float) -> None:
        area = self._plot_area()
        self._move((x - area.left()) / max(1.0, area.width()))

    def _move(self, threshold: float) -> None:
        threshold = round(min(1.0, max(0.0, threshold)), 2)
        if threshold != self._threshold:
            self.set_threshold(threshold)
            self.threshold_changed.emit(threshold)
