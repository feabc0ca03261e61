"""Below the cameras: freeze, step, snapshot, record, and the place in a video."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from app.widgets.icon_strip import IconStrip

_SLIDER_STEPS = 1000


class LiveControls(IconStrip):
    """What can be done with the chosen camera.

    Signals:
        freeze_requested, step_requested, snapshot_requested, record_requested: no arguments.
        operator_requested, options_requested, remove_requested: no arguments.
        seek_requested: (0 to 1) of the video.
    """

    freeze_requested = Signal()
    step_requested = Signal()
    snapshot_requested = Signal()
    record_requested = Signal()
    operator_requested = Signal()
    options_requested = Signal()
    remove_requested = Signal()
    seek_requested = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(4)
        self.freeze = self._button("pause", self.tr("Freeze"), self.tr("Hold the picture, or go on (Space)"))
        self.step = self._button("step", self.tr("Step"), self.tr("Inspect one more frame and hold it (.)"))
        self.snapshot = self._button("snapshot", self.tr("Snapshot"), self.tr("Save picture and result (Ctrl+S)"))
        self.record = self._button("record", self.tr("Record"), self.tr("Save what is inspected to a folder (Ctrl+R)"))
        self.freeze.setCheckable(True)
        self.record.setCheckable(True)
        for button, signal in (
            (self.freeze, self.freeze_requested),
            (self.step, self.step_requested),
            (self.snapshot, self.snapshot_requested),
            (self.record, self.record_requested),
        ):
            # The state is shown once it is so, not when it is asked for.
            button.clicked.connect(lambda _checked, asked=signal: asked.emit())
            layout.addWidget(button)
        self._position = QSlider(Qt.Orientation.Horizontal)
        self._position.setRange(0, _SLIDER_STEPS)
        self._position.setMaximumWidth(260)
        self._position.setAccessibleName(self.tr("Place in the video"))
        self._position.sliderReleased.connect(self._seek)
        self._position.actionTriggered.connect(lambda _action: self._seek_by_keys())
        self._time = QLabel()
        self._time.setObjectName("muted")
        layout.addSpacing(12)
        layout.addWidget(self._position, 1)
        layout.addWidget(self._time)
        layout.addStretch(1)
        operator = self._button("fullscreen", "", self.tr("Verdict over the whole screen (F11)"))
        options = self._button("options", "", self.tr("Options of this camera"))
        remove = self._button("remove", "", self.tr("Remove this camera"))
        operator.clicked.connect(self.operator_requested)
        options.clicked.connect(self.options_requested)
        remove.clicked.connect(self.remove_requested)
        self._needing = (self.freeze, self.step, self.snapshot, self.record, operator, options, remove)
        for button in (operator, options, remove):
            layout.addWidget(button)
        self.show_position(None, None)

    def show_usable(self, usable: bool) -> None:
        """There is a camera, or not."""
        for button in self._needing:
            button.setEnabled(usable)

    def show_state(self, *, frozen: bool, recording: bool) -> None:
        """What is the case for the chosen camera."""
        self.freeze.setChecked(frozen)
        self.freeze.setText(self.tr("Go on") if frozen else self.tr("Freeze"))
        self.record.setChecked(recording)
        self.record.setText(self.tr("Stop recording") if recording else self.tr("Record"))
        self.set_icon(self.freeze, "play" if frozen else "pause")

    def show_position(self, seconds: float | None, duration: float | None) -> None:
        """The place in a video; None for a camera."""
        shown = seconds is not None and bool(duration)
        self._position.setVisible(shown)
        self._time.setVisible(shown)
        if seconds is None or not duration:
            return
        if not self._position.isSliderDown():
            self._position.setValue(round(_SLIDER_STEPS * seconds / duration))
        self._time.setText(f"{_clock(seconds)} / {_clock(duration)}")

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(text or tip)
        button.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon if text else Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        self.set_icon(button, name)
        return button

    def _seek(self) -> None:
        self.seek_requested.emit(self._position.value() / _SLIDER_STEPS)

    def _seek_by_keys(self) -> None:
        if not self._position.isSliderDown():
            self.seek_requested.emit(self._position.sliderPosition() / _SLIDER_STEPS)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
