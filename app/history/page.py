"""The history: runs, their results, another threshold, two runs compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QDateTime, QItemSelection, QItemSelectionModel, Qt, QTimerEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.editing.names import called_here
from app.history.again import JudgeAgain
from app.history.archive import PAGE, AlarmsFound, ResultsFound, ResultsWanted, RunsFound, RunsWanted
from app.parts.state import score_words, threshold_words
from app.widgets.action_button import ActionButton
from app.widgets.elided_label import ElidedLabel
from app.widgets.layouts import fill
from app.widgets.said import Said, muted
from app.widgets.text_table import SelectingView, TextTable, WordsOf, as_list
from tokenclip_core.output.store.summaries import Difference, RunSummary, StoredResult

_TYPING_MILLISECONDS = 250


class Orders(NamedTuple):
    """What the page asks for."""

    find_runs: Callable[[RunsWanted], object]
    find_results: Callable[[ResultsWanted], object]
    compare: Callable[[RunSummary, RunSummary], object]
    compare_recipes: Callable[[RunSummary, RunSummary], object]
    open_run: Callable[[RunSummary], object]
    find_alarms: Callable[[RunSummary], object]


class HistoryPage(QWidget):
    """Lists runs and results; what is typed or chosen is asked for at once.

    Attributes:
        runs_view, results_view: the tables.
        text, days: which runs.
        part_text, verdict, decision: which results of the chosen run.
        judging: whether it is judged again, and how; `again`, `threshold` and `smallest` are its boxes.
    """

    words = Said("_words")
    """What is said of the chosen runs."""

    space = Said("_space")
    """What is said of the whole history."""

    def __init__(self, orders: Orders, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._orders = orders
        self._runs: tuple[RunSummary, ...] = ()
        self._wanted: ResultsWanted | None = None
        self._results: list[StoredResult] = []
        self._again: Mapping[int, str] = {}
        self._timer = 0
        self._make_tables()
        self._make_filters()
        self.open_action = self.addAction(self.tr("Open this run again"), self._open)
        self.compare_action = self.addAction(self.tr("Compare the two runs"), self._compare)
        self.alarms_action = self.addAction(self.tr("False alarms"), self._find_alarms)
        self.alarms_action.setToolTip(
            self.tr("Defective parts that were accepted, grouped by the subspaces that stand out in them")
        )
        self.recipes_action = self.addAction(self.tr("Compare their recipes"), self._compare_recipes)
        self._lay_out()
        for signal in (
            self.text.textChanged,
            self.days.currentIndexChanged,
            self.part_text.textChanged,
            self.verdict.currentIndexChanged,
            self.decision.currentIndexChanged,
            self.again.toggled,
            self.threshold.valueChanged,
            self.smallest.valueChanged,
        ):
            signal.connect(self._ask_soon)
        self._on_selected()

    def _make_tables(self) -> None:
        self._runs_table = TextTable(
            (
                self.tr("Begun"),
                self.tr("Parts of"),
                self.tr("Recipe or model"),
                self.tr("Parts"),
                self.tr("Defective"),
                self.tr("Threshold"),
            ),
            (3, 4, 5),
            self,
        )
        self._results_table = TextTable(self._result_headings(), (1,), self)
        self.runs_view = SelectingView(self._on_selected)
        self.results_view = QTableView()

    def _make_filters(self) -> None:
        accepted, rejected, undecided = self.tr("Accepted"), self.tr("Rejected"), self.tr("Not decided")
        self.text, self.part_text = _line(self.tr("Search runs"), self), _line(self.tr("Search parts"), self)
        self.days = _box(
            self.tr("Time"),
            (self.tr("All times"), 0),
            (self.tr("Last day"), 1),
            (self.tr("Last 7 days"), 7),
            (self.tr("Last 30 days"), 30),
            (self.tr("Last year"), 365),
        )
        self.verdict = _box(
            self.tr("Verdict"),
            (self.tr("All verdicts"), ""),
            (self.tr("Defect"), "defect"),
            (self.tr("Good"), "good"),
            (self.tr("Unreadable"), "error"),
        )
        self.decision = _box(
            self.tr("Decision"),
            (self.tr("All decisions"), ""),
            (accepted, "accepted"),
            (rejected, "rejected"),
            (undecided, "none"),
        )
        self.judging = JudgeAgain()
        self.again, self.threshold, self.smallest = self.judging.box, self.judging.threshold, self.judging.smallest
        self._words = ElidedLabel()
        self._space = muted(ElidedLabel())

    def ask(self) -> None:
        """Ask for the runs that the fields describe."""
        self._orders.find_runs(RunsWanted(self.text.text().strip(), int(self.days.currentData())))

    def look_again(self) -> None:
        """Ask for the runs, and for the results of the chosen one: decisions of later on belong to them."""
        self.ask()
        self._ask_for_results()

    def show_runs(self, found: RunsFound) -> None:
        """List runs; the ones that were chosen stay chosen where they are still there."""
        chosen = {run.uid for run in self.chosen}
        if found.runs != self._runs:
            self._runs = found.runs
            self._runs_table.show_rows(WordsOf(found.runs, self._run_words))
            rows = [row for row, run in enumerate(found.runs) if run.uid in chosen]
            self._choose(rows or list(range(min(1, len(found.runs)))))
        space = found.space
        many = self.tr("{runs} runs, {results} results")
        words = self.tr("1 run, {results} results") if space.runs == 1 else many
        words = words.format(runs=f"{space.runs:,}", results=f"{space.results:,}")
        if space.nbytes is not None:
            words += self.tr(", {size} MB on this disk").format(size=f"{space.nbytes / 1e6:,.1f}")
        self._space.setText(words)
        if not found.runs:
            self._on_selected()

    def _choose(self, rows: Sequence[int]) -> None:
        """Select these runs, all at once."""
        table, selection = self._runs_table, QItemSelection()
        for row in rows:
            selection.select(table.index(row, 0), table.index(row, 0))
        flags = QItemSelectionModel.SelectionFlag
        self.runs_view.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)

    @property
    def chosen(self) -> list[RunSummary]:
        """The selected runs, the newest first."""
        rows = sorted(index.row() for index in self.runs_view.selectionModel().selectedRows())
        return [self._runs[row] for row in rows]

    def show_results(self, found: ResultsFound) -> None:
        """List the results of the chosen run, or those behind the last ones."""
        if [run.uid for run in self.chosen] != [found.wanted.run] or self._wanted != replace(found.wanted, after=-1):
            return
        first = found.wanted.after < 0
        if first:
            self._results, self._again = [], found.again
        self._results += found.results
        more = partial(self._ask_for_more, self._results[-1].position) if len(found.results) == PAGE else None
        # Copied, since the table tells new rows from old ones by their number.
        rows = WordsOf(tuple(self._results), self._result_words)
        if not first:
            self._results_table.add_rows(rows, more)
            return
        self._results_table.show_rows(rows, self._result_headings(), more)
        run = self.chosen[0]
        filtered = bool(found.wanted.verdict or found.wanted.decision or found.wanted.text)
        words = self.tr("{count} results").format(count=f"{run.count:,}")
        if filtered:
            count = f"{len(found.results):,}" if more is None else self.tr("{count} and more").format(count=f"{PAGE:,}")
            words = self.tr("{count} results").format(count=count)
        if found.judged is not None and found.wanted.threshold is not None:
            words = self.tr("At {threshold}: {defects} of {count} defective, {changed} change").format(
                threshold=threshold_words(found.wanted.threshold),
                defects=f"{int(found.judged.defect.sum()):,}",
                count=f"{found.judged.defect.size:,}",
                changed=f"{found.judged.changed:,}",
            )
        self._words.setText(words)

    def show_differences(self, differences: Sequence[Difference]) -> None:
        """List parts whose verdict differs between the two chosen runs."""
        headings = (self.tr("Part"), self.tr("Scores"), self.tr("Before"), self.tr("After"), "")
        rows = [
            (
                difference.path,
                f"{_score(difference.score_before)} → {_score(difference.score_after)}",
                self._verdict(difference.before),
                self._verdict(difference.after),
                "",
            )
            for difference in differences
        ]
        self._results_table.show_rows(rows, headings)
        self._words.setText(self.tr("{count} verdicts differ").format(count=f"{len(differences):,}"))

    def show_alarms(self, found: AlarmsFound) -> None:
        """List the false alarms of the chosen run, group by group."""
        if [run.uid for run in self.chosen] != [found.run]:
            return
        headings = (self.tr("Part"), self.tr("Score"), self.tr("Stands out"), self.tr("Parts like it"), "")
        rows = [
            (result.path, _score(result.score), _stands_out(group.subspaces), f"{len(group.results):,}", "")
            for group in found.groups
            for result in group.results
        ]
        self._results_table.show_rows(rows, headings)
        words = self.tr("{count} false alarms in {groups} groups")
        self._words.setText(words.format(count=f"{len(rows):,}", groups=f"{len(found.groups):,}"))

    def show_problem(self, words: str) -> None:
        """Say what can't be read."""
        self._words.setText(words)

    @override
    def timerEvent(self, event: QTimerEvent) -> None:
        self.killTimer(self._timer)
        self._timer = 0
        self.look_again()

    def _ask_soon(self) -> None:
        """What is typed is not asked for letter by letter."""
        if self._timer:
            self.killTimer(self._timer)
        self._timer = self.startTimer(_TYPING_MILLISECONDS)

    def _on_selected(self) -> None:
        chosen = self.chosen
        for action in (self.open_action, self.alarms_action):
            action.setEnabled(len(chosen) == 1)
        for action in (self.compare_action, self.recipes_action):
            action.setEnabled(len(chosen) == 2)
        self._results_table.show_rows((), self._result_headings())
        self._words.setText("" if self._runs else self.tr("No run is kept yet"))
        self._ask_for_results()

    def _ask_for_results(self) -> None:
        chosen = self.chosen
        if len(chosen) == 1:
            self._wanted = ResultsWanted(
                chosen[0].uid,
                str(self.verdict.currentData()),
                str(self.decision.currentData()),
                self.part_text.text().strip(),
                *self.judging.wanted,
            )
            self._orders.find_results(self._wanted)

    def _ask_for_more(self, after: int) -> None:
        if self._wanted is not None:
            self._orders.find_results(replace(self._wanted, after=after))

    def _find_alarms(self) -> None:
        self._orders.find_alarms(self.chosen[0])

    def _open(self) -> None:
        self._orders.open_run(self.chosen[0])

    def _compare(self) -> None:
        newer, older = self.chosen
        self._orders.compare(older, newer)

    def _compare_recipes(self) -> None:
        newer, older = self.chosen
        self._orders.compare_recipes(older, newer)

    def _result_headings(self) -> tuple[str, ...]:
        return self.tr("Part"), self.tr("Score"), self.tr("Verdict"), self.tr("Judged again"), self.tr("Decision")

    def _run_words(self, run: RunSummary) -> tuple[str, ...]:
        begun = QDateTime.fromSecsSinceEpoch(int(run.started)).toString("yyyy-MM-dd HH:mm")
        threshold = "" if run.threshold is None else threshold_words(run.threshold)
        return begun, run.title, run.recipe or run.model, f"{run.count:,}", f"{run.defect:,}", threshold

    def _result_words(self, result: StoredResult) -> tuple[str, ...]:
        said = result.decision
        decision = ""
        if said is not None:
            word = {"accepted": self.tr("Accepted"), "rejected": self.tr("Rejected")}.get(said.decision, "")
            when = QDateTime.fromSecsSinceEpoch(int(said.moment)).toString("yyyy-MM-dd HH:mm")
            decision = f"{word} · {said.who}, {when}" if word else said.note
        again = self._again.get(result.position)
        changed = "" if again is None or again == result.verdict else self._verdict(again)
        verdict = result.error or self._verdict(result.verdict)
        return result.path, _score(result.score), verdict, changed, decision

    def _verdict(self, verdict: str | None) -> str:
        return {"good": self.tr("Good"), "defect": self.tr("Defect")}.get(verdict or "", "–")

    def _lay_out(self) -> None:
        for view, table, name in (
            (self.runs_view, self._runs_table, self.tr("Runs")),
            (self.results_view, self._results_table, self.tr("Results")),
        ):
            as_list(view, table, name)
        self.runs_view.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.results_view.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.runs_view.setColumnWidth(0, 140)
        self.runs_view.setColumnWidth(2, 200)
        self.results_view.setColumnWidth(4, 260)
        buttons = [
            ActionButton(action, words=True)
            for action in (self.alarms_action, self.recipes_action, self.compare_action, self.open_action)
        ]
        for button in buttons:
            button.setObjectName("review")
        split = QSplitter(Qt.Orientation.Vertical)
        runs = fill(QHBoxLayout(), self.text, self.days, (self._space, 1), *buttons, spacing=8)
        split.addWidget(_column(runs, self.runs_view))
        chosen = (self.part_text, self.verdict, self.decision, self.judging)
        split.addWidget(_column(fill(QHBoxLayout(), *chosen, (self._words, 1), spacing=8), self.results_view))
        fill(QVBoxLayout(self), split, margins=(16, 12, 16, 16))


def _score(score: float | None) -> str:
    return "–" if score is None else score_words(score, 4)


def _line(name: str, parent: QWidget) -> QLineEdit:
    line = QLineEdit(parent)
    line.setPlaceholderText(name)
    line.setAccessibleName(name)
    line.setClearButtonEnabled(True)
    return line


def _box(name: str, *choices: tuple[str, object]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for text, value in choices:
        box.addItem(text, value)
    return box


def _stands_out(subspaces: Sequence[str]) -> str:
    return " + ".join(map(called_here, subspaces)) or "–"


def _column(row: QHBoxLayout, view: QWidget) -> QWidget:
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 4, 0, 4)
    column.setSpacing(8)
    column.addLayout(row)
    column.addWidget(view, 1)
    return whole
