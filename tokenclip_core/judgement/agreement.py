"""How the program's verdicts and people's decisions go together, with how sure the rates are."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

_STANDARD_DEVIATIONS = 1.959963984540054
"""Standard deviations on either side of the mean of a normal distribution between which 95 % of it lie."""


@dataclass(frozen=True)
class Rate:
    """A share of counted parts, and between which shares it truly lies with 95 % confidence.

    Attributes:
        count: of `total` parts.
        total: 0 where there is nothing to tell.
        low, high: in [0, 1].
    """

    count: int
    total: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share, in [0, 1]; 0 where there are no parts."""
        return self.count / self.total if self.total else 0.0


def wilson_rate(count: int, total: int) -> Rate:
    """A rate with its score interval (Wilson 1927): right also for few parts and for rates of 0 and 1.

    Args:
        count: 0 to `total`.
        total: 0 or more.
    """
    if not total:
        return Rate(0, 0, 0.0, 1.0)
    share, z = count / total, _STANDARD_DEVIATIONS
    scale = 1 + z * z / total
    middle = (share + z * z / (2 * total)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    # The ends of the range are met exactly, whatever is rounded.
    low = 0.0 if count == 0 else middle - half
    return Rate(count, total, low, 1.0 if count == total else middle + half)


@dataclass(frozen=True)
class Agreement:
    """How the program's verdicts and people's latest decisions go together; counts of parts."""

    defect_rejected: int = 0
    defect_accepted: int = 0
    good_rejected: int = 0
    good_accepted: int = 0

    @property
    def decided(self) -> int:
        """How many parts have both."""
        return self.defect_rejected + self.defect_accepted + self.good_rejected + self.good_accepted

    @property
    def agreeing(self) -> Rate:
        """The share of the decided parts about which both say the same."""
        return wilson_rate(self.defect_rejected + self.good_accepted, self.decided)

    @property
    def false_rejects(self) -> Rate:
        """The share of the parts that people accepted which the program calls defective."""
        return wilson_rate(self.defect_accepted, self.defect_accepted + self.good_accepted)

    @property
    def misses(self) -> Rate:
        """The share of the parts that people rejected which the program calls good."""
        return wilson_rate(self.good_rejected, self.good_rejected + self.defect_rejected)

    @classmethod
    def of(cls, said: Iterable[tuple[bool, bool]]) -> Agreement:
        """Count parts by (the program calls it defective, a person rejected it)."""
        counts = {(defect, rejected): 0 for defect in (True, False) for rejected in (True, False)}
        for both in said:
            counts[both] += 1
        return cls(counts[True, True], counts[True, False], counts[False, True], counts[False, False])
