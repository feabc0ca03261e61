"""The tool bar's choice of a recipe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from tokenclip_core.recipes.recipe import SUFFIX

_WIDEST_NAME = 140
"""Pixels of a recipe's name in the tool bar, so that what follows keeps its room."""

_WIDEST_ENTRY = 420


class RecipeMenu(QToolButton):
    """Says which recipe is in force, and opens the list of the last ones.

    Attributes:
        open_action, save_action, leave_action: for other menus too.

    Signals:
        open_requested, save_requested, leave_requested: no arguments.
        chosen: (Path) of a recipe in the list.
    """

    open_requested = Signal()
    save_requested = Signal()
    leave_requested = Signal()
    chosen = Signal(Path)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recipe")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self.setMenu(self._menu)
        self.open_action = QAction(self.tr("Open a &recipe…"), self)
        self.open_action.triggered.connect(lambda: self.open_requested.emit())
        self.save_action = QAction(self.tr("Save a recip&e…"), self)
        self.save_action.triggered.connect(lambda: self.save_requested.emit())
        self.leave_action = QAction(self.tr("&Leave the recipe"), self)
        self.leave_action.triggered.connect(lambda: self.leave_requested.emit())
        self._recent: list[QAction] = []
        self.show_recent(())
        self.show_recipe("", changed=False)

    @property
    def recent_actions(self) -> list[QAction]:
        """The recipes opened or saved last."""
        return self._recent

    def show_recipe(self, name: str, *, changed: bool) -> None:
        """Say which recipe is in force, and whether something is judged otherwise by now; "" for none."""
        hint = self.tr("All that decides a verdict, in one file: model, thresholds, areas and scoring")
        words = self.tr("{name} (changed)").format(name=name) if changed else name
        shown = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, _WIDEST_NAME)
        text = self.tr("Recipe: {name}")
        self.setText(text.format(name=shown).replace("&", "&&") if name else self.tr("Recipe"))
        self.setAccessibleName(text.format(name=words) if name else self.tr("Recipe"))
        self.setToolTip(f"{words}\n{hint}" if name else hint)
        self.leave_action.setEnabled(bool(name))

    def show_recent(self, places: Sequence[str]) -> None:
        """List the recipes opened or saved last."""
        self._menu.clear()
        for action in self._recent:
            action.deleteLater()
        self._recent = []
        self._menu.addActions([self.open_action, self.save_action, self.leave_action])
        if places:
            self._menu.addSeparator()
        for place in places:
            name = Path(place).name.removesuffix(SUFFIX)
            shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, _WIDEST_ENTRY)
            action = QAction(shown.replace("&", "&&"), self)
            action.setToolTip(place)
            action.triggered.connect(lambda _checked, chosen=place: self.chosen.emit(Path(chosen)))
            self._recent.append(action)
            self._menu.addAction(action)
