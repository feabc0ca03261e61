"""What the patches of good parts give in each channel, and how that moves to what the parts at hand give.

A folder's parts are mostly good, and a defective part's patches are mostly good as well. So the middle two thirds of
the patches of some parts say what good ones give, whether or not some of the parts are defective.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.channels import Channel, Raw, channel_named

SHIPPED_PARTS = 2.0
"""Number of parts that weigh as much as the scale that ships with a model."""

_NARROWEST = 1e-3


@dataclass(frozen=True)
class ChannelScale:
    """What the patches of good parts give in one channel.

    Attributes:
        centre: median of the raw values.
        spread: their deviation, greater than 0.
    """

    centre: float
    spread: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.centre) and np.isfinite(self.spread) and self.spread > 0):
            raise SettingsError("the scale of an evidence channel must be numbers, its spread greater than 0.")

    @classmethod
    def of(cls, values: npt.NDArray[np.float64]) -> Self:
        """Centre and spread of raw values of any shape.

        The spread is that of a normal distribution with their middle two thirds.
        """
        low, centre, high = np.quantile(values, (0.16, 0.5, 0.84))
        return cls(float(centre), max(float(high - low) / 2, _NARROWEST))

    def moved(self, to: ChannelScale, share: float) -> ChannelScale:
        """The scale moved to another one by a share in [0, 1]: the centre evenly, the spread by its logarithm."""
        spread = float(np.exp((1 - share) * np.log(self.spread) + share * np.log(to.spread)))
        return ChannelScale(self.centre + share * (to.centre - self.centre), spread)

    def deviation(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """How far raw values of any shape are above the centre, in spreads; of the same shape."""
        return np.asarray((values - self.centre) / self.spread)


def moved_scales(
    shipped: Mapping[Channel, ChannelScale], raws: Sequence[Raw], channels: Sequence[Channel]
) -> dict[Channel, ChannelScale]:
    """The scales of some channels moved to what parts give, the further the more parts there are.

    Args:
        shipped: the model's own.
        raws: (N,) of each channel that speaks, of every part.
        channels: that are moved; those that no part has stay away.
    """
    found = {}
    for channel in channels:
        values = [raw[channel] for raw in raws if channel in raw]
        if values and channel in shipped:
            share = len(values) / (len(values) + SHIPPED_PARTS)
            found[channel] = shipped[channel].moved(ChannelScale.of(np.concatenate(values)), share)
    return found


def scales_mapping(scales: Mapping[Channel, ChannelScale]) -> dict[str, list[float]]:
    """Centre and spread of each channel, as plain values."""
    return {name: [scale.centre, scale.spread] for name, scale in scales.items()}


def scales_from(values: Mapping[str, Any]) -> dict[Channel, ChannelScale]:
    """Read what `scales_mapping` gave.

    Raises:
        SettingsError, ValueError, TypeError, AttributeError: it is something else.
    """
    return {channel_named(name): ChannelScale(float(a), float(b)) for name, (a, b) in values.items()}
