"""How often something happens."""

from __future__ import annotations

import pytest

from tokenclip_core.rates import Rate


@pytest.mark.parametrize("interval", [1 / 30, 0.25, 2.0, 7.0])
def test_steady_events_have_their_rate_however_slow(interval: float) -> None:
    rate = Rate()
    times = [100 + number * interval for number in range(40)]
    for now in times:
        rate.count(now)
    assert rate.value(times[-1]) == pytest.approx(1 / interval)
    assert rate.value(times[-1] + 0.9 * interval) == pytest.approx(1 / interval)
    assert rate.total == 40


def test_a_rate_follows_a_change_and_falls_when_nothing_comes() -> None:
    rate = Rate()
    assert rate.value(0) == 0
    rate.count(0.0)
    assert rate.value(0.1) == 0
    for number in range(300):
        rate.count(number / 30)
    for number in range(1, 5):
        rate.count(10 + number)
    assert rate.value(14) == pytest.approx(1, rel=0.05)
    assert rate.value(19) == pytest.approx(1 / 5)
    assert rate.value(60) == 0


def test_what_is_slower_than_the_usual_silence_has_a_rate() -> None:
    rate = Rate()
    for number in range(4):
        rate.count(40.0 * number)
    assert rate.value(155.0) == pytest.approx(1 / 40)
    assert rate.value(121.0 + 120) == 0


def test_events_that_come_in_heaps_are_counted_each() -> None:
    rate = Rate(20.0, least=1.0)
    assert rate.value(0.0) == 0
    rate.restart(0.0, total=100)
    rate.count(0.5, 10)
    assert rate.value(0.5) == 0, "half a second is too short to tell"
    rate.count(2.0, 10)
    rate.count(2.0, 0)
    assert rate.total == 120
    assert rate.value(2.0) == pytest.approx(10.0)
    for second in range(3, 60):
        rate.count(float(second), 5)
    assert rate.value(59.0) == pytest.approx(5.0)
    rate.restart(100.0, total=500)
    assert rate.value(100.0) == 0
    assert rate.total == 500
