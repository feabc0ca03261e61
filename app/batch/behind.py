"""Runs that work behind everything else, a slice after the other, and keep what they bring without a word."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from app.batch.work import BatchReport
from app.editing.adjustments import Mix
from app.shell.owners import Owners
from app.work.jobs import Cancellation, Lane, Outcome
from app.work.order_of_work import LAST


class SlicedRun(Protocol):
    """Parts that are scored a slice after the other."""

    @property
    def left(self) -> int:
        """How many parts are still to be taken up."""
        ...

    def work(self, mix: Mix, cancellation: Cancellation) -> BatchReport:
        """One slice, in the inference thread."""
        ...


class RunBehind:
    """At most one run at a time; it is over when nothing is left, when a slice fails, or when the mix has changed."""

    def __init__(self, owners: Owners, lane: Lane, kept: Callable[[], object] = lambda: None) -> None:
        """Make it without a run.

        Args:
            owners: of work and parts.
            lane: of its jobs in the inference thread.
            kept: called after the summaries of a slice were put into the store.
        """
        self._work, self._store = owners.work, owners.store
        self._lane, self._kept = lane, kept
        self._run: SlicedRun | None = None
        self._over: Callable[[], object] = lambda: None

    @property
    def goes_on(self) -> bool:
        """Whether there is a run."""
        return self._run is not None

    def others_wait(self) -> bool:
        """Whether the inference thread has something more urgent to do."""
        return self._work.inference.thread_of_jobs.has_waiting(LAST)

    def begin(self, run: SlicedRun, over: Callable[[], object] = lambda: None) -> None:
        """Let a run do its work; `over` is called once it has ended, however it ends."""
        self.stop()
        self._run, self._over = run, over
        self._go_on(run)

    def stop(self) -> None:
        """End the run, if there is one; what it has brought stays."""
        run, self._run = self._run, None
        if run is not None:
            self._over()
            self._work.inference.cancel(self._lane)

    def _go_on(self, run: SlicedRun) -> None:
        self._work.inference.submit(
            partial(run.work, self._store.mix), lane=self._lane, priority=LAST, then=partial(self._on_slice, run)
        )

    def _on_slice(self, run: SlicedRun, outcome: Outcome) -> None:
        report = outcome.value
        if run is not self._run:
            return
        if not isinstance(report, BatchReport) or report.mix != self._store.mix:
            # What can't be read or scored says so when it is looked at.
            self.stop()
            return
        if report.summaries:
            self._store.put_summaries(report.mix, report.summaries)
            self._store.summarised.emit(report.mix, report.summaries)
            self._kept()
        if run.left:
            self._go_on(run)
        else:
            self.stop()
