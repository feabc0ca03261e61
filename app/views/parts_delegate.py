"""Paints one row of the parts list: thumbnail, verdict, name, score."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from app.state import Part, Verdict
from app.theme import Colours, current_colours
from app.views.parts_model import PART_ROLE, VERDICT_ROLE

ROW_HEIGHT = 56
THUMBNAIL_SIDE = 40
_MARGIN = 8


def draw_verdict(painter: QPainter, centre: QPointF, verdict: Verdict, colours: Colours) -> None:
    """A mark whose shape alone tells the verdict: disc, tick, triangle, or an empty ring."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    x, y = centre.x(), centre.y()
    if verdict is Verdict.DEFECT:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.defect))
        painter.drawEllipse(centre, 5, 5)
    elif verdict is Verdict.GOOD:
        pen = QPen(QColor(colours.good), 2.2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPolyline([QPointF(x - 5, y), QPointF(x - 1.5, y + 4), QPointF(x + 5, y - 4)])
    elif verdict is Verdict.ERROR:
        path = QPainterPath(QPointF(x, y - 6))
        path.lineTo(x + 6, y + 5)
        path.lineTo(x - 6, y + 5)
        path.closeSubpath()
        painter.fillPath(path, QColor(colours.warning))
    else:
        painter.setPen(QPen(QColor(colours.muted), 1.4))
        painter.drawEllipse(centre, 4, 4)
    painter.restore()


class PartsDelegate(QStyledItemDelegate):
    """Paints rows of a `PartsModel`; all rows have one height, so that long lists scroll at once."""

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(160, ROW_HEIGHT)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        colours = current_colours()
        part: Part = index.data(PART_ROLE)
        verdict: Verdict = index.data(VERDICT_ROLE)
        area = QRect(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        if selected or hovered:
            painter.fillRect(area, QColor(colours.selection if selected else colours.window))
        if selected:
            painter.fillRect(QRect(area.left(), area.top(), 3, area.height()), QColor(colours.accent))
        frame = QRect(area.left() + 12, area.top() + _MARGIN, THUMBNAIL_SIDE, THUMBNAIL_SIDE)
        _draw_thumbnail(painter, frame, index.data(Qt.ItemDataRole.DecorationRole), colours)
        left = frame.right() + 12
        draw_verdict(painter, QPointF(left + 6, area.center().y() + 1), verdict, colours)
        left += 20
        right = area.right() - 12
        if part.score is not None and part.error is None:
            right = _draw_score(painter, area, part.score, verdict, colours, option.font)
        text = QRect(left, area.top(), max(0, right - left - 8), area.height())
        _draw_name(painter, text, part, colours, option.font)
        painter.restore()


def _draw_thumbnail(painter: QPainter, frame: QRect, image: QImage | None, colours: Colours) -> None:
    painter.fillRect(frame, QColor(colours.raised))
    if image is None or image.isNull():
        return
    size = image.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
    target = QRectF(0, 0, size.width(), size.height())
    target.moveCenter(QRectF(frame).center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(target, image)


def _draw_score(painter: QPainter, area: QRect, score: float, verdict: Verdict, colours: Colours, font: QFont) -> int:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    painter.setFont(bold)
    painter.setPen(QColor(colours.defect if verdict is Verdict.DEFECT else colours.text))
    text = f"{score:.2f}"
    width = painter.fontMetrics().horizontalAdvance(text)
    painter.drawText(area.adjusted(0, 0, -12, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
    return area.right() - 12 - width


def _draw_name(painter: QPainter, area: QRect, part: Part, colours: Colours, font: QFont) -> None:
    painter.setFont(font)
    metrics = painter.fontMetrics()
    painter.setPen(QColor(colours.text))
    name = metrics.elidedText(part.name, Qt.TextElideMode.ElideMiddle, area.width())
    if part.error is None:
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        return
    middle = area.center().y()
    painter.drawText(
        QRect(area.left(), area.top(), area.width(), middle - area.top()),
        Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft,
        name,
    )
    painter.setPen(QColor(colours.warning))
    # The message begins with the path, which the row shows already.
    reason = part.error.removeprefix(f"{part.path}: ")
    painter.drawText(
        QRect(area.left(), middle + 1, area.width(), area.bottom() - middle),
        Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft,
        metrics.elidedText(reason, Qt.TextElideMode.ElideRight, area.width()),
    )
