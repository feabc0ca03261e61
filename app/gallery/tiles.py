"""The gallery's tiles as a list: model, painting, and keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from app.gallery.model import PatchPlace, Tile
from app.parts.labels import PartLabels
from app.parts.state import score_words
from app.shell.theme import current_colours
from app.widgets.qimage import argb_image
from app.widgets.rows import paint_ground

TILE_ROLE = Qt.ItemDataRole.UserRole + 1
VALUE_ROLE = Qt.ItemDataRole.UserRole + 2
LABEL_ROLE = Qt.ItemDataRole.UserRole + 3
_PICTURE, _MARGIN, _NAME = 92, 6, 18
TILE_SIZE = QSize(_PICTURE + 2 * _MARGIN, _PICTURE + 2 * _MARGIN + _NAME)

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_OWN_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TilesModel(QAbstractListModel):
    """Tiles in their order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tiles: tuple[Tile, ...] = ()
        self._decimals = 2
        self._labels = PartLabels()

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """What is shown."""
        return self._tiles

    @override
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._tiles)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        tile = self._tiles[index.row()]
        if role == TILE_ROLE:
            return tile
        row, column = tile.place.patch
        place = self.tr("patch {row}, {column}").format(row=row, column=column)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{self._value(tile)} {self._labels.of(tile.place.path)} {place}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{tile.place.path}\n{place} · {self._value(tile)}"
        if role == LABEL_ROLE:
            return self._labels.of(tile.place.path)
        return self._value(tile) if role == VALUE_ROLE else None

    def set_tiles(self, tiles: Sequence[Tile], decimals: int) -> None:
        """Show other tiles, their values with so many decimals."""
        self.beginResetModel()
        self._tiles, self._decimals = tuple(tiles), decimals
        self._labels = PartLabels({tile.place.path for tile in tiles})
        self.endResetModel()

    def _value(self, tile: Tile) -> str:
        return score_words(tile.value, self._decimals)


class TilesDelegate(QStyledItemDelegate):
    """Paints a tile: the crop with its patch framed, the value over it, the part's name below."""

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return TILE_SIZE

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = current_colours()
        tile: Tile = index.data(TILE_ROLE)
        painter.save()
        area, selected = paint_ground(painter, option, colours.raised)
        frame = QRectF(area.left() + _MARGIN, area.top() + _MARGIN, _PICTURE, _PICTURE)
        painter.fillRect(frame, QColor(colours.raised))
        _draw_crop(painter, frame, tile)
        _draw_value(painter, frame, index.data(VALUE_ROLE), option.font)
        if selected:
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(frame.adjusted(-1, -1, 1, 1))
        name = QRect(area.left() + 4, int(frame.bottom()) + 2, area.width() - 8, _NAME)
        painter.setFont(_smaller(option.font))
        painter.setPen(QColor(colours.text if selected else colours.muted))
        elided = painter.fontMetrics().elidedText(
            str(index.data(LABEL_ROLE)), Qt.TextElideMode.ElideMiddle, name.width()
        )
        painter.drawText(name, Qt.AlignmentFlag.AlignCenter, elided)
        painter.restore()


class TilesView(QListView):
    """A row of tiles that wraps when there is room.

    Signals:
        tile_chosen: (Tile) clicked, or Enter was pressed on it.
    """

    tile_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = TilesModel(self)
        self.setModel(self._model)
        self.setItemDelegate(TilesDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setMinimumHeight(TILE_SIZE.height() + 2)
        self.setAccessibleName(self.tr("Patches of the gallery"))
        self.clicked.connect(self._choose)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """What is shown."""
        return self._model.tiles

    def set_tiles(self, tiles: Sequence[Tile], decimals: int = 2) -> None:
        """Show other tiles; the chosen one and the place in the list are kept where they are still there."""
        kept = self.current_place
        scrolled = self.verticalScrollBar().value()
        self._model.set_tiles(tiles, decimals)
        for row, tile in enumerate(tiles):
            if tile.place == kept:
                self.setCurrentIndex(self._model.index(row))
        self.verticalScrollBar().setValue(scrolled)

    @property
    def current_place(self) -> PatchPlace | None:
        """The place of the chosen tile's patch."""
        index = self.currentIndex()
        return self._model.tiles[index.row()].place if index.isValid() else None

    def tile_at(self, index: QModelIndex) -> Tile | None:
        """The tile of an index of the model."""
        return self._model.tiles[index.row()] if index.isValid() else None

    @override
    def event(self, event: QEvent) -> bool:
        # The window's shortcuts have the arrow keys for the parts; here they walk over the tiles.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _OWN_KEYS:
            event.accept()
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _choose(self, index: QModelIndex) -> None:
        tile = self.tile_at(index)
        if tile is not None:
            self.tile_chosen.emit(tile)


def _smaller(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(max(7.0, font.pointSizeF() * 0.85))
    return small


def _draw_crop(painter: QPainter, frame: QRectF, tile: Tile) -> None:
    image = argb_image(tile.crop.pixels)
    size = image.size().scaled(frame.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
    target = QRectF(0, 0, size.width(), size.height())
    target.moveCenter(frame.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(target, image)
    x, y, width, height = tile.crop.frame
    patch = QRectF(
        target.left() + x * target.width(),
        target.top() + y * target.height(),
        width * target.width(),
        height * target.height(),
    ).intersected(target.adjusted(1.5, 1.5, -1.5, -1.5))
    # Only its corners: a whole frame would hide what is looked at.
    for colour, pen_width in ((QColor(0, 0, 0, 170), 3.0), (QColor(255, 255, 255), 1.2)):
        painter.setPen(QPen(colour, pen_width))
        for corner, across, down in (
            (patch.topLeft(), 1, 1),
            (patch.topRight(), -1, 1),
            (patch.bottomLeft(), 1, -1),
            (patch.bottomRight(), -1, -1),
        ):
            arm = min(patch.width(), patch.height()) * 0.25
            painter.drawLine(corner, corner + QPointF(across * arm, 0))
            painter.drawLine(corner, corner + QPointF(0, down * arm))


def _draw_value(painter: QPainter, frame: QRectF, text: str, font: QFont) -> None:
    painter.setFont(_smaller(font))
    width = painter.fontMetrics().horizontalAdvance(text) + 8
    height = painter.fontMetrics().height() + 1
    pill = QRectF(frame.left() + 3, frame.bottom() - height - 3, width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 190))
    painter.drawRoundedRect(pill, 3, 3)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setPen(QColor(255, 255, 255))
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
