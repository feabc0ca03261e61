"""Fills the history's page, and asks the store what it wants to know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.history.archive import AlarmsFound, Archive, RecipesCompared, ResultsFound, RunsFound, RunToOpen
from app.manage.sections import Sections
from app.review.store import data_folder
from app.settings.language import language_name
from app.settings.store import SettingsStore
from app.shell.views import Views
from app.work.jobs import Outcome
from app.work.work import Work
from tokenclip_core.output.store.summaries import RunSummary

if TYPE_CHECKING:
    from app.history.page import HistoryPage
    from app.recipes.differences_dialog import DifferencesDialog

_Lane = Enum("_Lane", "RUNS RESULTS OPEN RECIPES")


class BrowsingController(QObject):
    """Between the page and the store, in a thread of its own.

    Attributes:
        page: a section of what is looked after; None before it is seen.
        dialog: what differed between the recipes of two runs when it was last asked, or None.
    """

    def __init__(
        self,
        settings: SettingsStore,
        views: Views,
        sections: Sections,
        work: Work,
        open_again: Callable[[Sequence[Path], Path | None, float | None], object],
    ) -> None:
        """Make it; `open_again` is given places, a recipe's file and a threshold."""
        super().__init__(views)
        self._views, self._work, self._open_again = views, work, open_again
        self._settings = settings
        self._thread = work.new_thread("archive")
        self._archive = Archive(settings.values.history_store, data_folder() / "recipes of runs")
        self.page: HistoryPage | None = None
        self.dialog: DifferencesDialog | None = None
        sections.add("history", self.tr("&History"), self._make, self._ask_again, keys=("Ctrl+H",))

    def _make(self) -> HistoryPage:
        from app.history.page import HistoryPage, Orders

        archive = self._archive
        self.page = HistoryPage(
            Orders(
                lambda wanted: self._ask(_Lane.RUNS, partial(archive.runs, wanted)),
                lambda wanted: self._ask(_Lane.RESULTS, partial(archive.results, wanted)),
                lambda before, after: self._ask(_Lane.RESULTS, partial(archive.compare, before.uid, after.uid)),
                self._compare_recipes,
                self._open_run,
                lambda run: self._ask(_Lane.RESULTS, partial(archive.false_alarms, run.uid)),
            )
        )
        return self.page

    def _ask_again(self) -> None:
        if self.page is not None:
            self.page.look_again()

    def _open_run(self, run: RunSummary) -> None:
        self._ask(_Lane.OPEN, partial(self._archive.to_open, run))

    def _compare_recipes(self, before: RunSummary, after: RunSummary) -> None:
        language = language_name(self._settings.values.language)
        self._ask(_Lane.RECIPES, partial(self._archive.compare_recipes, before, after, language))

    def _ask(self, lane: _Lane, question: Callable[[], object]) -> None:
        self._thread.submit(lambda _cancellation: question(), lane=lane, then=self._on_answer)

    def _on_answer(self, outcome: Outcome) -> None:
        page, answer = self.page, outcome.value
        if page is None:
            return
        if isinstance(answer, RunsFound):
            page.show_runs(answer)
        elif isinstance(answer, ResultsFound):
            page.show_results(answer)
        elif isinstance(answer, AlarmsFound):
            page.show_alarms(answer)
        elif isinstance(answer, RunToOpen):
            self._open_again(answer.places, answer.recipe, answer.threshold)
            if not answer.places:
                page.show_problem(self.tr("The parts of this run are not where they were"))
        elif isinstance(answer, RecipesCompared):
            from app.recipes.differences_dialog import DifferencesDialog

            self.dialog = DifferencesDialog(answer.before, answer.after, answer.differences, page.window())
            self.dialog.open()
        elif isinstance(answer, list):
            page.show_differences(answer)
        elif outcome.status == "failed":
            page.show_problem(outcome.error)
