"""The mixer: one row for each textual subspace, with solo and mute."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.state import Colour, SubspaceRow
from app.theme import current_colours


class Swatch(QWidget):
    """A square of a subspace's colour."""

    def __init__(self, colour: Colour, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = QColor(*colour)
        self.setFixedSize(12, 12)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        # Ended here, not when the last reference goes: Qt flushes right after this event.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawRoundedRect(QRectF(self.rect()), 3, 3)


class Meter(QWidget):
    """A value in [0, 1] as a bar with its number."""

    def __init__(self, colour: Colour, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = QColor(*colour)
        self._value: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @override
    def sizeHint(self) -> QSize:
        return QSize(90, 20)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(64, 20)

    def set_value(self, value: float | None) -> None:
        """Show a value, or nothing."""
        self._value = value
        self.setAccessibleDescription("" if value is None else f"{value:.2f}")
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        # Ended here, not when the last reference goes: Qt flushes right after this event.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        colours = current_colours()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        number = painter.fontMetrics().horizontalAdvance("0.00") + 6
        track = QRectF(0, self.height() / 2 - 3, self.width() - number, 6)
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(track, 3, 3)
        if self._value is None:
            return
        filled = QRectF(track.left(), track.top(), max(2.0, track.width() * min(1.0, self._value)), track.height())
        painter.setBrush(self._colour if self.isEnabled() else QColor(colours.border))
        painter.drawRoundedRect(filled, 3, 3)
        painter.setPen(QColor(colours.text if self.isEnabled() else colours.muted))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{self._value:.2f}")


class SubspacesPanel(QWidget):
    """Shows what each subspace says and lets a person take it out of the mix.

    Signals:
        mix_changed: (soloed frozenset of indices, muted frozenset of indices).
    """

    mix_changed = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._rows: list[tuple[QLabel, Meter, QLabel, QToolButton, QToolButton]] = []
        self._names: tuple[tuple[str, Colour], ...] = ()
        self._empty = QLabel(self.tr("The model's subspaces appear here as soon as it is loaded."))
        self._empty.setWordWrap(True)
        self._empty.setObjectName("muted")
        self._empty.setContentsMargins(12, 4, 12, 8)
        self._body = QWidget()
        self._body.setObjectName("panel")
        self._grid = QGridLayout(self._body)
        self._grid.setContentsMargins(12, 0, 12, 4)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(2, 1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._body)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._note = QLabel(self.tr("Transport balances mass before the mask."))
        self._note.setObjectName("muted")
        self._note.setWordWrap(True)
        self._note.setContentsMargins(12, 2, 12, 8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._empty, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._note)
        self._scroll.hide()
        self._note.hide()

    def set_subspaces(self, names: Sequence[tuple[str, Colour]]) -> None:
        """Show rows for other subspaces, all in the mix."""
        if tuple(names) == self._names:
            return
        self._names = tuple(names)
        self._rows = []
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for column, text, tip in (
            (1, self.tr("Subspace"), ""),
            (2, self.tr("Anomaly"), self.tr("The highest anomaly value that this subspace brings to the map")),
            (3, self.tr("Mass"), self.tr("Its share of all patches' weights")),
        ):
            header = QLabel(text)
            header.setObjectName("muted")
            header.setToolTip(tip)
            self._grid.addWidget(header, 0, column)
        for row, (name, colour) in enumerate(self._names, start=1):
            self._add_row(row, name, colour)
        self._grid.setRowStretch(len(self._names) + 1, 1)
        self._empty.setVisible(not self._names)
        self._scroll.setVisible(bool(self._names))
        self._note.setVisible(len(self._names) > 1)

    def show_values(self, rows: Sequence[SubspaceRow] | None) -> None:
        """Show a result's values; None clears them."""
        values = [None] * len(self._rows) if rows is None else list(rows)
        for (label, meter, mass, _solo, _mute), value in zip(self._rows, values, strict=False):
            meter.set_value(None if value is None else value.anomaly)
            mass.setText("" if value is None else f"{100 * value.mass:.0f} %")
            heard = value is None or not value.muted
            for widget in (label, meter, mass):
                widget.setEnabled(heard)

    def unmute_all(self) -> None:
        """Take every subspace back into the mix."""
        for _label, _meter, _mass, solo, mute in self._rows:
            for button in (solo, mute):
                button.blockSignals(True)
                button.setChecked(False)
                button.blockSignals(False)
        self._report()

    def _add_row(self, row: int, name: str, colour: Colour) -> None:
        label = QLabel()
        label.setMinimumWidth(72)
        label.setMaximumWidth(132)
        label.setText(label.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, 132))
        label.setToolTip(name)
        meter = Meter(colour)
        meter.setAccessibleName(self.tr("Anomaly of {name}").format(name=name))
        mass = QLabel()
        mass.setMinimumWidth(mass.fontMetrics().horizontalAdvance("100 %"))
        mass.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        solo = self._toggle("S", self.tr("Solo {name}: hear it alone").format(name=name))
        mute = self._toggle("M", self.tr("Mute {name}: take it out of the mix").format(name=name))
        for column, widget in enumerate((Swatch(colour), label, meter, mass, solo, mute)):
            self._grid.addWidget(widget, row, column)
        self._rows.append((label, meter, mass, solo, mute))

    def _toggle(self, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("small")
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setCheckable(True)
        button.toggled.connect(self._report)
        return button

    def _report(self) -> None:
        soloed = frozenset(row for row, widgets in enumerate(self._rows) if widgets[3].isChecked())
        muted = frozenset(row for row, widgets in enumerate(self._rows) if widgets[4].isChecked())
        self.mix_changed.emit(soloed, muted)
