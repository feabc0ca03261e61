"""Options of one camera, and of what all of them do at a defect and while recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.live.settings import LiveOptions
from app.live.words import control_word
from app.widgets.fields_area import FieldsArea
from app.widgets.layouts import fill
from app.widgets.number_box import NumberBox, WholeNumberBox
from app.widgets.said import muted

_GIBIBYTE = 2**30


class LiveOptionsDialog(QDialog):
    """Shows and changes options as they are changed; nothing waits for a button.

    Signals:
        orientation_changed: (quarter turns clockwise, mirrored).
        control_changed: (name, value).
        controls_reset: the device is to choose by itself again.
        options_changed: (LiveOptions).
    """

    orientation_changed = Signal(int, bool)
    control_changed = Signal(str, float)
    controls_reset = Signal()
    options_changed = Signal(object)

    def __init__(
        self,
        name: str,
        orientation: tuple[int, bool],
        controls: dict[str, float],
        options: LiveOptions,
        parent: QWidget | None = None,
    ) -> None:
        """Make the dialog.

        Args:
            name: of the camera.
            orientation: quarter turns clockwise, and whether it is mirrored.
            controls: what the device lets one set, and its values.
            options: of all cameras.
            parent: the window.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Options of {name}").format(name=name))
        self._options = options
        self._fields: dict[str, NumberBox] = {}
        self._note = QLabel()
        self._note.setObjectName("warning")
        self._note.setWordWrap(True)
        self._note.hide()
        fields = QWidget()
        fields.setObjectName("fields")
        fields.setMinimumWidth(420)
        fill(
            QVBoxLayout(fields),
            self._heading(self.tr("Picture")),
            self._picture_form(orientation, controls),
            self._heading(self.tr("Verdict")),
            self._verdict_form(),
            self._heading(self.tr("Snapshots and recordings")),
            self._recording_form(),
            None,
            margins=(0, 0, 12, 0),
            spacing=12,
        )
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.close)
        for button in close.findChildren(QPushButton):
            button.setIcon(QIcon())
            # Enter in a field takes its value; what the camera makes of it is still to be seen.
            button.setAutoDefault(False)
        fill(QVBoxLayout(self), (FieldsArea(fields), 1), close, margins=(20, 16, 8, 16), spacing=12)

    def show_controls(self, values: Mapping[str, float], note: str) -> None:
        """Show other values of what the device lets one set, and what is to be said about them."""
        for name, field in self._fields.items():
            field.blockSignals(True)
            field.setValue(values.get(name, field.value()))
            field.blockSignals(False)
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def _picture_form(self, orientation: tuple[int, bool], controls: dict[str, float]) -> QFormLayout:
        form = self._form()
        turns = QComboBox()
        turns.addItems([self.tr("as it is"), "90°", "180°", "270°"])
        turns.setCurrentIndex(orientation[0] % 4)
        mirrored = QCheckBox(self.tr("Mirrored"))
        mirrored.setChecked(orientation[1])
        for signal in (turns.currentIndexChanged, mirrored.toggled):
            signal.connect(lambda _value: self.orientation_changed.emit(turns.currentIndex(), mirrored.isChecked()))
        self._add(form, self.tr("Turned"), turns)
        form.addRow(self._label(""), mirrored)
        for name, value in controls.items():
            field = self._fields[name] = NumberBox()
            # Exposures of some systems are negative powers of two.
            field.setRange(-100_000 if name == "exposure" else 1, 10_000_000)
            field.setDecimals(1 if name == "exposure" else 0)
            field.setValue(value)
            field.setKeyboardTracking(False)
            field.valueChanged.connect(lambda chosen, control=name: self.control_changed.emit(control, chosen))
            self._add(form, control_word(name), field)
        if controls:
            reset = QPushButton(self.tr("As the camera chooses"))
            reset.setAutoDefault(False)
            reset.setToolTip(self.tr("Forget what was set here; exposure is automatic again"))
            reset.clicked.connect(self.controls_reset)
            form.addRow(self._label(""), reset)
            form.addRow(self._label(""), self._note)
        else:
            note = muted(QLabel(self.tr("This camera lets nothing else be set.")))
            form.addRow(self._label(""), note)
        return form

    def _verdict_form(self) -> QFormLayout:
        form = self._form()
        smoothing = WholeNumberBox()
        smoothing.setRange(1, 99)
        smoothing.setValue(self._options.smoothing)
        smoothing.setSpecialValueText(self.tr("each frame on its own"))
        smoothing.setSuffix(" " + self.tr("frames together"))
        smoothing.valueChanged.connect(lambda value: self._change(smoothing=value))
        sound = self._tick(self.tr("A sound when a defect begins"), "sound")
        self._add(form, self.tr("Judge"), smoothing)
        form.addRow(self._label(""), sound)
        return form

    def _recording_form(self) -> QFormLayout:
        form = self._form()
        what = QComboBox()
        what.addItems([self.tr("defects"), self.tr("everything that is inspected")])
        what.setCurrentIndex(int(self._options.everything))
        what.currentIndexChanged.connect(lambda index: self._change(everything=bool(index)))
        before = NumberBox()
        before.setRange(0, 30)
        before.setDecimals(1)
        before.setSuffix(" " + self.tr("s before a defect"))
        before.setValue(self._options.seconds_before)
        before.valueChanged.connect(lambda value: self._change(seconds_before=value))
        most = NumberBox()
        most.setRange(0.1, 10_000)
        most.setDecimals(1)
        most.setSuffix(" GiB")
        most.setValue(self._options.most_bytes / _GIBIBYTE)
        most.valueChanged.connect(lambda value: self._change(most_bytes=int(value * _GIBIBYTE)))
        self._folder = QLineEdit(self._options.folder)
        self._folder.setReadOnly(True)
        self._folder.setAccessibleName(self.tr("Folder"))
        browse = QPushButton(self.tr("Browse…"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._choose_folder)
        place = fill(QHBoxLayout(), (self._folder, 1), browse, spacing=8)
        video = self._tick(self.tr("Also a video (MP4) with the heatmap and the regions"), "video")
        self._add(form, self.tr("Record"), what)
        form.addRow(self._label(""), video)
        self._add(form, self.tr("Keep"), before)
        self._add(form, self.tr("At most"), most)
        form.addRow(self._label(self.tr("Folder")), place)
        return form

    def _tick(self, text: str, option: str) -> QCheckBox:
        """A box for an option that is on or off."""
        box = QCheckBox(text)
        box.setChecked(bool(getattr(self._options, option)))
        box.toggled.connect(lambda checked: self._change(**{option: checked}))
        return box

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return form

    def _add(self, form: QFormLayout, words: str, field: QWidget) -> None:
        field.setAccessibleName(words)
        form.addRow(self._label(words), field)

    def _label(self, text: str) -> QLabel:
        """A label as wide as those of the other groups, so that all fields begin at one line."""
        label = QLabel(text)
        label.setMinimumWidth(label.fontMetrics().horizontalAdvance("x" * 16))
        return label

    def _heading(self, text: str) -> QLabel:
        label = QLabel(text)
        font = label.font()
        font.setBold(True)
        label.setFont(font)
        return label

    def _change(self, **changes: Any) -> None:
        self._options = replace(self._options, **changes)
        self.options_changed.emit(self._options)

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Choose a folder"), self._options.folder)
        if chosen:
            self._folder.setText(chosen)
            self._change(folder=chosen)
