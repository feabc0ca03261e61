"""In the status line: words about something that takes its time, a thin bar, and small buttons."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QToolButton, QWidget

from app.widgets.elided_label import ElidedLabel
from app.widgets.icon_strip import IconStrip
from app.widgets.layouts import fill
from app.widgets.said import Said

_BAR_HEIGHT = 4
_ICON = 14


def thin_bar(name: str = "") -> QProgressBar:
    """A bar that is only a line, without words; `name` is its accessible name."""
    bar = QProgressBar()
    bar.setAccessibleName(name)
    bar.setTextVisible(False)
    bar.setFixedHeight(_BAR_HEIGHT)
    return bar


class ProgressStrip(IconStrip):
    """What a run over the folder and a report have in common there.

    Attributes:
        cancel: the last button.
    """

    words = Said("_words")
    """What is said."""

    def __init__(self, bar_width: int, parent: QWidget | None = None) -> None:
        """Make it, with a bar of so many pixels."""
        super().__init__(parent)
        # The status line's own background, not that of the strips around pictures.
        self.setObjectName("progress")
        self._words = ElidedLabel()
        self._progress = thin_bar()
        self._progress.setFixedWidth(bar_width)
        self._row = fill(
            QHBoxLayout(self),
            self._words,
            6,
            (self._progress, 0, Qt.AlignmentFlag.AlignVCenter),
            4,
            margins=(8, 0, 6, 0),
            spacing=4,
        )
        self.cancel = QToolButton()
        self._add(self.cancel)
        self.set_icon(self.cancel, "close")

    @property
    def progress(self) -> float:
        """The bar, 0 to 1."""
        return self._progress.value() / max(1, self._progress.maximum())

    def add_button(self) -> QToolButton:
        """One more button, before the last."""
        button = QToolButton()
        self._add(button, self._row.count() - 1)
        return button

    def _add(self, button: QToolButton, place: int = -1) -> None:
        button.setObjectName("status")
        button.setIconSize(QSize(_ICON, _ICON))
        self._row.insertWidget(place, button)

    @staticmethod
    def name_button(button: QToolButton, text: str) -> None:
        """Say what a button does, to all."""
        button.setToolTip(text)
        button.setAccessibleName(text)
