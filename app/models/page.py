"""The page of the models: what is here, what could be, and what can be done with each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.models.inventory import Row
from app.models.words import purpose, size_words, state_words
from app.widgets.action_button import buttons_of
from app.widgets.elided_label import ElidedLabel
from app.widgets.layouts import fill
from app.widgets.progress_strip import thin_bar
from app.widgets.said import Said
from app.widgets.text_table import SelectingView, TextTable, as_list

_STEPS = 1000
HUB = "https://huggingface.co"


class Orders(NamedTuple):
    """What the page's buttons do; each but the last acts on the chosen row."""

    use: Callable[[], object]
    measure: Callable[[], object]
    download: Callable[[], object]
    pause: Callable[[], object]
    cancel: Callable[[], object]
    remove: Callable[[], object]
    add: Callable[[], object]


class ModelsPage(QWidget):
    """Lists models; a download is shown below the list.

    Attributes:
        table: the list.
        mirror: address to ask instead of the hub.
        use, measure, download, pause, cancel, remove, add: what the buttons do.
    """

    progress = Said("_progress")
    """How far a download is."""

    said = Said("_said")
    """What became of what was asked for last."""

    space = Said("_space")
    """What is said of the disk."""

    def __init__(self, orders: Orders, mirror: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()
        self._in_use = ""
        self._getting = ""
        self._texts = TextTable(
            (
                self.tr("Model"),
                self.tr("Here"),
                self.tr("Licence"),
                self.tr("Size"),
                self.tr("Speed on this computer"),
                self.tr("What it is good for"),
            ),
            (3,),
            self,
        )
        self.use = self.addAction(self.tr("Use this model"), orders.use)
        self.measure = self.addAction(self.tr("Measure its speed"), orders.measure)
        self.download = self.addAction(self.tr("Download"), orders.download)
        self.remove = self.addAction(self.tr("Remove…"), orders.remove)
        self.add = self.addAction(self.tr("Add a model folder…"), orders.add)
        self.pause = self.addAction(self.tr("Pause"), orders.pause)
        self.cancel = self.addAction(self.tr("Cancel"), orders.cancel)
        self.table = SelectingView(self._allow)
        as_list(self.table, self._texts, self.tr("Models"))
        self.table.setSelectionMode(SelectingView.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(5, QHeaderView.ResizeMode.Stretch)
        self.mirror = QLineEdit(mirror)
        self.mirror.setPlaceholderText(HUB)
        self.mirror.setAccessibleName(self.tr("Download from"))
        self.mirror.setClearButtonEnabled(True)
        self._lay_out()
        self.show_progress("", 0, "")
        self._allow()

    def _lay_out(self) -> None:
        self._space, self._said, self._progress = ElidedLabel(), ElidedLabel(), ElidedLabel()
        self._space.setObjectName("muted")
        self._bar = thin_bar(self.tr("Progress of the download"))
        self._bar.setRange(0, _STEPS)
        buttons = buttons_of(self.actions())
        self._transfer = [buttons[self.pause], buttons[self.cancel]]
        label = QLabel(self.tr("Download from"))
        label.setBuddy(self.mirror)
        some = (self.use, self.measure, self.download, self.remove)
        chosen = fill(QHBoxLayout(), *(buttons[action] for action in some), None, buttons[self.add], spacing=8)
        source = fill(QHBoxLayout(), label, (self.mirror, 1), (self._space, 1), spacing=8)
        told = fill(QHBoxLayout(), (self._progress, 1), *self._transfer, spacing=8)
        parts = ((self.table, 1), chosen, self._said, source, self._bar, told)
        fill(QVBoxLayout(self), *parts, margins=(16, 12, 16, 12), spacing=10)

    @property
    def chosen(self) -> Row | None:
        """The chosen row."""
        rows = self.table.selectionModel().selectedRows()
        return self._rows[rows[0].row()] if rows and rows[0].row() < len(self._rows) else None

    def choose(self, name: str) -> None:
        """Choose a row by its model."""
        for number, row in enumerate(self._rows):
            if row.name == name:
                self.table.selectRow(number)

    def show_rows(self, rows: Sequence[Row], speeds: Sequence[str], in_use: str, space: str) -> None:
        """List models.

        Args:
            rows: of the list.
            speeds: what was measured of each; "" for nothing.
            in_use: name of the model that inspects.
            space: what is said of the disk.
        """
        chosen = self.chosen
        name = in_use if chosen is None else chosen.name
        self._rows, self._in_use = tuple(rows), in_use
        self._texts.show_rows(
            [
                (
                    f"{row.name}  ✓" if row.name == in_use else row.name,
                    state_words(row),
                    row.licence,
                    size_words(row.megabytes),
                    speed,
                    purpose(row),
                )
                for row, speed in zip(rows, speeds, strict=True)
            ]
        )
        self._space.setText(space)
        self.choose(name)
        self._allow()

    def show_progress(self, name: str, share: float, words: str) -> None:
        """Say how far a download is; an empty name for none."""
        self._getting = name
        self._bar.setValue(round(_STEPS * share))
        self._progress.setText(words)
        for widget in (self._bar, self._progress, *self._transfer):
            widget.setVisible(bool(name))
        self._allow()

    def say(self, words: str) -> None:
        """Say what became of something, below the list."""
        self._said.setText(words)

    def _allow(self) -> None:
        row = self.chosen
        self.use.setEnabled(row is not None and row.usable and row.name != self._in_use)
        self.measure.setEnabled(row is not None and row.usable)
        # What is on its way is paused or given up, not removed.
        held = row is not None and bool(row.held) and row.name != self._getting
        self.remove.setEnabled(row is not None and (row.can_be_removed or held))
        self.download.setEnabled(row is not None and row.can_be_got and not self._getting)
        self.download.setIconText(self._download_words(row))

    def _download_words(self, row: Row | None) -> str:
        if row is None or not row.can_be_got:
            return self.tr("Download")
        words = self.tr("Go on downloading ({size})") if row.held else self.tr("Download ({size})")
        return words.format(size=size_words(row.megabytes))
