"""The verdict on the shown part, its score, the threshold, and the regions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.parts.state import ExplainedRegion, Verdict, compared_words, score_words
from app.result.breakdown import Breakdown
from app.result.finding_words import area_words, extent_words, place_words
from app.result.threshold_plot import ThresholdPlot
from app.result.verdict_words import verdict_colour
from app.review.bar import ReviewBar
from app.shell.actions import Actions
from app.shell.theme import Colours
from app.widgets.action_button import ActionButton
from app.widgets.elided_label import ElidedLabel
from app.widgets.layouts import fill
from app.widgets.number_box import ThresholdBox, WholeNumberBox
from app.widgets.painted import painted
from app.widgets.said import Said, muted

MOST_LISTED = 200
_CENTRED, _LEFT, _RIGHT = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
"""Regions in the table; noise at a low threshold can have thousands."""


class VerdictBadge(QLabel):
    """The verdict in a word, on its colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._verdict = Verdict.UNKNOWN
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        font = self.font()
        font.setBold(True)
        self.setFont(font)
        self.setMinimumWidth(96)
        self.setContentsMargins(10, 0, 10, 0)
        self.setFixedHeight(28)

    def show_verdict(self, verdict: Verdict) -> None:
        """Say a verdict."""
        self._verdict = verdict
        self.setText(
            {
                Verdict.DEFECT: self.tr("DEFECT"),
                Verdict.GOOD: self.tr("GOOD"),
                Verdict.ERROR: self.tr("UNREADABLE"),
                Verdict.UNKNOWN: "–",
            }[verdict]
        )
        # The label repaints its words alone, but the colour lies around them too.
        self.update()

    @override
    @painted
    def paintEvent(self, painter: QPainter, exposed: QRect, colours: Colours) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(verdict_colour(self._verdict, colours)))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setPen(QColor(colours.muted if self._verdict is Verdict.UNKNOWN else colours.on_accent))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


