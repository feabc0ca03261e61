"""How channels become one map: each is put on the scale of good parts, and their log likelihood ratios add up.

A channel's raw value u (log odds of the text, the logarithm of a distance) is compared with what the patches of good
parts give, as (u - centre) / spread. The fused map is the logistic function of bias + sum of weight * that, a weighted
sum of log likelihood ratios of "a patch of a defect" against "a patch of a good part". No weight is negative, so the
map rises with every channel. Weights, bias and limits ship with each model, made from procedural folders (see
`tokenclip_core.measuring.evidence_scale`); centres and spreads ship too, and move to what the patches of a folder's
pool give, or those of good parts, where a part is compared with them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray, sigmoid
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.channels import CHANNELS, Channel, EvidenceKind, Raw, channel_named, mix_name
from tokenclip_core.evidence.curve import AreaCurve
from tokenclip_core.evidence.scales import ChannelScale, moved_scales, scales_from, scales_mapping
from tokenclip_core.evidence.typical import NOTHING_TYPICAL, Typical, TypicalPart, rises

OF_GOOD_PARTS: tuple[Channel, ...] = ("text", "self", "reference")
"""Channels whose scale good parts give."""

OF_POOLS: tuple[Channel, ...] = ("text", "self", "consensus")
"""Channels whose scale the parts of a pool give."""


@dataclass(frozen=True)
class Mix:
    """How a set of channels adds up.

    Attributes:
        weights: of each channel, 0 or more, in units of its spread.
        bias: added to the sum.
        curve: limits of the fused map's regions.
        scatter: how far the hottest region of the hottest good parts of one kind is above that of the coolest ones, in
            log odds above 0.
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
        good_parts: how many good parts there are on the shelf.
        good: what is typical of them.
    """

    channels: Mapping[Channel, ChannelScale]
    mixes: Mapping[str, Mix]
    alike_cosine: float
    good_parts: int = 0
    good: Typical = NOTHING_TYPICAL

    def fused(self, raw: Raw, pool: Typical = NOTHING_TYPICAL) -> FusedMap:
        """The map that channels give together.

        Args:
            raw: (N,) values of each channel that speaks.
            pool: what is typical of the parts that consensus compares with.

        Raises:
            SettingsError: there are no constants for these channels.
        """
        channels = tuple(raw)
        mix, scales = self.mix(channels), self._scales(channels, pool)
        parts: dict[Channel, npt.NDArray[np.float64]] = {}
        alone: dict[Channel, FloatArray] = {}
        for channel, values in raw.items():
            parts[channel] = np.maximum(mix.weights[channel] * scales[channel].deviation(values), 0)
            single = self.mixes[channel]
            own = self._scales((channel,), pool)[channel].deviation(values)
            alone[channel] = _probabilities(single.bias + single.weights[channel] * own)
        return FusedMap(
            _probabilities(_odds(raw, mix, scales)), alone, parts, mix.curve.raised(self._rise(channels, pool))
        )

    def excess(self, raw: Raw, grid: tuple[int, int], pool: Typical = NOTHING_TYPICAL) -> float:
        """How far a part's hottest region is above the limit of these channels' mix, not raised, in log odds.

        Args:
            raw: (N,) values of each channel.
            grid: (gh, gw) of its patches.
            pool: what is typical of the parts that consensus compares with.
        """
        mix = self.mix(tuple(raw))
        return mix.curve.excess(_odds(raw, mix, self._scales(tuple(raw), pool)).reshape(grid))

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
        """The scale that knows what is typical of good parts.

        Args:
            parts: good ones, each compared with the others and not with itself.
        """
        if not parts:
            return self
        own = [part.of(OF_GOOD_PARTS) for part in parts]
        scales = moved_scales(self.channels, [part.raw for part in own], OF_GOOD_PARTS)
        moved = replace(self, good_parts=len(parts), good=Typical(scales))
        return replace(moved, good=Typical(scales, rises(moved, own, "reference")))

    def of_pool(self, parts: Sequence[TypicalPart]) -> Typical:
        """What is typical of the parts of a pool.

        Args:
            parts: each compared with the others and not with itself.
        """
        known = [part.of(OF_POOLS) for part in parts if "consensus" in part.raw]
        scales = moved_scales(self.channels, [part.raw for part in known], OF_POOLS)
        return Typical(scales, rises(self, known, "consensus", Typical(scales)))

    def _rise(self, channels: Sequence[Channel], pool: Typical) -> float:
        """By how much limits rise, in log odds: the larger of what the pool and the good parts ask for."""
        of_pool = pool.rises.get(mix_name(tuple(one for one in channels if one in OF_POOLS)), 0.0)
        of_good = self.good.rises.get(mix_name(tuple(one for one in channels if one in OF_GOOD_PARTS)), 0.0)
        return max(of_pool if "consensus" in channels else 0.0, of_good if "reference" in channels else 0.0)

    def _scales(self, channels: Sequence[Channel], pool: Typical) -> Mapping[Channel, ChannelScale]:
        """The scales of channels that are fused; good parts' replace a pool's, which may hold defects."""
        scales = dict(self.channels)
        if "consensus" in channels:
            scales |= pool.scales
        if "reference" in channels:
            scales |= self.good.scales
        return scales

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the weights and limits, which good parts don't move."""
        return hashlib.sha256(json.dumps(self.to_mapping()["mixes"], sort_keys=True).encode()).hexdigest()

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON, as `from_mapping` reads them."""
        return {
            "channels": scales_mapping(self.channels),
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
            "good": self.good.to_mapping(),
        }

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Read constants from JSON.

        Raises:
            SettingsError: they can't be understood.
        """
        try:
            return cls(
                scales_from(values["channels"]),
                {
                    str(name): Mix(
                        {channel_named(one): float(weight) for one, weight in mix["weights"].items()},
                        float(mix["bias"]),
                        AreaCurve.from_mapping(mix["curve"]),
                        float(mix["scatter"]),
                    )
                    for name, mix in values["mixes"].items()
                },
                float(values["alike_cosine"]),
                int(values.get("good_parts", 0)),
                Typical.from_mapping(values.get("good", {})),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SettingsError(f"these are no constants of evidence ({error}); make them again.") from error


def chosen_channels(kind: EvidenceKind, speaking: Sequence[Channel]) -> tuple[Channel, ...]:
    """The channels that a kind of evidence uses.

    Args:
        kind: a channel, or ``fused`` for all that speak.
        speaking: channels that have values for the part.

    Returns:
        The channel of that kind where it speaks, for ``fused`` all that speak; empty where it is silent.
    """
    return tuple(channel for channel in CHANNELS if channel in speaking and kind in ("fused", channel))


def _odds(raw: Raw, mix: Mix, scales: Mapping[Channel, ChannelScale]) -> npt.NDArray[np.float64]:
    """(N,) log odds of the fused map."""
    total = np.full(len(next(iter(raw.values()))), mix.bias)
    for channel, values in raw.items():
        total += mix.weights[channel] * scales[channel].deviation(values)
    return total


def _probabilities(odds: npt.NDArray[np.float64]) -> FloatArray:
    return np.asarray(sigmoid(odds), np.float32)
