"""How parts are judged, in one frozen value, which gives verdicts and the reasons for them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement import rule
from tokenclip_core.judgement.areas import Areas

FORMAT_VERSION = 1
DEFAULT_THRESHOLD = 0.5
MOST_PIXELS = 2**40
"""Largest value of the smallest region, in pixels: more than any image has."""

_MOST_SUBSPACES = 4096
_MOST_CHANNELS = 64

Verdict = Literal["good", "defect"]
Channels = tuple[tuple[str, float], ...]
"""(name of an evidence channel, level or limit in [0, 1])."""


class PartScores(NamedTuple):
    """What a part is judged by.

    Attributes:
        score: in [0, 1].
        peaks: the highest anomaly of each subspace, in [0, 1], by the subspaces' indices; may be empty.
        channels: (name, level in [0, 1]) of the evidence channels that spoke.
        whole: the score of the whole part as one region, in [0, 1]; never above `score`.
    """

    score: float
    peaks: tuple[float, ...] = ()
    channels: Channels = ()
    whole: float = 0.0


@dataclass(frozen=True)
class Reason:
    """Why a part is defective.

    Attributes:
        kind: ``region`` (one is hot enough for its size), ``whole`` (the whole part is), ``subspace`` (its own
            threshold) or ``channel`` (an evidence channel's limit).
        value: what reached the limit, in [0, 1].
        limit: that was reached, in [0, 1].
        subspace: its index, where it is the reason.
        channel: its name, where it is the reason.
    """

    kind: Literal["region", "whole", "subspace", "channel"]
    value: float
    limit: float
    subspace: int | None = None
    channel: str = ""

    def words(self, names: Sequence[str]) -> str:
        """The reason as rows say it: ``region``, ``whole``, ``subspace:NAME`` or ``channel:NAME``.

        Args:
            names: of the subspaces.
        """
        if self.subspace is not None:
            return f"subspace:{names[self.subspace]}"
        return f"channel:{self.channel}" if self.channel else self.kind


@dataclass(frozen=True)
class Judgement:
    """How parts are judged, whoever asks: the window, the live view, a report or a command.

    Attributes:
        threshold: in [0, 1]; a score that reaches it makes a part defective.
        own_thresholds: (index of a subspace, its own threshold in [0, 1]), ascending.
        smallest_region: regions of fewer pixels are left out.
        areas: what of the part is inspected.
        muted: indices of the subspaces that are out of the mix; their own thresholds don't count.
        channel_limits: (name of an evidence channel, its limit in [0, 1]).
    """

    threshold: float = DEFAULT_THRESHOLD
    own_thresholds: tuple[tuple[int, float], ...] = ()
    smallest_region: int = 1
    areas: Areas = field(default_factory=Areas)
    muted: frozenset[int] = frozenset()
    channel_limits: Channels = ()

    def __post_init__(self) -> None:
        limits = [self.threshold, *(own for _, own in self.own_thresholds), *(own for _, own in self.channel_limits)]
        for value in limits:
            if not 0 <= value <= 1:
                raise SettingsError(f"the threshold is {value}; it must be between 0 and 1.")
        if not 0 <= self.smallest_region <= MOST_PIXELS:
            raise SettingsError(
                f"the minimum area is {self.smallest_region} pixels; it can't be negative, nor over {MOST_PIXELS}."
            )
        for indices in ([index for index, _ in self.own_thresholds], self.muted):
            if any(not 0 <= index < _MOST_SUBSPACES for index in indices):
                raise SettingsError(f"subspace {next(iter(indices))} does not exist; they are counted from 0.")

    def alarms(self, peaks: Sequence[float]) -> tuple[int, ...]:
        """Indices of the subspaces that reach their own threshold and are not muted, ascending.

        Args:
            peaks: the highest anomaly of each subspace, in [0, 1].
        """
        return rule.alarming_subspaces(peaks, self.own_thresholds, self.muted)

    def own_by_name(self, names: Sequence[str]) -> Channels:
        """(name, own threshold) of the subspaces that have one and are not muted.

        Args:
            names: of the subspaces, by their index; thresholds of further ones are left out.
        """
        unmuted = ((index, own) for index, own in self.own_thresholds if index not in self.muted)
        return tuple((names[index], own) for index, own in unmuted if index < len(names))

    def verdict(self, scores: PartScores) -> Verdict:
        """The verdict on a part."""
        alarm = bool(self.alarms(scores.peaks) or self._alarming_channels(scores))
        return "defect" if rule.defective(scores.score, self.threshold, alarm) else "good"

    def reason(self, scores: PartScores) -> Reason | None:
        """Why a part is defective, the score first; None for a good one."""
        if rule.reached(scores.score, self.threshold):
            of_whole = 0 < scores.score <= scores.whole
            return Reason("whole" if of_whole else "region", scores.score, self.threshold)
        for index in self.alarms(scores.peaks):
            return Reason("subspace", scores.peaks[index], dict(self.own_thresholds)[index], subspace=index)
        for name in self._alarming_channels(scores):
            return Reason("channel", dict(scores.channels)[name], dict(self.channel_limits)[name], channel=name)
        return None

    def defects(
        self,
        scores: npt.NDArray[np.float64],
        peaks_of: Callable[[int], npt.NDArray[np.float64]],
        levels_of: Callable[[str], npt.NDArray[np.float64]],
    ) -> npt.NDArray[np.bool_]:
        """Which of many parts are defective, as `verdict` says of each; quick for 100,000 of them.

        Args:
            scores: (n,) in [0, 1]; not a number for what was not inspected, which is no defect by its score.
            peaks_of: gives the (n,) highest anomalies of a subspace, not a number where there is none; only asked for
                subspaces with a threshold of their own.
            levels_of: gives the (n,) levels of an evidence channel, not a number where it did not speak; only asked for
                channels with a limit.
        """
        alarm = np.zeros(scores.shape, np.bool_)
        for index, own in self.own_thresholds:
            if index not in self.muted:
                alarm |= rule.reached(peaks_of(index), own)
        for name, limit in self.channel_limits:
            alarm |= rule.reached(levels_of(name), limit)
        return np.asarray(rule.defective(scores, self.threshold, alarm))

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON, as `from_mapping` reads them."""
        return {
            "format_version": FORMAT_VERSION,
            "threshold": self.threshold,
            "own_thresholds": [list(pair) for pair in self.own_thresholds],
            "smallest_region": self.smallest_region,
            "areas": self.areas.to_mapping(),
            "muted": sorted(self.muted),
            "channel_limits": dict(self.channel_limits),
        }

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Read a judgement from JSON; what is not named keeps its default.

        Raises:
            SettingsError: it is none, one of a later version, or one with impossible numbers.
        """
        if not isinstance(values, Mapping) or values.get("format_version", FORMAT_VERSION) != FORMAT_VERSION:
            raise SettingsError(f"this judgement is not of format version {FORMAT_VERSION}, which this program reads.")
        first = cls()
        limits = values.get("channel_limits", {})
        if not isinstance(limits, Mapping) or len(limits) > _MOST_CHANNELS:
            raise SettingsError("the limits of evidence channels must be named numbers from 0 to 1.")
        areas = values.get("areas")
        return cls(
            threshold=_number(values.get("threshold", first.threshold), "the threshold"),
            own_thresholds=_own_thresholds(values.get("own_thresholds", [])),
            smallest_region=_whole(values.get("smallest_region", first.smallest_region), "the smallest region"),
            areas=first.areas if areas is None else Areas.from_mapping(areas),
            muted=frozenset(_whole(index, "a muted subspace") for index in _list(values.get("muted", []), "muted")),
            channel_limits=tuple((str(name), _number(limit, f"the limit of {name}")) for name, limit in limits.items()),
        )

    def _alarming_channels(self, scores: PartScores) -> tuple[str, ...]:
        return rule.alarming_channels(dict(scores.channels), self.channel_limits)


def median_scores(several: Sequence[PartScores]) -> PartScores:
    """The medians of score, peaks and channels over several looks at one part; at least one of them.

    Peaks and channels are those that every look has.
    """
    peaks = zip(*(scores.peaks for scores in several), strict=False)
    levels = [dict(scores.channels) for scores in several]
    return PartScores(
        median(scores.score for scores in several),
        tuple(median(values) for values in peaks),
        tuple((name, median(of[name] for of in levels)) for name in levels[0] if all(name in of for of in levels)),
        median(scores.whole for scores in several),
    )


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MOST_SUBSPACES:
        raise SettingsError(f"{name} must be a list of at most {_MOST_SUBSPACES}.")
    return value


def _own_thresholds(value: object) -> tuple[tuple[int, float], ...]:
    found: dict[int, float] = {}
    for pair in _list(value, "own_thresholds"):
        if not isinstance(pair, list) or len(pair) != 2:
            raise SettingsError("an own threshold must be a pair: the number of a subspace, and its threshold.")
        found[_whole(pair[0], "a subspace's number")] = _number(pair[1], "an own threshold")
    return tuple(sorted(found.items()))


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise SettingsError(f"{name} is {value!r}; it must be a number.")
    return float(value)


def _whole(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise SettingsError(f"{name} is {value!r}; it must be a whole number.")
    return value
