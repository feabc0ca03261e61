"""Below the cameras: freeze, step, snapshot, record, and the place in a video."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from app.shell.actions import Actions
from app.widgets.action_button import ActionButton
from app.widgets.icon_strip import IconStrip
from app.widgets.said import muted

_SLIDER_STEPS = 1000
_WORDED = ("freeze", "step", "snapshot", "record")
_ICONS = ("operator-screen", "camera-options", "remove-camera")


class LiveControls(IconStrip):
    """What can be done with the chosen camera.

    Signals:
        seek_requested: (0 to 1) of the video.
    """

    seek_requested = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions: Actions | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 4, 8, 4)
        self._row.setSpacing(4)
        self._position = QSlider(Qt.Orientation.Horizontal)
        self._position.setRange(0, _SLIDER_STEPS)
        self._position.setMaximumWidth(260)
        self._position.setAccessibleName(self.tr("Place in the video"))
        self._position.sliderReleased.connect(self._seek)
        self._position.actionTriggered.connect(self._seek_by_keys)
        self._time = muted(QLabel())
        self.show_position(None, None)

    def lay_out(self, actions: Actions) -> None:
        """Show the buttons of a camera's actions."""
        self._actions = actions
        for name in _WORDED:
            self._row.addWidget(ActionButton(actions[name], words=True))
        self._row.addSpacing(12)
        self._row.addWidget(self._position, 1)
        self._row.addWidget(self._time)
        self._row.addStretch(1)
        for name in _ICONS:
            self._row.addWidget(ActionButton(actions[name]))

    def show_usable(self, usable: bool) -> None:
        """Enable the controls if there is a camera."""
        if self._actions is not None:
            for name in (*_WORDED, *_ICONS):
                self._actions.allow(name, usable)

    def show_state(self, *, frozen: bool, recording: bool) -> None:
        """Show the state of the chosen camera."""
        if self._actions is None:
            return
        for name, on, words in (
            ("freeze", frozen, self.tr("Go on") if frozen else self.tr("Freeze")),
            ("record", recording, self.tr("Stop recording") if recording else self.tr("Record")),
        ):
            self._actions[name].setIconText(words)
            self._actions.check(name, on)
        self._actions.dress("freeze", "play" if frozen else "pause")

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

    def _seek(self) -> None:
        self.seek_requested.emit(self._position.value() / _SLIDER_STEPS)

    def _seek_by_keys(self, _action: int) -> None:
        if not self._position.isSliderDown():
            self.seek_requested.emit(self._position.sliderPosition() / _SLIDER_STEPS)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
