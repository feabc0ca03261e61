"""The live view as a whole: entering and leaving it, its menu, its dialogs, and the parts it consists of."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from app.live.camera import LiveCamera
from app.live.camera_settings import LiveSettings
from app.live.cameras import LiveCameras
from app.live.memory import LiveRemembering
from app.live.panels import LivePanels
from app.live.recording import LiveRecording
from app.outputs.state import Outputs
from app.settings.store import SettingsStore
from app.shell.actions import Action, Actions, When
from app.shell.owners import Owners
from app.shell.stage import Place, Stage
from app.shell.views import Views
from app.work.jobs import Cancellation, Outcome
from tokenclip_core.sources.camera import list_cameras
from tokenclip_core.sources.capture import CaptureThread
from tokenclip_core.sources.catalogue import DEMONSTRATION
from tokenclip_core.sources.genicam import PREFIX, PRODUCERS_VARIABLE, Missing, list_genicam_cameras, missing

if TYPE_CHECKING:
    from app.live.add_dialog import AddCameraDialog, SourceChoice

_log = logging.getLogger(__name__)


_Lane = Enum("_Lane", "LIST")


class LiveView(QObject):
    """Opens and closes the live view.

    Attributes:
        live: the cameras.
        recording: snapshots and recordings.
        remembering: cameras and options that come back at the next start.
        settings: the options of a camera.
    """

    def __init__(
        self,
        owners: Owners,
        views: Views,
        actions: Actions,
        stage: Stage,
        settings: SettingsStore,
        outputs: Outputs,
        give_good: Callable[[Sequence[Path]], object],
    ) -> None:
        super().__init__(views)
        self._outputs = outputs
        session, work, store = owners.session, owners.work, owners.store
        models, shown = owners.models, owners.shown
        self._session, self._views, self._stage, self._settings, self._shown = session, views, stage, settings, shown
        self._work = work
        self.live = LiveCameras(session, work, store, models, views.live)
        say, warn = views.status.show_activity, views.message.say
        self.recording = LiveRecording(session, work, self.live, say=say, warn=warn, give_good=give_good)
        self.remembering = LiveRemembering(views, self.live, self.recording, settings)
        self.settings = LiveSettings(views, self.live, self.recording, self.remembering)
        self._panels = LivePanels(session, views, self.live)
        self._devices = work.new_thread("devices")
        self._dialog: AddCameraDialog | None = None
        self._prepared = False
        self._was_live = False
        self._wanted: list[str] = []
        self._declare(actions)
        actions.allow("bring-back-camera", False)
        work.prepared.connect(self._on_prepared)
        for signal in (self.live.renewed, self.live.shown):
            # The same pictures are recorded and sent as are shown.
            signal.connect(self._keep)
        self.live.renewed.connect(self._panels.renew)
        self.live.shown.connect(self._panels.show_camera)
        self.live.removed.connect(self._on_removed)

    def _declare(self, actions: Actions) -> None:
        recording = self.recording
        self._actions = actions
        actions.declare(
            Action(
                "camera",
                self.tr("&Camera"),
                self.enter,
                keys=("Ctrl+L", "Ctrl+2"),
                icon="camera",
                short=self.tr("Live"),
                tip=self.tr("The live view: cameras, streams and videos"),
                places=(Place.LIVE,),
            )
        )
        actions.declare(
            Action(
                "add-camera",
                self.tr("&Add camera…"),
                self.ask_for_camera,
                keys=("Ctrl+Shift+A",),
                icon="add",
                tip=self.tr("Add a camera, a stream, a video or a folder"),
            ),
            Action("show-demonstration", self.tr("Show a demonstration"), lambda: self.add_named(DEMONSTRATION)),
            Action(
                "all-cameras",
                self.tr("All"),
                lambda: self._views.live.enlarge(None),
                icon="grid",
                tip=self.tr("All cameras side by side (Esc)"),
            ),
            Action(
                "freeze",
                self.tr("Freeze"),
                self.live.toggle_freeze,
                icon="pause",
                tip=self.tr("Hold the picture, or go on (Space)"),
                checkable=True,
            ),
            Action(
                "step",
                self.tr("&Step"),
                self.live.step,
                keys=(".",),
                icon="step",
                tip=self.tr("Inspect one more frame and hold it"),
            ),
            Action(
                "snapshot",
                self.tr("Sna&pshot"),
                recording.snapshot,
                keys=("Ctrl+S",),
                icon="snapshot",
                tip=self.tr("Save picture and result"),
            ),
            Action(
                "record",
                self.tr("&Record"),
                recording.toggle,
                keys=("Ctrl+R",),
                icon="record",
                tip=self.tr("Save what is inspected to a folder"),
                checkable=True,
            ),
            Action(
                "last-good",
                self.tr("The &last ones were good"),
                recording.last_were_good,
                short=self.tr("The last ones were good"),
                tip=self.tr("Save the last pictures of this camera, up to 20, and compare with them as good parts"),
            ),
            Action(
                "operator-screen",
                self.tr("&Verdict over the whole screen"),
                recording.toggle_operator,
                keys=("F11",),
                icon="fullscreen",
            ),
            Action("camera-options", self.tr("Options of this camera"), self.settings.show, icon="options"),
            Action("remove-camera", self.tr("Remove this camera"), self._remove, icon="remove"),
            Action(
                "bring-back-camera", self.tr("&Bring back the removed camera"), self._bring_back, keys=("Ctrl+Shift+B",)
            ),
            Action("sign-in", self.tr("Sign &in to this camera…"), self._sign_in),
            Action("show-recordings", self.tr("Show the &folder of recordings"), recording.show_folder),
            when=When.LIVE,
        )

    @property
    def threads(self) -> tuple[CaptureThread, ...]:
        """The threads to stop at the end, beside those of `Work`."""
        return self.live.threads

    def enter(self) -> None:
        """Show the live view."""
        self._stage.show(Place.LIVE)

    def _remove(self) -> None:
        camera = self.live.selected
        if camera is not None:
            name = camera.name
            self.live.remove(camera)
            self._actions.allow("bring-back-camera", self.remembering.can_bring_back)
            self._views.status.show_activity(
                self.tr("{name} was removed; Ctrl+Shift+B brings it back").format(name=name)
            )

    def _bring_back(self) -> None:
        self.remembering.bring_back()
        self._actions.allow("bring-back-camera", False)

    def _sign_in(self) -> None:
        camera = self.live.selected
        if camera is not None and not self.remembering.sign_in(camera):
            self._views.status.show_activity(self.tr("Only network cameras have a user name and a password"))

    def start_with(self, text: str) -> None:
        """Show the live view with a source as `tokenclip_core.sources.catalogue.source_of` takes it."""
        self._wanted.append(text)
        self.enter()
        if self._prepared:
            self._on_prepared()

    def add_named(self, text: str) -> None:
        """Add a source by its name or address."""
        if text == DEMONSTRATION:
            # Another belt each time.
            text = f"{DEMONSTRATION}:{1 + len(self.live.cameras)}"
        self.remembering.add(text)

    def add_videos(self, files: Sequence[Path]) -> None:
        """Show the live view with videos; each is a camera that begins again at its end."""
        for file in files:
            self.start_with(str(file))

    def ask_for_camera(self) -> None:
        """Open the dialog that adds a camera."""
        from app.live.add_dialog import AddCameraDialog

        dialog = AddCameraDialog(self._settings.values.last_folder, self._views.live.window())
        dialog.finished.connect(self._on_dialog_closed)
        self._dialog = dialog
        self._devices.submit(_connected, lane=_Lane.LIST, then=self._on_listed)
        dialog.open()

    def _keep(self, camera: LiveCamera) -> None:
        self.recording.take(camera)
        self._outputs.take_frame(camera.number, camera.name, camera.latest)

    def close(self) -> None:
        """The program ends: stop cameras and recordings."""
        self.recording.close()
        self.live.close()

    def _on_removed(self, number: int) -> None:
        self.recording.stop(number)
        self.remembering.forget(number)
        self.settings.forget(number)

    def _on_prepared(self) -> None:
        self._prepared = True
        if self._stage.live:
            self._open()

    def _open(self) -> None:
        wanted, self._wanted = self._wanted, []
        self.remembering.restore(wanted)
        for text in wanted:
            self.add_named(text)
        self.live.open()

    def follow_stage(self) -> None:
        """Start or rest the cameras, as they are seen or not."""
        if self._stage.live is self._was_live:
            return
        self._was_live = self._stage.live
        if self._was_live:
            self._panels.enter()
            self._stage.call(self.tr("Live"))
            # OpenCV is not loaded before the window's own libraries are.
            if self._prepared:
                self._open()
        else:
            self._panels.leave()
            self.live.leave(self.recording.recorded)

    def _add_chosen(self, choice: SourceChoice) -> None:
        if choice.text == DEMONSTRATION:
            self.add_named(DEMONSTRATION)
        else:
            self.remembering.add(choice.text, every_frame=choice.every_frame, loop=choice.loop)

    def _on_listed(self, outcome: Outcome) -> None:
        if self._dialog is not None:
            cameras, lacking = outcome.value if isinstance(outcome.value, tuple) else ([], Missing.NOTHING)
            hint = {
                Missing.NOTHING: "",
                Missing.PACKAGE: self.tr(
                    "For GenICam cameras: 1. pip install harvesters. 2. Install the maker's software, which brings a "
                    "producer (.cti). 3. Start this program again; the camera is listed here then."
                ),
                Missing.PRODUCER: self.tr(
                    "For GenICam cameras: install the camera maker's software, set the environment variable "
                    "{variable} to the folder of its producer (.cti), and start this program again."
                ).format(variable=PRODUCERS_VARIABLE),
            }[lacking]
            self._dialog.show_cameras(cameras, hint)

    def _on_dialog_closed(self, result: int) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.deleteLater()
            choice = dialog.choice() if result == QDialog.DialogCode.Accepted else None
            if choice is not None:
                self._add_chosen(choice)


def _connected(_cancellation: Cancellation) -> tuple[list[tuple[str, str]], Missing]:
    """What is connected, by name and by what names it; and what GenICam cameras lack."""
    own = [(entry.name, entry.name) for entry in list_cameras()]
    try:
        genicam = list_genicam_cameras()
    except Exception as error:
        # A producer is a library of the camera's maker, and may raise anything.
        _log.warning("GenICam cameras could not be listed: %s", error)
        genicam = []
    return own + [(f"{name} (GenICam)", PREFIX + name) for name in genicam], missing()
