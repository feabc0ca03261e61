"""The manual, beside the work: Markdown with pictures, which are read one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QImage, QImageReader, QTextDocument
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget
from typing_extensions import override

_PICTURE_WIDTH = 720
_KEEP = Qt.AspectRatioMode.KeepAspectRatio
_SIZE = QSize(800, 640)
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

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        """Show the manual of a folder."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Manual"))
        self.browser = ManualBrowser(folder)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.browser)
        self.resize(_SIZE)
