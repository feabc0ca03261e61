"""A score as people read it."""

from __future__ import annotations

import math


def score_words(score: float) -> str:
    """A score with two decimals, cut off and not rounded.

    So the number agrees with the verdict at every threshold of two decimals: 0.497 is good at 0.50, and reads 0.49.

    Args:
        score: in [0, 1].

    Returns:
        Such as "0.49"; "nan" for no number.
    """
    # A hundredth of a hundredth of a hundredth more: 0.29 is stored as a little less.
    return f"{math.floor(100 * score + 1e-6) / 100:.2f}" if math.isfinite(score) else str(score)
