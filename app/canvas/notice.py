"""A line over the canvas: that the part is being read or inspected, or why it can't be shown."""

from __future__ import annotations

import html
import re

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

from app.shell.theme import Colours
from app.widgets.painted import painted

_WIDEST = 520
_MOST_LINES = 3
"""Lines of a notice of progress; longer texts are cut in the middle."""

_WORD = re.compile(r"\S+")
_BREAK = "\u200b"
"""A place where a line may end."""


class CanvasNotice(QLabel):
    """Lies over another widget: small in its top corner for progress, in the middle for an error."""

    def __init__(self, host: QWidget) -> None:
        """Make a hidden notice over `host`, which owns it."""
        super().__init__(host)
        self._host = host
        self._central = False
        self._lines: tuple[str, ...] = ()
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setContentsMargins(14, 8, 14, 8)
        host.installEventFilter(self)
        self.hide()

    def show_progress(self, text: str) -> None:
        """Say what is going on."""
        self._central, self._lines = False, (text,)
        self._say(text)

    def show_error(self, heading: str, reason: str) -> None:
        """Say why there is nothing to see."""
        self._central, self._lines = True, (heading, reason)
        self._say(_rich(heading, reason))

    def clear(self) -> None:
        """Say nothing."""
        super().clear()
        self.hide()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        self._paint_ground(event)
        super().paintEvent(event)

    @painted
    def _paint_ground(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        painter.setClipRect(exposed)
        painter.setPen(QColor(colours.warning if self._central else colours.border))
        painter.setBrush(QColor(colours.notice if self._central else colours.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)

    def _say(self, text: str) -> None:
        self.setTextFormat(Qt.TextFormat.RichText if self._central else Qt.TextFormat.PlainText)
        self.setWordWrap(self._central)
        self.setText(text)
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        if not self.text():
            return
        if self._central:
            width = min(_WIDEST, self._host.width() - 32)
            heading, reason = (self._breakable(line, self._room(width)) for line in self._lines)
            self.setText(_rich(heading, reason))
            self.resize(width, self.heightForWidth(width))
            self.move((self._host.width() - self.width()) // 2, (self._host.height() - self.height()) // 2)
        else:
            (text,) = self._lines
            self.setWordWrap(False)
            self.setText(text)
            self.adjustSize()
            width = self._host.width() - 24
            if self.width() > width > 0:
                self.setWordWrap(True)
                room = self._room(width)
                # Lines that end early, at a word, leave less room: then the last line would not fit whole.
                most = round(room * (_MOST_LINES - 0.5))
                shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, most)
                self.setText(self._breakable(shown, room))
                self.resize(width, self.heightForWidth(width))
            self.move(12, 12)

    def _room(self, width: int) -> int:
        margins = self.contentsMargins()
        return width - margins.left() - margins.right()

    def _breakable(self, text: str, room: int) -> str:
        """Let words that are wider than a line, such as names of files, go over several."""
        font = self.font()
        font.setBold(True)
        metrics = QFontMetrics(font)
        return _WORD.sub(
            lambda word: word[0] if metrics.horizontalAdvance(word[0]) <= room else _BREAK.join(word[0]), text
        )


def _rich(heading: str, reason: str) -> str:
    return "<b>{}</b><br>{}".format(*(html.escape(text, quote=False) for text in (heading, reason)))
