"""Tables of texts, as history and evaluation show them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from PySide6.QtCore import QAbstractTableModel, QItemSelection, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QTableView
from typing_extensions import override

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()

Item = TypeVar("Item")


class WordsOf(Sequence[Sequence[str]]):
    """Rows whose words are made when they are looked at, so that thousands cost nothing."""

    def __init__(self, items: Sequence[Item], words: Callable[[Item], Sequence[str]]) -> None:
        self._items: Sequence[Any] = items
        self._words: Callable[[Any], Sequence[str]] = words

    @overload
    def __getitem__(self, place: int) -> Sequence[str]: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Sequence[str]]: ...

    @override
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return [self._words(item) for item in self._items[place]]
        return self._words(self._items[place])

    @override
    def __len__(self) -> int:
        return len(self._items)


class TextTable(QAbstractTableModel):
    """Rows of texts below a heading; columns from `numbers` on are set to the right."""

    def __init__(self, headings: Sequence[str], numbers: Sequence[int], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headings, self._numbers = tuple(headings), frozenset(numbers)
        self._rows: Sequence[Sequence[str]] = ()
        self._more: Callable[[], object] | None = None

    @override
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._headings)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._rows[index.row()][index.column()]
        return self._side(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(section)
        return None

    def _side(self, column: int) -> Qt.AlignmentFlag:
        """Numbers stand at the right, under their headings as well."""
        side = Qt.AlignmentFlag.AlignRight if column in self._numbers else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    @override
    def canFetchMore(self, parent: Index = _ROOT) -> bool:
        return self._more is not None and not parent.isValid()

    @override
    def fetchMore(self, parent: Index = _ROOT) -> None:
        more, self._more = self._more, None
        if more is not None:
            more()

    def show_rows(
        self,
        rows: Sequence[Sequence[str]],
        headings: Sequence[str] | None = None,
        more: Callable[[], object] | None = None,
    ) -> None:
        """Show other rows.

        Args:
            rows: their words.
            headings: other headings of as many columns, where they are given.
            more: asks for further rows, when the last one is scrolled to; see `add_rows`.
        """
        self.beginResetModel()
        self._rows, self._more = rows, more
        if headings is not None:
            self._headings = tuple(headings)
        self.endResetModel()

    def add_rows(self, rows: Sequence[Sequence[str]], more: Callable[[], object] | None = None) -> None:
        """Show all rows, the first of which were shown before; ``more`` as of `show_rows`."""
        before = len(self._rows)
        self._more = more
        if len(rows) > before:
            self.beginInsertRows(QModelIndex(), before, len(rows) - 1)
            self._rows = rows
            self.endInsertRows()


class SelectingView(QTableView):
    """A table that says so when other rows are selected."""

    def __init__(self, selected: Callable[[], object]) -> None:
        """Make it; `selected` is called whenever other rows are selected."""
        super().__init__()
        self._selected = selected

    @override
    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self._selected()


def listed(table: TextTable, name: str) -> QTableView:
    """A view that shows a table as rows, see `as_list`."""
    view = QTableView()
    as_list(view, table, name)
    return view


def as_list(view: QTableView, table: TextTable, name: str) -> None:
    """Show a table as rows that are chosen whole, by its accessible name."""
    view.setModel(table)
    # By this name the theme keeps numbers and texts apart; a style sheet of its own would be read for each table anew.
    view.setObjectName("rows")
    view.setAccessibleName(name)
    view.verticalHeader().hide()
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.setCornerButtonEnabled(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    view.horizontalHeader().setHighlightSections(False)
