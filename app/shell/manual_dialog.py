"""The manual, beside the work: Markdown with pictures, which are read one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QImage, QImageReader, QKeyEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.widgets.said import Said, muted

_PICTURE_WIDTH = 720
_KEEP = Qt.AspectRatioMode.KeepAspectRatio
_SIZE = QSize(1000, 640)
_CONTENTS_WIDTH = 220
_IMAGE = int(QTextDocument.ResourceType.ImageResource.value)


class ManualBrowser(QTextBrowser):
    """Shows a Markdown file; a picture's place is there at once, its pixels follow, so that nothing waits for them."""

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        """Show the manual of a folder that is written in the window's language, English if there is none."""
        super().__init__(parent)
        self._folder = folder
        self._waiting: list[QUrl] = []
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._read_next)
        self.setOpenExternalLinks(True)
        self.setAccessibleName(self.tr("Manual"))
        self.document().setDocumentMargin(20)
        # The translation names its own manual, so that a window never mixes two languages.
        self.setMarkdown((folder / self.tr("manual.md")).read_text(encoding="utf-8"))

    @override
    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        if kind != _IMAGE:
            return super().loadResource(kind, name)
        url = QUrl(name)
        size = QImageReader(str(self._folder / url.toString())).size()
        if not size.isValid():
            return None
        self._waiting.append(url)
        self._timer.start()
        place = QImage(size.scaled(_PICTURE_WIDTH, 10 * _PICTURE_WIDTH, _KEEP), QImage.Format.Format_RGB32)
        place.fill(self.palette().mid().color())
        # Kept by the document, or it would ask again at every paint.
        self.document().addResource(_IMAGE, url, place)
        return place

    def headings(self) -> list[tuple[int, str, int]]:
        """Level from 1, text and place of each heading."""
        found, block = [], self.document().begin()
        while block.isValid():
            level = block.blockFormat().headingLevel()
            if level:
                found.append((level, block.text(), block.position()))
            block = block.next()
        return found

    def show_place(self, position: int) -> None:
        """Bring a place of the text to the top."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        self.setTextCursor(cursor)
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self.cursorRect(cursor).top())

    def find_from_start(self, words: str) -> bool:
        """Select the first place with the words; whether there is one, and nothing changes if there is none."""
        before = self.textCursor()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        found = self.find(words)
        if not found:
            self.setTextCursor(before)
        return found

    @property
    def complete(self) -> bool:
        """Whether all pictures are there."""
        return not self._waiting

    def _read_next(self) -> None:
        if not self._waiting:
            self._timer.stop()
            return
        url = self._waiting.pop(0)
        ratio = self.devicePixelRatioF()
        reader = QImageReader(str(self._folder / url.toString()))
        reader.setScaledSize(reader.size().scaled(round(_PICTURE_WIDTH * ratio), 10**5, _KEEP))
        image = reader.read()
        image.setDevicePixelRatio(ratio)
        self.document().addResource(_IMAGE, url, image)
        self.document().markContentsDirty(0, self.document().characterCount())


class ManualDialog(QDialog):
    """The manual in a window of its own, which stays open while one works."""

    hint = Said("_hint")
    """What is said of the search."""

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        """Show the manual of a folder."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Manual"))
        self.browser = ManualBrowser(folder)
        self.contents = QListWidget()
        self.contents.setAccessibleName(self.tr("Contents"))
        self.contents.setFixedWidth(_CONTENTS_WIDTH)
        self._places: list[int] = []
        for level, text, place in self.browser.headings():
            self.contents.addItem("    " * (level - 1) + text)
            self._places.append(place)
        self.contents.currentRowChanged.connect(self._go)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search the manual"))
        self.search.setAccessibleName(self.tr("Search the manual"))
        self.search.setClearButtonEnabled(True)
        self._hint = muted(QLabel())
        self._hint.setWordWrap(True)
        side = QVBoxLayout()
        side.setContentsMargins(8, 8, 8, 8)
        for widget in (self.search, self._hint, self.contents):
            side.addWidget(widget)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(side)
        layout.addWidget(self.browser, 1)
        self.resize(_SIZE)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._find()
        else:
            super().keyPressEvent(event)

    def _go(self, row: int) -> None:
        if 0 <= row < len(self._places):
            self.browser.show_place(self._places[row])

    def _find(self) -> None:
        """Go to the next place with the words, from the beginning again behind the last one."""
        words = self.search.text().strip()
        found = bool(words) and (self.browser.find(words) or self.browser.find_from_start(words))
        self._hint.setText(self.tr("Not in the manual") if words and not found else "")
