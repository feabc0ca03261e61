"""A report as pages of paper: a PDF, part by part, by Qt's text documents; in a worker thread, without widgets."""

from __future__ import annotations

import errno
import os
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen, QTextDocument
from typing_extensions import override

from tokenclip_core.files import PendingFile
from tokenclip_core.languages import translator
from tokenclip_core.output.report_page import (
    PAPER,
    Histogram,
    ReportFacts,
    ReportPart,
    head,
    histogram,
    part_block,
    tail,
)
from tokenclip_core.resources import resource_path

RESOLUTION = 96
"""Dots per inch that lengths of the template are in; what is drawn is finer than that."""

_MARGIN_MILLIMETRES = 15.0
_POINTS = 8
_HISTOGRAM_HEIGHT = 110.0
_FOOTER = 18.0
_TICK = 60.0
_GAP = 6.0
_MARK = "<!-- histogram -->"
_END = b"%%EOF"
_BAR, _DEFECT, _TEXT, _AXIS = (QColor(name) for name in ("#7d8798", "#b52f16", "#1a1e24", "#d5d9df"))


class PaperWriter(AbstractContextManager["PaperWriter"]):
    """Writes a report as PDF; a context manager that leaves nothing behind unless `finish` was called.

    A part is never cut by the end of a page, unless it is longer than one.
    """

    def __init__(self, path: Path, facts: ReportFacts) -> None:
        """Begin.

        Args:
            path: where it is to be.
            facts: of the whole.

        Raises:
            OSError: the file can't be written.
        """
        self._facts, self._file = facts, PendingFile(path)
        self._style = resource_path("report", "paper.css").read_text("utf-8")
        self._rank = self._page = 0
        # Made here, since Qt says of a place that can't be written no more than that.
        self._file.partial.touch()
        self._writer = QPdfWriter(str(self._file.partial))
        self._writer.setTitle(translator(facts.language)("Inspection report"))
        self._writer.setCreator("TokenCLIP Inspector")
        self._writer.setResolution(RESOLUTION)
        margins = QMarginsF(*[_MARGIN_MILLIMETRES] * 4)
        paper = QPageSize(QPageSize.PageSizeId.A4)
        layout = QPageLayout(paper, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter)
        self._writer.setPageLayout(layout)
        self._size = QSizeF(self._writer.width(), self._writer.height() - _FOOTER)
        self._y = 0.0
        self._painter = QPainter()
        if not self._painter.begin(self._writer):
            self._file.discard()
            raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        self._end_of_page()
        before, _, behind = head(facts, None, PAPER).partition(_MARK)
        self._put(before)
        self._put_histogram(histogram(facts.scores, facts.threshold, facts.language))
        self._put(behind)

    @override
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._painter.isActive():
            self._painter.end()
        self._file.discard()

    @property
    def pages(self) -> int:
        """How many there are so far."""
        return self._page

    def add(self, part: ReportPart) -> None:
        """Append a part."""
        self._rank += 1
        self._put(part_block(part, self._rank, self._facts, PAPER))

    def finish(self) -> None:
        """Put the report in its place, over an earlier one.

        Raises:
            OSError: the disk is full or gone.
        """
        self._put(tail(self._facts, PAPER))
        self._painter.end()
        with self._file.partial.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(-min(64, stream.tell()), os.SEEK_END)
            if _END not in stream.read():
                # Qt says nothing of a disk that is full.
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._file.path))
        self._file.commit()

    def _put(self, text: str) -> None:
        """Lay a piece out below the others, on the next page where it does not fit."""
        document = self._document(text)
        height = document.size().height()
        if self._y and self._y + height > self._size.height():
            self._next_page()
        if height <= self._size.height():
            self._draw(document, 0.0, height)
            self._y += height + _GAP
            return
        document.setPageSize(self._size)
        for number in range(document.pageCount()):
            if number:
                self._next_page()
            self._draw(document, number * self._size.height(), self._size.height())
        self._y = self._size.height()

    def _document(self, text: str) -> QTextDocument:
        document = QTextDocument()
        font = QGuiApplication.font()
        font.setPointSizeF(_POINTS)
        document.setDefaultFont(font)
        document.setDocumentMargin(0)
        document.documentLayout().setPaintDevice(self._writer)
        document.setDefaultStyleSheet(self._style)
        document.setHtml(text)
        document.setTextWidth(self._size.width())
        return document

    def _draw(self, document: QTextDocument, top: float, height: float) -> None:
        self._painter.save()
        self._painter.translate(0, self._y - top)
        document.drawContents(self._painter, QRectF(0, top, self._size.width(), height))
        self._painter.restore()

    def _put_histogram(self, found: Histogram) -> None:
        area = QRectF(0, self._y + _GAP, self._size.width(), _HISTOGRAM_HEIGHT)
        painter = self._painter
        for bar in found.bars:
            high = area.height() * bar.height / 100
            box = QRectF(area.width() * bar.x / 100, area.bottom() - high, area.width() * bar.width / 100, high)
            painter.fillRect(box, _DEFECT if bar.kind == "defect" else _BAR)
        painter.setPen(QPen(_AXIS, 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QPen(_TEXT, 1))
        x = area.width() * found.threshold
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        font = QGuiApplication.font()
        font.setPointSizeF(_POINTS)
        painter.setFont(font)
        left, middle, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight
        for tick, side in ((0.0, left), (0.25, middle), (0.5, middle), (0.75, middle), (1.0, right)):
            start = min(max(0.0, area.width() * tick - _TICK / 2), area.width() - _TICK)
            painter.drawText(QRectF(start, area.bottom() + 2, _TICK, 14), side, f"{tick:g}")
        self._y = area.bottom() + 2 * _FOOTER

    def _next_page(self) -> None:
        self._writer.newPage()
        self._end_of_page()
        self._y = 0.0

    def _end_of_page(self) -> None:
        self._page += 1
        font = QGuiApplication.font()
        font.setPointSizeF(_POINTS)
        self._painter.setFont(font)
        self._painter.setPen(_BAR)
        box = QRectF(0, self._size.height() + 2, self._size.width(), _FOOTER)
        words = translator(self._facts.language)("Page {number}", number=self._page)
        self._painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, words)
