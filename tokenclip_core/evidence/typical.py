"""How hot parts of one kind typically are, and by how much limits rise so that good ones of them stay dark.

The constants of a model come from made-up parts. Real parts of a kind may all be hotter than those: rough surfaces,
many exposures. So limits rise until nearly all good parts of the kind are below them. They never fall below the model's
own: what is typical only makes an inspection calmer.

Which of the parts are good is not known, and a third of them may be defective. So only the coolest ones are looked at,
and how far the hottest good parts of one kind are from those is a constant of the model, see `Mix.scatter`: measured on
real tiles, their own scatter said less, since defective parts widen it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tokenclip_core.evidence.channels import CHANNELS, Channel, Raw, mix_name

if TYPE_CHECKING:
    from tokenclip_core.evidence.fusion import EvidenceScale

COOLEST = 0.05
"""The quantile of the parts that says how hot good ones are; defective parts hardly move it."""

REAL_SCATTER = 1.3
"""Real good parts of one kind differ by so many times what made-up ones do."""


@dataclass(frozen=True, eq=False)
class TypicalPart:
    """What the channels say of one part of a kind, compared with the others and not with itself.

    Attributes:
        raw: (N,) of each channel.
        grid: (gh, gw), gh * gw == N.
    """

    raw: Raw
    grid: tuple[int, int]


def rise(excesses: Sequence[float], scatter: float) -> float:
    """By how much limits rise, in log odds, 0 or more.

    Args:
        excesses: how far each part's hottest region is above the model's own limit, in log odds. Where there are none,
            the coolest good parts are taken to be just at it.
        scatter: of good parts of one kind, in log odds; see `Mix.scatter`.
    """
    coolest = float(np.quantile(excesses, COOLEST)) if len(excesses) else 0.0
    return max(0.0, coolest + REAL_SCATTER * scatter)


def rises(scale: EvidenceScale, parts: Sequence[TypicalPart], channel: Channel) -> Mapping[str, float]:
    """The rises of the mixes that one channel has a part in, by `mix_name`: it alone, and all that speak together.

    Args:
        scale: the model's constants.
        parts: typical ones; those that the channel is silent about are left out.
        channel: that came with these parts.
    """
    known = [part for part in parts if channel in part.raw]
    together = tuple(one for one in CHANNELS if all(one in part.raw for part in known)) if known else (channel,)
    found = {}
    for channels in {(channel,), together}:
        name = mix_name(channels)
        if name in scale.mixes:
            excesses = [scale.excess({one: part.raw[one] for one in channels}, part.grid) for part in known]
            found[name] = rise(excesses, scale.mixes[name].scatter)
    return found
