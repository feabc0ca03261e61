"""The list of keys."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.widgets.layouts import fill
from app.widgets.said import muted

_KEYS_WIDTH = 104
_AROUND = 64
"""Pixels of margins and frame."""
_HEADING_ROWS = 2
"""Height of a heading with the room above it, in rows."""


class ShortcutsDialog(QDialog):
    """Lists what each key does, in groups."""

    def __init__(self, groups: Sequence[tuple[str, Sequence[tuple[str, str]]]], parent: QWidget | None = None) -> None:
        """Make the dialog.

        Args:
            groups: (heading, [(keys, what they do)]).
            parent: the window.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        columns = QHBoxLayout()
        columns.setSpacing(32)
        # Side by side, so that the list fits a screen of 720 pixels.
        first, second = balanced([len(rows) + _HEADING_ROWS for _, rows in groups])
        for part in (groups[:first], groups[first:second], groups[second:]):
            column = QGridLayout()
            column.setHorizontalSpacing(16)
            column.setVerticalSpacing(4)
            column.setColumnMinimumWidth(0, _KEYS_WIDTH)
            column.setColumnStretch(1, 1)
            for heading, rows in part:
                _add_group(column, heading, rows)
            column.setRowStretch(column.rowCount(), 1)
            columns.addLayout(column)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        whole = QWidget()
        whole.setLayout(columns)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(whole)
        layout = fill(QVBoxLayout(self), scroll, buttons, margins=(24, 16, 24, 16), spacing=16)
        # As large as its lines, where the screen is.
        margins, wanted = layout.contentsMargins(), whole.sizeHint()
        around = QSize(margins.left() + margins.right() + 2, buttons.sizeHint().height() + _AROUND)
        room = self.screen().availableGeometry().size() - QSize(_AROUND, _AROUND)
        self.resize((wanted + around).boundedTo(room))


def balanced(heights: Sequence[int]) -> tuple[int, int]:
    """Where to part some blocks into three columns, so that the tallest one is as short as can be."""

    def tallest(splits: tuple[int, int]) -> int:
        first, second = splits
        return max(sum(heights[:first]), sum(heights[first:second]), sum(heights[second:]))

    return min(combinations_with_replacement(range(len(heights) + 1), 2), key=tallest)


def _add_group(column: QGridLayout, heading: str, rows: Sequence[tuple[str, str]]) -> None:
    """Add a group below the others, whose words begin where those of the others do."""
    title = QLabel(f"<b>{heading}</b>")
    title.setContentsMargins(0, 8, 0, 2)
    first = column.rowCount()
    column.addWidget(title, first, 0, 1, 2)
    for line, (keys, text) in enumerate(rows, start=first + 1):
        key = muted(QLabel(keys))
        column.addWidget(key, line, 0)
        column.addWidget(QLabel(text), line, 1)
