"""Scores and thresholds as people read them: what is below a threshold never looks as if it had reached it."""

from __future__ import annotations

import math

DECIMALS = 2
"""Decimals of a score that is shown without a threshold beside it."""

_MOST_DECIMALS = 4
_ROUNDING = 1e-6  # in units of the last decimal: 0.29 is stored a little lower, and would be cut to 0.28


def score_words(score: float, decimals: int = DECIMALS) -> str:
    """A score with some decimals, cut off and not rounded.

    So the number agrees with the verdict at every threshold of as many decimals: 0.497 is good at 0.50, and reads 0.49.

    Args:
        score: in [0, 1].
        decimals: how many.

    Returns:
        Such as "0.49"; "nan" for no number.
    """
    if not math.isfinite(score):
        return str(score)
    scale = 10**decimals
    whole = math.floor(scale * score + _ROUNDING)
    if whole / scale > score:
        whole -= 1
    return f"{whole / scale:.{decimals}f}"


def threshold_words(threshold: float) -> str:
    """A threshold in [0, 1] with the decimals it has, from two to four: "0.50", "0.497"."""
    words = f"{threshold:.{_MOST_DECIMALS}f}"
    least = len(words) - (_MOST_DECIMALS - DECIMALS)
    return words[:least] + words[least:].rstrip("0")


def compared_words(score: float, threshold: float) -> tuple[str, str]:
    """A score, and how it compares with a threshold, both in [0, 1] and with the decimals of the threshold.

    Returns:
        Such as "0.49" and "< 0.50". The numbers are in the order that the sign says; with a threshold of more than
        four decimals they may look equal where the score misses it by less than a ten-thousandth.
    """
    words = threshold_words(threshold)
    sign = "≥" if score >= threshold else "<"
    return score_words(score, len(words.partition(".")[2])), f"{sign} {words}"
