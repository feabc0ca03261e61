"""Pages of which one is seen; only that one says how much room is needed."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QStackedWidget, QWidget
from typing_extensions import override


class PageStack(QStackedWidget):
    """A stack that a wide page which is not seen does not widen."""

    def show_page(self, page: QWidget) -> None:
        """Let a page be seen, and ask for the room that it needs."""
        self.setCurrentWidget(page)
        self.updateGeometry()

    @override
    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return super().minimumSizeHint() if page is None else page.minimumSizeHint()
