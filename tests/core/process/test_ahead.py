"""Working ahead in threads: order, bounds, errors in their place, closing."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from tokenclip_core.process.ahead import in_advance


class Steps:
    """A generator of numbers that tells how far it is, and in which thread it was closed."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.begun = 0
        self.closed_in = ""
        self.changed = threading.Condition()

    def run(self) -> Generator[int, None, None]:
        try:
            for number in range(self.count):
                with self.changed:
                    self.begun = number + 1
                    self.changed.notify_all()
                yield number
        finally:
            self.closed_in = threading.current_thread().name

    def wait_until_begun(self, number: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.begun >= number, timeout=60)


def test_items_come_in_order_and_one_is_made_while_the_last_is_used() -> None:
    steps = Steps(20)
    taken = []
    for number in in_advance(steps.run()):
        taken.append(number)
        assert number == 19 or steps.wait_until_begun(number + 2), "the next one is not made meanwhile"
        # The one that is used, one that waits, and never a third.
        assert steps.begun <= number + 3
    assert taken == list(range(20))
    assert steps.closed_in == "ahead"


@pytest.mark.parametrize("ahead", [1, 3])
def test_no_more_are_made_than_may_wait(ahead: int) -> None:
    steps = Steps(50)
    items = in_advance(steps.run(), ahead=ahead)
    assert next(items) == 0
    assert steps.wait_until_begun(1 + ahead)
    assert steps.begun <= 1 + ahead
    items.close()


def test_an_error_comes_in_its_place() -> None:
    def broken() -> Generator[int, None, None]:
        yield 1
        yield 2
        raise ValueError("the third")

    items = in_advance(broken())
    assert (next(items), next(items)) == (1, 2)
    with pytest.raises(ValueError, match="the third"):
        next(items)


def test_closing_early_closes_the_generator_in_its_thread() -> None:
    steps = Steps(1000)
    items = in_advance(steps.run())
    assert next(items) == 0
    items.close()
    assert steps.closed_in == "ahead"
    assert steps.begun <= 3
    assert not any(thread.name == "ahead" for thread in threading.enumerate())
