"""The contact sheet: all parts of the list as pictures with their heatmaps, as large as a person wants them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QSlider,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.parts.delegate import PartDelegate, draw_thumbnail, draw_verdict
from app.parts.list_model import LABEL_ROLE, Index
from app.parts.panel import PartsPanel
from app.parts.state import Part, PartResult, Verdict, score_words
from app.result.verdict_words import part_words
from app.shell.theme import current_colours
from app.widgets.qimage import argb_image
from app.widgets.rows import paint_ground
from app.widgets.said import muted
from tokenclip_core.output.layers import OPACITY, heatmap

LEAST_SIDE, FIRST_SIDE, MOST_SIDE = 72, 128, 256
"""Pixels of a picture's longer side."""

_MARGIN, _TEXT = 8, 36
_BAR = 3


class SheetDelegate(PartDelegate):
    """Paints a part: its picture under its heatmap, a line in the verdict's colour, its name and score."""

    def __init__(self, overlay_of: Callable[[str], PartResult | None], parent: QWidget) -> None:
        """Paint parts whose results `overlay_of` gives by their paths, where they are kept."""
        super().__init__(parent)
        self._overlay_of = overlay_of
        self.side = FIRST_SIDE

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(self.side + 2 * _MARGIN, self.side + 2 * _MARGIN + _TEXT)

    @override
    def paint_part(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, part: Part, verdict: Verdict
    ) -> None:
        colours = current_colours()
        area, _selected = paint_ground(painter, option, colours.raised)
        frame = QRect(area.left() + _MARGIN, area.top() + _MARGIN, self.side, self.side)
        image = index.data(Qt.ItemDataRole.DecorationRole)
        draw_thumbnail(painter, frame, image, colours)
        result = self._overlay_of(part.path)
        if result is not None and image is not None:
            size = image.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(QRectF(frame).center())
            painter.setOpacity(OPACITY)
            painter.drawImage(target, argb_image(heatmap(result.token_map)))
            painter.setOpacity(1.0)
        if verdict in (Verdict.DEFECT, Verdict.GOOD):
            colour = QColor(colours.defect if verdict is Verdict.DEFECT else colours.good)
            painter.fillRect(QRect(frame.left(), frame.bottom() + 1, frame.width(), _BAR), colour)
        name = QRect(frame.left(), frame.bottom() + _BAR + 2, frame.width(), _TEXT // 2)
        painter.setPen(QColor(colours.text))
        label = painter.fontMetrics().elidedText(
            str(index.data(LABEL_ROLE)), Qt.TextElideMode.ElideMiddle, name.width()
        )
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, label)
        line = name.translated(0, _TEXT // 2 - 2)
        draw_verdict(painter, QPointF(line.left() + 6, line.center().y() + 1), verdict, colours)
        painter.setPen(QColor(colours.muted))
        words = part_words(part, verdict) if part.score is None else score_words(part.score)
        painter.drawText(line.adjusted(18, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)


class ContactSheet(QWidget):
    """Shows what the list of parts shows, and has the same part chosen.

    Attributes:
        view: the pictures.
        size_slider: how large they are.
    """

    def __init__(self, panel: PartsPanel, parent: QWidget | None = None) -> None:
        """Make the sheet of a list; it asks for nothing while it is hidden."""
        super().__init__(parent)
        self._panel = panel
        self._result_of: Callable[[str], PartResult | None] = lambda _path: None
        self.view = QListView()
        self._delegate = SheetDelegate(lambda path: self._result_of(path), self.view)
        self.view.setItemDelegate(self._delegate)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setViewMode(QListView.ViewMode.IconMode)
        self.view.setMovement(QListView.Movement.Static)
        self.view.setResizeMode(QListView.ResizeMode.Adjust)
        self.view.setUniformItemSizes(True)
        self.view.setLayoutMode(QListView.LayoutMode.Batched)
        self.view.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setMouseTracking(True)
        self.view.setAccessibleName(self.tr("Contact sheet"))
        self.size_slider = QSlider(Qt.Orientation.Horizontal)
        self.size_slider.setRange(LEAST_SIDE, MOST_SIDE)
        self.size_slider.setValue(FIRST_SIDE)
        self.size_slider.setMaximumWidth(160)
        self.size_slider.setAccessibleName(self.tr("Size of the pictures"))
        self.size_slider.valueChanged.connect(self._take_size)
        label = muted(QLabel(self.tr("Size")))
        head = QWidget()
        head.setObjectName("strip")
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 6, 12, 6)
        row.addWidget(label)
        row.addWidget(self.size_slider)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(self.view, 1)

    def show_results_of(self, result_of: Callable[[str], PartResult | None]) -> None:
        """Lay heatmaps over parts whose results are kept: `result_of` gives them by their paths."""
        self._result_of = result_of

    def take(self, shown: bool) -> None:
        """Be filled while it is seen, and cost nothing while it is not."""
        if shown and self.view.model() is None:
            self.view.setModel(self._panel.model)
            self.view.setSelectionModel(self._panel.view.selectionModel())
            self.view.scrollTo(self.view.currentIndex(), QListView.ScrollHint.PositionAtCenter)
        elif not shown and self.view.model() is not None:
            self.view.setModel(None)

    def _take_size(self, side: int) -> None:
        self._delegate.side = side
        self.view.doItemsLayout()
