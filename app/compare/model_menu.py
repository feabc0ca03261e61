"""The choice of the second model, above the right one of two panes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget
from typing_extensions import override

from app.parts.state import ModelChoice

_LEAST_WIDTH = 72
_WIDEST_ENTRY = 420
"""Pixels of a name in the list."""

_AROUND_TEXT = 34
"""Pixels beside the words: the margins, and the mark of a list."""


class CompareModelMenu(QToolButton):
    """Says which model inspects the part in its pane; opens the list of the others.

    Signals:
        opened: the list is about to be seen.
        chosen: (ModelChoice) of the list.
        folder_requested, checkpoint_requested: a model, or what one has learned, is to be looked for.
    """

    opened = Signal()
    chosen = Signal(object)
    folder_requested = Signal()
    checkpoint_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("model")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self.opened)
        self.setMenu(self._menu)
        self._group = QActionGroup(self)
        self._name = ""
        self._listed: tuple[tuple[ModelChoice, ...], ModelChoice | None] = ((), None)
        self._checkpoint = QAction(self.tr("Open a &checkpoint…"), self)
        self._checkpoint.triggered.connect(lambda: self.checkpoint_requested.emit())
        self._folder = QAction(self.tr("Open a model &folder…"), self)
        self._folder.triggered.connect(lambda: self.folder_requested.emit())
        self._fill()

    @property
    def name(self) -> str:
        """Of the model that inspects the part."""
        return self._name

    @property
    def actions_by_label(self) -> dict[str, QAction]:
        """The list's models."""
        return {action.data().label: action for action in self._group.actions()}

    def show_choices(self, choices: Sequence[ModelChoice], current: ModelChoice) -> None:
        """List models, and say which one inspects the part."""
        self._name = current.label
        self.setAccessibleName(self.tr("Model on the right: {name}").format(name=self._name))
        self.setToolTip(self.tr("{name} inspects the part on the right; choose another model").format(name=self._name))
        if (tuple(choices), current) != self._listed:
            self._listed = tuple(choices), current
            self._fill()
        self._elide()

    def open(self) -> None:
        """Open the list, for the keyboard at its present entry; returns at once."""
        self._menu.popup(self.mapToGlobal(QPoint(0, self.height())))
        self._menu.setActiveAction(self._group.checkedAction() or self._menu.actions()[0])

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

    def _fill(self) -> None:
        choices, current = self._listed
        self._menu.clear()
        for action in self._group.actions():
            self._group.removeAction(action)
            action.deleteLater()
        for choice in choices:
            size = "" if choice.checkpoint else "    " + self.tr("{count} MB").format(count=f"{choice.megabytes:,}")
            shown = self.fontMetrics().elidedText(choice.label, Qt.TextElideMode.ElideMiddle, _WIDEST_ENTRY)
            action = QAction(shown.replace("&", "&&") + size, self._group)
            action.setToolTip(choice.label)
            action.setCheckable(True)
            action.setChecked(
                current is not None and (choice.key, choice.checkpoint) == (current.key, current.checkpoint)
            )
            action.setData(choice)
            action.triggered.connect(lambda _checked, chosen=choice: self.chosen.emit(chosen))
            self._menu.addAction(action)
        if choices:
            self._menu.addSeparator()
        self._menu.addActions([self._checkpoint, self._folder])
