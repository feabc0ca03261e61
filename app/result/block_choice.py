"""Which of the model's tapped blocks a patch's numbers are of: one of them, or the mean of all."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QTabBar, QWidget

from app.widgets.layouts import fill
from app.widgets.said import muted

MEAN = 0
"""Stands for the mean; blocks are counted from 1."""


class BlockChoice(QWidget):
    """A segmented choice; hidden where only one block is tapped.

    Signals:
        chosen: (block) or `MEAN`.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._blocks: tuple[int, ...] = ()
        self._wanted = MEAN
        label = muted(QLabel(self.tr("Block")))
        self._tabs = QTabBar()
        self._tabs.setObjectName("chips")
        self._tabs.setProperty("plain", True)
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._tabs.setUsesScrollButtons(True)
        self._tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self._tabs.setAccessibleName(self.tr("Block whose cosines are shown"))
        self._tabs.currentChanged.connect(self._take)
        tip = self.tr("Anomaly and cosines in one tapped block of the model, or the mean; weights are of all blocks")
        label.setToolTip(tip)
        self._tabs.setToolTip(tip)
        label.setBuddy(self._tabs)
        fill(QHBoxLayout(self), label, (self._tabs, 1), margins=(0, 0, 0, 0), spacing=8)
        self.hide()

    @property
    def block(self) -> int:
        """The chosen block, or `MEAN`."""
        return self._block_at(self._tabs.currentIndex())

    @property
    def tabs(self) -> QTabBar:
        """The tabs of the mean and the blocks, which take the keyboard."""
        return self._tabs

    def show_blocks(self, blocks: Sequence[int]) -> None:
        """Offer blocks; the one that a person wants is chosen if it is among them. Emits no signal."""
        if tuple(blocks) != self._blocks:
            self._blocks = tuple(blocks)
            with QSignalBlocker(self._tabs):
                self._fill()
        self.setVisible(len(self._blocks) > 1)

    def _fill(self) -> None:
        while self._tabs.count():
            self._tabs.removeTab(0)
        if len(self._blocks) < 2:
            return
        self._tabs.addTab(self.tr("Mean"))
        for block in self._blocks:
            place = self._tabs.addTab(str(block))
            self._tabs.setTabToolTip(place, self.tr("Block {number}").format(number=block))
        if self._wanted in self._blocks:
            self._tabs.setCurrentIndex(1 + self._blocks.index(self._wanted))

    def _take(self, place: int) -> None:
        self._wanted = self._block_at(place)
        self.chosen.emit(self._wanted)

    def _block_at(self, place: int) -> int:
        return self._blocks[place - 1] if 1 <= place <= len(self._blocks) else MEAN
