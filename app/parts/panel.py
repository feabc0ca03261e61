"""The list of parts with its filter, its order and its count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.parts.delegate import HEADING_HEIGHT, ROW_HEIGHT, PartsDelegate
from app.parts.labels import PartLabels
from app.parts.list_model import PartsModel
from app.parts.state import SortBy, Verdict
from app.review.filter import ANY_DECISION, DecisionFilter
from app.review.model import Decision
from app.widgets.layouts import fill
from app.widgets.said import muted

_WORDS = Qt.ItemDataRole.UserRole + 1


class PartsView(QTableView):
    """Not a list view, which asks the model for every row whenever some are added: with 100,000 parts for a second."""

    @override
    def moveCursor(self, cursorAction: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        rows = self.model().rowCount()
        if cursorAction in (QAbstractItemView.CursorAction.MoveHome, QAbstractItemView.CursorAction.MoveEnd) and rows:
            return self.model().index(0 if cursorAction is QAbstractItemView.CursorAction.MoveHome else rows - 1, 0)
        return super().moveCursor(cursorAction, modifiers)


class CountingBox(QComboBox):
    """A choice whose entries say how many parts each has, counted when it is opened."""

    def __init__(self, count: Callable[[], Sequence[int]], parent: QWidget | None = None) -> None:
        """Make an empty box; `count` gives a number for each entry."""
        super().__init__(parent)
        self._count = count

    @override
    def showPopup(self) -> None:
        for place, count in enumerate(self._count()):
            self.setItemText(place, f"{self.itemData(place, _WORDS)} ({count:,})")
        super().showPopup()

    @override
    def hidePopup(self) -> None:
        super().hidePopup()
        for place in range(self.count()):
            self.setItemText(place, str(self.itemData(place, _WORDS)))

    def add(self, words: str) -> None:
        """One more entry."""
        self.addItem(words)
        self.setItemData(self.count() - 1, words, _WORDS)


class PartsPanel(QWidget):
    """Chooses a part.

    Attributes:
        model: the rows.
        view: the list.

    Signals:
        part_chosen: (index into the session's parts).
        sort_changed: (SortBy).
    """

    part_chosen = Signal(int)
    sort_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.model = PartsModel(self)
        self._filter = QLineEdit()
        self._filter.setPlaceholderText(self.tr("Filter by name"))
        self._filter.setClearButtonEnabled(True)
        self._filter.setAccessibleName(self.tr("Filter parts by name"))
        self._folders = QComboBox()
        self._folders.setAccessibleName(self.tr("Filter parts by folder"))
        self._folders.hide()
        self._verdicts = CountingBox(self._verdict_counts)
        self._verdicts.setAccessibleName(self.tr("Filter parts by verdict or decision"))
        self._choices: list[tuple[tuple[Verdict, ...], DecisionFilter]] = []
        for text, verdicts in (
            (self.tr("All"), tuple(Verdict)),
            (self.tr("Defect"), (Verdict.DEFECT,)),
            (self.tr("Good"), (Verdict.GOOD,)),
            (self.tr("Not inspected"), (Verdict.UNKNOWN,)),
            (self.tr("Unreadable"), (Verdict.ERROR,)),
        ):
            self._verdicts.add(text)
            self._choices.append((verdicts, ANY_DECISION))
        for text, decisions in (
            (self.tr("Accepted"), DecisionFilter(frozenset({Decision.ACCEPTED}))),
            (self.tr("Rejected"), DecisionFilter(frozenset({Decision.REJECTED}))),
            (self.tr("Not decided"), DecisionFilter(frozenset({Decision.NONE}))),
            (self.tr("Decided otherwise"), DecisionFilter(differing=True)),
        ):
            self._verdicts.add(text)
            self._choices.append((tuple(Verdict), decisions))
        self._sort = QComboBox()
        self._sort.setAccessibleName(self.tr("Sort parts"))
        self._sort.addItem(self.tr("By name"), SortBy.NAME.value)
        self._sort.addItem(self.tr("By score"), SortBy.SCORE.value)
        self._sort.addItem(self.tr("By verdict"), SortBy.VERDICT.value)
        for box in (self._folders, self._verdicts, self._sort):
            box.setMinimumContentsLength(4)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.view = PartsView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(PartsDelegate(self.view))
        self.view.horizontalHeader().hide()
        self.view.horizontalHeader().setStretchLastSection(True)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.view.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.view.setShowGrid(False)
        self.view.setWordWrap(False)
        self.view.setTabKeyNavigation(False)
        self.view.setCornerButtonEnabled(False)
        self.view.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.view.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.view.setMouseTracking(True)
        self.view.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName(self.tr("Parts"))
        self._count = muted(QLabel())
        self._lay_out()
        choices = (self._verdicts.currentIndexChanged, self._folders.currentIndexChanged)
        for changed in (self._filter.textChanged, *choices):
            changed.connect(self._apply_filter)
        self._sort.currentIndexChanged.connect(self._apply_sort)
        self.view.selectionModel().currentChanged.connect(self._on_current)
        for signal in (self.model.modelReset, self.model.rowsInserted, self.model.layoutChanged):
            signal.connect(self._follow_rows)
        self._total = 0
        self._high: frozenset[int] = frozenset()
        self._position: int | None = None
        self._update_count()

    def show_part(self, number: int | None) -> None:
        """Select the row of a part."""
        self._position = number
        row = None if number is None else self.model.row_of(number)
        index = QModelIndex() if row is None else self.model.index(row)
        if index != self.view.currentIndex():
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.view.selectionModel().setCurrentIndex(index, flags)
        if row is not None:
            # With a row more on either side, so that it is seen what comes next.
            for seen in (row + 1, row - 1, row):
                self.view.scrollTo(self.model.index(seen))
        self._update_count()

    def set_total(self, total: int) -> None:
        """How many parts there are, filtered out or not."""
        self._total = total
        self._update_count()

    def set_folders(self, counts: Mapping[str, int]) -> None:
        """Offer the folders of the parts, each with how many it has; nothing is offered for one folder alone."""
        chosen = self._folders.currentData()
        with QSignalBlocker(self._folders):
            self._folders.clear()
            total = sum(counts.values())
            self._folders.addItem(self.tr("All folders ({count})").format(count=f"{total:,}"), "")
            labels = PartLabels(counts)
            for folder, count in counts.items():
                self._folders.addItem(f"{labels.of(folder)} ({count:,})", folder)
            self._folders.setCurrentIndex(max(0, self._folders.findData(chosen)))
        self._folders.setVisible(len(counts) > 1)
        self._apply_filter()

    def _verdict_counts(self) -> list[int]:
        counts = self.model.verdict_counts()
        return [
            sum(counts[verdict] for verdict in verdicts)
            if decisions is ANY_DECISION
            else self.model.decided_count(decisions)
            for verdicts, decisions in self._choices
        ]

    def set_sort(self, sort_by: SortBy) -> None:
        """Show and take an order."""
        self._sort.setCurrentIndex(max(0, self._sort.findData(sort_by.value)))

    def show_only(self, numbers: frozenset[int] | None) -> None:
        """List only some parts, of those that pass the filter; None for all."""
        self.model.set_only(numbers)
        self.show_part(self._position)

    def neighbour(self, number: int | None, step: int) -> int | None:
        """The part `step` rows below another one, in the list's order; None beyond its ends."""
        count = self.model.rowCount()
        row = None if number is None else self.model.row_of(number)
        target = (0 if step > 0 else count - 1) if row is None else row + step
        return self.model.part_at(target) if 0 <= target < count else None

    def beyond(self, number: int | None, step: int) -> Sequence[int]:
        """The parts below (1) or above (-1) another one, the nearest first; all of them where there is no such row."""
        row = None if number is None else self.model.row_of(number)
        order = self.model.order
        if step > 0:
            return order if row is None else order[row + 1 :]
        return order[::-1] if row is None else order[:row][::-1]

    def focus_filter(self) -> None:
        """Put the keyboard into the filter."""
        self._filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filter.selectAll()

    def _lay_out(self) -> None:
        choices = fill(QHBoxLayout(), (self._verdicts, 1), (self._sort, 1), spacing=8)
        top = fill(QVBoxLayout(), self._filter, self._folders, choices, margins=(12, 4, 12, 8), spacing=8)
        self._count.setContentsMargins(12, 6, 12, 6)
        fill(QVBoxLayout(self), top, (self.view, 1), self._count, margins=(0, 0, 0, 0), spacing=0)

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid():
            number = self.model.part_at(current.row())
            if number != self._position:
                self._position = number
                self.part_chosen.emit(number)
                self._update_count()

    def _apply_filter(self) -> None:
        self.model.set_folder(str(self._folders.currentData() or ""))
        self.model.set_filter(self._filter.text(), *self._choices[self._verdicts.currentIndex()])

    def _apply_sort(self) -> None:
        # Qt gives a plain string back for what was put in as a SortBy.
        sort_by = SortBy(self._sort.currentData())
        self.model.set_sort(sort_by)
        self.sort_changed.emit(sort_by)

    def _follow_rows(self) -> None:
        """Make room over the rows that begin a group; they are other ones now."""
        rows = self.model.heading_rows
        # A height goes with its part into another row, where the list is arranged anew.
        before = {row for number in self._high if (row := self.model.row_of(number)) is not None}
        for row in before - rows:
            self.view.setRowHeight(row, ROW_HEIGHT)
        for row in rows:
            self.view.setRowHeight(row, ROW_HEIGHT + HEADING_HEIGHT)
        self._high = frozenset(self.model.part_at(row) for row in rows)
        self._update_count()

    def _update_count(self) -> None:
        shown = self.model.rowCount()
        row = None if self._position is None else self.model.row_of(self._position)
        if not self._total:
            text = self.tr("No parts")
        elif shown < self._total:
            text = self.tr("{shown} of {total} shown").format(shown=f"{shown:,}", total=f"{self._total:,}")
        elif row is None:
            text = self.tr("{total} parts").format(total=f"{self._total:,}")
        else:
            text = self.tr("{row} of {total}").format(row=f"{row + 1:,}", total=f"{self._total:,}")
        self._count.setText(text)
