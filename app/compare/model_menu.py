"""The choice of the second model, above the right one of two panes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.parts.state import ModelChoice
from app.widgets.list_button import Entry, ListButton

_LEAST_WIDTH = 72
_AROUND_TEXT = 34
"""Pixels beside the words: the margins, and the mark of a list."""


class CompareModelMenu(ListButton):
    """Says which model inspects the part in its pane; opens the list of the others, choices of a model."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setObjectName("model")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._name = ""
        self._listed: tuple[tuple[ModelChoice, ...], ModelChoice | None] = ((), None)

    @property
    def name(self) -> str:
        """The name of the model that inspects the part."""
        return self._name

    def show_choices(self, choices: Sequence[ModelChoice], current: ModelChoice) -> None:
        """List models, and say which one inspects the part."""
        self._name = current.label
        self.setAccessibleName(self.tr("Model on the right: {name}").format(name=self._name))
        self.setToolTip(self.tr("{name} inspects the part on the right; choose another model").format(name=self._name))
        if (tuple(choices), current) != self._listed:
            self._listed = tuple(choices), current
            self.fill([self._entry(choice, current) for choice in choices])
        self._elide()

    def open(self) -> None:
        """Open the list, for the keyboard at its present entry; returns at once."""
        self.list.popup(self.mapToGlobal(QPoint(0, self.height())))
        checked = [entry for entry in self.entries if entry.isChecked()]
        self.list.setActiveAction((checked or self.list.actions())[0])

    @override
    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self._name)
        # One pixel more: the width of words is rounded.
        return QSize(words + 1 + _AROUND_TEXT, super().sizeHint().height())

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_WIDTH, super().minimumSizeHint().height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = max(_LEAST_WIDTH, self.width()) - _AROUND_TEXT
        shown = self.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideMiddle, room)
        self.setText(shown.replace("&", "&&"))
        self.updateGeometry()

    def _entry(self, choice: ModelChoice, current: ModelChoice) -> Entry:
        size = "" if choice.checkpoint else "    " + self.tr("{count} MB").format(count=f"{choice.megabytes:,}")
        in_use = (choice.key, choice.checkpoint) == (current.key, current.checkpoint)
        return Entry(choice.label, choice, size, checked=in_use)
