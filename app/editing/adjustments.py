"""What a person can change about the judgement of parts, in one comparable value: that makes it undoable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.editing.names import called_here
from tokenclip_core.judgement.areas import MOST_POINTS, Area, AreaKind, Areas
from tokenclip_core.judgement.judgement import DEFAULT_THRESHOLD, Channels, Judgement

__all__ = [
    "DEFAULT_THRESHOLD",
    "EVERYWHERE",
    "MOST_POINTS",
    "NOTHING_ELSE",
    "OWN_SCORING",
    "Adjustments",
    "Area",
    "AreaKind",
    "Areas",
    "Compared",
    "Judgement",
    "Mix",
    "ScoringChoice",
]

EVERYWHERE = Areas()


@dataclass(frozen=True)
class ScoringChoice:
    """How tokens become a map; None, "" and () leave the model's own.

    Attributes:
        assignment: ``transport`` or ``softmax``.
        top_k: subspaces kept per patch.
        epsilon: entropic regularisation of the transport, in units of the cost.
        sigma: Gaussian smoothing of the map in pixels at an input of 518 x 518.
        layers: 1-based blocks of the backbone whose patches count.
        tile: parts with a longer side than so many pixels are inspected in tiles of that side; 0 for never.
        rarity_scale: how rare a patch must be in its part to count in full in the map; 0 leaves that out.
    """

    assignment: str = ""
    top_k: int | None = None
    epsilon: float | None = None
    sigma: float | None = None
    layers: tuple[int, ...] = ()
    tile: int = 0
    rarity_scale: float | None = None


OWN_SCORING = ScoringChoice()


@dataclass(frozen=True)
class Compared:
    """What parts are compared with, as results depend on it.

    Attributes:
        number: never used twice, so that no result of an earlier pool or shelf is taken for one of this; 0 for nothing
            but what the model itself came with.
        pool: fingerprint of the parts of the folder, or "".
        shelf: fingerprint of the good parts, or "".
    """

    number: int = 0
    pool: str = ""
    shelf: str = ""


NOTHING_ELSE = Compared()


@dataclass(frozen=True)
class Mix:
    """What results depend on beside the file; hashable, so that they are cached by it.

    Attributes:
        muted: indices of subspaces out of the mix.
        scoring: how tokens become a map.
        areas: what of the part is inspected.
        evidence: which kind of evidence decides; "" for the model's own.
        compared: what parts are compared with.
        tolerated: (index of a subspace, below which anomaly its patches don't count).
    """

    muted: frozenset[int] = frozenset()
    scoring: ScoringChoice = OWN_SCORING
    areas: Areas = EVERYWHERE
    evidence: str = ""
    compared: Compared = NOTHING_ELSE
    tolerated: tuple[tuple[int, float], ...] = ()

    @property
    def tile(self) -> int:
        """Side of the tiles of large parts, in pixels; 0 for none. Another one needs another encoding."""
        return self.scoring.tile

    def changes(self) -> dict[str, Any]:
        """For `ScoringSettings.replace`."""
        choice = self.scoring
        values = {
            "assignment": choice.assignment or None,
            "top_k": choice.top_k,
            "epsilon": choice.epsilon,
            "sigma": choice.sigma,
            "layers": choice.layers or None,
            "rarity_scale": choice.rarity_scale,
        }
        chosen = {name: value for name, value in values.items() if value is not None}
        return {"muted": self.muted, "tolerated": self.tolerated} | chosen


@dataclass(frozen=True)
class Adjustments:
    """Everything of that kind at one moment.

    Attributes:
        threshold: in [0, 1], for verdicts and regions.
        smallest_region: regions of fewer pixels are left out.
        soloed: indices of subspaces that are heard alone; not empty, it overrides `muted`.
        muted: indices of subspaces out of the mix.
        scoring: how tokens become a map.
        own_thresholds: (index of a subspace, its own threshold in [0, 1]).
        tolerated: (index of a subspace, below which anomaly in [0, 1] its patches don't count).
        names: (subspace's name in the model, the name it was given).
        areas: what of the part is inspected.
        evidence: which kind of evidence decides; "" for the model's own.
        part_width: what the width of a part's picture shows, in millimetres; 0 where that is not known. It decides
            nothing.
        channel_limits: (name of an evidence channel, its limit in [0, 1]).
    """

    threshold: float = DEFAULT_THRESHOLD
    smallest_region: int = 1
    soloed: frozenset[int] = frozenset()
    muted: frozenset[int] = frozenset()
    scoring: ScoringChoice = OWN_SCORING
    own_thresholds: tuple[tuple[int, float], ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    areas: Areas = EVERYWHERE
    evidence: str = ""
    part_width: float = 0.0
    tolerated: tuple[tuple[int, float], ...] = ()
    channel_limits: Channels = ()

    def judgement(self, count: int) -> Judgement:
        """How parts of a model with `count` subspaces are judged."""
        return Judgement(
            threshold=self.threshold,
            own_thresholds=self.own_thresholds,
            smallest_region=self.smallest_region,
            areas=self.areas,
            muted=self.silenced(count),
            channel_limits=self.channel_limits,
        )

    def silenced(self, count: int) -> frozenset[int]:
        """Which of `count` subspaces are out of the mix, solo and mute together."""
        if self.soloed:
            return frozenset(range(count)) - self.soloed
        return self.muted

    def mix(self, count: int, compared: Compared = NOTHING_ELSE) -> Mix:
        """What results depend on, with `count` subspaces, compared with these parts."""
        return Mix(self.silenced(count), self.scoring, self.areas, self.evidence, compared, self.tolerated)

    def called(self, name: str) -> str:
        """What people read of a subspace, by its name in the model: what it was given, else the window's language."""
        return dict(self.names).get(name) or called_here(name)

    def written(self, name: str) -> str:
        """What files for programs say of a subspace, in any language the same."""
        return dict(self.names).get(name, name)
