"""Which rows an ablation table has: what each one trains, how it inspects, and what makes it differ from the default.

A row differs from the default configuration in one choice. Choices that only inspection makes (`INSPECTION_GROUPS`)
reuse the default's checkpoints, so that no row trains what another one has trained already.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.training.training_settings import TrainingSettings

SUBSPACES = (4, 6, 8, 12)
EPSILONS = (0.0025, 0.005, 0.01, 0.02, 0.05, 0.1)
RELAXATIONS = (0.005, 0.02, 0.1)
DESCRIPTOR_SHARES = (0.0, 0.25, 0.5, 0.75)
RARITY_SCALES = (0.05, 0.1, 0.2)
TOP_KS = (1, 2, 3)

GROUPS = (
    "baselines",
    "subspaces",
    "assignment",
    "top-k",
    "orthogonality",
    "epsilon",
    "taps",
    "initialisation",
    "descriptors' share",
    "marginals",
    "rarity",
    "image score",
)
"""Every group of rows, in the order of the table."""

INSPECTION_GROUPS = ("top-k", "epsilon", "marginals", "rarity", "image score")
"""Groups whose choice also works at inspection alone; they train only where that is asked for."""

DEFAULT, SINGLE, UNTRAINED = "default", "single (K = 1)", "descriptors, not trained"

_TRAINED_SCORING = (
    "assignment",
    "epsilon",
    "top_k",
    "anchor",
    "column_marginal",
    "column_relaxation",
    "temperature",
)


@dataclass(frozen=True)
class AblationRow:
    """One row of the table.

    Attributes:
        group: one of `GROUPS`.
        name: what differs, unique in its group.
        training: how its prompts are trained, with the seed still to be set; None for descriptors.
        scoring: how it inspects.
        layers: 1-based taps, in training and inspection.
        trained: in words, how its prompts are trained.
        skipped: why it is not measured; empty if it is.
    """

    group: str
    name: str
    training: TrainingSettings | None
    scoring: ScoringSettings
    layers: tuple[int, ...]
    trained: str
    skipped: str = ""

    @property
    def training_key(self) -> str:
        """Short hash of all that decides the trained weights but the seed: rows that agree share checkpoints."""
        if self.training is None:
            return "descriptors"
        identity = {**self.training.identity(), "epochs": self.training.epochs, "patience": self.training.patience}
        del identity["seed"]
        # Training uses only those settings of scoring that say how tokens are assigned and compared.
        identity["scoring"] = {name: identity["scoring"][name] for name in _TRAINED_SCORING}
        return _short_hash({**identity, "layers": self.layers})

    @property
    def key(self) -> str:
        """Short hash of all that decides its figures but the seed: rows that agree are measured once."""
        return _short_hash([self.training_key, self.scoring.to_mapping(), self.layers])

    def seeds(self, seeds: Sequence[int]) -> tuple[int, ...]:
        """The seeds it is measured with: without training nothing is random, so the first one is enough."""
        return tuple(seeds) if self.training is not None else tuple(seeds[:1])


def ablation_rows(
    base: TrainingSettings, taps: Sequence[int], *, groups: Sequence[str] = GROUPS, retrain: Sequence[str] = ()
) -> list[AblationRow]:
    """All rows of the table.

    Args:
        base: the default configuration; its scoring is that of training and inspection.
        taps: the backbone's own taps, 1-based.
        groups: only these.
        retrain: groups of `INSPECTION_GROUPS` whose rows are trained with their choice as well.

    Returns:
        The rows in the order of `GROUPS`.
    """
    plan = _Plan(base, tuple(taps), frozenset(retrain))
    return [row for row in plan.rows() if row.group in groups]


@dataclass(frozen=True)
class _Plan:
    base: TrainingSettings
    taps: tuple[int, ...]
    retrain: frozenset[str]

    def rows(self) -> Iterator[AblationRow]:
        base, scoring = self.base, self.base.scoring
        yield AblationRow("baselines", UNTRAINED, None, scoring, self.taps, "not trained")
        yield self._trained("baselines", SINGLE, subspaces=1)
        yield self._trained("baselines", DEFAULT)
        for number in sorted({*SUBSPACES, base.subspaces}):
            yield self._trained("subspaces", f"K = {number}", subspaces=number)
        for name in ("transport", "softmax", "uniform"):
            yield self._trained("assignment", name, scoring=scoring.replace(assignment=name))
        for number in sorted({number for number in TOP_KS if number < base.subspaces} | {base.subspaces}):
            name = f"all {number}" if number == base.subspaces else f"top {number}"
            yield self._inspected("top-k", name, scoring.replace(top_k=number))
        yield self._trained("orthogonality", "off", orthogonality_weight=0.0)
        weight = base.orthogonality_weight or 1.0
        for form in ("states", "directions"):
            yield self._trained("orthogonality", f"of {form}", orthogonality=form, orthogonality_weight=weight)
        for epsilon in sorted({*EPSILONS, scoring.epsilon}):
            yield self._inspected("epsilon", f"epsilon {epsilon:g}", scoring.replace(epsilon=epsilon))
        yield from self._tapped()
        for start in ("random", "descriptors"):
            yield self._trained("initialisation", start, initialisation=start)
        for share in sorted({*DESCRIPTOR_SHARES, base.descriptor_share}):
            yield self._trained("descriptors' share", f"share {share:g}", descriptor_share=share)
        yield self._inspected("marginals", "balanced", scoring.replace(column_marginal="balanced"))
        for relaxation in sorted({*RELAXATIONS, scoring.column_relaxation}):
            changed = scoring.replace(column_marginal="unbalanced", column_relaxation=relaxation)
            yield self._inspected("marginals", f"unbalanced, {relaxation:g}", changed)
        yield self._inspected("marginals", "none (softmax)", scoring.replace(assignment="softmax"))
        yield self._inspected("marginals", "mean pair for all (uniform)", scoring.replace(assignment="uniform"))
        for scale in sorted({0.0, *RARITY_SCALES, scoring.rarity_scale}):
            name = f"scale {scale:g}" if scale else "left out"
            yield self._inspected("rarity", name, scoring.replace(rarity_scale=scale))
        for name, weights in image_scores(scoring).items():
            yield self._inspected("image score", name, scoring.replace(**weights))

    def _trained(self, group: str, name: str, **changes: Any) -> AblationRow:
        training = replace(self.base, **changes)
        if training.subspaces == 1:
            # One subspace has nothing to be orthogonal to, and every assignment gives it everything.
            training = replace(training, orthogonality_weight=0.0, scoring=training.scoring.replace(top_k=1))
        trained = "as the default" if training == self.base else "with its own choice"
        return AblationRow(group, name, training, training.scoring, self.taps, trained)

    def _inspected(self, group: str, name: str, scoring: ScoringSettings) -> AblationRow:
        if group in self.retrain and scoring != self.base.scoring:
            training = replace(self.base, scoring=scoring)
            return AblationRow(group, name, training, scoring, self.taps, "with its own choice")
        return AblationRow(group, name, self.base, scoring, self.taps, "as the default")

    def _tapped(self) -> Iterator[AblationRow]:
        if len(self.taps) == 1:
            reason = f"the model has one tap, after block {self.taps[0]}; there is nothing to compare"
            for name in ("last", "four"):
                yield AblationRow("taps", name, self.base, self.base.scoring, self.taps, "not trained", reason)
            return
        yield AblationRow("taps", "last", self.base, self.base.scoring, self.taps[-1:], "with its own choice")
        yield AblationRow("taps", f"all {len(self.taps)}", self.base, self.base.scoring, self.taps, "as the default")


def image_scores(scoring: ScoringSettings) -> dict[str, dict[str, float]]:
    """Weights of the image score that are compared, by name; the default's own come first."""
    names = ("peak_weight", "mean_pair_weight", "agreement_weight", "global_weight")
    default = {name: float(getattr(scoring, name)) for name in names}

    def only(**chosen: float) -> dict[str, float]:
        return {name: chosen.get(name.removesuffix("_weight"), 0.0) for name in names}

    compared = {
        "global token": only(**{"global": 1.0}),
        "peak": only(peak=1.0),
        "mean pair's peak": only(mean_pair=1.0),
        "agreement's peak": only(agreement=1.0),
        "global + peak": only(peak=0.5, **{"global": 0.5}),
        "global + mean pair's peak": only(mean_pair=0.5, **{"global": 0.5}),
        "global + agreement's peak": only(agreement=0.5, **{"global": 0.5}),
    }
    return {"default": default, **compared}


def _short_hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
