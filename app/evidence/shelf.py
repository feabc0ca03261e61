"""The good parts: a window to drop them on and take them off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.widgets.said import Said, muted


class ShelfDialog(QDialog):
    """Lists the good parts beside the work; files and folders can be dropped on it."""

    size_words = Said("_size")
    """What is said of the memory."""

    def __init__(
        self,
        parent: QWidget,
        give: Callable[[Sequence[Path]], object],
        take_off: Callable[[Sequence[str]], object],
        places: QWidget,
    ) -> None:
        """Make it.

        Args:
            parent: the window that it belongs to.
            give: takes files and folders of good parts.
            take_off: takes the paths of those that are good parts no longer.
            places: the control that says whether parts lie in the same place.
        """
        super().__init__(parent)
        self._give, self._take_off = give, take_off
        self.setWindowTitle(self.tr("Good parts"))
        self.setAcceptDrops(True)
        self.resize(420, 360)
        hint = QLabel(
            self.tr(
                "Drop good parts here, or put the shown part here (Ctrl+Shift+G). Every part is compared with them."
            )
        )
        hint.setWordWrap(True)
        hint.setObjectName("muted")
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Good parts"))
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._list.setAcceptDrops(False)
        self._size = muted(QLabel())
        self._remove = QPushButton(self.tr("Take off"))
        self._remove.clicked.connect(self._take)
        below = QHBoxLayout()
        below.addWidget(self._size, 1)
        below.addWidget(self._remove)
        layout = QVBoxLayout(self)
        layout.addWidget(hint)
        layout.addWidget(self._list, 1)
        layout.addWidget(places)
        layout.addLayout(below)

    @property
    def names(self) -> list[str]:
        """What is listed."""
        return [self._list.item(row).text() for row in range(self._list.count())]

    def show_parts(self, paths: Sequence[str], size_words: str) -> None:
        """List good parts, and say what memory they take."""
        self._list.clear()
        for path in paths:
            self._list.addItem(Path(path).name)
            self._list.item(self._list.count() - 1).setData(Qt.ItemDataRole.UserRole, path)
        self._size.setText(size_words)
        self._remove.setEnabled(bool(paths))

    def select(self, row: int) -> None:
        """Select one entry."""
        self._list.setCurrentRow(row)

    def _take(self) -> None:
        chosen = self._list.selectedItems()
        if chosen:
            self._take_off([str(item.data(Qt.ItemDataRole.UserRole)) for item in chosen])

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self._take()
        else:
            super().keyPressEvent(event)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self._give(paths)
