"""The tool bar's choice of a model."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

_WIDEST_NAME = 200
"""Pixels of a model's name in the tool bar, so that what follows keeps its room."""

_WIDEST_ENTRY = 420


class ModelMenu(QToolButton):
    """Says which model is loaded; opens the list of the others.

    Signals:
        opened: the list is about to be seen.
        chosen: (key) of a model in the list.
        folder_requested: a model's folder is to be looked for.
    """

    opened = Signal()
    chosen = Signal(str)
    folder_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("model")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(self.tr("Choose the model that inspects the parts"))
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self.opened)
        self.setMenu(self._menu)
        self._group = QActionGroup(self)
        self._models: tuple[tuple[str, str, int], ...] = ()
        self._key = ""
        self._folder = QAction(self.tr("Open a model &folder…"), self)
        self._folder.triggered.connect(lambda: self.folder_requested.emit())
        self._fill()

    @property
    def actions_by_key(self) -> dict[str, QAction]:
        """The list's entries."""
        return {action.data(): action for action in self._group.actions()}

    def show_model(self, name: str) -> None:
        """Say which model is loaded or on its way."""
        text = self.tr("Model: {name}").format(name=name)
        shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, _WIDEST_NAME)
        self.setText(self.tr("Model: {name}").format(name=shown).replace("&", "&&"))
        self.setAccessibleName(text)
        hint = self.tr("Choose the model that inspects the parts")
        self.setToolTip(hint if shown == name else f"{name}\n{hint}")

    def show_models(self, models: Sequence[tuple[str, str, int]], key: str) -> None:
        """List models as (name, key, megabytes) and check the one in use."""
        if (tuple(models), key) != (self._models, self._key):
            self._models, self._key = tuple(models), key
            self._fill()

    def _fill(self) -> None:
        self._menu.clear()
        for action in self._group.actions():
            self._group.removeAction(action)
            action.deleteLater()
        for name, key, megabytes in self._models:
            size = self.tr("{count} MB").format(count=f"{megabytes:,}")
            shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, _WIDEST_ENTRY)
            action = QAction(f"{shown.replace('&', '&&')}    {size}", self._group)
            action.setToolTip(name)
            action.setCheckable(True)
            action.setChecked(key == self._key)
            action.setData(key)
            action.triggered.connect(lambda _checked, chosen=key: self.chosen.emit(chosen))
            self._menu.addAction(action)
        if self._models:
            self._menu.addSeparator()
        self._menu.addAction(self._folder)
