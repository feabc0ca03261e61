"""The verdict over the whole screen, to be read from across the hall."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.parts.state import Verdict
from app.result.verdict_words import verdict_colour
from app.shell.theme import Colours
from app.widgets.painted import painted

_PICTURE_SHARE = 0.62


class OperatorScreen(QWidget):
    """One colour, one word, the picture beneath; any key or click closes it.

    Signals:
        closed: no arguments.
    """

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(self.tr("Verdict"))
        self._verdict = Verdict.UNKNOWN
        self._words = self._name = ""
        self._picture = QImage()
        self.setMinimumSize(320, 240)

    @property
    def word(self) -> str:
        """The word that is shown."""
        return self._words

    def show_verdict(self, name: str, verdict: Verdict, picture: QImage | None) -> None:
        """Say a camera's verdict; None keeps the picture."""
        self._name, self._verdict = name, verdict
        if picture is not None:
            self._picture = picture
        self._words = {
            Verdict.DEFECT: self.tr("DEFECT"),
            Verdict.GOOD: self.tr("GOOD"),
            Verdict.ERROR: self.tr("NO PICTURE"),
            Verdict.UNKNOWN: self.tr("WAITING"),
        }[verdict]
        self.setAccessibleName(f"{name}: {self._words}")
        self.update()

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        ink = QColor(colours.text if self._verdict is Verdict.UNKNOWN else colours.on_accent)
        painter.fillRect(self.rect(), QColor(verdict_colour(self._verdict, colours)))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect())
        below = area.height() * (1 - _PICTURE_SHARE)
        font = painter.font()
        font.setBold(True)
        font.setPixelSize(max(24, int(min(below * 0.55, area.width() * 0.16))))
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(QRectF(0, 0, area.width(), below * 0.86), Qt.AlignmentFlag.AlignCenter, self._words)
        font.setPixelSize(max(12, int(below * 0.1)))
        font.setBold(False)
        painter.setFont(font)
        name_line = QRectF(0, below * 0.78, area.width(), below * 0.2)
        painter.drawText(name_line, Qt.AlignmentFlag.AlignCenter, self._name)
        if not self._picture.isNull():
            room = QRectF(0, below, area.width(), area.height() - below).adjusted(24, 8, -24, -24)
            painter.drawImage(_fitted(self._picture, room), self._picture)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.closed.emit()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.closed.emit()


def _fitted(picture: QImage, room: QRectF) -> QRectF:
    scale = min(room.width() / picture.width(), room.height() / picture.height())
    width, height = picture.width() * scale, picture.height() * scale
    return QRectF(room.center().x() - width / 2, room.center().y() - height / 2, width, height)
