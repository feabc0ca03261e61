"""A threshold from parts that are known to be good, at a rate of good parts that may be rejected.

The rule is split conformal prediction (Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005): of n
good parts, the threshold lies just above the one whose rank from below is ceil((n + 1)(1 - rate)). If the parts to come
are like those (exchangeable with them), a good one is rejected with a probability of at most the rate, whatever the
scores look like. With fewer than 1/rate - 1 good parts no threshold can promise that.
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from tokenclip_core.errors import SettingsError
from tokenclip_core.files import write_atomically
from tokenclip_core.judgement.findings import Region
from tokenclip_core.judgement.judgement import MOST_PIXELS, Judgement
from tokenclip_core.small_files import parse_json, read_own

FORMAT = "tokenclip-calibration"
VERSION = 1
MOST_SCORES = 500
"""How many scores of good parts a calibration keeps, spread evenly over all of them; these are enough to see whether
later parts differ."""

CONFIDENCE = 0.95
_LEAST_RECENT = 20
# A distance between the distributions below this one is of no importance, however significant it is.
_LEAST_DISTANCE = 0.25
_SURE = 1e-3
MAX_FILE_BYTES = 2**24

# Settings that must be equal for two scores to be comparable.
_DECISIVE = (
    "model_sha256",
    "subspaces_sha256",
    "image_size",
    "layers",
    "first_vv_block",
    "scoring",
    "tiling",
    "areas",
    "bits",
    "evidence",
)
_ALL_BITS = 16

SCORE_TOLERANCE = 1e-3
"""Largest difference of a part's score between engines of one precision; see `tests/benchmarks/equality.py`."""


