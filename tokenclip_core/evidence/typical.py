"""What is typical of the parts at hand: what their patches give, and how hot good ones of them get.

The constants of a model come from made-up parts. Real parts of a kind may all be hotter than those: rough surfaces,
many exposures. So channels are put on the scale that the parts themselves give, see `scales`, and limits rise until
nearly all good parts of the kind are below them. They never fall below the model's own, so what is typical can only
make fewer parts defective.

Which of the parts are good is not known, and a third of them may be defective. So only the coolest ones are looked at,
and how far the hottest good parts of one kind are from those is a constant of the model, see `Mix.scatter`: measured on
real tiles, their own scatter said less, since defective parts widen it.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tokenclip_core.evidence.channels import CHANNELS, Channel, Raw, mix_name
from tokenclip_core.evidence.scales import ChannelScale, scales_from, scales_mapping

if TYPE_CHECKING:
    from tokenclip_core.evidence.fusion import EvidenceScale

COOLEST = 0.05
"""Quantile of the parts' hottest regions that tells how hot good parts are; defective parts hardly move it."""

GOOD_MARGIN = 0.5
"""Log odds by which limits lie above the hottest part at the most, where the parts are known to be good."""

REAL_SCATTER = 1.65
"""How many times as far good parts of one kind differ on real folders as on procedural ones."""


@dataclass(frozen=True)
class Typical:
    """What is typical of the parts that a part is compared with.

    Attributes:
        scales: what their patches give in each channel, in place of the model's own.
        rises: by how much they raise the limits of mixes, in log odds of 0 or more, by `mix_name`.
    """

    scales: Mapping[Channel, ChannelScale] = field(default_factory=dict)
    rises: Mapping[str, float] = field(default_factory=dict)

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON, as `from_mapping` reads them."""
        return {"scales": scales_mapping(self.scales), "rises": dict(self.rises)}

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_mapping` gave.

        Raises:
            SettingsError, ValueError, TypeError, AttributeError: it is something else.
        """
        found = {str(name): float(value) for name, value in values.get("rises", {}).items()}
        if not all(math.isfinite(value) and value >= 0 for value in found.values()):
            raise ValueError("a limit is raised by what is no number of 0 or more")
        return cls(scales_from(values.get("scales", {})), found)


NOTHING_TYPICAL = Typical()
"""What is typical for a part that is compared with no other: the model's own scales and limits hold."""


@dataclass(frozen=True, eq=False)
class TypicalPart:
    """What the channels say of one part of a kind, compared with the others and not with itself.

    Attributes:
        raw: (N,) of each channel.
        grid: (gh, gw), gh * gw == N.
    """

    raw: Raw
    grid: tuple[int, int]

    def of(self, channels: Container[Channel]) -> TypicalPart:
        """The part with these channels alone."""
        return TypicalPart({name: values for name, values in self.raw.items() if name in channels}, self.grid)


def rise(excesses: Sequence[float], scatter: float, *, are_good: bool = False) -> float:
    """By how much limits rise, in log odds, 0 or more.

    Args:
        excesses: how far each part's hottest region is above the model's own limit, in log odds. Where there are none,
            as with one good part, which has no other to be compared with, the model's own limit stays.
        scatter: of good parts of one kind, in log odds; see `Mix.scatter`.
        are_good: whether the parts are known to be good, so that the hottest of them bounds the rise.
    """
    if not len(excesses):
        return 0.0
    needed = float(np.quantile(excesses, COOLEST)) + REAL_SCATTER * scatter
    if are_good:
        needed = min(needed, float(max(excesses)) + GOOD_MARGIN)
    return max(0.0, needed)


def rises(
    scale: EvidenceScale, parts: Sequence[TypicalPart], channel: Channel, pool: Typical = NOTHING_TYPICAL
) -> Mapping[str, float]:
    """The rises of the mixes that one channel has a part in, by `mix_name`: it alone, and all that speak together.

    Args:
        scale: the model's constants.
        parts: of one kind; those that the channel is silent about are left out.
        channel: which these parts make possible: ``consensus`` for a pool, ``reference`` for good parts.
        pool: whose scales the parts are judged by.
    """
    known = [part for part in parts if channel in part.raw]
    together = tuple(one for one in CHANNELS if all(one in part.raw for part in known)) if known else (channel,)
    found = {}
    for channels in {(channel,), together}:
        name = mix_name(channels)
        if name in scale.mixes:
            excesses = [scale.excess({one: part.raw[one] for one in channels}, part.grid, pool) for part in known]
            found[name] = rise(excesses, scale.mixes[name].scatter, are_good=channel == "reference")
    return found
