"""How hot parts of one kind typically are, and by how much limits rise so that good ones of them stay dark.

The constants of a model come from made-up parts. Real parts of a kind may all be hotter than those: rough surfaces,
many exposures. So limits rise until the typical part is well below them. They never fall below the model's own: what is
typical only makes an inspection calmer. Only the cooler half of the parts is looked at, which a defective minority
hardly moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tokenclip_core.evidence.channels import CHANNELS, Channel, Raw, mix_name

if TYPE_CHECKING:
    from tokenclip_core.evidence.fusion import EvidenceScale

LOW, MIDDLE = 0.05, 0.3
"""Quantiles of the parts that say how hot good ones are and how they differ; defective parts change them little."""

DEVIATIONS = 3.0
"""So many times their difference above the second of them limits begin: measured, 3 % of good parts are hotter."""

# Few parts say less about how parts differ; one says nothing.
_FEW, _ALONE = 20.0, 4.0


@dataclass(frozen=True, eq=False)
class TypicalPart:
    """What the channels say of one part of a kind, compared with the others and not with itself.

    Attributes:
        raw: (N,) of each channel.
        grid: (gh, gw), gh * gw == N.
    """

    raw: Raw
    grid: tuple[int, int]


def rise(excesses: Sequence[float]) -> float:
    """By how much limits rise, in log odds, 0 or more.

    Args:
        excesses: how far each part's hottest region is above the model's own limit, in log odds.
    """
    if len(excesses) < 2:
        return _ALONE
    low, middle = np.quantile(excesses, (LOW, MIDDLE))
    deviations = DEVIATIONS + _FEW / len(excesses)
    return max(0.0, float(middle + deviations * (middle - low)))


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
        excesses = [scale.excess({one: part.raw[one] for one in channels}, part.grid) for part in known]
        found[mix_name(channels)] = rise(excesses)
    return found
