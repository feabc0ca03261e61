"""Rates of agreement, against values of the interval that others have published, and at its ends."""

from __future__ import annotations

import pytest

from tokenclip_core.judgement.agreement import Agreement, Rate, wilson_rate


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    # Newcombe 1998, table I: the score interval without continuity correction.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_the_published_one(count: int, total: int, low: float, high: float) -> None:
    rate = wilson_rate(count, total)
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=5e-5)
    assert rate.low <= rate.share <= rate.high
    mirrored = wilson_rate(total - count, total)
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((rate.low, rate.high))


def test_no_parts_say_nothing() -> None:
    assert wilson_rate(0, 0) == Rate(0, 0, 0.0, 1.0)
    assert Agreement().misses.share == 0.0


def test_rates_are_of_what_they_say() -> None:
    said = [(True, True)] * 8 + [(True, False)] * 3 + [(False, True)] * 2 + [(False, False)] * 27
    agreement = Agreement.of(said)
    assert (agreement.agreeing.count, agreement.agreeing.total) == (35, 40)
    assert (agreement.false_rejects.count, agreement.false_rejects.total) == (3, 30)
    assert (agreement.misses.count, agreement.misses.total) == (2, 10)
