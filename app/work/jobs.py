"""A long-lived thread that does one job at a time, most urgent first; no Qt.

A job belongs to a lane. A newer job overtakes the older ones of its lane: those still waiting are dropped, the one that
runs is asked to stop. Every submitted job ends in exactly one `Outcome`, whatever happens to it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import threading
import traceback
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Literal

Status = Literal["done", "failed", "cancelled"]

NICENESS = 10  # of threads that compute, on Linux, where it is a thread's own: the window is served first


class JobCancelledError(Exception):
    """Raised inside a job by `Cancellation.check`."""


class Cancellation:
    """Tells a running job that nobody waits for it any more."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def requested(self) -> bool:
        """Whether the job should end."""
        return self._event.is_set()

    def request(self) -> None:
        """Ask the job to end at its next check."""
        self._event.set()

    def check(self) -> None:
        """Raise `JobCancelledError` if the job should end."""
        if self.requested:
            raise JobCancelledError


Job = Callable[[Cancellation], object]

Lane = Hashable
"""Names a lane: a member of a feature's own enumeration, or a small frozen value such as a camera's."""


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes:
        request: the number that `JobThread.submit` returned.
        lane: the job's lane.
        status: ``done``, ``failed`` or ``cancelled``.
        value: what the job returned.
        error: why it failed, in one line.
        details: the traceback, for a bug report.
        expected: the failure was said in words by the program itself, and is no bug.
    """

    request: int
    lane: Lane
    status: Status
    value: object = None
    error: str = ""
    details: str = ""
    expected: bool = False


@dataclass
class _Waiting:
    request: int
    lane: Lane
    priority: int
    work: Job
    cancellation: Cancellation


def make_way_for_the_window() -> None:
    """Let the calling thread, and those that it starts (as torch's are), wait where the window's thread has work.

    Only Linux knows a niceness of single threads, and a class of threads that interrupt no other when they wake.
    Elsewhere, and where it is not allowed, all stays as it is.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + NICENESS)
            os.sched_setscheduler(thread, os.SCHED_BATCH, os.sched_param(0))


class JobThread:
    """One thread with a queue of lanes.

    Attributes:
        name: of the thread.
        expected_errors: exceptions whose message is meant for people.
    """

    def __init__(
        self,
        name: str,
        deliver: Callable[[Outcome], object],
        *,
        expected_errors: tuple[type[Exception], ...] = (),
    ) -> None:
        """Make a thread; it is started by its first job, so that threads which nobody needs yet cost a start nothing.

        Args:
            name: of the thread.
            deliver: called in the thread with every outcome; must not block.
            expected_errors: exceptions whose message is meant for people.
        """
        self.name = name
        self.expected_errors = expected_errors
        self._deliver = deliver
        self._numbers = itertools.count(1)
        self._waiting: list[_Waiting] = []
        self._running: _Waiting | None = None
        self._stopping = self._finishing = False
        self._condition = threading.Condition()
        # A daemon, so that native code which can't be interrupted never keeps a closed program alive.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._started = False

    def submit(self, work: Job, *, lane: Lane, priority: int = 0, keep_others: bool = False) -> int:
        """Queue a job; returns its request number.

        Args:
            work: called in the thread with its `Cancellation`.
            lane: jobs of one lane overtake each other.
            priority: lower runs earlier; equal ones in the order in which they were submitted.
            keep_others: do not drop the lane's older jobs.
        """
        with self._condition:
            job = _Waiting(next(self._numbers), lane, priority, work, Cancellation())
            dropped = [] if keep_others else self._take(lane)
            if self._stopping or self._finishing:
                dropped.append(job)
            else:
                self._waiting.append(job)
                self._condition.notify()
                self._start()
        self._report_cancelled(dropped)
        return job.request

    def cancel(self, *lanes: Lane) -> None:
        """Drop the waiting jobs of some lanes and ask their running one to end."""
        with self._condition:
            dropped = [job for lane in lanes for job in self._take(lane)]
        self._report_cancelled(dropped)

    def has_waiting(self, before: int) -> bool:
        """Whether a job of a lower priority number waits, for a long job of the last priority to make way."""
        with self._condition:
            return any(job.priority < before for job in self._waiting)

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        with self._condition:
            return self._running is None and not self._waiting

    def finish(self) -> None:
        """Take no more jobs, do those that wait, and let the thread end; returns at once."""
        with self._condition:
            self._finishing = True
            self._condition.notify()

    def stop(self) -> None:
        """Drop all jobs, ask the running one to end, and let the thread finish; returns at once."""
        with self._condition:
            self._stopping = True
            dropped, self._waiting = self._waiting, []
            if self._running is not None:
                self._running.cancellation.request()
            self._condition.notify()
        self._report_cancelled(dropped)

    def join(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for the thread to end; whether it did. One without a job never began."""
        with self._condition:
            if not self._started:
                return True
        self._thread.join(max(0.0, timeout))
        return not self._thread.is_alive()

    def _start(self) -> None:
        """Start the thread, once; the condition is held."""
        if not self._started:
            self._started = True
            self._thread.start()

    def _take(self, lane: Lane) -> list[_Waiting]:
        """Remove a lane's waiting jobs; the condition is held."""
        dropped = [job for job in self._waiting if job.lane == lane]
        self._waiting = [job for job in self._waiting if job.lane != lane]
        if self._running is not None and self._running.lane == lane:
            self._running.cancellation.request()
        return dropped

    def _report_cancelled(self, jobs: list[_Waiting]) -> None:
        for job in jobs:
            self._deliver(Outcome(job.request, job.lane, "cancelled"))

    def _run(self) -> None:
        make_way_for_the_window()
        while True:
            with self._condition:
                self._running = None
                while not self._waiting and not self._stopping and not self._finishing:
                    self._condition.wait()
                if self._stopping or not self._waiting:
                    return
                job = min(self._waiting, key=lambda waiting: (waiting.priority, waiting.request))
                self._waiting.remove(job)
                self._running = job
            self._deliver(self._outcome(job))

    def _outcome(self, job: _Waiting) -> Outcome:
        try:
            job.cancellation.check()
            value = job.work(job.cancellation)
            job.cancellation.check()
        except JobCancelledError:
            return Outcome(job.request, job.lane, "cancelled")
        except self.expected_errors as error:
            details = traceback.format_exc()
            return Outcome(job.request, job.lane, "failed", None, str(error), details, expected=True)
        except Exception as error:
            message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            return Outcome(job.request, job.lane, "failed", None, message, traceback.format_exc())
        return Outcome(job.request, job.lane, "done", value)
