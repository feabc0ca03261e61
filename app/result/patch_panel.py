"""The patch under the cursor, or the pinned one: its pixels and its weights over the subspaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from app.evidence.nearest import NearestPatches
from app.parts.state import Colour, score_words
from app.result.block_choice import MEAN, BlockChoice
from app.shell.theme import Colours, current_colours
from app.widgets.elided_label import ElidedLabel
from app.widgets.layouts import fill
from app.widgets.meter import draw_swatch
from app.widgets.painted import painted
from app.widgets.said import Said, muted

_ROW = 22
_CROP = 64
_LEAST_ROWS = 1
"""Rows of weights that are seen, however little room there is."""

_RIGHT_MARGIN = 6
"""Pixels between the numbers and a scroll bar."""


@dataclass(frozen=True)
class PatchRow:
    """One subspace's part in a patch.

    Attributes:
        name: of the subspace.
        colour: of the subspace.
        weight: after the mask, in [0, 1]; the rows sum to 1.
        transport: before the mask, in [0, 1]; the rows sum to 1.
        normal: cosine to the subspace's normal text.
        anomalous: cosine to its anomalous text.
    """

    name: str
    colour: Colour
    weight: float
    transport: float
    normal: float
    anomalous: float


class WeightBars(QWidget):
    """A painted table: subspace, weight as a bar, cosine to normal and to anomalous."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[PatchRow, ...] = ()
        self.setAccessibleName(self.tr("Weights of the patch"))
        self.setToolTip(self.tr("Pale: what transport gave, before only the greatest weights were kept"))

    def set_rows(self, rows: Sequence[PatchRow]) -> None:
        """Show rows in the given order."""
        self._rows = tuple(rows)
        self.setAccessibleDescription(
            ", ".join(
                f"{row.name} {row.weight:.2f} ({_signed(row.normal)}, {_signed(row.anomalous)})" for row in self._rows
            )
        )
        self.setFixedHeight(_ROW * (len(self._rows) + 1))
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(240, _ROW * (len(self._rows) + 1))

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        if not self._rows:
            return
        metrics = painter.fontMetrics()
        number = metrics.horizontalAdvance("−0.000") + 8
        name_width = min(110, max(64, self.width() // 3))
        bar_left = name_width + 20
        edge = self.width() - _RIGHT_MARGIN
        bar_right = edge - 2 * number - metrics.horizontalAdvance("0.00") - 8
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(colours.muted))
        painter.drawText(QRectF(18, 0, name_width, _ROW), left, self.tr("Subspace"))
        painter.drawText(QRectF(bar_left, 0, bar_right - bar_left, _ROW), left, self.tr("Weight"))
        painter.drawText(QRectF(edge - 2 * number, 0, number, _ROW), right, self.tr("cos n"))
        painter.drawText(QRectF(edge - number, 0, number, _ROW), right, self.tr("cos a"))
        for place, row in enumerate(self._rows, start=1):
            top = place * _ROW
            if not exposed.intersects(QRect(0, top, self.width(), _ROW)):
                continue
            colour = QColor(*row.colour)
            draw_swatch(painter, QRectF(0, top + 5, 12, 12), colour)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.raised))
            track = QRectF(bar_left, top + 7, max(8, bar_right - bar_left), 8)
            painter.drawRoundedRect(track, 3, 3)
            # The whole transport row lies behind, pale; what the mask left of it in front.
            for share, opacity in ((row.transport, 0.35), (row.weight, 1.0)):
                if share > 0.002:
                    painter.setOpacity(opacity)
                    painter.setBrush(colour)
                    painter.drawRoundedRect(QRectF(track.left(), track.top(), track.width() * share, 8), 3, 3)
            painter.setOpacity(1.0)
            painter.setPen(QColor(colours.text if row.weight > 0 else colours.muted))
            name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, name_width)
            painter.drawText(QRectF(18, top, name_width, _ROW), left, name)
            weight = QRectF(bar_right, top, edge - 2 * number - bar_right, _ROW)
            painter.drawText(weight, right, f"{row.weight:.2f}")
            painter.drawText(QRectF(edge - 2 * number, top, number, _ROW), right, _signed(row.normal))
            painter.drawText(QRectF(edge - number, top, number, _ROW), right, _signed(row.anomalous))