@dataclass(frozen=True)
class Calibration:
    """A threshold and where it comes from.

    Attributes:
        threshold: score from which on a part counts as defective, in [0, 1].
        false_reject_rate: the share of good parts that was allowed to reach it.
        good_parts: how many good parts it was made from.
        good_rejected: how many of them reach it.
        defective_parts: how many defective parts it was tried on.
        defective_found: how many of them reach it.
        settings: what decided the scores.
        chosen_by: ``rate``, ``f1``, ``cost`` or ``hand``.
        good_scores: of good parts, ascending, `MOST_SCORES` at most; empty in files of earlier versions.
        channel_limits: (name of an evidence channel, its limit in [0, 1]), measured from the same good parts; empty
            where they have none. The counts are those of the threshold alone.
        smallest_region: in pixels, measured from the same good parts, see `smallest_region`; 0 where it was not.
    """

    threshold: float
    false_reject_rate: float
    good_parts: int
    good_rejected: int
    defective_parts: int
    defective_found: int
    settings: Mapping[str, Any]
    chosen_by: str = "rate"
    good_scores: tuple[float, ...] = ()
    channel_limits: tuple[tuple[str, float], ...] = ()
    smallest_region: int = 0

    @property
    def judgement(self) -> Judgement:
        """How parts are judged by all that was measured."""
        return Judgement(
            self.threshold, smallest_region=max(1, self.smallest_region), channel_limits=self.channel_limits
        )

    @property
    def parts_needed(self) -> int:
        """How many good parts the rate needs at least; see `parts_needed`."""
        return parts_needed(self.false_reject_rate)

    @property
    def false_reject_interval(self) -> tuple[float, float]:
        """Between which shares of good parts to come are rejected, with 95 % confidence.

        Of the share itself, given these good parts: a beta distribution whose parameters are how many of them lie
        above the threshold, plus 1, and how many lie below (the distribution of an order statistic).
        """
        from scipy.special import betaincinv

        above, below = self.good_rejected + 1, self.good_parts - self.good_rejected
        if below == 0:
            return float(betaincinv(above, 1, (1 - CONFIDENCE) / 2)), 1.0
        low, high = (float(betaincinv(above, below, (1 + side * CONFIDENCE) / 2)) for side in (-1, 1))
        return low, high

    def false_reject_interval_among(self, parts: int) -> tuple[float, float]:
        """The same among so many good parts, which are few enough to have their own chance: beta-binomial.

        Args:
            parts: how many good parts, at least 1.
        """
        from scipy.special import betaln, gammaln

        above, below = self.good_rejected + 1, self.good_parts - self.good_rejected
        if below == 0:
            return 0.0, 1.0
        rejected = np.arange(parts + 1)
        ways = gammaln(parts + 1) - gammaln(rejected + 1) - gammaln(parts - rejected + 1)
        chances = np.exp(ways + betaln(rejected + above, parts - rejected + below) - betaln(above, below))
        low, high = np.searchsorted(np.cumsum(chances), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
        return float(low / parts), float(min(high, parts) / parts)

    def drift(self, recent: Sequence[float]) -> str:
        """Whether good parts of now score otherwise than those of the calibration: ``higher``, ``lower``, or "".

        By the test of Kolmogorov and Smirnov for two samples, with its limiting distribution (Smirnov, 1948).

        Args:
            recent: scores of parts that were judged good lately; fewer than 20 say nothing.
        """
        if len(recent) < _LEAST_RECENT or len(self.good_scores) < _LEAST_RECENT:
            return ""
        # The module that has the whole test takes longer to import than a window may wait at its end.
        from scipy.special import kolmogorov

        passed = [score for score in self.good_scores if score < self.threshold] or self.good_scores
        before, now = np.sort(np.asarray(passed, np.float64)), np.sort(np.asarray(recent, np.float64))
        both = np.concatenate([before, now])
        below = [np.searchsorted(scores, both, "right") / scores.size for scores in (before, now)]
        distance = float(np.abs(below[0] - below[1]).max())
        chance = kolmogorov(distance * math.sqrt(before.size * now.size / both.size))
        if chance > _SURE or distance < _LEAST_DISTANCE:
            return ""
        return "higher" if np.median(recent) >= np.median(self.good_scores) else "lower"

    def write(self, file: Path) -> None:
        """Write to a file, replacing an earlier one in one step.

        Raises:
            SettingsError: it cannot be written.
        """
        try:
            write_atomically(file, (json.dumps(self.to_mapping(), ensure_ascii=False, indent=2) + "\n").encode("utf-8"))
        except OSError as error:
            raise SettingsError(f"{file} cannot be written ({error.strerror}); choose another --out") from error

    @classmethod
    def read(cls, file: Path) -> Calibration:
        """Read a file back.

        Raises:
            SettingsError: it is missing, or no calibration of this version.
        """
        content = read_own(file, MAX_FILE_BYTES, "a calibration")
        try:
            return cls.from_mapping(parse_json(content))
        except ValueError as error:
            raise SettingsError(f"{file} is not a calibration; make one with `tokenclip calibrate`") from error
        except SettingsError as error:
            raise SettingsError(f"{file} {error}") from error

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON, as `from_mapping` reads them."""
        return {"format": FORMAT, "version": VERSION, **asdict(self)}

    @classmethod
    def from_mapping(cls, content: Any) -> Calibration:
        """Read plain values.

        Raises:
            SettingsError: they are no calibration, one of another version, or a damaged one.
        """
        if not isinstance(content, Mapping) or content.get("format") != FORMAT or content.get("version") != VERSION:
            raise SettingsError("is not a calibration of this version; make one with `tokenclip calibrate`")
        try:
            values = {entry.name: content[entry.name] for entry in fields(cls) if entry.name not in _OPTIONAL}
            shares = [float(values.pop(name)) for name in ("threshold", "false_reject_rate")]
            settings = dict(values.pop("settings"))
            counts = {name: operator.index(value) for name, value in values.items()}
            good = tuple(float(score) for score in content.get("good_scores", ()))
            chosen_by = str(content.get("chosen_by", "rate"))
            limits = tuple((str(name), float(limit)) for name, limit in content.get("channel_limits", ()))
            counts["smallest_region"] = operator.index(content.get("smallest_region", 0))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise SettingsError("is a damaged calibration; make it again with `tokenclip calibrate`") from error
        in_range = all(0 <= share <= 1 for share in (*shares, *good, *(limit for _, limit in limits)))
        if not in_range or min(counts.values()) < 0 or counts["smallest_region"] > MOST_PIXELS:
            raise SettingsError(f"holds the threshold {shares[0]}, which is not in 0 to 1, or other impossible numbers")
        return cls(
            threshold=shares[0],
            false_reject_rate=shares[1],
            settings=settings,
            **counts,
            chosen_by=chosen_by,
            good_scores=good,
            channel_limits=limits,
        )

    @property
    def bits(self) -> int:
        """How many bits of 16-bit pictures it was made with, 8 to 16."""
        bits = self.settings.get("bits")
        return bits if isinstance(bits, int) and 8 <= bits <= _ALL_BITS else _ALL_BITS

    def check_fits(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Check that scores made under these settings can be compared with the threshold.

        Args:
            settings: what decides the scores, as `settings` of this calibration, with ``engine`` and ``precision`` if
                they are known.

        Returns:
            What a person must know all the same, a sentence each: that the threshold was not measured at this
            precision, or was measured with another engine.

        Raises:
            SettingsError: they cannot; says what differs.
        """
        words = self.settings.get("vocabulary_sha256")
        same_words = words is not None and words == settings.get("vocabulary_sha256")
        # The same words have embeddings that differ by rounding from machine to machine.
        decisive = [name for name in _DECISIVE if not (same_words and name == "subspaces_sha256")]
        differing = [name for name in decisive if self.settings.get(name) != settings.get(name)]
        names = ", ".join(name.removesuffix("_sha256") for name in differing)
        if differing:
            raise SettingsError(
                f"the calibration was made with another {names}; "
                "calibrate again, or use the model and options that it was made with"
            )
        return tuple(self._measured_otherwise(settings))

    def _measured_otherwise(self, settings: Mapping[str, Any]) -> Iterator[str]:
        """Which facts of the engine differ from those when the threshold was measured."""
        precision, engine = (settings.get(name) for name in ("precision", "engine"))
        own_precision, own_engine = (self.settings.get(name) for name in ("precision", "engine"))
        if precision is None or precision == own_precision:
            if None not in (engine, own_engine) and engine != own_engine:
                yield (
                    f"the threshold was measured with the engine {own_engine}; {engine} gives scores that differ by "
                    f"{SCORE_TOLERANCE:g} at most"
                )
        elif own_precision is None:
            yield (
                "the calibration does not say at which precision it was measured, so its threshold is not measured at "
                f"{precision}; calibrate again"
            )
        else:
            yield (
                f"the threshold is not measured at {precision}: its calibration was made at {own_precision}; "
                f"calibrate again, or add --precision {own_precision}"
            )


_OPTIONAL = ("chosen_by", "good_scores", "channel_limits", "smallest_region")
_LARGEST_SHARE = 0.5


def conformal_rank(good_parts: int, false_reject_rate: float) -> int:
    """Rank from below (1-based) of the highest good score that must pass; above `good_parts` where they are too few."""
    # The small subtraction keeps 0.9 of 10 from being 9.0000001.
    return math.ceil((good_parts + 1) * (1 - false_reject_rate) - 1e-9)


def parts_needed(false_reject_rate: float) -> int:
    """How many good parts are needed so that a threshold can promise a rate; 0 for a rate of 0, which none can."""
    return math.ceil(1 / false_reject_rate - 1 - 1e-9) if false_reject_rate > 0 else 0


def calibrate(
    good: Sequence[float], false_reject_rate: float, settings: Mapping[str, Any], defective: Sequence[float] = ()
) -> Calibration:
    """Choose a threshold at which a good part to come is rejected with at most the given probability.

    With fewer good parts than that needs (see `Calibration.parts_needed`), all of them pass, and nothing is promised.

    Args:
        good: scores of good parts, in [0, 1], at least one.
        false_reject_rate: in [0, 1].
        settings: what decided the scores.
        defective: scores of defective parts, to tell how many are found.

    Raises:
        SettingsError: no good part, a rate or score outside [0, 1], or good parts that score 1 and may not be rejected.
    """
    scores = np.sort(np.asarray(good, np.float64))[::-1]
    if not scores.size:
        raise SettingsError("a calibration needs good parts; name a folder that holds some")
    if not 0 <= false_reject_rate <= 1:
        raise SettingsError(f"the false-reject rate is {false_reject_rate}; it must be from 0 to 1")
    if not (np.isfinite(scores).all() and scores[-1] >= 0 and scores[0] <= 1):
        raise SettingsError("a score is not in 0 to 1; look for the image it belongs to")
    ascending = scores[::-1]
    rank = min(conformal_rank(scores.size, false_reject_rate), scores.size)
    # Just above the last that must pass; parts that tie with it pass as well.
    threshold = float(ascending[0] if rank == 0 else np.nextafter(ascending[rank - 1], 2.0))
    if threshold > 1:
        raise SettingsError("good parts score 1, so no threshold lets them pass; allow a higher false-reject rate")
    return calibration_at(threshold, false_reject_rate, ascending.tolist(), settings, defective)


def channel_limits(
    good: Sequence[Sequence[tuple[str, float]]], false_reject_rate: float
) -> tuple[tuple[str, float], ...]:
    """The limit of each evidence channel that spoke of every good part, by the rule of `calibrate`.

    Each limit is chosen for its channel alone: the rate is the share of good parts that may reach it.

    Args:
        good: (name, level in [0, 1]) of the channels of each good part.
        false_reject_rate: in [0, 1], for each channel.

    Raises:
        SettingsError: as `calibrate`.
    """
    levels = [dict(part) for part in good]
    names = [name for name, _ in (good[0] if good else ()) if all(name in part for part in levels)]
    return tuple((name, calibrate([part[name] for part in levels], false_reject_rate, {}).threshold) for name in names)


def largest_region(regions: Sequence[Region], width: int, height: int) -> float:
    """Pixels of the largest region of a part, for `smallest_region`: 0 without any.

    Infinite where it is more than half of the picture: then the part as a whole is the reason, and there is no size
    that would leave it out.

    Args:
        regions: of the part.
        width: of its picture, in pixels.
        height: of its picture, in pixels.
    """
    largest = max((region.area_px for region in regions), default=0)
    return math.inf if largest > _LARGEST_SHARE * width * height else float(largest)


def smallest_region(largest: Sequence[float], false_reject_rate: float) -> int:
    """How many pixels a region must have so that a good part to come has one with at most the given probability.

    By the rule of `calibrate`, of sizes instead of scores: one pixel more than the largest region of the good part
    whose rank from below is ceil((n + 1)(1 - rate)), parts without a region first. It holds at the threshold (and with
    the limits) that the regions were found by. At a threshold that was chosen by the same rate no more good parts have
    any region, so that it is 1, and every region counts; it says something where the threshold was chosen otherwise,
    or where channels have limits besides. With fewer good parts than the rate needs (see `parts_needed`; none suffice
    for a rate of 0) it is larger than the largest region of them all, and nothing is promised.

    A part that is defective by its score stays so: of its regions that are too small, the hottest is kept.

    Args:
        largest: of each good part, see `largest_region`.
        false_reject_rate: in [0, 1].

    Returns:
        In pixels, at least 1; 0 where more of the good parts are defective as a whole than the rate allows.

    Raises:
        SettingsError: no good part, or a rate outside [0, 1].
    """
    if not len(largest):
        raise SettingsError("a smallest region needs good parts; name a folder that holds some")
    if not 0 <= false_reject_rate <= 1:
        raise SettingsError(f"the false-reject rate is {false_reject_rate}; it must be from 0 to 1")
    ascending = sorted(largest)
    rank = min(conformal_rank(len(ascending), false_reject_rate), len(ascending))
    passed = 0.0 if rank == 0 else ascending[rank - 1]
    return 0 if math.isinf(passed) else int(passed) + 1


def rejected_share(good: Sequence[float], threshold: float) -> float:
    """Share of the good parts that a threshold rejects, in [0, 1]; 0 where there are none.

    Args:
        good: scores of good parts, in [0, 1].
        threshold: in [0, 1].
    """
    return sum(score >= threshold for score in good) / max(1, len(good))


def calibration_at(
    threshold: float,
    false_reject_rate: float,
    good: Sequence[float],
    settings: Mapping[str, Any],
    defective: Sequence[float] = (),
    chosen_by: str = "rate",
) -> Calibration:
    """What a threshold means for measured parts, however it was chosen; arguments as of `calibrate`."""
    scores, found = np.sort(np.asarray(good, np.float64)), np.asarray(defective, np.float64)
    kept = scores
    if scores.size > MOST_SCORES:
        kept = scores[np.linspace(0, scores.size - 1, MOST_SCORES).round().astype(int)]
    return Calibration(
        threshold=threshold,
        false_reject_rate=false_reject_rate,
        good_parts=int(scores.size),
        good_rejected=int(np.sum(scores >= threshold)),
        defective_parts=int(found.size),
        defective_found=int(np.sum(found >= threshold)),
        settings=dict(settings),
        chosen_by=chosen_by,
        good_scores=tuple(kept.tolist()),
    )
