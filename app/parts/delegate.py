"""Paints one row of the parts list: thumbnail, verdict, name, score."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from app.parts.groups import Heading
from app.parts.list_model import HEADING_ROLE, LABEL_ROLE, PART_ROLE, REVIEW_ROLE, VERDICT_ROLE, Index
from app.parts.state import Part, Verdict, score_words
from app.result.verdict_words import part_words, verdict_word
from app.review.model import Decision, Review
from app.shell.theme import Colours, current_colours, icon
from app.widgets.rows import paint_ground

__all__ = ["ROW_HEIGHT", "THUMBNAIL_SIDE", "PartsDelegate", "draw_thumbnail", "draw_verdict", "verdict_word"]

ROW_HEIGHT = 56
HEADING_HEIGHT = 26
THUMBNAIL_SIDE = 40
_MARGIN = 8
_REVIEW_ICON = 16
_LEAST_THUMBNAIL = QSize(2, 2)


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


class PartDelegate(QStyledItemDelegate):
    """Paints entries of a `PartsModel`."""

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        # Qt gives a plain string back for what the model said as a Verdict.
        verdict = Verdict(index.data(VERDICT_ROLE))
        painter.save()
        self.paint_part(painter, option, index, index.data(PART_ROLE), verdict)
        painter.restore()

    @abstractmethod
    def paint_part(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, part: Part, verdict: Verdict
    ) -> None:
        """Paint a part's entry; the painter is put back afterwards."""


class PartsDelegate(PartDelegate):
    """Paints rows of a `PartsModel`; but for those that begin a group, all have one height."""

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(160, ROW_HEIGHT)

    @override
    def paint_part(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, part: Part, verdict: Verdict
    ) -> None:
        colours = current_colours()
        heading = index.data(HEADING_ROLE)
        if heading is not None:
            place = QRect(option.rect)
            _draw_heading(painter, QRect(place.topLeft(), QSize(place.width(), HEADING_HEIGHT)), heading, colours)
            option.rect = place.adjusted(0, HEADING_HEIGHT, 0, 0)
        area, selected = paint_ground(painter, option, colours.window)
        if selected:
            painter.fillRect(QRect(area.left(), area.top(), 3, area.height()), QColor(colours.accent))
        frame = QRect(area.left() + 12, area.top() + _MARGIN, THUMBNAIL_SIDE, THUMBNAIL_SIDE)
        draw_thumbnail(painter, frame, index.data(Qt.ItemDataRole.DecorationRole), colours)
        text = QRect(frame.right() + 12, area.top() + 8, area.right() - frame.right() - 24, 20)
        line = QRect(text)
        review = index.data(REVIEW_ROLE)
        if review:
            taken = _draw_review(painter, text, review, colours)
            text.setRight(text.right() - taken)
        _draw_name(painter, text, str(index.data(LABEL_ROLE)), colours, option.font, gone=part.gone)
        _draw_verdict_line(painter, line.translated(0, 20), part, verdict, colours)


def heading_words(heading: Heading) -> str:
    """The counts of a group."""
    translate = QCoreApplication.translate
    if not heading.inspected:
        return f"{heading.count:,}"
    words = translate("PartsDelegate", "{defects} of {count} defective")
    return words.format(defects=f"{heading.defects:,}", count=f"{heading.count:,}")


def _draw_heading(painter: QPainter, area: QRect, heading: Heading, colours: Colours) -> None:
    painter.fillRect(area, QColor(colours.window))
    words, area = heading_words(heading), area.adjusted(12, 0, -12, 0)
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.setPen(QColor(colours.muted))
    painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, words)
    area.setRight(area.right() - painter.fontMetrics().horizontalAdvance(words) - 12)
    font = painter.font()
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    painter.setFont(bold)
    painter.setPen(QColor(colours.text))
    label = painter.fontMetrics().elidedText(heading.label, Qt.TextElideMode.ElideMiddle, area.width())
    painter.drawText(area, middle | Qt.AlignmentFlag.AlignLeft, label)
    painter.setFont(font)


def draw_thumbnail(painter: QPainter, frame: QRect, image: QImage | None, colours: Colours) -> None:
    """A part's picture in the middle of its place, which is empty until there is one."""
    painter.fillRect(frame, QColor(colours.raised))
    if image is None or image.isNull():
        return
    # A very long part stays a line that is seen.
    size = image.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio).expandedTo(_LEAST_THUMBNAIL)
    target = QRectF(0, 0, size.width(), size.height())
    target.moveCenter(QRectF(frame).center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(target, image)


def _draw_review(painter: QPainter, area: QRect, review: Review, colours: Colours) -> int:
    """Draw the reviewer's decision at the right end of the name's line; returns how much room it took."""
    names = []
    if review.note:
        names.append(("note", colours.accent))
    if review.decision is not Decision.NONE:
        # In the colour of what people do: red or green beside another verdict would contradict it.
        names.append(("accept" if review.decision is Decision.ACCEPTED else "reject", colours.accent))
    for place, (name, colour) in enumerate(reversed(names)):
        left = area.right() - _REVIEW_ICON * (place + 1) + 2
        icon(name, colour).paint(painter, QRect(left, area.top() + 2, _REVIEW_ICON, _REVIEW_ICON))
    return _REVIEW_ICON * len(names) + 2


def _draw_name(painter: QPainter, area: QRect, label: str, colours: Colours, font: QFont, *, gone: bool) -> None:
    font = QFont(font)
    font.setStrikeOut(gone)
    painter.setFont(font)
    painter.setPen(QColor(colours.muted if gone else colours.text))
    elided = painter.fontMetrics().elidedText(label, Qt.TextElideMode.ElideMiddle, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)


def _draw_verdict_line(painter: QPainter, area: QRect, part: Part, verdict: Verdict, colours: Colours) -> None:
    draw_verdict(painter, QPointF(area.left() + 6, area.center().y() + 1), verdict, colours)
    words = area.adjusted(18, 0, 0, 0)
    left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    if part.error is not None:
        # The message begins with the path, which the row shows already.
        reason = part.error.removeprefix(f"{part.path}: ")
        reason = reason[:1].upper() + reason[1:]
        painter.setPen(QColor(colours.warning))
        elided = painter.fontMetrics().elidedText(reason, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, left, elided)
        return
    painter.setPen(QColor(colours.muted))
    elided = painter.fontMetrics().elidedText(part_words(part, verdict), Qt.TextElideMode.ElideRight, words.width())
    painter.drawText(words, left, elided)
    if part.score is not None:
        bold = QFont(painter.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(QColor(colours.defect if verdict is Verdict.DEFECT else colours.text))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(area, right, score_words(part.score))
