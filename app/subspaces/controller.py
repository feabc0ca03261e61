"""Between the judgement and the mixer: what a person changes there, and what it shows."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject

from app.editing.adjustments import Adjustments
from app.editing.judging import Judging
from app.models.state import ModelState
from app.parts.state import Colour, ModelFacts
from app.settings.store import SettingsStore
from app.shell.actions import Action, Actions
from app.shell.views import Views
from app.subspaces.scoring_controls import TILE_SIDES, assignment_words


class SubspacesController(QObject):
    """Fills the mixer's rows, and takes over what is changed in them."""

    def __init__(
        self, views: Views, judging: Judging, actions: Actions, models: ModelState, settings: SettingsStore
    ) -> None:
        super().__init__(views)
        self._views, self._judging, self._actions = views, judging, actions
        self._models, self._settings = models, settings
        actions.declare(
            *(
                Action(f"assign-{way or 'transport'}", words, partial(judging.set_assignment, way), checkable=True)
                for way, words in assignment_words()
            ),
            *(
                Action(
                    f"tiles-{side}",
                    self.tr("Parts above {side} px").format(side=side) if side else self.tr("Off"),
                    partial(self._cut, side),
                    checkable=True,
                )
                for side in (0, *TILE_SIDES)
            ),
        )
        panel = views.subspaces
        panel.mix_changed.connect(judging.set_mix)
        panel.renamed.connect(judging.rename)
        panel.own_threshold_changed.connect(judging.set_own_threshold)
        panel.scoring.choice_changed.connect(judging.set_scoring)
        panel.paint = self._paint
        panel.tolerate = judging.set_tolerated
        panel.scoring.assign = judging.set_assignment
        judging.refused.connect(self._on_refused)

    def show_adjustments(self, adjustments: Adjustments) -> None:
        """Show in the rows and in the menus what is adjusted."""
        self._views.subspaces.show_adjustments(adjustments)
        assignment = self._judging.assignment
        self._views.subspaces.scoring.show_assignment(assignment)
        for way, _ in assignment_words():
            self._actions.check(f"assign-{way or 'transport'}", way == assignment)
        for side in (0, *TILE_SIDES):
            self._actions.check(f"tiles-{side}", side == adjustments.scoring.tile)

    def take_model(self, facts: ModelFacts) -> None:
        """Show the rows of another model's subspaces."""
        self._views.subspaces.set_model(facts)
        self.show_adjustments(self._judging.now)

    def _paint(self, index: int, colour: Colour) -> None:
        """Draw a subspace in a colour, at the next start too."""
        facts = self._models.facts
        if facts is not None:
            name, values = facts.subspaces[index][0], self._settings.values
            values.subspace_colours = {**values.subspace_colours, name: "#{:02x}{:02x}{:02x}".format(*colour)}
            self._models.recolour({name: colour})

    def _cut(self, side: int) -> None:
        self._judging.set_scoring(replace(self._judging.now.scoring, tile=side), "tiles")

    def _on_refused(self, text: str) -> None:
        self._views.subspaces.show_adjustments(self._judging.now)
        self._views.status.show_activity(text)
