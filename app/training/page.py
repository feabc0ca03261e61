"""The page: what is learned from what, the losses while it runs, and before and after on the same parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.parts.state import ModelChoice
from app.training.losses import Losses
from app.training.model import DecidedParts, Figures, Learned, Phase
from app.widgets.action_button import buttons_of
from app.widgets.layouts import add_rows, fill
from app.widgets.number_box import WholeNumberBox
from app.widgets.progress_strip import thin_bar
from app.widgets.said import Said
from app.widgets.text_table import TextTable, listed

_FORM_WIDTH = 330
_TABLE_HEIGHT = 104


class Orders(NamedTuple):
    """What the page's buttons do."""

    choose: Callable[[], object]
    decided: Callable[[], object]
    start: Callable[[], object]
    stop: Callable[[], object]
    keep: Callable[[], object]


class TrainingPage(QWidget):
    """Asks what is learned, and shows how far it is.

    Attributes:
        model, name, epochs, subspaces: the fields.
        losses: the lines.
        choose, decided, start, stop, keep: what the buttons do.
        data: the chosen folder or parts, or None.
    """

    said = Said("_said")
    """How far it is, in words."""

    notes = Said("_notes")
    """What was found out about the parts."""

    def __init__(self, orders: Orders, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data: Path | DecidedParts | None = None
        self._running = self._can_be_kept = self._begun = False
        self.model = QComboBox()
        self.name = QLineEdit(self.tr("learned"))
        self.epochs, self.subspaces = WholeNumberBox(), WholeNumberBox()
        self.epochs.setRange(1, 200)
        self.epochs.setValue(15)
        self.subspaces.setRange(1, 64)
        self.subspaces.setValue(12)
        self.losses = Losses()
        self.choose = self.addAction(self.tr("Choose labelled parts…"), orders.choose)
        self.decided = self.addAction(self.tr("Take the decided parts of the list"), orders.decided)
        self.start = self.addAction(self.tr("Learn"), orders.start)
        self.stop = self.addAction(self.tr("Stop"), orders.stop)
        self.keep = self.addAction(self.tr("Keep and use it"), orders.keep)
        self._table = TextTable(
            ("", self.tr("Image AUROC"), self.tr("Pixel AUROC"), self.tr("Regions (AUPRO)")), (1, 2, 3), self
        )
        self._lay_out()
        self.show_data(None)

    def _lay_out(self) -> None:
        self._place, self._said, self._notes = QLabel(), QLabel(), QLabel()
        self._place.setObjectName("muted")
        self._notes.setObjectName("muted")
        for label in (self._place, self._said, self._notes):
            label.setWordWrap(True)
        self._notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._bar = thin_bar(self.tr("Progress of the training"))
        self._bar.hide()
        buttons = buttons_of(self.actions())
        form = QFormLayout()
        form.addRow(buttons[self.choose])
        form.addRow(buttons[self.decided])
        form.addRow(self._place)
        add_rows(
            form,
            (self.tr("Model"), self.model),
            (self.tr("Name"), self.name),
            (self.tr("Epochs at most"), self.epochs),
            (self.tr("Subspaces"), self.subspaces),
        )
        view = listed(self._table, self.tr("Before and after"))
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        view.setFixedHeight(_TABLE_HEIGHT)
        left = QWidget()
        left.setFixedWidth(_FORM_WIDTH)
        run = fill(QHBoxLayout(), buttons[self.start], buttons[self.stop], None, spacing=8)
        fill(QVBoxLayout(left), form, run, self._said, None, self._notes, margins=(0, 0, 0, 0), spacing=10)
        kept = fill(QHBoxLayout(), None, buttons[self.keep], spacing=8)
        right = fill(QVBoxLayout(), (self.losses, 1), self._bar, view, kept, spacing=10)
        fill(QHBoxLayout(self), left, (right, 1), margins=(16, 12, 16, 12), spacing=16)

    @property
    def chosen_model(self) -> ModelChoice | None:
        """The model that learns."""
        value = self.model.currentData()
        return value if isinstance(value, ModelChoice) else None

    def show_models(self, choices: Sequence[ModelChoice], key: str) -> None:
        """Offer models; that of a key is chosen at first."""
        before = self.chosen_model
        wanted = key if before is None else before.key
        self.model.clear()
        for choice in choices:
            self.model.addItem(choice.name, choice)
            if choice.key == wanted:
                self.model.setCurrentIndex(self.model.count() - 1)

    def show_data(self, data: Path | DecidedParts | None) -> None:
        """Say from which folder is learned, or from how many parts that people decided about."""
        self.data = data
        words = self.tr("A folder with good parts, defective ones, and masks of the defects; or what was decided here")
        if isinstance(data, DecidedParts):
            words = self._sorted_words(data)
        elif data is not None:
            words = str(data)
        self._place.setText(words)
        self._allow()

    def _sorted_words(self, data: DecidedParts) -> str:
        known = self.tr("{good} accepted parts, and {defective} rejected ones with marked defects").format(
            good=f"{len(data.good):,}", defective=f"{len(data.defective):,}"
        )
        said = [known]
        if data.unmarked:
            without = self.tr("{count} rejected ones without a marked defect are left out")
            said.append(without.format(count=f"{data.unmarked:,}"))
        if data.contradicting:
            both = self.tr("{count} accepted ones with a marked defect are left out")
            said.append(both.format(count=f"{data.contradicting:,}"))
        if not data.defective:
            said.append(
                self.tr("To learn, reject defective parts and mark their defects: Areas (I), Defect; accept good ones")
            )
        return "; ".join(said)

    def say(self, words: str) -> None:
        """Say how far it is, or what is wrong."""
        self._said.setText(words)

    def allow_keeping(self, allowed: bool) -> None:
        """Say whether there is something to be kept."""
        self._can_be_kept = allowed
        self._allow()

    def show_learned(self, learned: Learned, *, running: bool) -> None:
        """Show how far it is."""
        self._running = running
        self._begun = learned.unfinished
        self._can_be_kept = not running and learned.best > 0
        self.losses.show_losses(learned.losses)
        self._bar.setRange(0, max(1, learned.total) if learned.total or not running else 0)
        self._bar.setValue(learned.done)
        self._bar.setVisible(running)
        self._notes.setText("\n".join(learned.notes[-4:]))
        self.say(self._words(learned))
        rows = []
        for name, figures in ((self.tr("Before"), learned.before), (self.tr("After"), learned.after)):
            if figures is not None:
                rows.append((name, *_shares(figures)))
        self._table.show_rows(rows)
        self._allow()

    def _words(self, learned: Learned) -> str:
        best = self.tr("epoch {number} is kept").format(number=learned.best) if learned.best else ""
        count = {"done": f"{learned.done:,}", "total": f"{learned.total:,}"}
        done = self.tr("Done, without a comparison of before and after.")
        if learned.compared:
            done = self.tr(
                "Done. Before and after on {count} of the parts that it has learned from: measure it on others, too."
            ).format(count=learned.compared)
        words = {
            Phase.LOADING: self.tr("The model is being loaded…"),
            Phase.PREPARING: self.tr("Looking at part {done} of {total}").format(**count),
            Phase.LEARNING: self.tr("Epoch {epoch}: batch {done} of {total}").format(epoch=learned.epoch, **count),
            Phase.COMPARING: self.tr("Comparing before and after: {done} of {total}").format(**count),
            Phase.STOPPED: self.tr("Stopped; it can be gone on with") if learned.unfinished else self.tr("Stopped"),
            Phase.DONE: done,
        }[learned.phase]
        return " · ".join(part for part in (words, best) if part)

    def _allow(self) -> None:
        for action in (self.choose, self.decided):
            action.setEnabled(not self._running)
        # Without a defect there is nothing to be told apart.
        teaches = bool(self.data.defective) if isinstance(self.data, DecidedParts) else self.data is not None
        self.start.setEnabled(not self._running and teaches)
        self.start.setIconText(self.tr("Go on") if self._begun else self.tr("Learn"))
        self.stop.setEnabled(self._running)
        self.keep.setEnabled(self._can_be_kept)
        for field in (self.model, self.name, self.epochs, self.subspaces):
            field.setEnabled(not self._running)


def _shares(figures: Figures) -> tuple[str, ...]:
    values = (figures.image, figures.pixel, figures.region)
    return tuple("–" if value is None else f"{100 * value:.1f} %" for value in values)
