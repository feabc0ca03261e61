"""The live view as a whole: entering and leaving it, its menu, its dialogs, and the parts it consists of."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject

from app.editing.controller import EditingController
from app.live.add_dialog import AddCameraDialog, SourceChoice
from app.live.camera_settings import LiveSettings
from app.live.controller import LiveController
from app.live.memory import LiveRemembering
from app.live.panels import LivePanels
from app.live.recording import LiveRecording
from app.parts.state import Layer, Session
from app.result.inspection import InspectionController
from app.settings.store import SettingsStore
from app.shell.main_window import MainWindow
from app.work.bridge import WorkerBridge
from app.work.jobs import Cancellation, JobThread, Outcome
from tokenclip_core.sources.camera import list_cameras
from tokenclip_core.sources.capture import CaptureThread
from tokenclip_core.sources.catalogue import DEMONSTRATION
from tokenclip_core.sources.genicam import PREFIX, PRODUCERS_VARIABLE, Missing, list_genicam_cameras, missing

_log = logging.getLogger(__name__)


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
        session: Session,
        window: MainWindow,
        inspection: InspectionController,
        editing: EditingController,
        store: SettingsStore,
    ) -> None:
        super().__init__(window)
        self._session, self._window, self._inspection, self._store = session, window, inspection, store
        page = window.live
        self.live = LiveController(session, inspection, page)
        self.recording = LiveRecording(session, self.live)
        self.remembering = LiveRemembering(window, self.live, self.recording, store)
        self.settings = LiveSettings(window, self.live, self.recording, self.remembering)
        self._panels = LivePanels(session, window, self.live)
        self._devices = WorkerBridge("devices")
        self._devices.finished.connect(self._on_listed)
        self._dialog: AddCameraDialog | None = None
        self._prepared = False
        self._wanted: list[str] = []
        inspection.prepared.connect(self._on_prepared)
        window.live_stage.shown.connect(self._on_seen)
        editing.adjusted.connect(lambda _adjustments: self.live.judge_again())
        page.add_requested.connect(self.ask_for_camera)
        page.demo_requested.connect(lambda: self.add_named(DEMONSTRATION))
        page.leave_requested.connect(self._leave)
        controls = page.controls
        controls.snapshot_requested.connect(self.recording.snapshot)
        controls.record_requested.connect(self.recording.toggle)
        controls.operator_requested.connect(self.recording.toggle_operator)
        controls.options_requested.connect(self.settings.show)
        self.recording.announced.connect(window.status.show_activity)
        self.recording.trouble.connect(window.message.say)
        self.live.failed.connect(self._on_failure)
        self._follow_layers()

    @property
    def threads(self) -> tuple[JobThread | CaptureThread, ...]:
        """The threads to stop at the end."""
        return (self._devices.thread_of_jobs, *self.recording.threads, *self.live.threads)

    def enter(self) -> None:
        """Show the live view."""
        self._window.live_stage.enter()

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

    def ask_for_camera(self) -> None:
        """Open the dialog that adds a camera."""
        dialog = AddCameraDialog(self._store.values.last_folder, self._window)
        dialog.source_chosen.connect(self._add_chosen)
        dialog.finished.connect(self._on_dialog_closed)
        self._dialog = dialog
        self._devices.thread_of_jobs.submit(_connected, lane="list")
        dialog.open()

    def close(self) -> None:
        """The program ends: stop cameras and recordings."""
        self.recording.close()
        self.live.close()
        self._devices.thread_of_jobs.stop()

    def _on_prepared(self) -> None:
        self._prepared = True
        if self._window.live_stage.is_shown:
            self._open()

    def _open(self) -> None:
        wanted, self._wanted = self._wanted, []
        self.remembering.restore(wanted)
        for text in wanted:
            self.add_named(text)
        self.live.open()

    def _on_seen(self, seen: bool) -> None:
        if seen:
            self._panels.enter()
            self._copy_layers()
            self._window.show_part_name(self.tr("Live"))
            # OpenCV is not loaded before the window's own libraries are.
            if self._prepared:
                self._open()
        else:
            self._panels.leave()
            self.live.leave(self.recording.recorded)

    def _leave(self) -> None:
        current = self._session.current
        if current is None:
            self._window.show_empty()
            self._window.show_part_name("")
        else:
            self._inspection.show(current)

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
                Missing.PACKAGE: self.tr("For GenICam cameras, install the Python package harvesters."),
                Missing.PRODUCER: self.tr(
                    "For GenICam cameras, {variable} must name the folder of the maker's producer (.cti)."
                ).format(variable=PRODUCERS_VARIABLE),
            }[lacking]
            self._dialog.show_cameras(cameras, hint)

    def _on_dialog_closed(self, _result: int) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.deleteLater()

    def _on_failure(self, message: str, details: str) -> None:
        self._window.message.say(self.tr("Something went wrong: {message}").format(message=message), details=details)

    def _follow_layers(self) -> None:
        """The stills' layer bar stays the one that is remembered; the live view's asks it and follows it."""
        page, bar = self._window.live, self._window.layer_bar
        page.layer_bar.layer_chosen.connect(bar.layer_chosen)
        page.layer_bar.regions_toggled.connect(self._take_regions)
        page.layer_bar.grid_toggled.connect(self._take_grid)
        bar.layer_chosen.connect(self._take_layer)
        bar.regions_toggled.connect(lambda _shown: self._copy_layers())
        bar.grid_toggled.connect(lambda _shown: self._copy_layers())
        self._window.footer.opacity_changed.connect(page.set_opacity)

    def _take_layer(self, layer: Layer) -> None:
        self._window.live.set_layer(layer)

    def _take_regions(self, shown: bool) -> None:
        if shown != self._store.values.regions:
            self._window.layer_bar.toggle_regions()

    def _take_grid(self, shown: bool) -> None:
        if shown != self._store.values.grid:
            self._window.layer_bar.toggle_grid()

    def _copy_layers(self) -> None:
        values = self._store.values
        page = self._window.live
        page.set_layer(Layer(values.layer))
        page.set_opacity(values.opacity)
        page.set_overlays(regions=values.regions, grid=values.grid)


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
