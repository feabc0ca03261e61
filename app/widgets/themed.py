"""A widget that paints some of its pieces by the theme, and again when the theme changes."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override


class Themed(QWidget):
    """Calls `apply_theme` whenever the colours change."""

    @abstractmethod
    def apply_theme(self) -> None:
        """Take icons and colours of the theme in force."""

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.apply_theme()
