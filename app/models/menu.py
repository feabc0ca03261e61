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
        self._listed: tuple[tuple[tuple[str, str, int], ...], str] = ((), "")

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
        if (tuple(models), key) != self._listed:
            self._listed = tuple(models), key
            self.fill(
                [
                    Entry(name, own, "    " + self.tr("{count} MB").format(count=f"{size:,}"), checked=own == key)
                    for name, own, size in models
                ]
            )
