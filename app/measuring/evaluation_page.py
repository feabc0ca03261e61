"""A folder with labels measured: the table, the curves of a line, and the worst cases to click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QLabel, QSplitter, QTableView, QVBoxLayout, QWidget
from typing_extensions import override

from app.measuring.curves import Curves
from app.measuring.evaluation import Case, Evaluated, Subject
from app.parts.state import score_words
from app.widgets.action_button import ActionButton
from app.widgets.elided_label import ElidedLabel
from app.widgets.layouts import fill
from app.widgets.said import Said, muted
from app.widgets.text_table import Index, TextTable, as_list

_FIRST_METRIC = 4


class Orders(NamedTuple):
    """What the page asks for."""

    choose: Callable[[], Path | None]
    evaluate: Callable[[Path], object]
    stop: Callable[[], object]
    open_case: Callable[[str], object]


class _Rows(QTableView):
    """Says which row is chosen, and which one is to be opened: by a click, or by Enter."""

    def __init__(self, chosen: Callable[[int], object], opened: Callable[[int], object]) -> None:
        super().__init__()
        self._chosen, self._opened = chosen, opened
        self._pressed = -1

    @override
    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self._chosen(current.row())

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        left = event.button() is Qt.MouseButton.LeftButton
        self._pressed = self.indexAt(event.position().toPoint()).row() if left else -1

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, -1
        row = self.indexAt(event.position().toPoint()).row()
        # One that was dragged to another row opens nothing.
        if row >= 0 and row == pressed:
            self._opened(row)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._opened(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class EvaluationPage(QWidget):
    """Asks for a folder, and shows what the model is worth on it.

    Attributes:
        lines_view, cases_view: the tables.
        curves: of the chosen line.
    """

    words = Said("_progress")
    """What is said of the whole."""

    subject = Said("_subject")
    """What the figures are of."""

    def __init__(self, orders: Orders, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._orders = orders
        self._folder: Path | None = None
        self._found: Evaluated | None = None
        metrics = (
            self.tr("Image AUROC"),
            self.tr("Image AP"),
            self.tr("Image F1-max"),
            self.tr("Pixel AUROC"),
            self.tr("AUPRO"),
            self.tr("Pixel AP"),
        )
        heads = (
            self.tr("Category"),
            self.tr("Defect"),
            self.tr("Good"),
            self.tr("Defective"),
            *metrics,
            self.tr("Note"),
        )
        self._lines = TextTable(heads, range(2, _FIRST_METRIC + len(metrics)), self)
        cases = (self.tr("Part"), self.tr("Kind"), self.tr("Score"), self.tr("Judged"))
        self._cases = TextTable(cases, (2,), self)
        self.lines_view = _Rows(self._show_curves, lambda _row: None)
        self.cases_view = _Rows(lambda _row: None, self._open_case)
        self.curves = Curves()
        self._place, self._subject = ElidedLabel(), ElidedLabel()
        self._progress = muted(QLabel())
        self._notes = muted(ElidedLabel())
        self.choose_action = self.addAction(self.tr("Folder…"), self._choose)
        self.evaluate_action = self.addAction(self.tr("Evaluate"), self._evaluate)
        self.stop_action = self.addAction(self.tr("Stop"), orders.stop)
        self._lay_out()
        self.take_folder(None)
        self.show_progress("")

    @property
    def progress(self) -> str:
        """What is being done; "" when nothing is."""
        return self._progress.text() if self.stop_action.isEnabled() else ""

    def take_folder(self, folder: Path | None) -> None:
        """Say which folder is to be measured; figures of another one go."""
        if folder != self._folder:
            self._show(None)
            self._progress.setText("")
        self._folder = folder
        unknown = self.tr("A folder with good/ and defect/, or a data set such as MVTec AD or VisA")
        self._place.setText(unknown if folder is None else str(folder))
        self.evaluate_action.setEnabled(folder is not None)

    def show_progress(self, words: str) -> None:
        """Say what is being done; "" when nothing is."""
        self._progress.setText(words)
        self.stop_action.setEnabled(bool(words))
        self.choose_action.setEnabled(not words)
        self.evaluate_action.setEnabled(not words and self._folder is not None)

    def show_problem(self, words: str) -> None:
        """Say why there is no table."""
        self.show_progress("")
        self._progress.setText(words)

    def show_evaluated(self, found: Evaluated) -> None:
        """Show the result of an evaluation."""
        self.show_progress("")
        self._show(found)
        self._progress.setText(
            self.tr("Parts on the wrong side of the best threshold: {count}").format(count=f"{found.wrong:,}")
        )

    def _show(self, found: Evaluated | None) -> None:
        """Fill the tables; None for nothing."""
        self._found = found
        self._lines.show_rows([] if found is None else [self._line_words(one.line) for one in found.lines])
        self._cases.show_rows([] if found is None else [self._case_words(case, found.subject) for case in found.cases])
        self._subject.setText("" if found is None else self._subject_words(found.subject))
        self._notes.setText("" if found is None else "; ".join(found.notes))
        self._notes.setVisible(found is not None and bool(found.notes))
        if found is None:
            self.curves.show_curves(None, 0.0)
            return
        for column in range(self._lines.columnCount() - 1):
            self.lines_view.resizeColumnToContents(column)
        self.lines_view.selectRow(0)

    def _subject_words(self, subject: Subject) -> str:
        names = {
            "self": self.tr("Self"),
            "consensus": self.tr("Consensus"),
            "reference": self.tr("Reference"),
            "fused": self.tr("Fused"),
        }
        evidence = names.get(subject.evidence, self.tr("Text"))
        words = self.tr("{model} · evidence: {evidence}")
        return words.format(model=subject.model, evidence=evidence)

    def _line_words(self, line: Any) -> Sequence[str]:
        from tokenclip_core.measuring.evaluation import ALL, COLUMNS

        category = self.tr("Mean") if line.category == "mean" else line.category
        kind = self.tr("All") if line.kind == ALL else line.kind
        numbers = [line.percent(name) for name in COLUMNS]
        return category, kind, f"{line.good:,}", f"{line.defective:,}", *numbers, line.note or ""

    def _case_words(self, case: Case, subject: Subject) -> Sequence[str]:
        path = Path(case.path)
        below = path.relative_to(subject.folder) if path.is_relative_to(subject.folder) else path
        says = (self.tr("Missed") if case.defective else self.tr("False alarm")) if case.is_wrong else self.tr("Right")
        return str(below), case.kind, score_words(case.score, 4), says

    def _show_curves(self, row: int) -> None:
        if self._found is not None and 0 <= row < len(self._found.lines):
            curves = self._found.lines[row].curves
            self.curves.show_curves(curves, 0.0 if curves is None else curves.best_f1())

    def _open_case(self, row: int) -> None:
        if self._found is not None:
            self._orders.open_case(self._found.cases[row].path)

    def _choose(self) -> None:
        folder = self._orders.choose()
        if folder is not None:
            self.take_folder(folder)

    def _evaluate(self) -> None:
        if self._folder is not None:
            self._orders.evaluate(self._folder)

    def _lay_out(self) -> None:
        as_list(self.lines_view, self._lines, self.tr("Figures"))
        as_list(self.cases_view, self._cases, self.tr("Worst cases"))
        self.lines_view.horizontalHeader().setStretchLastSection(True)
        self.cases_view.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        buttons = [
            ActionButton(action, words=True) for action in (self.choose_action, self.evaluate_action, self.stop_action)
        ]
        for button in buttons:
            button.setObjectName("review")
        top = fill(QHBoxLayout(), (self._place, 1), self._progress, *buttons, spacing=8)
        hint = muted(QLabel(self.tr("Worst cases; a click or Enter opens the part")))
        below = QWidget()
        cases = fill(QVBoxLayout(), hint, (self.cases_view, 1), spacing=4)
        fill(QHBoxLayout(below), (cases, 1), self.curves, margins=(0, 4, 0, 0), spacing=12)
        split = QSplitter()
        split.setOrientation(split.orientation().Vertical)
        figures = QWidget()
        fill(QVBoxLayout(figures), self._subject, (self.lines_view, 1), margins=(0, 0, 0, 0), spacing=4)
        split.addWidget(figures)
        split.addWidget(below)
        fill(QVBoxLayout(self), top, (split, 1), self._notes, margins=(16, 12, 16, 16), spacing=8)
