"""The page: its sections are listed on the left, and one of them is seen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QItemSelection, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QWidget
from typing_extensions import override

from app.widgets.layouts import fill
from app.widgets.page_stack import PageStack

_LIST_WIDTH = 168
_ROW_HEIGHT = 34


class _Sections(QListWidget):
    """The list on the left; tells which section is chosen."""

    def __init__(self, chosen: Callable[[int], object]) -> None:
        super().__init__()
        self._chosen = chosen
        self.setObjectName("sections")
        self.setFixedWidth(_LIST_WIDTH)
        self.setAccessibleName(self.tr("Sections"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    @override
    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        if self.currentRow() >= 0:
            self._chosen(self.currentRow())


class ManagePage(QWidget):
    """Shows one section at a time; a section is told whenever it comes to be seen.

    Attributes:
        sections: the list.
        stack: the sections' pages.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: list[str] = []
        self._makers: list[Callable[[], QWidget]] = []
        self._opened: list[Callable[[], object]] = []
        self._pages: dict[int, QWidget] = {}
        self._open_now = False
        self.stack = PageStack()
        self.stack.setObjectName("panel")
        self.stack.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.sections = _Sections(self._show)
        fill(QHBoxLayout(self), self.sections, (self.stack, 1), margins=(0, 0, 0, 0), spacing=1)

    def add(self, name: str, title: str, make: Callable[[], QWidget], opened: Callable[[], object]) -> None:
        """Add a section.

        Args:
            name: by which it is opened.
            title: in the list, for people.
            make: makes its content, when it is seen for the first time.
            opened: called whenever the section comes to be seen.
        """
        item = QListWidgetItem(title)
        item.setSizeHint(QSize(_LIST_WIDTH, _ROW_HEIGHT))
        self._names.append(name)
        self._opened.append(opened)
        self._makers.append(make)
        self.sections.addItem(item)

    @property
    def section(self) -> str:
        """The name of the section that is chosen; "" before there is one."""
        row = self.sections.currentRow()
        return self._names[row] if row >= 0 else ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all sections, in their order."""
        return tuple(self._names)

    def choose(self, name: str) -> QWidget:
        """Choose a section; its content."""
        row = self._names.index(name)
        if row == self.sections.currentRow():
            self._show(row)
        self.sections.setCurrentRow(row)
        return self._pages[row]

    def enter(self) -> None:
        """Show the section chosen last, or the first one, because the page comes to be seen."""
        self._open_now = True
        if self.sections.currentRow() < 0:
            self.sections.setCurrentRow(0)
        else:
            self._show(self.sections.currentRow())
        self.sections.setFocus()

    def leave(self) -> None:
        """Note that the page is not seen any more."""
        self._open_now = False

    def _show(self, row: int) -> None:
        if row not in self._pages:
            page = self._pages[row] = self._makers[row]()
            self.stack.addWidget(page)
            # The window takes what is dropped, wherever it falls.
            for child in (page, *page.findChildren(QWidget)):
                child.setAcceptDrops(False)
        self.stack.show_page(self._pages[row])
        if self._open_now:
            self._opened[row]()
