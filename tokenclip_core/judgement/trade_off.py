"""What thresholds cost and bring, where good and defective parts are known: curves, and the best choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tokenclip_core.errors import SettingsError

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TradeOff:
    """Every threshold that makes a difference, from the highest to the lowest, with what it does.

    Attributes:
        thresholds: (T,) in [0, 1]; the first rejects nothing that was measured, if there is such a one.
        good_rejected: (T,) how many good parts reach it.
        defective_found: (T,) how many defective parts reach it.
        good_parts: how many there are.
        defective_parts: how many there are.
    """

    thresholds: Numbers
    good_rejected: npt.NDArray[np.int64]
    defective_found: npt.NDArray[np.int64]
    good_parts: int
    defective_parts: int

    @property
    def false_reject_rates(self) -> Numbers:
        """(T,) share of the good parts that are rejected: x of the ROC curve."""
        return self.good_rejected / self.good_parts

    @property
    def found_rates(self) -> Numbers:
        """(T,) share of the defective parts that are found: y of the ROC curve, x of precision and recall."""
        return self.defective_found / self.defective_parts

    @property
    def precisions(self) -> Numbers:
        """(T,) share of defective parts among the rejected ones; 1 where nothing is rejected."""
        rejected = self.good_rejected + self.defective_found
        return np.where(rejected > 0, self.defective_found / np.maximum(rejected, 1), 1.0)

    @property
    def f1(self) -> Numbers:
        """(T,) harmonic mean of precision and recall."""
        return 2 * self.defective_found / (self.good_rejected + self.defective_found + self.defective_parts)

    def best_f1(self) -> float:
        """The highest threshold whose F1 is the best."""
        return float(self.thresholds[int(np.argmax(self.f1))])

    def cheapest(self, cost_of_reject: float, cost_of_miss: float) -> float:
        """The highest threshold at which the measured parts cost least.

        Args:
            cost_of_reject: of a good part that is rejected, 0 or more.
            cost_of_miss: of a defective part that passes, in the same unit.

        Raises:
            SettingsError: a negative cost, or both 0.
        """
        if not (cost_of_reject >= 0 and cost_of_miss >= 0 and 0 < cost_of_reject + cost_of_miss < float("inf")):
            raise SettingsError("costs must be 0 or more, and one of them over 0.")
        missed = self.defective_parts - self.defective_found
        return float(self.thresholds[int(np.argmin(cost_of_reject * self.good_rejected + cost_of_miss * missed))])


def trade_off(good: Sequence[float], defective: Sequence[float]) -> TradeOff:
    """What every threshold does to measured parts.

    Args:
        good: scores of good parts, in [0, 1], at least one.
        defective: scores of defective parts, in [0, 1], at least one.

    Raises:
        SettingsError: none of one kind, or a score outside [0, 1].
    """
    fine, bad = (np.sort(np.asarray(scores, np.float64)) for scores in (good, defective))
    if not fine.size or not bad.size:
        raise SettingsError("comparing thresholds needs good parts and defective ones; name folders that hold some.")
    both = np.concatenate([fine, bad])
    if not (np.isfinite(both).all() and both.min() >= 0 and both.max() <= 1):
        raise SettingsError("a score is not in 0 to 1; look for the image it belongs to.")
    above = np.nextafter(both.max(), 2.0)
    thresholds = np.unique(np.append(both, min(above, 1.0)))[::-1]
    return TradeOff(
        thresholds=thresholds,
        good_rejected=fine.size - np.searchsorted(fine, thresholds, "left"),
        defective_found=bad.size - np.searchsorted(bad, thresholds, "left"),
        good_parts=int(fine.size),
        defective_parts=int(bad.size),
    )