class InspectionPanel(QWidget):
    """What is said about the shown part.

    Attributes:
        review: the reviewer's buttons.
        breakdown: which subspaces the score or the chosen region comes from.

    Signals:
        threshold_changed: (0 to 1).
        minimum_area_changed: (pixels).
        region_chosen: (ExplainedRegion).
    """

    threshold_changed = Signal(float)
    minimum_area_changed = Signal(int)
    region_chosen = Signal(object)

    finding = Said("_finding")
    """How much is said to be found, and where."""

    likeness = Said("_likeness")
    """What the worst of it is said to look like."""

    counts = Said("_counts")
    """What is said of the threshold and the inspected parts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._regions: tuple[ExplainedRegion, ...] = ()
        self._scale = 0.0
        self.badge = VerdictBadge()
        self._score = QLabel()
        font = self._score.font()
        font.setPointSizeF(font.pointSizeF() * 1.9)
        font.setBold(True)
        self._score.setFont(font)
        self._score.setAccessibleName(self.tr("Score"))
        self._score.setToolTip(self.tr("How anomalous the whole part is, from 0 (like good parts) to 1"))
        self._relation = muted(QLabel())
        self._relation.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._finding = ElidedLabel()
        self._finding.setAccessibleName(self.tr("What was found, and where"))
        self._likeness = ElidedLabel()
        self._likeness.setAccessibleName(self.tr("What the worst region looks like"))
        self.review = ReviewBar()
        self.breakdown = Breakdown()
        self.plot = ThresholdPlot(lambda threshold: self.threshold_changed.emit(threshold))
        self._counts = muted(ElidedLabel())
        self._counts.setAccessibleName(self.tr("What the threshold does to the inspected parts"))
        self._views_row = QHBoxLayout()
        self._views_row.setSpacing(6)
        self._views_row.addWidget(self._counts, 1)
        self._spin = ThresholdBox()
        self._spin.setFixedWidth(76)
        self._spin.setAccessibleName(self.tr("Threshold"))
        self._spin.setToolTip(
            self.tr("From which score on a part is a defect: a lower one finds more, and rejects more")
        )
        self._spin.valueChanged.connect(self.threshold_changed)
        self._area = WholeNumberBox()
        self._area.setRange(1, 10_000_000)
        self._area.setSingleStep(10)
        self._area.setSuffix(" px")
        self._area.setFixedWidth(76)
        self._area.setKeyboardTracking(False)
        self._area.setAccessibleName(self.tr("Smallest region"))
        self._area.setToolTip(self.tr("Regions with fewer pixels are left out"))
        self._area.valueChanged.connect(self.minimum_area_changed)
        self._summary = QLabel()
        # Its text changes with every part; the panel's width must not.
        self._summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(316)
        self._table = QTableWidget(0, 4)
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(22)
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for column in range(1, 4):
            self._table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self._table.horizontalHeader().setHighlightSections(False)
        self._head_table()
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        # Tab leaves the table, instead of going through all its cells.
        self._table.setTabKeyNavigation(False)
        self._table.setShowGrid(False)
        self._table.setMinimumHeight(52)
        self._table.setAccessibleName(self.tr("Regions"))
        for signal in (self._table.cellClicked, self._table.cellActivated):
            signal.connect(self._choose)
        self._table.verticalHeader().setMinimumSectionSize(20)
        self._lay_out()
        self.show_score(None, Verdict.UNKNOWN, 0.5)
        self.show_regions(None)

    def lay_out(self, actions: Actions) -> None:
        """Show the button at the histogram, and the one that folds the panels of details away."""
        self._foot.addWidget(ActionButton(actions["histogram-of-part"], words=True))
        button = ActionButton(actions["details"], words=True)
        button.setAutoRaise(True)
        self._foot.addWidget(button)

    def show_score(self, score: float | None, verdict: Verdict, threshold: float, reason: str = "") -> None:
        """Say score and verdict at a threshold; `reason` where something else than the score decided."""
        self.badge.show_verdict(verdict)
        self.plot.set_verdict(verdict)
        number = relation = ""
        if score is not None:
            number, relation = compared_words(score, threshold)
        self._score.setText(number)
        self._relation.setText(reason or relation)
        self._relation.setToolTip(reason or self.tr("A part whose score reaches the threshold is a defect"))
        self.show_threshold(threshold)

    def show_finding(self, words: str = "", likeness: str = "") -> None:
        """Say how much was found and where, and what the worst of it looks like; empty texts for nothing."""
        self._finding.setText(words)
        self._likeness.setText(likeness)

    def show_threshold(self, threshold: float) -> None:
        """Show a threshold; a verdict on it may follow."""
        self.plot.set_threshold(threshold)
        self._spin.blockSignals(True)
        self._spin.setValue(threshold)
        self._spin.blockSignals(False)

    def show_counts(self, words: str) -> None:
        """Say what the threshold does to the inspected parts."""
        self._counts.setText(words)

    def show_folder(self, folder: bool) -> None:
        """Show the scores of the folder in the plot, or the shown part's map."""
        self.plot.show_folder(folder)

    def show_minimum_area(self, pixels: int) -> None:
        """Say how small a region may be."""
        self._area.blockSignals(True)
        self._area.setValue(pixels)
        self._area.blockSignals(False)

    def show_histogram(self, counts: npt.NDArray[np.int64] | None, score: float | None) -> None:
        """Show how the map's values are spread."""
        self.plot.set_histogram(counts, score)

    def show_scale(self, millimetres: float) -> bool:
        """Tell regions in millimetres, of which a pixel shows so many, in pixels for 0; whether that is news."""
        if millimetres == self._scale:
            return False
        self._scale = millimetres
        self._head_table()
        return True

    def _head_table(self) -> None:
        size, area = (
            (self.tr("Size mm"), self.tr("Area mm²")) if self._scale else (self.tr("Size px"), self.tr("Area px"))
        )
        for column, text in enumerate((self.tr("Region"), size, area, self.tr("Peak"))):
            header = QTableWidgetItem(text)
            header.setToolTip(self._tips()[column])
            header.setTextAlignment(_CENTRED | (_LEFT if column == 0 else _RIGHT))
            self._table.setHorizontalHeaderItem(column, header)

    def show_regions(self, regions: Sequence[ExplainedRegion] | None, size: tuple[int, int] | None = None) -> None:
        """List regions of a part of (width, height) pixels; None while there is no result."""
        self._regions = tuple(regions or ())
        self._table.clearSelection()
        listed = self._regions[:MOST_LISTED]
        self._table.setRowCount(len(listed))
        for row, region in enumerate(listed):
            place = f"{row + 1}" if size is None else f"{row + 1} · {place_words(region, *size)}"
            extent = extent_words(region.width, region.height, self._scale)
            area = area_words(region.area_px, self._scale)
            for column, text in enumerate((place, extent, area, score_words(region.peak))):
                known = self._table.item(row, column)
                if known is not None:
                    known.setText(text)
                    continue
                item = QTableWidgetItem(text)
                item.setTextAlignment(_CENTRED | (_LEFT if column == 0 else _RIGHT))
                self._table.setItem(row, column, item)
        self._table.setVisible(bool(self._regions))
        if regions is None:
            self._summary.setText(self.tr("No result yet"))
        elif not self._regions:
            self._summary.setText(self.tr("No region reaches the threshold"))
        else:
            area = area_words(sum(region.area_px for region in self._regions), self._scale)
            unit = "mm²" if self._scale else "px"
            words = self.tr("1 region · {area}") if len(regions) == 1 else self.tr("{count} regions · {area}")
            self._summary.setText(words.format(count=f"{len(regions):,}", area=f"{area} {unit}"))

    def _tips(self) -> tuple[str, ...]:
        """What the columns of the table mean, one sentence each."""
        return (
            self.tr("Where on the part the region lies; click a row to see it"),
            self.tr("Width and height of the region")
            if self._scale
            else self.tr("Width and height of the region, in pixels of the picture"),
            self.tr("How much of the part the region covers")
            if self._scale
            else self.tr("How many pixels of the picture the region covers"),
            self.tr("The highest anomaly within the region, from 0 to 1"),
        )

    def _choose(self, row: int, _column: int) -> None:
        self.region_chosen.emit(self._regions[row])

    def _lay_out(self) -> None:
        top = fill(QHBoxLayout(), self.badge, self._score, (self._relation, 1), spacing=12)
        label = muted(QLabel(self.tr("Threshold")))
        label.setBuddy(self._spin)
        row = QHBoxLayout()
        row.setSpacing(8)
        # The smallest region; there is no room for more words beside thresholds of six decimals.
        smallest = QLabel(self.tr("Smallest"))
        smallest.setToolTip(self._area.toolTip())
        smallest.setObjectName("muted")
        smallest.setBuddy(self._area)
        row.addWidget(label)
        row.addWidget(self._spin)
        row.addStretch(1)
        row.addWidget(smallest)
        row.addWidget(self._area)
        layout = fill(
            QVBoxLayout(self),
            top,
            self._finding,
            self._likeness,
            self.review,
            self.plot,
            self._views_row,
            row,
            self.breakdown,
            self._summary,
            (self._table, 1),
            margins=(12, 4, 12, 8),
            spacing=6,
        )
        layout.addStretch(0)
        self._foot = QHBoxLayout()
        self._foot.addStretch(1)
        layout.addLayout(self._foot)
