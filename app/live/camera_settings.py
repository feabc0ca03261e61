"""The options of a camera: its dialog, and what is said when a camera does not take a value that was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.live.camera import LiveCamera
from app.live.cameras import LiveCameras
from app.live.memory import LiveRemembering
from app.live.recording import LiveRecording
from app.live.words import refused_words
from app.shell.views import Views
from tokenclip_core.sources.capture import CaptureReport, CaptureState
from tokenclip_core.sources.frames import Orientation

if TYPE_CHECKING:
    from app.live.options_dialog import LiveOptionsDialog


class LiveSettings(QObject):
    """Opens the dialog for the selected camera; what is chosen there is kept."""

    def __init__(self, views: Views, live: LiveCameras, recording: LiveRecording, remembering: LiveRemembering) -> None:
        super().__init__(views)
        self._views, self._live, self._recording, self._remembering = views, live, recording, remembering
        self._dialog: LiveOptionsDialog | None = None
        self._camera: LiveCamera | None = None
        self._said: dict[int, str] = {}
        live.reported.connect(self._on_report)

    def forget(self, number: int) -> None:
        """A camera was removed."""
        self._said.pop(number, None)

    def show(self) -> None:
        """Open the dialog."""
        from app.live.options_dialog import LiveOptionsDialog

        camera = self._live.selected
        if camera is None or self._dialog is not None:
            return
        report = CaptureReport() if camera.capture is None else camera.capture.report
        orientation = (camera.orientation.quarter_turns, camera.orientation.mirrored)
        dialog = LiveOptionsDialog(
            camera.name, orientation, report.facts.controls, self._recording.options, self._views.live.window()
        )
        self._dialog, self._camera = dialog, camera
        dialog.orientation_changed.connect(
            lambda turns, mirrored: self._remembering.set_orientation(camera, Orientation(turns, mirrored))
        )
        dialog.control_changed.connect(lambda name, value: self._remembering.set_control(camera, name, value))
        dialog.controls_reset.connect(lambda: self._remembering.reset_controls(camera))
        dialog.options_changed.connect(self._remembering.take_options)
        dialog.finished.connect(self._on_closed)
        self._show_controls(report)
        dialog.open()

    def _on_closed(self, _result: int) -> None:
        dialog, self._dialog, self._camera = self._dialog, None, None
        if dialog is not None:
            dialog.deleteLater()

    def _on_report(self, camera: LiveCamera, report: CaptureReport) -> None:
        if report.state is not CaptureState.RUNNING:
            return
        words = refused_words(report.facts.refused, report.facts.controls)
        said = self._said.get(camera.number, "")
        self._said[camera.number] = words
        if camera is self._camera:
            self._show_controls(report)
        elif words and words != said:
            self._views.message.say(
                self.tr("{name} does not take what was set, and goes on with what it has: {values}").format(
                    name=camera.name, values=words
                )
            )

    def _show_controls(self, report: CaptureReport) -> None:
        """Fields keep what a person wants, also where the camera does something else; that is said below them."""
        if self._dialog is not None:
            facts = report.facts
            words = refused_words(facts.refused, facts.controls)
            note = self.tr("Not taken: {values}").format(values=words) if words else ""
            self._dialog.show_controls(facts.controls | facts.refused, note)
