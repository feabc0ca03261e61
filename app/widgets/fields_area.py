"""The fields of a dialog: all of them where the screen is high enough, and scrolled where it is not."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QScrollArea, QWidget
from typing_extensions import override

_AROUND, _LEAST_HEIGHT = 140, 200
"""Pixels of the screen's height that buttons, the frame and a task bar take; and the fields' least height."""


class FieldsArea(QScrollArea):
    """Shows all fields where the screen is high enough, and scrolls where it is not."""

    def __init__(self, fields: QWidget) -> None:
        super().__init__()
        self._fields = fields
        self.setWidget(fields)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        fields.setAutoFillBackground(False)
        self.setObjectName("fields")

    @property
    def _bar(self) -> int:
        """Pixels that the bar at the side takes where it is seen."""
        return self.verticalScrollBar().sizeHint().width()

    @override
    def sizeHint(self) -> QSize:
        whole = self._fields.sizeHint()
        room = self.screen().availableGeometry().height() - _AROUND
        return QSize(whole.width() + self._bar, min(whole.height(), room))

    @override
    def minimumSizeHint(self) -> QSize:
        least = self._fields.minimumSizeHint().expandedTo(self._fields.minimumSize())
        return QSize(least.width() + self._bar, min(_LEAST_HEIGHT, self.sizeHint().height()))
