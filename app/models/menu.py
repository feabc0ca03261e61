"""The tool bar's choice of a model."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.widgets.list_button import Entry, ListButton

_WIDEST_NAME = 200
"""Pixels of a model's name in the tool bar, so that what follows keeps its room."""


class ModelMenu(ListButton):
    """Says which model is loaded; opens the list of the others, of which one is chosen by its key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setObjectName("model")
        self.setToolTip(self.tr("Choose the model that inspects the parts"))
        self._listed: tuple[tuple[tuple[str, object, int], ...], object] = ((), "")

    def show_model(self, name: str) -> None:
        """Say which model is loaded or on its way."""
        text = self.tr("Model: {name}").format(name=name)
        shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, _WIDEST_NAME)
        self.setText(self.tr("Model: {name}").format(name=shown).replace("&", "&&"))
        self.setAccessibleName(text)
        hint = self.tr("Choose the model that inspects the parts")
        self.setToolTip(hint if shown == name else f"{name}\n{hint}")

    def show_models(self, models: Sequence[tuple[str, object, int]], chosen: object) -> None:
        """List models as (name, what is chosen, megabytes or 0) and check the one in use."""
        if (tuple(models), chosen) != self._listed:
            self._listed = tuple(models), chosen
            self.fill(
                [
                    Entry(
                        name,
                        own,
                        "    " + self.tr("{count} MB").format(count=f"{size:,}") if size else "",
                        checked=own == chosen,
                    )
                    for name, own, size in models
                ]
            )
