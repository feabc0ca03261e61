"""The patches of other parts that the pinned patch looks most like."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.widgets.elided_label import ElidedLabel
from app.widgets.said import Said, muted

_SIDE, _NAME = 64, 100
_MOST = 3


class NearestPatches(QWidget):
    """A sentence, and crops with the names of their parts."""

    words = Said("_words")
    """What is said; "" where nothing is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = muted(QLabel())
        self._words.setWordWrap(True)
        self._crops: list[QLabel] = []
        self._names: list[ElidedLabel] = []
        row = QHBoxLayout()
        row.setSpacing(8)
        for _ in range(_MOST):
            crop, name = QLabel(), ElidedLabel()
            crop.setFixedSize(_SIDE, _SIDE)
            crop.setAlignment(Qt.AlignmentFlag.AlignCenter)
            name.setObjectName("muted")
            name.setFixedWidth(_NAME)
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(crop)
            column.addWidget(name)
            row.addLayout(column)
            self._crops.append(crop)
            self._names.append(name)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._words)
        layout.addLayout(row)
        self.clear()

    @property
    def names(self) -> list[str]:
        """The names of the parts whose crops are shown."""
        return [name.text() for name in self._names if name.text()]

    def clear(self) -> None:
        """Show nothing, because no patch is pinned or nothing is known of it."""
        self._words.clear()
        for crop, name in zip(self._crops, self._names, strict=True):
            crop.clear()
            name.setText("")
        self.hide()

    def show_patches(self, words: str, patches: Sequence[tuple[str, QImage]]) -> None:
        """Show a sentence and the crops of some parts, the most alike first."""
        self.clear()
        self._words.setText(words)
        ratio = self.devicePixelRatioF()
        side = int(_SIDE * ratio)
        for (part, image), crop, name in zip(patches, self._crops, self._names, strict=False):
            pixmap = QPixmap.fromImage(image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio))
            pixmap.setDevicePixelRatio(ratio)
            crop.setPixmap(pixmap)
            crop.setAccessibleName(part)
            name.setText(part)
        self.show()
