"""How channels become one map: each is put on the scale of good parts, and their log likelihood ratios add up.

A channel's raw value u (log odds of the text, the logarithm of a distance) is compared with what the patches of good
parts give, as (u - centre) / spread. The fused map is the logistic function of bias + sum of weight * that, a weighted
sum of log likelihood ratios of "a patch of a defect" against "a patch of a good part". No weight is negative, so the
map rises with every channel. Weights, bias and limits ship with each model, made from procedural folders (see
`tokenclip_core.measuring.evidence_scale`); centres and spreads ship too, and move to what good parts give where there
are some.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray, sigmoid
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.channels import CHANNELS, Channel, EvidenceKind, Raw, mix_name
from tokenclip_core.evidence.curve import AreaCurve
from tokenclip_core.evidence.typical import TypicalPart, rises

# So many good parts weigh as much as the shipped scale.
_SHIPPED_PARTS = 8.0


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


@dataclass(frozen=True)
class Mix:
    """How a set of channels adds up.

    Attributes:
        weights: of each channel, 0 or more, in units of its spread.
        bias: added to the sum.
        curve: limits of the fused map's regions.
        scatter: how much hotter the hottest good parts of one kind get than the coolest, in log odds above 0.
    """

    weights: Mapping[Channel, float]
    bias: float
    curve: AreaCurve
    scatter: float

    def __post_init__(self) -> None:
        values = list(self.weights.values())
        numbers = np.array([*values, self.scatter])
        if not values or not np.isfinite([*numbers, self.bias]).all() or (numbers < 0).any():
            raise SettingsError("the weights of evidence channels must be numbers of 0 or more.")


@dataclass(frozen=True, eq=False)
class FusedMap:
    """The map of a part, and what each channel brought.

    Attributes:
        probabilities: (N,) float32 in [0, 1].
        channels: (N,) float32 in [0, 1] of each channel alone.
        parts: (N,) float64 of each channel, 0 or more: how far it raised the log likelihood ratio.
        curve: limits of the map's regions.
    """

    probabilities: FloatArray
    channels: Mapping[Channel, FloatArray]
    parts: Mapping[Channel, npt.NDArray[np.float64]]
    curve: AreaCurve

    def shares(self, places: npt.NDArray[np.bool_]) -> dict[Channel, float]:
        """Each channel's share of what raised some patches, in [0, 1]; the shares sum to 1.

        Args:
            places: (N,) bool, the patches that decided.
        """
        sums = {channel: float(part[places].sum()) for channel, part in self.parts.items()}
        total = sum(sums.values())
        return {name: value / total if total > 0 else 1 / len(sums) for name, value in sums.items()}


@dataclass(frozen=True)
class EvidenceScale:
    """All constants of a model's evidence.

    Attributes:
        channels: the scale of each channel.
        mixes: by `mix_name`.
        alike_cosine: the lowest cosine of global features at which parts look alike.
        good_parts: how many good parts the scales come from; 0 for those that ship with the model.
        rises: by how much good parts raise the limits of mixes, by `mix_name`; empty for those that ship.
    """

    channels: Mapping[Channel, ChannelScale]
    mixes: Mapping[str, Mix]
    alike_cosine: float
    good_parts: int = 0
    rises: Mapping[str, float] = field(default_factory=dict)

    def fused(self, raw: Raw, rises: Mapping[str, float] | None = None) -> FusedMap:
        """The map that channels give together.

        Args:
            raw: (N,) values of each channel that speaks.
            rises: by how much typical parts raise the limits of mixes, see `typical.rises`; None for not at all.

        Raises:
            SettingsError: there are no constants for these channels.
        """
        mix = self.mix(tuple(raw))
        parts: dict[Channel, npt.NDArray[np.float64]] = {}
        alone: dict[Channel, FloatArray] = {}
        for channel, values in raw.items():
            deviation = self._deviation(channel, values)
            parts[channel] = np.maximum(mix.weights[channel] * deviation, 0)
            single = self.mixes[channel]
            alone[channel] = _probabilities(single.bias + single.weights[channel] * deviation)
        curve = mix.curve.raised((rises or {}).get(mix_name(tuple(raw)), 0.0))
        return FusedMap(_probabilities(self._odds(raw, mix)), alone, parts, curve)

    def excess(self, raw: Raw, grid: tuple[int, int]) -> float:
        """How far a part's hottest region is above the limit of these channels' mix, in log odds.

        Args:
            raw: (N,) values of each channel.
            grid: (gh, gw) of its patches.
        """
        mix = self.mix(tuple(raw))
        return mix.curve.excess(self._odds(raw, mix).reshape(grid))

    def mix(self, channels: tuple[Channel, ...]) -> Mix:
        """How these channels add up.

        Raises:
            SettingsError: there are no constants for them.
        """
        mix = self.mixes.get(mix_name(channels))
        if mix is None or any(channel not in self.channels or channel not in self.mixes for channel in channels):
            raise SettingsError(
                f"this model has no constants for {' and '.join(channels)} evidence; use --evidence text, or make them "
                "with python -m tokenclip_core.commands.studies.evidence_scale."
            )
        return mix

    def from_good_parts(self, parts: Sequence[TypicalPart]) -> EvidenceScale:
        """The scale moved to what good parts give, the further the more there are, and its limits raised to it.

        Args:
            parts: good ones, each compared with the others and not with itself.
        """
        if not parts:
            return self
        raws = [part.raw for part in parts]
        moved = dict(self.channels)
        for channel, shipped in self.channels.items():
            values = [raw[channel] for raw in raws if channel in raw]
            if not values:
                continue
            given = scale_of(np.concatenate(values))
            share = len(values) / (len(values) + _SHIPPED_PARTS)
            moved[channel] = ChannelScale(
                shipped.centre + share * (given.centre - shipped.centre),
                float(np.exp(np.log(shipped.spread) + share * (np.log(given.spread) - np.log(shipped.spread)))),
            )
        own = replace(self, channels=moved, good_parts=len(raws))
        return replace(own, rises=rises(own, parts, "reference"))

    def _odds(self, raw: Raw, mix: Mix) -> npt.NDArray[np.float64]:
        """(N,) log odds of the fused map."""
        total = np.full(len(next(iter(raw.values()))), mix.bias)
        for channel, values in raw.items():
            total += mix.weights[channel] * self._deviation(channel, values)
        return total

    def _deviation(self, channel: Channel, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        scale = self.channels[channel]
        return np.asarray((values - scale.centre) / scale.spread)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the weights and limits, which good parts don't move."""
        return hashlib.sha256(json.dumps(self.to_mapping()["mixes"], sort_keys=True).encode()).hexdigest()

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON, as `from_mapping` reads them."""
        return {
            "channels": {name: [scale.centre, scale.spread] for name, scale in self.channels.items()},
            "mixes": {
                name: {
                    "weights": dict(mix.weights),
                    "bias": mix.bias,
                    "curve": mix.curve.to_mapping(),
                    "scatter": mix.scatter,
                }
                for name, mix in self.mixes.items()
            },
            "alike_cosine": self.alike_cosine,
            "good_parts": self.good_parts,
            "rises": dict(self.rises),
        }

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Read constants from JSON.

        Raises:
            SettingsError: they can't be understood.
        """
        try:
            return cls(
                {_channel(name): ChannelScale(float(a), float(b)) for name, (a, b) in values["channels"].items()},
                {
                    str(name): Mix(
                        {_channel(one): float(weight) for one, weight in mix["weights"].items()},
                        float(mix["bias"]),
                        AreaCurve.from_mapping(mix["curve"]),
                        float(mix["scatter"]),
                    )
                    for name, mix in values["mixes"].items()
                },
                float(values["alike_cosine"]),
                int(values.get("good_parts", 0)),
                {str(name): float(value) for name, value in values.get("rises", {}).items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SettingsError(f"these are no constants of evidence ({error}); make them again.") from error


def scale_of(values: npt.NDArray[np.float64]) -> ChannelScale:
    """Centre and spread of raw values; the spread is that of a normal distribution with the same middle two thirds."""
    low, centre, high = np.quantile(values, (0.16, 0.5, 0.84))
    return ChannelScale(float(centre), max(float(high - low) / 2, 1e-3))


def chosen_channels(kind: EvidenceKind, speaking: Sequence[Channel]) -> tuple[Channel, ...]:
    """The channels that a kind of evidence uses of those that speak; all of them for ``fused``."""
    return tuple(channel for channel in CHANNELS if channel in speaking and kind in ("fused", channel))


def _channel(name: str) -> Channel:
    if name not in CHANNELS:
        raise ValueError(f"{name!r} is no channel; there are {', '.join(CHANNELS)}")
    return name


def _probabilities(odds: npt.NDArray[np.float64]) -> FloatArray:
    return np.asarray(sigmoid(odds), np.float32)
