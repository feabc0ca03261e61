"""Every choice between visual tokens and a score, in one checked, serialisable place."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from tokenclip_core.errors import SettingsError
from tokenclip_core.scoring.assignment import ColumnMarginal

Assignment = Literal["transport", "softmax", "uniform"]
Anchor = Literal["mean", "max"]

# AnomalyCLIP (arXiv 2310.18961): temperature of the softmax over the two states, smoothing in pixels at 518 px.
TEMPERATURE = 0.07
SIGMA = 4.0


@dataclass(frozen=True)
class ScoringSettings:
    """How tokens become a map and a score. Changing any of it needs no new encoding.

    Attributes:
        epsilon: entropic regularisation of the transport, in units of the cost (1 - cosine).
        top_k: subspaces kept per token; K or more keeps all.
        assignment: ``transport``, or what it is compared with: ``softmax`` (each token alone) or ``uniform`` (the
            token-agnostic mean pair for every token; no mask).
        anchor: what a token's cost to a subspace is measured to: the ``mean`` of its two states, or the nearer
            (``max``).
        column_marginal: ``balanced`` as in TokenCLIP, or ``unbalanced``: subspaces that don't suit a part may stay
            emptier.
        column_relaxation: the price of leaving balance, in units of the cost; 0 is a softmax.
        temperature: of the softmax over the two states.
        sigma: Gaussian smoothing of the map in pixels at an input of 518 x 518.
        peak_fraction: share of the map's highest pixels whose mean is its peak.
        peak_weight: weight in the image score of the peak of the map itself.
        mean_pair_weight: of the peak of the token-agnostic map (every token against the mean pair).
        agreement_weight: of the peak of the map that averages each subspace's own probability.
        global_weight: of the global token against the mean pair.
        muted: indices of subspaces taken out of the mix; each token's weights are renormalised over the others.
        layers: those of the tapped blocks (1-based) whose tokens count; empty for all of them.
        tolerated: (index of a subspace, limit in [0, 1]): a patch whose anomaly comes from it most, and is below the
            limit, leaves map and score as an ignored one does; patches beside it that other subspaces found count.
        rarity_scale: how rare a patch must be in its own part to count in full in the map (see `rarity`), in units of
            1 - cosine; 0 counts every patch in full, as TokenCLIP does. The image score is made without it.
    """

    epsilon: float = 0.02
    top_k: int = 2
    assignment: Assignment = "transport"
    anchor: Anchor = "mean"
    column_marginal: ColumnMarginal = "balanced"
    column_relaxation: float = 0.1
    temperature: float = TEMPERATURE
    sigma: float = SIGMA
    peak_fraction: float = 0.001
    peak_weight: float = 0.5
    mean_pair_weight: float = 0.0
    agreement_weight: float = 0.0
    global_weight: float = 0.5
    muted: frozenset[int] = frozenset()
    layers: tuple[int, ...] = ()
    rarity_scale: float = 0.0
    tolerated: tuple[tuple[int, float], ...] = ()

    def __post_init__(self) -> None:
        fits = all(index >= 0 and 0 <= limit <= 1 for index, limit in self.tolerated)
        self._check("tolerated", fits, "pairs of a subspace's number and a limit between 0 and 1")
        for name in ("epsilon", "temperature"):
            self._check(name, getattr(self, name) > 0, "a number greater than 0")
        for name in ("sigma", "column_relaxation", "rarity_scale", *_WEIGHTS):
            self._check(name, getattr(self, name) >= 0, "0 or more")
        self._check("top_k", self.top_k >= 1, "1 or more")
        self._check("peak_fraction", 0 < self.peak_fraction <= 1, "greater than 0 and at most 1")
        for name, choices in _CHOICES.items():
            self._check(name, getattr(self, name) in choices, " or ".join(repr(choice) for choice in choices))
        if not self.weights:
            raise SettingsError(f"all of {', '.join(_WEIGHTS)} are 0; one must be greater.")

    @property
    def weights(self) -> dict[str, float]:
        """The components of the image score that count, by name without ``_weight``; they sum to 1."""
        given = {name.removesuffix("_weight"): float(getattr(self, name)) for name in _WEIGHTS}
        total = sum(given.values())
        return {name: weight / total for name, weight in given.items() if weight > 0}

    def replace(self, **changes: Any) -> Self:
        """A copy with some values changed, checked again.

        Raises:
            SettingsError: an unknown name or a value out of range.
        """
        unknown = sorted(set(changes) - {field.name for field in dataclasses.fields(self)})
        if unknown:
            raise SettingsError(f"unknown scoring settings: {', '.join(unknown)}.")
        return dataclasses.replace(self, **changes)

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON, as `from_mapping` reads them."""
        values = dataclasses.asdict(self)
        values["muted"] = sorted(self.muted)
        values["layers"] = list(self.layers)
        values["tolerated"] = [list(pair) for pair in self.tolerated]
        # Left out where it is the default, so that older runs and calibrations, which lack it, compare equal.
        for name, given in (
            ("layers", self.layers),
            ("rarity_scale", self.rarity_scale),
            ("tolerated", self.tolerated),
        ):
            if not given:
                del values[name]
        return values

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Read settings from JSON or TOML; what is not named keeps its default.

        Raises:
            SettingsError: an unknown name, a wrong type, or a value out of range.
        """
        defaults = cls()
        converted: dict[str, Any] = {}
        for name, value in values.items():
            if name == "tolerated":
                converted[name] = _limits(value)
                continue
            if name in _LISTS:
                if not isinstance(value, list | tuple) or not all(type(index) is int for index in value):
                    raise SettingsError(f"{name} is {value!r}; it must be a list of {_LISTS[name]}.")
                converted[name] = frozenset(value) if name == "muted" else tuple(value)
                continue
            default = getattr(defaults, name, None) if name in _FIELDS else None
            if default is None:
                raise SettingsError(f"unknown scoring setting {name!r}; known are {', '.join(_FIELDS)}.")
            expected = (int, float) if isinstance(default, float) else (type(default),)
            if not isinstance(value, expected) or isinstance(value, bool):
                raise SettingsError(f"scoring setting {name} is {value!r}; expected {expected[-1].__name__}.")
            converted[name] = float(value) if isinstance(default, float) else value
        return cls(**converted)

    def _check(self, name: str, holds: bool, expected: str) -> None:
        value = getattr(self, name)
        if not holds or (isinstance(value, float) and not math.isfinite(value)):
            raise SettingsError(f"scoring setting {name} is {value!r}; it must be {expected}.")


def _limits(value: object) -> tuple[tuple[int, float], ...]:
    """(index of a subspace, limit) each, from JSON."""
    found: dict[int, float] = {}
    for pair in value if isinstance(value, list | tuple) else [None]:
        index, limit = pair if isinstance(pair, list | tuple) and len(pair) == 2 else (None, None)
        if type(index) is not int or isinstance(limit, bool) or not isinstance(limit, int | float):
            raise SettingsError(f"tolerated is {value!r}; it must be a list of pairs: a subspace, and a limit.")
        found[index] = float(limit)
    return tuple(sorted(found.items()))


_WEIGHTS = ("peak_weight", "mean_pair_weight", "agreement_weight", "global_weight")
_CHOICES: dict[str, tuple[str, ...]] = {
    "assignment": get_args(Assignment),
    "anchor": get_args(Anchor),
    "column_marginal": get_args(ColumnMarginal),
}
_LISTS = {"muted": "subspace numbers", "layers": "block numbers"}
_FIELDS = tuple(field.name for field in dataclasses.fields(ScoringSettings))
