"""Inspects every part of the open folder that has no score yet, behind everything else that a person asks for."""

from __future__ import annotations

import time
from enum import Enum
from functools import partial

from PySide6.QtCore import QObject

from app.batch.model import LEAST_SECONDS, RATE_SECONDS, BatchPhase, BatchState
from app.batch.work import BatchReport, BatchRun
from app.outputs.state import Outputs
from app.parts.order import defects
from app.shell.actions import Action, Actions, When
from app.shell.owners import Owners
from app.shell.stage import Stage
from app.shell.views import Views
from app.work.jobs import Outcome
from app.work.order_of_work import LAST, later
from tokenclip_core.rates import Rate

_Lane = Enum("_Lane", "SLICE")


_SLICES = 2
"""Waiting or running at a time: the next one begins without a turn of the GUI thread."""

_SETTLE_MILLISECONDS = 400
_ORDER_MILLISECONDS = 500
_ORDER_SHARE = 20
"""Sorting a long list anew takes at most one part in so many of the GUI thread's time."""

_OVER = (BatchPhase.NONE, BatchPhase.STOPPED, BatchPhase.DONE)


class BatchController(QObject):
    """Runs over the whole folder, says how far it is, and stops for whatever is more urgent.

    Other parts, another model and the end of the program end a run; what is inspected keeps its score. In the live view
    it rests. A changed threshold does not touch it: verdicts follow from scores. Changed scoring (a muted subspace,
    top-k, epsilon, areas, tiles) does: scores of two settings can't be sorted or compared, so the run begins again, as
    soon as the setting has been left alone for a moment, with all parts that have no score under the new one. What was
    inspected before is not lost: scores are kept for the last settings, so that undoing the change goes on where the
    run was, and parts whose encoding is still kept take a tenth of the time.
    """

    def __init__(self, owners: Owners, views: Views, actions: Actions, stage: Stage, outputs: Outputs) -> None:
        super().__init__(views)
        self._outputs = outputs
        session, work, store = owners.session, owners.work, owners.store
        models, shown = owners.models, owners.shown
        self._session, self._views, self._stage = session, views, stage
        self._work, self._store, self._models, self._shown = work, store, models, shown
        self._bar = views.status.batch
        self._run: BatchRun | None = None
        self._phase = BatchPhase.NONE
        self._paused = False
        self._requests: set[int] = set()
        self._listed = 0
        self._rate = Rate(RATE_SECONDS, least=LEAST_SECONDS)
        self._settle = later(self, self.refill, _SETTLE_MILLISECONDS)
        self._outdated = later(self, self._put_in_order, _ORDER_MILLISECONDS)
        actions.declare(
            Action(
                "inspect-all",
                self.tr("Inspec&t all"),
                self.start,
                keys=("Shift+F5",),
                icon="inspect-all",
                tip=self.tr("Inspect every part that has no score yet"),
                when=When.PARTS,
            )
        )
        self._bar.pause.clicked.connect(self.toggle_pause)
        self._bar.cancel.clicked.connect(self.cancel)

    @property
    def phase(self) -> BatchPhase:
        """What the run does."""
        return self._phase

    def start(self) -> None:
        """Inspect what has no score yet; a paused run goes on."""
        if not self._session.parts:
            self._views.status.show_activity(self.tr("Open a folder of parts to inspect all of them"))
            return
        self._paused = False
        if self._run is None:
            thread = self._work.inference.thread_of_jobs
            self._run = BatchRun(self._models.engine, partial(thread.has_waiting, LAST))
            self.refill()
        else:
            self.proceed()

    def toggle_pause(self) -> None:
        """Pause, or go on."""
        if self._run is not None:
            self._paused = not self._paused
            self.proceed()

    def cancel(self) -> None:
        """Stop the run, or take away what is said of the one before."""
        if self._run is None:
            self._take_phase(BatchPhase.NONE)
        else:
            self._leave(BatchPhase.STOPPED)

    def end(self) -> None:
        """Forget the run, because other parts are open, another model is loaded, or the program ends."""
        self._work.inference.cancel(_Lane.SLICE)
        self._requests.clear()
        self._outdated.stop()
        self._leave(BatchPhase.NONE)

    def judge_again(self) -> None:
        """Count the defects again, because the judgement changed."""
        if self._phase in {BatchPhase.STOPPED, BatchPhase.DONE}:
            self._show()

    def _leave(self, phase: BatchPhase) -> None:
        if self._run is not None:
            self._run.end()
            self._run = None
        self._settle.stop()
        self._take_phase(phase)

    def refill(self) -> None:
        """Queue all parts that have no score under the present settings."""
        if self._run is None:
            return
        self._settle.stop()
        self._listed = 0
        self._run.refill(())
        self.take_new_parts()

    def take_new_parts(self) -> None:
        """Queue the parts that were listed since the last call."""
        if self._run is None:
            return
        parts = self._session.parts
        first, self._listed = self._listed, len(parts)
        wanted: list[tuple[int, str]] = []
        for number, part in enumerate(parts[first:], first):
            # What is known already is looked at again where its result is to go out.
            if part.error is None and (part.score is None or self._outputs.wants(part)):
                wanted.append((number, part.path))
            else:
                self._outputs.take_failure(part)
        self._run.add(wanted)
        if first == 0:
            self._rate.restart(total=self._inspected)
        self.proceed()

    @property
    def _inspected(self) -> int:
        return self._listed - (0 if self._run is None else self._run.left)

    def proceed(self) -> None:
        """Do what is to be done next, and say so."""
        run = self._run
        if run is None:
            return
        phase = self._wanted_phase()
        if phase in {BatchPhase.RUNNING, BatchPhase.PAUSED} and not self._settle.isActive() and self._nothing_left(run):
            self._leave(BatchPhase.DONE)
            return
        if phase is BatchPhase.RUNNING and not self._settle.isActive():
            run.go_on()
            while run.left and len(self._requests) < _SLICES:
                work = partial(run.work, self._store.mix, judged=self._outputs.judged)
                request = self._work.inference.submit(
                    work, lane=_Lane.SLICE, priority=LAST, keep_others=True, then=self._on_finished
                )
                self._requests.add(request)
        else:
            run.stop()
        if phase is not self._phase:
            self._rate.restart(total=self._inspected)
        self._take_phase(phase)

    def _nothing_left(self, run: BatchRun) -> bool:
        return not run.left and not self._requests and not self._store.is_listing

    def _wanted_phase(self) -> BatchPhase:
        if self._paused:
            return BatchPhase.PAUSED
        if self._stage.live:
            return BatchPhase.RESTING
        return BatchPhase.WAITING if self._models.facts is None else BatchPhase.RUNNING

    def take_mix(self) -> None:
        """Begin again with another mix, as soon as it is left alone."""
        if self._run is not None:
            # A slider passes many settings on its way.
            self._run.stop()
            self._settle.start()
        elif self._phase is not BatchPhase.NONE:
            self._take_phase(BatchPhase.NONE)

    def take_part(self, number: int) -> None:
        """A part was inspected for itself, or could not be; or its file is another one, and is inspected again."""
        part = self._session.parts[number]
        if part.score is None and part.error is None:
            self._take_again(number)
        elif self._run is not None:
            self._run.discard(number)
            self._rate.count(events=self._inspected - self._rate.total)
            if self._paused and self._nothing_left(self._run):
                # What comes next is inspected ahead, also in a pause.
                self.proceed()
            else:
                self._show()

    def _take_again(self, number: int) -> None:
        if self._run is None:
            # All were asked for; the part that is shown is inspected for itself.
            if self._phase is BatchPhase.DONE and number != self._session.current:
                self.start()
        elif number < self._listed:
            self._run.again(number, self._session.parts[number].path)
            self.proceed()

    def _on_finished(self, outcome: Outcome) -> None:
        if outcome.request not in self._requests:
            return
        self._requests.discard(outcome.request)
        if isinstance(outcome.value, BatchReport):
            self._take(outcome.value)
        elif outcome.status == "failed":
            # An error of one part would be in the slice's report; this one means that the run can't go on.
            self._work.say(outcome)
            self._leave(BatchPhase.STOPPED)
        self._rate.count(events=self._inspected - self._rate.total)
        self.proceed()

    def _take(self, report: BatchReport) -> None:
        self._store.put_summaries(report.mix, report.summaries)
        if report.judged is not None:
            self._outputs.take_rows(report.mix, report.rows, report.judged[0])
        for failure in report.failures:
            self._shown.fail_part(failure.number, failure.error)
            if failure.details:
                self._work.failed.emit(failure.error, failure.details)
        if not report.summaries and not report.failures:
            return
        if report.summaries:
            self._store.summarised.emit(report.mix, report.summaries)
        self._views.parts.view.viewport().update()
        if not self._outdated.isActive():
            self._outdated.start()

    def _put_in_order(self) -> None:
        started = time.perf_counter()
        self._store.order_outdated.emit()
        taken = 1000 * (time.perf_counter() - started)
        self._outdated.setInterval(max(_ORDER_MILLISECONDS, round(_ORDER_SHARE * taken)))

    def _take_phase(self, phase: BatchPhase) -> None:
        self._phase = phase
        self._show()

    def _show(self) -> None:
        parts, over = self._session.parts, self._phase in _OVER
        if self._phase is BatchPhase.NONE:
            self._bar.show_state(BatchState())
        elif over:
            scored = sum(part.score is not None for part in parts)
            unreadable = sum(part.error is not None for part in parts)
            found = int(defects(parts, self._session.judgement).sum())
            inspected = scored + unreadable
            self._bar.show_state(BatchState(self._phase, inspected, len(parts), None, None, found, unreadable))
        else:
            rate = (self._rate.value() or None) if self._phase is BatchPhase.RUNNING else None
            inspected, total = self._inspected, len(parts)
            left = None if rate is None else (total - inspected) / rate
            self._bar.show_state(BatchState(self._phase, inspected, total, rate, left))
