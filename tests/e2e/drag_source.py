"""A small window of another program, from which files are dragged: `python drag_source.py LEFT TOP PATH …`.

It keeps no frame and asks no window manager, so that it lies where it is told, over all others. It prints `shown`, then
`welcome` when what the files are dragged over would take them.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel
from typing_extensions import override

SIDE = 48
"""Pixels of its width and height."""


class DragSource(QLabel):
    """Gives files to whoever they are dropped on, who may ask for them for as long as this is there."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__("…")
        self._paths = paths
        self.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.BypassWindowManagerHint)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        files = QMimeData()
        files.setUrls([QUrl.fromLocalFile(path) for path in self._paths])
        drag = QDrag(self)
        drag.setMimeData(files)
        drag.actionChanged.connect(self._say)
        drag.exec(Qt.DropAction.CopyAction)

    @staticmethod
    def _say(action: Qt.DropAction) -> None:
        if action == Qt.DropAction.CopyAction:
            print("welcome", flush=True)


def main() -> None:
    """Show it until it is ended."""
    left, top, *paths = sys.argv[1:]
    application = QApplication(sys.argv[:1])
    source = DragSource(paths)
    source.setGeometry(int(left), int(top), SIDE, SIDE)
    source.show()
    print("shown", flush=True)
    sys.exit(application.exec())


if __name__ == "__main__":
    main()
