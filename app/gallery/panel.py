"""The gallery: what each subspace looks at, patches like the pinned one, and rejects by their subspaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QTabBar, QToolButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.gallery.model import GalleryMode, Tile
from app.gallery.tiles import TilesView
from app.parts.state import Colour
from app.shell.actions import Actions
from app.widgets.action_button import ActionButton
from app.widgets.layouts import fill
from app.widgets.meter import draw_swatch
from app.widgets.said import Said, muted

_SWATCH = 12


@dataclass(frozen=True)
class Chip:
    """One choice above the tiles: its words, and the colours of the subspaces it stands for."""

    text: str
    colours: tuple[Colour, ...]


class GalleryPanel(QWidget):
    """Tiles below a row of choices; `header` goes above it all, as the dock's title.

    Attributes:
        header: title, modes and count.
        view: the tiles.
        only_button: lists only the parts of the chosen group.

    Signals:
        mode_chosen: (GalleryMode).
        chip_chosen: (index).
    """

    mode_chosen = Signal(object)
    chip_chosen = Signal(int)

    header_text = Said("_count")
    """The count beside the title."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._modes: dict[GalleryMode, QToolButton] = {}
        self._shown_chips: tuple[Chip, ...] = ()
        self._tabs = QTabBar()
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._tabs.setUsesScrollButtons(True)
        self._tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self._tabs.setObjectName("chips")
        self._tabs.setAccessibleName(self.tr("What the gallery shows"))
        self._tabs.currentChanged.connect(self._on_tab)
        self._words = muted(QLabel())
        self.only_button = QToolButton()
        self.only_button.setObjectName("small")
        self.only_button.setCheckable(True)
        self.only_button.setText(self.tr("Only these in the list"))
        self.only_button.setToolTip(self.tr("Show only the parts of this group in the list of parts"))
        self.view = TilesView()
        self._empty = muted(QLabel(self.view.viewport()))
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setMargin(12)
        self.view.viewport().installEventFilter(self)
        self._count = muted(QLabel())
        self.header = self._build_header()
        self._lay_out()
        self.show_mode(GalleryMode.SUBSPACES)

    def lay_out(self, actions: Actions) -> None:
        """Show the button that closes it."""
        self._header_row.addWidget(ActionButton(actions["close-gallery"]))

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """What is shown."""
        return self.view.tiles

    @property
    def words(self) -> str:
        """What is said above the tiles, or in their place."""
        return self._empty.text() if not self.view.tiles else self._words.text()

    @property
    def chips(self) -> tuple[Chip, ...]:
        """The choices above the tiles."""
        return self._shown_chips

    @property
    def only(self) -> bool:
        """Whether the list shows only the chosen group."""
        return self.only_button.isChecked()

    @property
    def chip(self) -> int:
        """Index of the one chosen, -1 without any."""
        return self._tabs.currentIndex()

    def show_mode(self, mode: GalleryMode) -> None:
        """Show the controls of a mode; chips and tiles follow."""
        self._modes[mode].setChecked(True)
        self._tabs.setVisible(mode is not GalleryMode.EXAMPLE)
        self._words.setVisible(mode is GalleryMode.EXAMPLE)
        self.only_button.setVisible(mode is GalleryMode.REJECTS)

    def show_chips(self, chips: Sequence[Chip], current: int) -> None:
        """Offer choices; emits no signal."""
        if tuple(chips) != self._shown_chips:
            self._shown_chips = tuple(chips)
            swatches = max((len(chip.colours) for chip in chips), default=1)
            self._tabs.setIconSize(QSize(max(1, swatches) * (_SWATCH + 2) - 2, _SWATCH))
            with QSignalBlocker(self._tabs):
                while self._tabs.count() > len(chips):
                    self._tabs.removeTab(self._tabs.count() - 1)
                for place, chip in enumerate(chips):
                    if place == self._tabs.count():
                        self._tabs.addTab("")
                    self._tabs.setTabText(place, chip.text.replace("&", "&&"))
                    self._tabs.setTabIcon(place, _swatches(chip.colours, self.devicePixelRatioF()))
        with QSignalBlocker(self._tabs):
            self._tabs.setCurrentIndex(current)
        self.only_button.setEnabled(bool(chips))

    def show_tiles(
        self, tiles: Sequence[Tile], *, count: str = "", words: str = "", empty: str = "", decimals: int = 2
    ) -> None:
        """Show tiles.

        Args:
            tiles: in their order.
            count: short, beside the title.
            words: above the tiles, where there are no choices.
            empty: in place of the tiles when there are none.
            decimals: of the tiles' values.
        """
        self.view.set_tiles(tiles, decimals)
        self._count.setText(count)
        self._words.setText(words)
        self._words.setToolTip(words)
        self._empty.setText(empty)
        self._empty.setVisible(not tiles)

    def show_only(self, only: bool) -> None:
        """Check or uncheck the filter; emits no signal."""
        with QSignalBlocker(self.only_button):
            self.only_button.setChecked(only)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._empty.setGeometry(self.view.viewport().rect())
        return False

    def _build_header(self) -> QWidget:
        header = QWidget()
        header.setObjectName("strip")
        header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        title = QLabel(self.tr("Gallery"))
        title.setObjectName("panelTitle")
        layout = QHBoxLayout(header)
        layout.setContentsMargins(0, 2, 6, 0)
        layout.setSpacing(2)
        layout.addWidget(title)
        group = QButtonGroup(header)
        for mode, text, tip in (
            (GalleryMode.SUBSPACES, self.tr("By subspace"), self.tr("The patches that chose a subspace most strongly")),
            (GalleryMode.EXAMPLE, self.tr("Like the pinned patch"), self.tr("Find patches like the pinned one (E)")),
            (GalleryMode.REJECTS, self.tr("Rejects"), self.tr("Rejected parts by the subspaces they come from")),
        ):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setCheckable(True)
            group.addButton(button, len(self._modes))
            self._modes[mode] = button
            layout.addWidget(button)
        group.idClicked.connect(self._on_mode)
        layout.addStretch(1)
        layout.addWidget(self._count)
        self._header_row = layout
        return header

    def _lay_out(self) -> None:
        choices = fill(
            QHBoxLayout(), (self._tabs, 1), (self._words, 1), self.only_button, margins=(8, 2, 8, 2), spacing=8
        )
        fill(QVBoxLayout(self), choices, (self.view, 1), margins=(0, 0, 0, 0), spacing=0)

    def _on_mode(self, place: int) -> None:
        self.mode_chosen.emit(tuple(self._modes)[place])

    def _on_tab(self, index: int) -> None:
        if index >= 0:
            self.chip_chosen.emit(index)


def _swatches(colours: Sequence[Colour], ratio: float) -> QIcon:
    """Small squares side by side."""
    width = len(colours) * (_SWATCH + 2) - 2 if colours else 1
    pixmap = QPixmap(round(width * ratio), round(_SWATCH * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        for place, colour in enumerate(colours):
            draw_swatch(painter, QRectF(place * (_SWATCH + 2), 0, _SWATCH, _SWATCH), QColor(*colour))
    return QIcon(pixmap)
