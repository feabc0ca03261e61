"""What is asked for and what was measured; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tokenclip_core.judgement.calibration import Calibration
from tokenclip_core.judgement.judgement import DEFAULT_THRESHOLD
from tokenclip_core.judgement.trade_off import TradeOff

RATE, F1, COST, HAND = "rate", "f1", "cost", "hand"


@dataclass(frozen=True)
class MeasureChoice:
    """Which parts a threshold is measured from, and how it is chosen.

    Attributes:
        good: a folder of good parts; None for those of the open folder that are known to be good.
        defective: a folder of defective parts; None for those of the open folder, if `with_defective`.
        with_defective: whether defective parts count at all.
        chosen_by: `RATE`, `F1`, `COST`, or `HAND`: the threshold below is kept, and what it does is measured.
        rate: share of good parts that may be rejected, in [0, 1].
        miss_cost: what a missed defect costs, in rejected good parts.
        channel_limits: whether each channel of evidence gets a limit, at the rate.
        smallest_region: whether the smallest region is measured, too, at the rate.
        threshold: in force, in [0, 1].
    """

    good: Path | None = None
    defective: Path | None = None
    with_defective: bool = False
    chosen_by: str = RATE
    rate: float = 0.01
    miss_cost: float = 10.0
    channel_limits: bool = False
    smallest_region: bool = False
    threshold: float = DEFAULT_THRESHOLD


@dataclass(frozen=True, eq=False)
class Measured:
    """The result of a measurement.

    Attributes:
        calibration: the threshold, and what it holds for.
        interval: between which shares of good parts to come are rejected, with 95 % confidence.
        among: the same of the next 100 good parts.
        curves: what every threshold does; None without defective parts.
        rejected: paths of good parts that the threshold and the channels' limits together reject; their regions say
            what the smallest is.
        smallest_rate: share of good parts that may have a region as large as the smallest, in [0, 1]; None where that
            was not measured.
    """

    calibration: Calibration
    interval: tuple[float, float]
    among: tuple[float, float]
    curves: TradeOff | None = None
    rejected: tuple[str, ...] = ()
    smallest_rate: float | None = None
