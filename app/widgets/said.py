"""What a widget's label says, to be read as an attribute of the widget."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


class Said:
    """The text of one of a widget's labels; in the class: ``words = Said("_words")``."""

    def __init__(self, label: str) -> None:
        self._label = label

    def __get__(self, widget: QWidget, _owner: type[QWidget]) -> str:
        """What it says now."""
        text: str = getattr(widget, self._label).text()
        return text
