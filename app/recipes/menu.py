"""The tool bar's choice of a recipe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.widgets.list_button import Entry, ListButton
from tokenclip_core.recipes.recipe import SUFFIX

_WIDEST_NAME = 140
"""Pixels of a recipe's name in the tool bar, so that what follows keeps its room."""


class RecipeMenu(ListButton):
    """Says which recipe is in force, and opens the list of the last ones; what it says is chosen is a path.

    Attributes:
        said: the recipe in force, and whether something is judged otherwise by now; "" for none.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(actions_first=True, parent=parent)
        self.setObjectName("recipe")
        self.said = ""
        self.show_recipe("", changed=False)

    def show_recipe(self, name: str, *, changed: bool) -> None:
        """Say which recipe is in force, and whether something is judged otherwise by now; "" for none."""
        hint = self.tr("All that decides a verdict, in one file: model, thresholds, areas and scoring")
        words = self.tr("{name} (changed)").format(name=name) if changed else name
        self.said = words
        shown = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, _WIDEST_NAME)
        text = self.tr("Recipe: {name}")
        self.setText(text.format(name=shown).replace("&", "&&") if name else self.tr("Recipe"))
        self.setAccessibleName(text.format(name=words) if name else self.tr("Recipe"))
        self.setToolTip(f"{words}\n{hint}" if name else hint)

    def show_recent(self, places: Sequence[str]) -> None:
        """List the recipes opened or saved last."""
        self.fill([Entry(Path(place).name.removesuffix(SUFFIX), Path(place), tip=place) for place in places])
