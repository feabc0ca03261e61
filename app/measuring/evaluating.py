"""Opens the page of evaluations, and follows the one that is on its way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from app.manage.sections import Sections
from app.measuring.evaluation import EvaluationProgress, EvaluationRun, Subject
from app.shell.owners import Owners
from app.shell.views import Views
from app.work.jobs import Outcome
from app.work.order_of_work import LAST

if TYPE_CHECKING:
    from app.measuring.evaluation_page import EvaluationPage


_Lane = Enum("_Lane", "SLICE")


class EvaluatingController(QObject):
    """Owns the evaluation that is on its way, which goes on while its page is closed.

    It is of the settings that were in force when it began.

    Attributes:
        page: made when it is first opened, or None.
        ask_for_folder: a folder with labels, or None.
    """

    def __init__(
        self, owners: Owners, views: Views, sections: Sections, open_parts: Callable[[Sequence[Path]], object]
    ) -> None:
        super().__init__(views)
        self._work, self._store, self._models = owners.work, owners.store, owners.models
        self._open_parts = open_parts
        self._run: EvaluationRun | None = None
        self.page: EvaluationPage | None = None
        self.ask_for_folder: Callable[[], Path | None] = self._ask_for_folder
        sections.add(
            "evaluate",
            self.tr("&Evaluation"),
            self._make,
            short=self.tr("Evaluate"),
            tip=self.tr("Measure the model on a folder whose parts are known to be good or defective"),
        )

    def _make(self) -> EvaluationPage:
        from app.measuring.evaluation_page import EvaluationPage, Orders

        orders = Orders(
            lambda: self.ask_for_folder(), self.evaluate, self.stop, lambda path: self._open_parts([Path(path)])
        )
        self.page = EvaluationPage(orders)
        return self.page

    def evaluate(self, folder: Path) -> None:
        """Begin to evaluate the labelled parts of a folder."""
        if self.page is None or self._run is not None:
            return
        if self._models.facts is None:
            self.page.show_problem(self.tr("There is no model yet"))
            return
        thread, mix = self._work.inference.thread_of_jobs, self._store.mix
        subject = Subject(folder, self._models.in_use.label, mix.evidence or self._models.facts.evidence.kind)
        self._run = EvaluationRun(self._models.engine, mix, subject, partial(thread.has_waiting, LAST))
        self.page.show_progress(self.tr("Looking for parts…"))
        self._go_on()

    @property
    def is_evaluating(self) -> bool:
        """Whether a folder is being evaluated."""
        return self._run is not None

    def stop(self) -> None:
        """Stop the evaluation without a result."""
        if self._run is not None:
            self._run.stop()
            self._run = None
        if self.page is not None:
            self.page.show_progress("")

    def _go_on(self) -> None:
        run = self._run
        if run is not None:
            then = partial(self._on_slice, run)
            self._work.inference.submit(run.work, lane=_Lane.SLICE, priority=LAST, keep_others=True, then=then)

    def _on_slice(self, run: EvaluationRun, outcome: Outcome) -> None:
        page, progress = self.page, outcome.value
        if run is not self._run or page is None:
            return
        if isinstance(progress, EvaluationProgress) and progress.answer is None:
            words = self.tr("{count} of {total} inspected")
            page.show_progress(words.format(count=f"{progress.done:,}", total=f"{progress.total:,}"))
            self._go_on()
            return
        self._run = None
        if isinstance(progress, EvaluationProgress) and progress.answer is not None:
            page.show_evaluated(progress.answer)
        else:
            page.show_problem(outcome.error if outcome.status == "failed" else "")

    def _ask_for_folder(self) -> Path | None:
        chosen = QFileDialog.getExistingDirectory(self.page, self.tr("A folder with labels"))
        return Path(chosen) if chosen else None
