"""A form made from a list of declared settings; what is changed applies at once, and Cancel takes it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.widgets.fields_area import FieldsArea
from app.widgets.layouts import fill
from app.widgets.number_box import WholeNumberBox
from app.widgets.said import muted

Value = str | int

_SECTION_GAP, _FIELD_GAP, _HEADING_GAP, _HINT_GAP = 22, 10, 8, 4
"""Pixels above a heading, a field, the first field below a heading, and a hint."""


@dataclass(frozen=True)
class ChoiceField:
    """One of several values: `options` are (value, text)."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    hint: str = ""


@dataclass(frozen=True)
class NumberField:
    """A whole number; `special` is the text of the lowest one, where that means something else."""

    name: str
    label: str
    lowest: int
    highest: int
    step: int = 1
    unit: str = ""
    special: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Section:
    """Fields below a heading."""

    title: str
    fields: tuple[ChoiceField | NumberField, ...]


class SettingsDialog(QDialog):
    """The form.

    Attributes:
        editors: the widget of each field, by the field's name.

    Signals:
        changed: (name, value) to be applied at once.
    """

    changed = Signal(str, object)

    def __init__(
        self,
        sections: Sequence[Section],
        values: Mapping[str, Value],
        parent: QWidget | None = None,
        closed: Callable[[], object] = lambda: None,
    ) -> None:
        """Make it; `closed` is called when it is done with, whichever way."""
        super().__init__(parent)
        self._closed = closed
        self.setWindowTitle(self.tr("Settings"))
        self._before = dict(values)
        self._now = dict(values)
        self.editors: dict[str, QComboBox | QSpinBox] = {}
        form = QGridLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(0)
        form.setColumnStretch(1, 1)
        for section in sections:
            if section is not sections[0]:
                _add_gap(form, _SECTION_GAP)
            form.addWidget(QLabel(f"<b>{section.title}</b>"), form.rowCount(), 0, 1, 2)
            for field in section.fields:
                _add_gap(form, _HEADING_GAP if field is section.fields[0] else _FIELD_GAP)
                self._add(form, field)
        for editor in self.editors.values():
            editor.ensurePolished()
        # Boxes of numbers and of choices differ by a pixel in some fonts.
        height = max((editor.sizeHint().height() for editor in self.editors.values()), default=0)
        for editor in self.editors.values():
            editor.setMinimumHeight(height)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        buttons.button(standard.Ok).setText(self.tr("Done"))
        buttons.button(standard.Cancel).setText(self.tr("Cancel"))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        fields = QWidget()
        fields.setObjectName("fields")
        fields.setMinimumWidth(420)
        fill(QVBoxLayout(fields), form, None, margins=(0, 0, 12, 0), spacing=0)
        scroll = FieldsArea(fields)
        fill(QVBoxLayout(self), (scroll, 1), buttons, margins=(24, 20, 12, 16), spacing=16)

    @override
    def done(self, result: int) -> None:
        super().done(result)
        self._closed()

    @override
    def reject(self) -> None:
        """Take back what was changed, and close."""
        for name, value in self._before.items():
            self._apply(name, value)
        super().reject()

    def _add(self, form: QGridLayout, field: ChoiceField | NumberField) -> None:
        editor = self._choice(field) if isinstance(field, ChoiceField) else self._number(field)
        editor.setAccessibleName(field.label)
        editor.setToolTip(field.hint)
        self.editors[field.name] = editor
        label = QLabel(field.label)
        label.setBuddy(editor)
        row = form.rowCount()
        form.addWidget(label, row, 0, Qt.AlignmentFlag.AlignVCenter)
        form.addWidget(editor, row, 1)
        if field.hint:
            _add_gap(form, _HINT_GAP)
            # In one line: a label that wraps asks for the height of a narrower one, which leaves uneven gaps.
            hint = muted(QLabel(field.hint))
            form.addWidget(hint, form.rowCount(), 1)

    def _choice(self, field: ChoiceField) -> QComboBox:
        box = QComboBox()
        for value, text in field.options:
            box.addItem(text, value)
        box.setCurrentIndex(max(0, box.findData(self._now[field.name])))
        box.currentIndexChanged.connect(lambda: self._apply(field.name, box.currentData()))
        return box

    def _number(self, field: NumberField) -> QSpinBox:
        box = WholeNumberBox()
        box.setRange(field.lowest, field.highest)
        box.setSingleStep(field.step)
        box.setSuffix(f" {field.unit}" if field.unit else "")
        box.setSpecialValueText(field.special)
        # A number that is being typed is not applied digit by digit.
        box.setKeyboardTracking(False)
        box.setValue(int(self._now[field.name]))
        box.valueChanged.connect(lambda value: self._apply(field.name, value))
        return box

    def _apply(self, name: str, value: Value) -> None:
        if self._now[name] != value:
            self._now[name] = value
            self.changed.emit(name, value)


def _add_gap(form: QGridLayout, height: int) -> None:
    form.setRowMinimumHeight(form.rowCount(), height)
