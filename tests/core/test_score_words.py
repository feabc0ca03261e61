"""A score's words agree with its verdict."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tokenclip_core.score_words import score_words


@pytest.mark.parametrize(
    ("score", "words"), [(0.0, "0.00"), (0.497, "0.49"), (0.5, "0.50"), (0.999, "0.99"), (1, "1.00")]
)
def test_it_is_cut_off(score: float, words: str) -> None:
    assert score_words(score) == words


def test_no_number_is_said_as_such() -> None:
    assert score_words(math.nan) == "nan"


def test_it_is_at_or_above_the_thresholds_that_the_score_reaches() -> None:
    scores = np.random.default_rng(7).random(2_000).tolist()
    for hundredths in range(101):
        threshold = hundredths / 100
        assert score_words(threshold) == f"{threshold:.2f}", "a number of two decimals stays what it is"
        assert all((float(score_words(score)) >= threshold) == (score >= threshold) for score in scores)
