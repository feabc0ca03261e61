"""A form made from a list of declared settings; what is changed applies at once, and Cancel takes it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QSpinBox, QVBoxLayout, QWidget
from typing_extensions import override

from app.views.number_box import WholeNumberBox

Value = str | int


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

    def __init__(self, sections: Sequence[Section], values: Mapping[str, Value], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self._before = dict(values)
        self._now = dict(values)
        self.editors: dict[str, QComboBox | QSpinBox] = {}
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for section in sections:
            heading = QLabel(f"<b>{section.title}</b>")
            heading.setContentsMargins(0, 8, 0, 0)
            form.addRow(heading)
            for field in section.fields:
                self._add(form, field)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        buttons.button(standard.Ok).setText(self.tr("Done"))
        buttons.button(standard.Cancel).setText(self.tr("Cancel"))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(20)
        layout.addLayout(form)
        layout.addWidget(buttons)
        self.setMinimumWidth(460)

    @override
    def reject(self) -> None:
        """Take back what was changed, and close."""
        for name, value in self._before.items():
            self._apply(name, value)
        super().reject()

    def _add(self, form: QFormLayout, field: ChoiceField | NumberField) -> None:
        editor = self._choice(field) if isinstance(field, ChoiceField) else self._number(field)
        editor.setAccessibleName(field.label)
        editor.setToolTip(field.hint)
        self.editors[field.name] = editor
        label = QLabel(field.label)
        label.setBuddy(editor)
        form.addRow(label, editor)
        if field.hint:
            hint = QLabel(field.hint)
            hint.setObjectName("muted")
            hint.setWordWrap(True)
            form.addRow("", hint)

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
