"""A score's words agree with its verdict."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tokenclip_core.judgement.score_words import compared_words, score_words, threshold_words


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


def test_a_single_precision_number_just_below_does_not_reach_it() -> None:
    for hundredths in range(1, 101):
        below = float(np.nextafter(np.float32(hundredths / 100), np.float32(0)))
        assert float(score_words(below)) < hundredths / 100


@pytest.mark.parametrize(
    ("threshold", "words"), [(0.0, "0.00"), (0.5, "0.50"), (0.497, "0.497"), (0.49731, "0.4973"), (1.0, "1.00")]
)
def test_a_threshold_has_the_decimals_it_needs(threshold: float, words: str) -> None:
    assert threshold_words(threshold) == words


@pytest.mark.parametrize(
    ("score", "threshold", "words"),
    [
        (0.498, 0.497, ("0.498", "≥ 0.497")),
        (0.492, 0.493, ("0.492", "< 0.493")),
        (0.497, 0.5, ("0.49", "< 0.50")),
        (0.51371, 0.5137, ("0.5137", "≥ 0.5137")),
    ],
)
def test_a_score_has_the_decimals_of_what_it_is_compared_with(
    score: float, threshold: float, words: tuple[str, str]
) -> None:
    assert compared_words(score, threshold) == words
