from __future__ import annotations

import os
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from window_fakes import ENDS_SECONDS

from app.work.jobs import NICENESS, Cancellation, JobThread, Outcome


class Collector:
    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.changed = threading.Condition()

    def __call__(self, outcome: Outcome) -> None:
        with self.changed:
            self.outcomes.append(outcome)
            self.changed.notify_all()

    def wait_for(self, count: int) -> list[Outcome]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.outcomes) >= count, 10)
        return self.outcomes


def blocked(collector: Collector, waiting: int = 0) -> tuple[JobThread, threading.Event]:
    """A thread whose first job waits until the event is set, with so many more behind it."""
    thread = JobThread("test", collector)
    running, release = threading.Event(), threading.Event()

    def wait(_cancellation: Cancellation) -> str:
        running.set()
        release.wait(ENDS_SECONDS)
        return "first"

    thread.submit(wait, lane="first")
    assert running.wait(ENDS_SECONDS)
    for number in range(waiting):
        thread.submit(lambda _: None, lane=str(number))
    return thread, release


def end(thread: JobThread) -> None:
    thread.stop()
    assert thread.join(ENDS_SECONDS)


def test_urgent_jobs_run_before_others() -> None:
    collector = Collector()
    thread, release = blocked(collector)
    order: list[str] = []
    thread.submit(lambda _: order.append("later"), lane="later", priority=1)
    thread.submit(lambda _: order.append("urgent"), lane="urgent", priority=0)
    release.set()
    collector.wait_for(3)
    assert order == ["urgent", "later"]
    end(thread)


def test_a_newer_job_overtakes_its_lane() -> None:
    collector = Collector()
    thread, release = blocked(collector)
    old = thread.submit(lambda _: "old", lane="shown")
    new = thread.submit(lambda _: "new", lane="shown")
    release.set()
    ended = {outcome.request: outcome for outcome in collector.wait_for(3)}
    assert ended[old].status == "cancelled"
    assert (ended[new].status, ended[new].value) == ("done", "new")
    end(thread)


def test_a_running_job_of_the_lane_is_asked_to_end() -> None:
    collector = Collector()
    thread = JobThread("test", collector)
    running = threading.Event()

    def endless(cancellation: Cancellation) -> None:
        running.set()
        while True:
            cancellation.check()

    first = thread.submit(endless, lane="shown")
    assert running.wait(ENDS_SECONDS)
    second = thread.submit(lambda _: None, lane="shown")
    ended = {outcome.request: outcome.status for outcome in collector.wait_for(2)}
    assert ended == {first: "cancelled", second: "done"}
    end(thread)


def test_a_failure_is_said_and_the_next_job_works() -> None:
    collector = Collector()
    thread = JobThread("test", collector, expected_errors=(LookupError,))

    def fail(error: Exception) -> None:
        raise error

    thread.submit(lambda _: fail(KeyError("words for people")), lane="a")
    thread.submit(lambda _: fail(ZeroDivisionError()), lane="b")
    thread.submit(lambda _: 3, lane="c")
    expected, unexpected, done = collector.wait_for(3)
    assert (expected.status, expected.expected) == ("failed", True)
    assert (unexpected.status, unexpected.expected, unexpected.error) == ("failed", False, "ZeroDivisionError")
    assert "Traceback" in unexpected.details
    assert done.value == 3
    end(thread)


def test_stopping_drops_what_waits() -> None:
    collector = Collector()
    thread, release = blocked(collector, waiting=5)
    thread.stop()
    assert not thread.join(0.01)
    release.set()
    assert thread.join(ENDS_SECONDS)
    late = thread.submit(lambda _: None, lane="late")
    assert [outcome.status for outcome in collector.wait_for(7)] == ["cancelled"] * 7
    assert collector.outcomes[-1].request == late


def test_finishing_does_what_waits_and_takes_no_more() -> None:
    collector = Collector()
    thread, release = blocked(collector, waiting=5)
    thread.finish()
    late = thread.submit(lambda _: None, lane="late")
    release.set()
    assert thread.join(ENDS_SECONDS)
    statuses = {outcome.request: outcome.status for outcome in collector.wait_for(7)}
    assert statuses.pop(late) == "cancelled"
    assert list(statuses.values()) == ["done"] * 6


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2), st.booleans()), max_size=20))
def test_every_job_ends_exactly_once(jobs: list[tuple[str, int, bool]]) -> None:
    collector = Collector()
    thread = JobThread("test", collector)
    requests = [
        thread.submit(lambda _, fails=fails: 1 // (not fails), lane=lane, priority=priority)
        for lane, priority, fails in jobs
    ]
    collector.wait_for(len(requests))
    end(thread)
    assert sorted(outcome.request for outcome in collector.outcomes) == requests


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows a niceness of single threads")
def test_what_computes_makes_way_for_the_window() -> None:
    collector = Collector()
    thread = JobThread("test", collector)

    def niceness(_cancellation: Cancellation) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []

        def look() -> None:
            who = threading.get_native_id()
            found.append((os.getpriority(os.PRIO_PROCESS, who), os.sched_getscheduler(who)))

        look()
        helper = threading.Thread(target=look)
        helper.start()
        helper.join(ENDS_SECONDS)
        return found

    thread.submit(niceness, lane="first")
    (outcome,) = collector.wait_for(1)
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert outcome.value == [(min(own + NICENESS, 19), os.SCHED_BATCH)] * 2
    thread.stop()
    assert thread.join(ENDS_SECONDS)


def test_a_thread_begins_with_its_first_job() -> None:
    collector = Collector()
    before = threading.active_count()
    unused, used = JobThread("unused", collector), JobThread("used", collector)
    assert threading.active_count() == before
    used.submit(lambda _: 1, lane="lane")
    collector.wait_for(1)
    assert threading.active_count() == before + 1
    end(unused)
    end(used)
    unused.submit(lambda _: 1, lane="late")
    assert [outcome.status for outcome in collector.wait_for(2)] == ["done", "cancelled"]
