"""What a widget's label says, to be read as an attribute of the widget, and labels of a quieter colour."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QLabel, QWidget

_Label = TypeVar("_Label", bound=QLabel)


class Said:
    """The text of one of a widget's labels; in the class: ``words = Said("_words")``."""

    def __init__(self, label: str) -> None:
        self._label = label

    def __get__(self, widget: QWidget, _owner: type[QWidget]) -> str:
        """What it says now."""
        text: str = getattr(widget, self._label).text()
        return text


def muted(label: _Label) -> _Label:
    """Have a label drawn in the theme's quieter colour, and return it."""
    label.setObjectName("muted")
    return label
