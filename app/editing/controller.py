"""What a person changes about the judgement: every change goes through here, so that it can be undone."""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.editing.adjustments import Adjustments, ScoringChoice
from app.editing.undo import HistoryController
from app.parts.state import ModelFacts, Session
from app.result.inspection import InspectionController
from app.shell.main_window import MainWindow
from tokenclip_core.judgement.areas import Areas


class EditingController(QObject):
    """Turns what the widgets want into adjustments, and adjustments into what the widgets show.

    Signals:
        adjusted: (Adjustments) they are other ones now.
    """

    adjusted = Signal(object)

    def __init__(
        self, session: Session, window: MainWindow, inspection: InspectionController, history: HistoryController
    ) -> None:
        super().__init__(window)
        self._session, self._window, self._inspection, self._history = session, window, inspection, history
        self._subspaces: tuple[str, ...] = ()
        window.inspection.threshold_changed.connect(self.set_threshold)
        window.inspection.minimum_area_changed.connect(self.set_minimum_area)
        window.subspaces.mix_changed.connect(self.set_mix)
        window.subspaces.renamed.connect(self.rename)
        window.subspaces.own_threshold_changed.connect(self.set_own_threshold)
        window.subspaces.scoring.choice_changed.connect(self.set_scoring)
        window.patch.assignment_chosen.connect(self._set_assignment)
        window.reset_requested.connect(self.reset)
        window.threshold_stepped.connect(self._step_threshold)
        inspection.model_loaded.connect(self._take_model)

    @property
    def now(self) -> Adjustments:
        """The adjustments in force."""
        return self._session.adjustments

    def apply(self, adjustments: Adjustments) -> None:
        """Take adjustments and show them; nothing to undo."""
        self._inspection.adjust(adjustments)
        window = self._window
        window.parts.model.set_judgement(self._session.judgement)
        window.footer.scale_bar.set_threshold(adjustments.threshold)
        window.inspection.show_minimum_area(adjustments.smallest_region)
        window.subspaces.show_adjustments(adjustments)
        scoring = adjustments.scoring
        keeps_all = len(self._subspaces) > 1 and scoring.top_k == len(self._subspaces) and not scoring.assignment
        window.patch.show_assignment("all" if keeps_all else scoring.assignment)
        self.adjusted.emit(adjustments)

    def change(self, text: str, *, merge: str = "", **fields: Any) -> None:
        """Change some fields of the adjustments; see `HistoryController.change`."""
        after = dataclasses.replace(self.now, **fields)
        self._history.change(text, self.now, after, self.apply, merge=merge)

    def begin(self, adjustments: Adjustments) -> None:
        """Take the adjustments of another model; what was done before can't be undone any more."""
        self._history.forget()
        self.apply(adjustments)

    def reset(self) -> None:
        """Judge as at first: the model's own scoring and names, nothing muted; the areas stay."""
        first = Adjustments(areas=self.now.areas)
        self._history.change(self.tr("reset of the judgement"), self.now, first, self.apply)

    def set_threshold(self, threshold: float) -> None:
        """Judge by another threshold."""
        self.change(self.tr("threshold"), merge="threshold", threshold=threshold)

    def _step_threshold(self, step: float) -> None:
        self.set_threshold(min(1.0, max(0.0, round(self.now.threshold + step, 4))))

    def set_minimum_area(self, pixels: int) -> None:
        """Leave out smaller regions."""
        self.change(self.tr("smallest region"), merge="area", smallest_region=pixels)

    def set_mix(self, soloed: frozenset[int], muted: frozenset[int]) -> None:
        """Take subspaces out of the mix or back; the last one stays."""
        count = len(self._subspaces)
        if count and len(dataclasses.replace(self.now, soloed=soloed, muted=muted).silenced(count)) == count:
            self._window.subspaces.show_adjustments(self.now)
            self._window.status.show_activity(self.tr("One subspace at least stays in the mix"))
            return
        self.change(self.tr("solo and mute"), soloed=soloed, muted=muted)

    def set_scoring(self, choice: ScoringChoice, name: str) -> None:
        """Score with other settings; `name` says which of them was moved."""
        self.change(self.tr("scoring"), merge=f"scoring {name}" if name else "", scoring=choice)

    def rename(self, subspace: int, name: str) -> None:
        """Call a subspace otherwise; an empty name gives it back the model's."""
        original = self._subspaces[subspace]
        names = {key: value for key, value in self.now.names if key != original}
        if name.strip() and name.strip() != original:
            names[original] = name.strip()
        self.change(self.tr("name"), names=tuple(sorted(names.items())))

    def set_own_threshold(self, subspace: int, threshold: float | None) -> None:
        """Give a subspace a threshold of its own, or take it away."""
        own = {key: value for key, value in self.now.own_thresholds if key != subspace}
        if threshold is not None:
            own[subspace] = threshold
        self.change(
            self.tr("own threshold"), merge=f"own threshold {subspace}", own_thresholds=tuple(sorted(own.items()))
        )

    def set_areas(self, areas: Areas, text: str) -> None:
        """Inspect other areas."""
        self.change(text, areas=areas)

    def _set_assignment(self, assignment: str) -> None:
        choice = dataclasses.replace(self.now.scoring, assignment="" if assignment == "all" else assignment)
        if assignment == "all":
            choice = dataclasses.replace(choice, top_k=len(self._subspaces))
        elif choice.top_k == len(self._subspaces):
            choice = dataclasses.replace(choice, top_k=None)
        self.change(self.tr("assignment"), scoring=choice)

    def _take_model(self, facts: ModelFacts) -> None:
        """Subspaces are known by their place: what was said of another model's no longer holds."""
        names = tuple(name for name, _ in facts.subspaces)
        layers = self.now.scoring.layers
        if self._subspaces and names != self._subspaces:
            self._history.forget()
            self.apply(dataclasses.replace(self.now, soloed=frozenset(), muted=frozenset(), own_thresholds=()))
        if any(layer not in facts.scoring.layers for layer in layers):
            self.apply(dataclasses.replace(self.now, scoring=ScoringChoice()))
        self._subspaces = names
        self._window.parts.model.set_judgement(self._session.judgement)
        self._window.subspaces.show_adjustments(self.now)
