"""The list of keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget


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
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        half = (len(groups) + 1) // 2
        for number, (heading, rows) in enumerate(groups):
            column, row = (0, number) if number < half else (1, number - half)
            block = QGridLayout()
            block.setHorizontalSpacing(16)
            block.setVerticalSpacing(4)
            title = QLabel(f"<b>{heading}</b>")
            title.setContentsMargins(0, 8, 0, 2)
            block.addWidget(title, 0, 0, 1, 2)
            for line, (keys, text) in enumerate(rows, start=1):
                key = QLabel(keys)
                key.setObjectName("muted")
                block.addWidget(key, line, 0)
                block.addWidget(QLabel(text), line, 1)
            block.setColumnMinimumWidth(0, 88)
            block.setColumnStretch(1, 1)
            block.setRowStretch(len(rows) + 1, 1)
            grid.addLayout(block, row, column, Qt.AlignmentFlag.AlignTop)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setIcon(QIcon())
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(16)
        layout.addLayout(grid)
        layout.addWidget(buttons)
