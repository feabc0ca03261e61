"""Which subspaces a score or a region comes from: one bar in their colours, and the greatest in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPainterPath, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QVBoxLayout, QWidget
from typing_extensions import override

from app.parts.state import Colour
from app.shell.theme import Colours
from app.widgets.layouts import fill
from app.widgets.meter import edge_pen
from app.widgets.painted import Sized, painted
from app.widgets.said import muted

_NAMED = 3
_LEAST_NAMED = 0.05


@dataclass(frozen=True)
class Share:
    """One subspace's share, in [0, 1]."""

    name: str
    colour: Colour
    share: float


class ShareBar(Sized):
    """Shares side by side, the greatest first."""

    wanted = QSize(120, 10)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares: tuple[Share, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_shares(self, shares: Sequence[Share]) -> None:
        """Show shares that sum to 1, or none."""
        self._shares = tuple(shares)
        self.update()

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            place = event.pos().x() / max(1, self.width())
            for share in self._shares:
                place -= share.share
                if place <= 0:
                    QToolTip.showText(event.globalPos(), f"{share.name} {100 * share.share:.0f} %", self)
                    return True
        return super().event(event)

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), 3, 3)
        painter.setClipPath(outline)
        painter.fillRect(self.rect(), QColor(colours.raised))
        left = 0.0
        for share in self._shares:
            width = share.share * self.width()
            painter.fillRect(QRectF(left, 0, max(0.0, width - 1), self.height()), QColor(*share.colour))
            left += width
        painter.setClipping(False)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(edge_pen())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)


class Breakdown(QWidget):
    """The bar with a line of words below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = ShareBar()
        self._words = muted(QLabel())
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._subject = ""
        self._named: list[str] = []
        fill(QVBoxLayout(self), self.bar, self._words, margins=(0, 0, 0, 0), spacing=3)
        self.show_shares("", ())

    @property
    def words(self) -> str:
        """What is said, in full."""
        return self._sentence(len(self._named))

    def show_shares(self, subject: str, shares: Sequence[Share]) -> None:
        """Say what `subject` ("Score from", "Region 2") comes from; the shares sum to 1, or there are none."""
        ordered = sorted((share for share in shares if share.share > 0), key=lambda share: -share.share)
        self.bar.set_shares(ordered)
        named = [share for share in ordered[:_NAMED] if share.share >= _LEAST_NAMED] or ordered[:1]
        self._subject = subject
        self._named = [
            self.tr("{share} % {name}").format(share=f"{100 * share.share:.0f}", name=share.name) for share in named
        ]
        everything = self.tr(", ").join(f"{100 * share.share:.0f} % {share.name}" for share in ordered)
        self.setToolTip(everything)
        self.bar.setAccessibleName(self.tr("Where it comes from"))
        self.bar.setAccessibleDescription(everything)
        self._elide()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._elide()

    def _sentence(self, count: int) -> str:
        """With the greatest shares alone; "" without any."""
        return self._subject + self.tr(": ") + self.tr(", ").join(self._named[:count]) if self._named else ""

    def _elide(self) -> None:
        """Fewer shares where there is little room: "6 % …" says nothing."""
        metrics, room = self._words.fontMetrics(), max(40, self.width())
        sentences = [self._sentence(count) for count in range(len(self._named), 0, -1)] or [""]
        fitting = next((text for text in sentences if metrics.horizontalAdvance(text) <= room), sentences[-1])
        self._words.setText(metrics.elidedText(fitting, Qt.TextElideMode.ElideRight, room))
