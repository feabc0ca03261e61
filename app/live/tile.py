"""One camera of the live view: its picture under its layers, its verdict, and how fresh they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.canvas.canvas import Canvas
from app.canvas.notice import CanvasNotice
from app.parts.state import Verdict, score_words
from app.result.panel import VerdictBadge
from app.shell.theme import Colours, current_colours
from app.widgets.layouts import fill
from app.widgets.painted import painted
from app.widgets.said import Said, muted
from app.widgets.themed import Themed

_VEIL = 0.75


@dataclass(frozen=True)
class TileNumbers:
    """What is said below a camera's picture.

    Attributes:
        captured: frames a second that came.
        inspected: frames a second that were inspected.
        dropped: frames that were left out, in all.
        age: of the shown result when it was painted, in seconds since its capture; None if there is none.
        failing: nothing comes.
        silence: while nothing comes, how long ago the last picture was captured, in seconds; None if there was none.
    """

    captured: float
    inspected: float
    dropped: int
    age: float | None
    failing: bool = False
    silence: float | None = None


class LiveCanvas(Canvas):
    """A canvas that tells when it has painted what it was last given.

    Signals:
        painted: (`time.monotonic`) after new pixels were painted.
        clicked, double_clicked: no arguments; only in a grid, where a click means the whole tile.
    """

    painted = Signal(float)
    clicked = Signal()
    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.in_grid = False
        self._fresh = self._stale = False
        self.setMinimumSize(120, 90)

    def expect_paint(self) -> None:
        """New pixels were given."""
        self._fresh = True
        self.viewport().update()

    def set_stale(self, stale: bool) -> None:
        """Dim what is shown: it is the last picture, not the present one."""
        if stale != self._stale:
            self._stale = stale
            self.viewport().update()

    @override
    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        if self._stale:
            veil = QColor(current_colours().canvas)
            veil.setAlphaF(_VEIL)
            painter.fillRect(rect, veil)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._fresh:
            self._fresh = False
            self.painted.emit(time.monotonic())

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()
        super().mousePressEvent(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.in_grid and event.button() == Qt.MouseButton.LeftButton:
            self._pressed = None
            self.double_clicked.emit()
            return
        super().mouseReleaseEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.in_grid and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.double_clicked.emit()
            return
        super().keyPressEvent(event)


class StateChip(QLabel):
    """A short word on a coloured ground, such as FROZEN; hidden while it has nothing to say."""

    def __init__(self, role: str) -> None:
        """Make a chip with a colour of the theme: ``accent``, ``defect`` or ``warning``."""
        super().__init__()
        self._role = role
        font = self.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 0.85)
        self.setFont(font)
        self.setContentsMargins(8, 2, 8, 2)
        self.hide()

    def say(self, text: str) -> None:
        """Show a word, or nothing."""
        self.setText(text)
        self.setVisible(bool(text))

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        colour = QColor(getattr(colours, self._role))
        painter.setPen(colour)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


class LiveTile(Themed):
    """A camera in the live view.

    Attributes:
        number: the camera's.
        canvas: its picture.
    """

    numbers_text = Said("_numbers")
    """What is said below the picture."""

    def __init__(
        self,
        number: int,
        name: str,
        *,
        choose: Callable[[int], object],
        enlarge: Callable[[int], object],
        parent: QWidget | None = None,
    ) -> None:
        """Make it.

        Args:
            number: the camera's.
            name: the camera's, for people.
            choose: told the number when it is clicked or reached by the keyboard.
            enlarge: told the number when it is double clicked.
            parent: the page.
        """
        super().__init__(parent)
        self._choose = choose
        self.number = number
        self.setObjectName("liveTile")
        self._name = name
        self._selected = self._framed = False
        self._verdict = Verdict.UNKNOWN
        self._title = QLabel()
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._title.setToolTip(name)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._recording = StateChip("defect")
        self._frozen = StateChip("accent")
        self._score = QLabel()
        self._score.setFont(font)
        self._score.setAccessibleName(self.tr("Score"))
        self.badge = VerdictBadge()
        self.badge.setFixedHeight(24)
        self.canvas = LiveCanvas()
        self.canvas.setAccessibleName(self.tr("Camera {name}").format(name=name))
        self.notice = CanvasNotice(self.canvas)
        self._texts: tuple[str, ...] = ()
        self._numbers = muted(QLabel())
        self._numbers.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        header = fill(
            QHBoxLayout(),
            (self._title, 1),
            self._recording,
            self._frozen,
            self._score,
            self.badge,
            margins=(10, 6, 6, 6),
            spacing=8,
        )
        footer = QHBoxLayout()
        footer.setContentsMargins(10, 4, 10, 5)
        footer.addWidget(self._numbers)
        fill(QVBoxLayout(self), header, (self.canvas, 1), footer, margins=(2, 2, 2, 2), spacing=0)
        self.canvas.clicked.connect(partial(choose, number))
        self.canvas.double_clicked.connect(partial(enlarge, number))
        self.canvas.installEventFilter(self)
        self.canvas.apply_theme()
        self._show_title()

    @property
    def name(self) -> str:
        """What the camera is called here."""
        return self._name

    def rename(self, name: str) -> None:
        """Call the camera otherwise."""
        self._name = name
        self._show_title()

    def show_verdict(self, score: float | None, verdict: Verdict) -> None:
        """Say score and verdict."""
        self.badge.show_verdict(verdict)
        self.canvas.set_stale(verdict is Verdict.ERROR)
        if verdict is Verdict.ERROR:
            self.badge.setText(self.tr("NO PICTURE"))
        self._score.setText("" if score is None else score_words(score))
        if verdict is not self._verdict:
            self._verdict = verdict
            self.update()

    def show_numbers(self, numbers: TileNumbers) -> None:
        """Say how fresh the picture is."""
        if numbers.failing:
            self._say_numbers(self._silence_words(numbers.silence))
            return
        age = "–" if numbers.age is None else self.tr("{value} ms").format(value=f"{1000 * numbers.age:.0f}")
        values = {
            "captured": f"{numbers.captured:.1f}",
            "inspected": f"{numbers.inspected:.1f}",
            "dropped": f"{numbers.dropped:,}",
            "age": age,
        }
        self._say_numbers(
            self.tr("captured {captured}/s · inspected {inspected}/s · left out {dropped} · age {age}").format(
                **values
            ),
            self.tr("{captured}/s in · {inspected}/s inspected · age {age}").format(**values),
            self.tr("{captured} → {inspected}/s · {age}").format(**values),
        )

    def _say_numbers(self, *texts: str) -> None:
        """Say the longest of some texts that there is room for; the first one, which says most, is the tip."""
        self._texts = texts
        metrics = self._numbers.fontMetrics()
        fitting = (text for text in texts if metrics.horizontalAdvance(text) <= self._numbers.width())
        self._numbers.setText(next(fitting, texts[-1]))
        self._numbers.setToolTip(texts[0])

    def _silence_words(self, seconds: float | None) -> str:
        if seconds is None:
            return self.tr("no picture yet")
        if seconds < 100:
            return self.tr("no picture for {count} s").format(count=f"{seconds:.0f}")
        return self.tr("no picture for {count} min").format(count=f"{seconds / 60:,.0f}")

    def show_state(self, *, frozen: bool, recording: bool) -> None:
        """Say whether the picture stands still, and whether it is recorded."""
        self._frozen.say(self.tr("FROZEN") if frozen else "")
        self._recording.say(self.tr("REC") if recording else "")

    def show_selected(self, selected: bool, *, framed: bool) -> None:
        """Whether the panels show this camera; a frame says so where there are several."""
        self._selected, self._framed = selected, framed
        self.canvas.in_grid = framed
        self.update()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.canvas and event.type() == QEvent.Type.FocusIn:
            self._choose(self.number)
        return super().eventFilter(watched, event)

    @override
    def apply_theme(self) -> None:
        self.canvas.apply_theme()

    @override
    def resizeEvent(self, event: object) -> None:
        self._show_title()
        if self._texts:
            self._say_numbers(*self._texts)

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        painter.fillRect(self.rect(), QColor(colours.surface))
        edge = colours.accent if self._selected and self._framed else colours.border
        painter.fillRect(QRectF(0, 0, self.width(), 2), QColor(edge))
        painter.fillRect(QRectF(0, self.height() - 2, self.width(), 2), QColor(edge))
        painter.fillRect(QRectF(0, 0, 2, self.height()), QColor(edge))
        painter.fillRect(QRectF(self.width() - 2, 0, 2, self.height()), QColor(edge))
        place = QPointF(self.canvas.x(), self.canvas.y() - 3)
        if self._verdict in (Verdict.DEFECT, Verdict.GOOD):
            colour = colours.defect if self._verdict is Verdict.DEFECT else colours.good
            painter.fillRect(QRectF(place.x(), place.y(), self.canvas.width(), 3), QColor(colour))

    def _show_title(self) -> None:
        metrics = self._title.fontMetrics()
        self._title.setText(metrics.elidedText(self._name, Qt.TextElideMode.ElideMiddle, max(40, self._title.width())))
