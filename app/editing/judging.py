"""What a person changes about the judgement: every change goes through here, so that it can be undone."""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.editing.adjustments import Adjustments, ScoringChoice
from app.editing.undo import History
from app.parts.state import ModelFacts, Session
from app.parts.store import PartStore
from app.shell.actions import Action, Actions
from tokenclip_core.judgement.areas import Areas
from tokenclip_core.judgement.judgement import Channels

THRESHOLD_STEP = 0.01


class Judging(QObject):
    """Owns the adjustments in force.

    Signals:
        adjusted: (Adjustments) they are other ones now.
        begun: (ModelFacts) another model is loaded, and nothing is left of what belonged to the subspaces before.
        refused: (text) a change that makes no sense was not made; what is shown of it is to be shown as it was.
    """

    adjusted = Signal(object)
    begun = Signal(object)
    refused = Signal(str)

    def __init__(
        self,
        session: Session,
        store: PartStore,
        history: History,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._store, self._history = session, store, history
        self._subspaces: tuple[str, ...] = ()
        actions.declare(
            Action("raise-threshold", self.tr("Raise the &threshold"), lambda: self._step(1), keys=("Ctrl+Up",)),
            Action("lower-threshold", self.tr("&Lower the threshold"), lambda: self._step(-1), keys=("Ctrl+Down",)),
            Action("reset-judgement", self.tr("Reset the &judgement"), self.reset, keys=("Ctrl+0",)),
            Action("unmute", self.tr("&Unmute all subspaces"), self.unmute_all, keys=("U",)),
        )

    @property
    def now(self) -> Adjustments:
        """The adjustments in force."""
        return self._session.adjustments

    @property
    def assignment(self) -> str:
        """How patches are assigned: "" for the model's own, "softmax", or "all" for k = K."""
        scoring = self.now.scoring
        keeps_all = len(self._subspaces) > 1 and scoring.top_k == len(self._subspaces) and not scoring.assignment
        return "all" if keeps_all else scoring.assignment

    def apply(self, adjustments: Adjustments) -> None:
        """Take adjustments; nothing to undo."""
        self._store.adjust(adjustments)
        self.adjusted.emit(adjustments)

    def change(self, text: str, *, merge: str = "", **fields: Any) -> None:
        """Change some fields of the adjustments; see `History.change`."""
        after = dataclasses.replace(self.now, **fields)
        self._history.change(text, self.now, after, self.apply, merge=merge)

    def begin(self, adjustments: Adjustments) -> None:
        """Take the adjustments of another model; what was done before can't be undone any more."""
        self._history.forget()
        self.apply(adjustments)

    def reset(self) -> None:
        """Judge as at first: the model's own scoring and names, nothing muted; the areas stay."""
        first = Adjustments(areas=self.now.areas, part_width=self.now.part_width)
        self._history.change(self.tr("reset of the judgement"), self.now, first, self.apply)

    def set_threshold(self, threshold: float) -> None:
        """Judge by another threshold."""
        self.change(self.tr("threshold"), merge="threshold", threshold=threshold)

    def set_measured(self, threshold: float, channel_limits: Channels, smallest_region: int = 0) -> None:
        """Judge by what was measured.

        Args:
            threshold: in [0, 1].
            channel_limits: of evidence channels, or none of them.
            smallest_region: in pixels; 0 for the one in force.
        """
        smallest = smallest_region or self.now.smallest_region
        self.change(self.tr("threshold"), threshold=threshold, channel_limits=channel_limits, smallest_region=smallest)

    def set_minimum_area(self, pixels: int) -> None:
        """Leave out smaller regions."""
        self.change(self.tr("smallest region"), merge="area", smallest_region=pixels)

    def set_mix(self, soloed: frozenset[int], muted: frozenset[int]) -> None:
        """Take subspaces out of the mix or back; the last one stays."""
        count = len(self._subspaces)
        if count and len(dataclasses.replace(self.now, soloed=soloed, muted=muted).silenced(count)) == count:
            self.refused.emit(self.tr("One subspace at least stays in the mix"))
            return
        self.change(self.tr("solo and mute"), soloed=soloed, muted=muted)

    def unmute_all(self) -> None:
        """Take every subspace back into the mix."""
        self.set_mix(frozenset(), frozenset())

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

    def set_tolerated(self, subspace: int, limit: float | None) -> None:
        """Let a subspace's patches below an anomaly not count, or count again."""
        limits = {key: value for key, value in self.now.tolerated if key != subspace}
        if limit is not None:
            limits[subspace] = limit
        self.change(self.tr("tolerance"), merge=f"tolerated {subspace}", tolerated=tuple(sorted(limits.items())))

    def set_evidence(self, kind: str) -> None:
        """Let another kind of evidence decide; "" for the model's own."""
        self.change(self.tr("evidence"), evidence=kind)

    def set_part_width(self, millimetres: float) -> None:
        """Say what the width of a part's picture shows; 0 for not known."""
        self.change(self.tr("size of the part"), part_width=millimetres)

    def set_areas(self, areas: Areas, text: str) -> None:
        """Inspect other areas."""
        self.change(text, areas=areas)

    def set_assignment(self, assignment: str) -> None:
        """Assign patches otherwise; see `assignment`."""
        choice = dataclasses.replace(self.now.scoring, assignment="" if assignment == "all" else assignment)
        if assignment == "all":
            choice = dataclasses.replace(choice, top_k=len(self._subspaces))
        elif choice.top_k == len(self._subspaces):
            choice = dataclasses.replace(choice, top_k=None)
        self.change(self.tr("assignment"), scoring=choice)

    def _step(self, direction: int) -> None:
        self.set_threshold(min(1.0, max(0.0, round(self.now.threshold + direction * THRESHOLD_STEP, 4))))

    def take_model(self, facts: ModelFacts) -> None:
        """Subspaces are known by their place: what was said of another model's no longer holds."""
        names = tuple(name for name, _ in facts.subspaces)
        layers = self.now.scoring.layers
        if self._subspaces and names != self._subspaces:
            self._history.forget()
            self.apply(
                dataclasses.replace(
                    self.now,
                    soloed=frozenset(),
                    muted=frozenset(),
                    own_thresholds=(),
                    tolerated=(),
                    channel_limits=(),
                )
            )
        if any(layer not in facts.scoring.layers for layer in layers):
            self.apply(dataclasses.replace(self.now, scoring=ScoringChoice()))
        self._subspaces = names
        self.begun.emit(facts)
