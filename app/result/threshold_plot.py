"""The histogram of the folder's scores, or of a part's map, with a threshold that can be dragged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.parts.state import Verdict, threshold_words
from app.result.folder_scores import NO_SCORES, FolderScores, Group, decimals_of
from app.shell.theme import Colours, current_colours
from app.widgets.painted import Sized, painted
from tokenclip_core.judgement.rule import bins_above

_FINE, _COARSE = 0.01, 0.1
_AXIS = 14
_SIDE = 6
_MARK = 14
"""Pixels that the score's mark needs on each side."""


class ThresholdPlot(Sized):
    """Bars (logarithmic) of how many parts or pixels have which value, the threshold as a line, the score as a mark.

    The folder's scores are shown from the lowest to the highest, of good, defective and undecided parts apart; the
    values of the shown part's map, from 0 to 1, where a person asks for them or no part is inspected.
    """

    wanted = QSize(220, 72)

    def __init__(self, take: Callable[[float], object], parent: QWidget | None = None) -> None:
        """Make it; `take` is given the threshold (0 to 1) while it is dragged or moved with the arrow keys."""
        super().__init__(parent)
        self._take_threshold = take
        self._scores = NO_SCORES
        self._folder = True
        self._counts: npt.NDArray[np.int64] | None = None
        self._threshold = self._held = 0.5
        self._dragged = False
        self._score: float | None = None
        self._verdict = Verdict.UNKNOWN
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setMinimumHeight(50)
        self.setAccessibleName(self.tr("Threshold"))
        self._show_tip()

    def set_verdict(self, verdict: Verdict) -> None:
        """Colour the score's mark by a verdict."""
        self._verdict = verdict
        self.update()

    def set_histogram(self, counts: npt.NDArray[np.int64] | None, score: float | None) -> None:
        """Show a part's histogram over [0, 1] and its score."""
        self._counts, self._score = counts, score
        self.update()

    def set_scores(self, scores: FolderScores) -> None:
        """Take the scores of the folder's inspected parts."""
        self._scores = scores
        self._show_tip()
        self.update()

    def show_folder(self, folder: bool) -> None:
        """Show the folder's scores, or the shown part's map."""
        self._folder = folder
        self._show_tip()
        self.update()

    @property
    def of_folder(self) -> bool:
        """Whether the folder's scores are shown."""
        return self._folder and bool(self._scores.scores.size)

    @property
    def span(self) -> tuple[float, float]:
        """The values at the left and the right end."""
        return self._scores.span(self._held) if self.of_folder else (0.0, 1.0)

    def set_threshold(self, threshold: float) -> None:
        """Show a threshold."""
        if not self._dragged:
            self._held = threshold
        self._threshold = threshold
        self.setAccessibleDescription(threshold_words(threshold))
        self.update()

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        area = self._plot_area()
        painter.fillRect(area, QColor(colours.window))
        # Bars of a pixel or two would only be blurred.
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        if self.of_folder:
            self._draw_scores(painter, area)
        elif self._counts is not None and self._counts.any():
            self._draw_bars(painter, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        x = self._place(self._threshold, area)
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
        low, high = self.span
        at = self._place((low + high) / 2 if self._score is None else self._score, area)
        for side, place, text in (
            (Qt.AlignmentFlag.AlignLeft, labels.left(), threshold_words(low) if low else "0"),
            (Qt.AlignmentFlag.AlignRight, labels.right(), threshold_words(high) if high < 1 else "1"),
        ):
            if abs(at - place) > max(
                _MARK, painter.fontMetrics().horizontalAdvance(text)
            ):  # the score's mark says where it is
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
            # The axis stays while the line is dragged.
            self._dragged = True
            self._take(event.position().x())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._dragged:
            self._dragged, self._held = False, self._threshold
            self.update()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._take(event.position().x())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        fine = min(_FINE, 10.0 ** (1 - self._decimals))
        coarse = _COARSE / _FINE * fine
        steps = {
            Qt.Key.Key_Left: -fine,
            Qt.Key.Key_Right: fine,
            Qt.Key.Key_PageDown: -coarse,
            Qt.Key.Key_PageUp: coarse,
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

    @property
    def _decimals(self) -> int:
        low, high = self.span
        return decimals_of(low, high, self._plot_area().width()) if self.of_folder else 2

    def _place(self, value: float, area: QRectF) -> float:
        low, high = self.span
        return area.left() + min(1.0, max(0.0, (value - low) / max(high - low, 1e-9))) * area.width()

    def _show_tip(self) -> None:
        if self.of_folder:
            self.setToolTip(
                self.tr(
                    "How many inspected parts have which score (logarithmic): good ones green, defective ones red, by "
                    "decision or the name of their folder; undecided ones grey. Drag the line, or use the arrow keys."
                )
            )
        else:
            self.setToolTip(
                self.tr("How many pixels have which anomaly value (logarithmic). Drag the line, or use the arrow keys.")
            )

    def _draw_scores(self, painter: QPainter, area: QRectF) -> None:
        colours = current_colours()
        paints = {Group.GOOD: colours.good, Group.DEFECTIVE: colours.defect, Group.UNDECIDED: colours.muted}
        counts = self._scores.histogram(*self.span)
        totals = counts.sum(axis=0)
        heights = np.log1p(totals) / np.log1p(max(1, totals.max())) * (area.height() - 12)
        width = area.width() / totals.size
        for place in np.flatnonzero(totals).tolist():
            bottom, tall = area.bottom(), max(2.0, float(heights[place]))
            for group in Group:
                part = tall * float(counts[group, place] / totals[place])
                bar = QRectF(area.left() + place * width, bottom - part, max(1.0, width - 1), part)
                painter.fillRect(bar, QColor(paints[group]))
                bottom -= part

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
        low, high = self.span
        self._move(low + (high - low) * (x - area.left()) / max(1.0, area.width()))

    def _move(self, threshold: float) -> None:
        threshold = round(min(1.0, max(0.0, threshold)), self._decimals)
        if threshold != self._threshold:
            self.set_threshold(threshold)
            self._take_threshold(threshold)
