"""Asks how large a part is, so that regions are told in millimetres."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog

from app.editing.judging import Judging
from app.shell.actions import Action, Actions, When
from app.shell.views import Views
from tokenclip_core.recipes.recipe import MOST_MILLIMETRES


class PartSizeController(QObject):
    """Declares the action.

    Attributes:
        ask: (the width of now in millimetres) another one, 0 for not known, or None.
    """

    def __init__(self, views: Views, judging: Judging, actions: Actions) -> None:
        super().__init__(views)
        self._views, self._judging = views, judging
        self.ask: Callable[[float], float | None] = self._ask
        actions.declare(Action("part-size", self.tr("Si&ze of the part…"), self._choose, when=When.PARTS))

    def _choose(self) -> None:
        width = self.ask(self._judging.now.part_width)
        if width is not None and width != self._judging.now.part_width:
            self._judging.set_part_width(width)

    def _ask(self, now: float) -> float | None:
        width, accepted = QInputDialog.getDouble(
            self._views.canvas.window(),
            self.tr("Size of the part"),
            self.tr("What the width of the picture shows, in millimetres (0: not known)"),
            now,
            0.0,
            MOST_MILLIMETRES,
            3,
        )
        return width if accepted else None