class PatchPanel(QWidget):
    """Shows one patch.

    Attributes:
        blocks: which of the tapped blocks the anomaly and the cosines are of.
        nearest: the patches of other parts that the pinned one looks most like.
    """

    title = Said("_title")
    """Which patch is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._crop = QLabel()
        self._crop.setFixedSize(_CROP, _CROP)
        self._crop.setAccessibleName(self.tr("Pixels of the patch"))
        self._title = QLabel()
        self._detail = muted(ElidedLabel())
        self.blocks = BlockChoice()
        self._bars = WeightBars()
        self.nearest = NearestPatches()
        self._empty = muted(QLabel(self.tr("Point at a patch to see which subspaces it chose; click to pin it.")))
        self._empty.setWordWrap(True)
        self._lay_out()
        self.clear()

    def clear(self) -> None:
        """Show no patch."""
        self._header.hide()
        self._scroll.hide()
        self.blocks.hide()
        self._empty.show()

    def show_patch(
        self,
        place: tuple[int, int],
        anomaly: float,
        rows: Sequence[PatchRow],
        crop: QImage,
        *,
        pinned: bool,
        rarity: float | None = None,
    ) -> None:
        """Show the patch at (row, column) with its anomaly value, its rows, its pixels and how rare it is.

        Anomaly and cosines are those of `blocks`.
        """
        self._empty.hide()
        self._header.show()
        self._scroll.show()
        title = self.tr("Patch {row}, {column}").format(row=place[0], column=place[1])
        self._title.setText(f"<b>{title}</b>" + (" · " + self.tr("pinned") if pinned else ""))
        if rows and not any(row.transport for row in rows):
            words = [self.tr("Ignored: not in plan, map or score")]
            rarity = None
        elif self.blocks.block == MEAN:
            words = [self.tr("Anomaly {value}").format(value=score_words(anomaly))]
        else:
            block = self.tr("Anomaly {value} in block {number}")
            words = [block.format(value=score_words(anomaly), number=self.blocks.block)]
        if rarity is not None:
            words.append(self.tr("rarity {value}").format(value=f"{rarity:.2f}"))
        self._detail.setText(" · ".join(words))
        self._detail.explain(
            ""
            if rarity is None
            else self.tr("Rarity: how unlike most of the part a patch is. The anomaly has been multiplied with it.")
        )
        self._bars.set_rows(rows)
        ratio = self.devicePixelRatioF()
        self._crop.setPixmap(_framed(crop, int(_CROP * ratio), ratio))

    def _lay_out(self) -> None:
        words = fill(QVBoxLayout(), self._title, self._detail, spacing=2)
        self._header = QWidget()
        fill(QHBoxLayout(self._header), self._crop, (words, 1), margins=(0, 0, 0, 0), spacing=12)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._bars)
        self._bars.setAutoFillBackground(False)
        self._scroll.viewport().setAutoFillBackground(False)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Lower than Qt's own least height: a pinned patch must not make the window higher than a small screen.
        self._scroll.setMinimumHeight(_LEAST_ROWS * _ROW)
        layout = fill(
            QVBoxLayout(self),
            (self._empty, 0, Qt.AlignmentFlag.AlignTop),
            self._header,
            self.blocks,
            (self._scroll, 1),
            self.nearest,
            margins=(12, 4, 12, 8),
            spacing=8,
        )
        layout.addStretch(0)


def _signed(cosine: float) -> str:
    return f"{cosine:.3f}".replace("-", "−")


def _framed(crop: QImage, side: int, ratio: float) -> QPixmap:
    """A crop enlarged to a square with sharp pixels."""
    canvas = QPixmap(side, side)
    canvas.fill(QColor(current_colours().raised))
    if not crop.isNull():
        size = crop.size().scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF((side - size.width()) / 2, (side - size.height()) / 2, size.width(), size.height())
        painter = QPainter(canvas)
        painter.drawImage(target, crop)
        painter.end()
    canvas.setDevicePixelRatio(ratio)
    return canvas
