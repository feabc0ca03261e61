"""Which colour is which subspace, in a corner of the canvas while their layer is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.parts.state import Colour
from app.shell.theme import Colours
from app.widgets.meter import draw_swatch
from app.widgets.painted import paint_plate, painted

MOST_ROWS = 8
_ROW, _MARGIN, _SWATCH, _GAP = 19, 8, 11, 8
_WIDEST_NAME = 150
"""Opacity of the ground, of 255: the part shines through a little."""


@dataclass(frozen=True)
class LegendRow:
    """A subspace: its name, its colour, and the share of the patches that it dominates, in [0, 1]."""

    name: str
    colour: Colour
    share: float


class SubspaceLegend(QWidget):
    """Lies in the lower left corner of another widget; the subspaces with the most patches first."""

    def __init__(self, host: QWidget) -> None:
        """Make a hidden legend over `host`, which calls `place` whenever its size changes."""
        super().__init__(host)
        self._rows: tuple[LegendRow, ...] = ()
        self._wanted = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Colours of the subspaces"))
        self.hide()

    @property
    def rows(self) -> tuple[LegendRow, ...]:
        """What is listed."""
        return self._rows

    def show_rows(self, rows: Sequence[LegendRow]) -> None:
        """List subspaces; those without any patch are left out, and the smallest where there are too many."""
        present = sorted((row for row in rows if row.share > 0), key=lambda row: -row.share)
        self._rows = tuple(present[:MOST_ROWS])
        self.setAccessibleDescription(", ".join(f"{row.name} {100 * row.share:.0f} %" for row in self._rows))
        self.resize(self.sizeHint())
        self.place()
        self.update()

    def want(self, wanted: bool) -> None:
        """Be seen where there is something to say, or not."""
        self._wanted = wanted
        self.place()

    def place(self) -> None:
        """Go to the host's corner; hidden where that has no room."""
        host = self.parentWidget()
        if host is None:
            return
        self.move(_MARGIN, host.height() - self.height() - _MARGIN)
        roomy = host.width() > 2 * self.width() and host.height() > self.height() + 4 * _MARGIN
        self.setVisible(self._wanted and bool(self._rows) and roomy)

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(_words(row)) for row in self._rows), default=0)
        return QSize(min(widest, _WIDEST_NAME) + _SWATCH + _GAP + 2 * _MARGIN, _ROW * len(self._rows) + _MARGIN)

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        paint_plate(painter, self.rect(), colours)
        top = _MARGIN / 2
        for row in self._rows:
            draw_swatch(painter, QRectF(_MARGIN, top + (_ROW - _SWATCH) / 2, _SWATCH, _SWATCH), QColor(*row.colour))
            left = _MARGIN + _SWATCH + _GAP
            area = QRectF(left, top, self.width() - left - _MARGIN, _ROW)
            words = painter.fontMetrics().elidedText(_words(row), Qt.TextElideMode.ElideRight, int(area.width()))
            painter.setPen(QColor(colours.text))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
            top += _ROW


def _words(row: LegendRow) -> str:
    return f"{row.name}  {100 * row.share:.0f} %"
