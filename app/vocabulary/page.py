"""Families of defects with their phrases, to be used or not, added, renamed, coloured and taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QColorDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.vocabulary.model import EditedFamily
from app.widgets.layouts import add_rows, fill
from app.widgets.said import Said

_SWATCH = 14
_ROLE = QDialogButtonBox.ButtonRole.ActionRole


class VocabularyPage(QWidget):
    """Shows families and changes them; what a button does is given by the controller.

    Attributes:
        families: the list.
        name, anomalous, normal: of the chosen family.
    """

    hint = Said("_hint")
    """What is wrong."""

    def __init__(
        self,
        families: Sequence[EditedFamily],
        *,
        apply: Callable[[Sequence[EditedFamily]], str],
        open_other: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        """Make the page.

        Args:
            families: to begin with.
            apply: saves them and has parts inspected with them; gives what is wrong with them, "" for nothing.
            open_other: asks for another vocabulary.
            parent: owns it.
        """
        super().__init__(parent)
        self._apply, self._open_other = apply, open_other
        self._edited: list[EditedFamily] = []
        self._row = -1
        self.families = QListWidget()
        self.families.setSpacing(3)
        self.families.setAccessibleName(self.tr("Families of defects"))
        self.families.setMinimumWidth(180)
        self.name = QLineEdit()
        self.anomalous, self.normal = QPlainTextEdit(), QPlainTextEdit()
        form = QFormLayout()
        add_rows(
            form,
            (self.tr("Name"), self.name),
            (self.tr("A part with it"), self.anomalous),
            (self.tr("A part without it"), self.normal),
        )
        for field in (self.anomalous, self.normal):
            field.setTabChangesFocus(True)
            field.setPlaceholderText(self.tr("One phrase a line, in English; say what is there, not what is missing"))
        self._hint = QLabel()
        self._hint.setObjectName("warning")
        self._hint.setWordWrap(True)
        self._buttons = QDialogButtonBox()
        self._does: dict[QAbstractButton, Callable[[], None]] = {
            self._buttons.addButton(self.tr("Add a family"), _ROLE): self.add,
            self._buttons.addButton(self.tr("Take it away"), _ROLE): self.remove,
            self._buttons.addButton(self.tr("Colour…"), _ROLE): self._choose_colour,
            self._buttons.addButton(self.tr("Open…"), _ROLE): open_other,
            self._buttons.addButton(self.tr("Save and use…"), QDialogButtonBox.ButtonRole.ApplyRole): self.save,
        }
        for button in self._does:
            button.setIcon(QIcon())
        middle = fill(QHBoxLayout(), self.families, (form, 1), spacing=12)
        fill(QVBoxLayout(self), (middle, 1), self._hint, self._buttons, margins=(16, 14, 16, 14), spacing=10)
        self.show_families(families)
        self.families.currentRowChanged.connect(self._choose)
        self._buttons.clicked.connect(lambda button: self._does[button]())

    def show_families(self, families: Sequence[EditedFamily]) -> None:
        """Edit other families."""
        self._edited, self._row = list(families), -1
        self.families.clear()
        for family in families:
            self.families.addItem(self._item(family))
        self.families.setCurrentRow(0)
        self._show_row(0)

    def edited(self) -> tuple[EditedFamily, ...]:
        """The families as they are now."""
        self._take()
        return tuple(
            replace(family, used=self.families.item(row).checkState() is Qt.CheckState.Checked)
            for row, family in enumerate(self._edited)
        )

    def add(self) -> None:
        """One more family, to be named and put into words."""
        self._take()
        family = EditedFamily(self.tr("new defect"))
        self._edited.append(family)
        self.families.addItem(self._item(family))
        self.families.setCurrentRow(len(self._edited) - 1)
        self.name.setFocus()
        self.name.selectAll()

    def remove(self) -> None:
        """Take the chosen family away; the last one stays."""
        row = self._row
        if len(self._edited) > 1 and 0 <= row < len(self._edited):
            self._row = -1
            del self._edited[row]
            self.families.takeItem(row)
            self._show_row(self.families.currentRow())

    def save(self) -> None:
        """Save the families and inspect with them, or say what is wrong."""
        self._hint.setText(self._apply(self.edited()))

    def _choose(self, row: int) -> None:
        self._take()
        self._show_row(row)

    def _show_row(self, row: int) -> None:
        self._row = row
        if 0 <= row < len(self._edited):
            family = self._edited[row]
            self.name.setText(family.name)
            self.anomalous.setPlainText(family.anomalous)
            self.normal.setPlainText(family.normal)

    def _take(self) -> None:
        """Keep what was written about the chosen family."""
        if 0 <= self._row < len(self._edited):
            family = replace(
                self._edited[self._row],
                name=self.name.text(),
                anomalous=self.anomalous.toPlainText(),
                normal=self.normal.toPlainText(),
            )
            self._edited[self._row] = family
            self.families.item(self._row).setText(family.name)

    def _choose_colour(self) -> None:
        if 0 <= self._row < len(self._edited):
            family = self._edited[self._row]
            chosen = QColorDialog.getColor(QColor(*(family.colour or (128, 128, 128))), self)
            if chosen.isValid():
                self.colour(self._row, chosen)

    def colour(self, row: int, chosen: QColor) -> None:
        """Draw a family in a colour."""
        self._edited[row] = replace(self._edited[row], colour=(chosen.red(), chosen.green(), chosen.blue()))
        self.families.item(row).setIcon(_swatch(self._edited[row]))

    def _item(self, family: EditedFamily) -> QListWidgetItem:
        item = QListWidgetItem(_swatch(family), family.name)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if family.used else Qt.CheckState.Unchecked)
        item.setToolTip(self.tr("Unchecked families are left out for this product"))
        return item


def _swatch(family: EditedFamily) -> QIcon:
    if family.colour is None:
        return QIcon()
    picture = QPixmap(_SWATCH, _SWATCH)
    picture.fill(QColor(*family.colour))
    return QIcon(picture)
