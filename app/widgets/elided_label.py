"""A label of one line that gives way: what does not fit is cut in its middle, and the whole is its tooltip."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

from app.shell.theme import Colours
from app.widgets.painted import painted

_LEAST_WIDTH = 40


class ElidedLabel(QLabel):
    """Plain text; `text` is the whole, `shown` is what there is room for."""

    def __init__(self, least_width: int = _LEAST_WIDTH, parent: QWidget | None = None) -> None:
        """Make it; it gives way down to `least_width` pixels."""
        super().__init__(parent)
        self._least_width = least_width
        self._explanation = ""
        self.setTextFormat(Qt.TextFormat.PlainText)

    @property
    def shown(self) -> str:
        """What is painted."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.contentsRect().width())

    @override
    def setText(self, text: str) -> None:
        super().setText(text)
        self._explain()

    def explain(self, explanation: str) -> None:
        """Have this as the tooltip at any width; "" for the whole text, where it is cut."""
        self._explanation = explanation
        self._explain()

    @override
    def minimumSizeHint(self) -> QSize:
        whole = super().minimumSizeHint()
        return QSize(min(self._least_width, whole.width()), whole.height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            self.alignment().value,
            self.palette(),
            self.isEnabled(),
            self.shown,
            self.foregroundRole(),
        )

    def _explain(self) -> None:
        cut = self.shown != self.text()
        self.setToolTip(self._explanation or (self.text() if cut else ""))
