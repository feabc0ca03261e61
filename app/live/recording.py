"""Snapshots, recordings, and what happens when a defect begins: a sound, the whole screen in its colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtWidgets import QApplication

from app.live.camera import LiveCamera
from app.live.cameras import LiveCameras
from app.live.files import (
    MOST_WAITING,
    Recorder,
    RecordingFacts,
    RecordingPlan,
    save_good_parts,
    save_snapshot,
)
from app.live.operator import OperatorScreen
from app.live.results import LiveResult
from app.live.settings import LiveOptions
from app.live.sharing import CameraLane, LaneName
from app.parts.state import Session, Verdict
from app.widgets.places import open_place
from app.widgets.qimage import argb_image
from app.work.jobs import Cancellation, Outcome
from app.work.work import Work
from tokenclip_core.errors import TokenClipError
from tokenclip_core.sources.ring import FrameRing


def pictures_folder() -> Path:
    """Where snapshots and recordings go unless another folder is chosen."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return Path(place or Path.home()) / "TokenCLIP Inspector"


class LiveRecording(QObject):
    """Writes what the cameras show, in a thread that at the end of the program still writes what waits.

    Attributes:
        options: that a person chose.
        say, warn: told in words what was done, and what went wrong.
        give_good: takes pictures of good parts, to compare with.
    """

    def __init__(
        self,
        session: Session,
        work: Work,
        live: LiveCameras,
        *,
        say: Callable[[str], object],
        warn: Callable[[str], object],
        give_good: Callable[[Sequence[Path]], object],
    ) -> None:
        super().__init__(live)
        self._session, self._live = session, live
        self.say, self.warn, self.give_good = say, warn, give_good
        self.options = LiveOptions(folder=str(pictures_folder()))
        self._files = work.new_thread("live files", finishes=True)
        self._files.finished.connect(self._on_outcome)
        self._recorders: dict[int, Recorder] = {}
        self._rings: dict[int, FrameRing] = {}
        self._waiting = 0
        self._operator: OperatorScreen | None = None
        live.defect_began.connect(self._on_defect)

    @property
    def recorded(self) -> set[int]:
        """Numbers of the cameras that are recorded."""
        return set(self._recorders)

    def take_options(self, options: LiveOptions) -> None:
        """Take what a person chose; a running recording keeps what it began with."""
        self.options = options
        if self._live.smoothing != options.smoothing:
            self._live.smoothing = options.smoothing
            self._live.judge_again()

    def snapshot(self) -> None:
        """Save the selected camera's picture and result."""
        camera = self._live.selected
        if camera is None or camera.latest is None or camera.latest.result is None:
            self.warn(self.tr("There is no result to save yet; wait for the first one."))
            return
        work = partial(self._save, Path(self.options.folder), camera.name, camera.latest)
        self._files.submit(work, lane=CameraLane(LaneName.SNAPSHOT, camera.number), keep_others=True)

    def last_were_good(self) -> None:
        """Save the last inspected frames of the selected camera, and compare with them as good parts."""
        camera = self._live.selected
        if camera is None or not camera.last.frames:
            self.warn(self.tr("Nothing of this camera was inspected yet; wait for the first results."))
            return
        folder, frames = Path(self.options.folder), camera.last.frames
        self._files.submit(
            lambda _cancellation: save_good_parts(folder, camera.name, frames),
            lane=CameraLane(LaneName.GOOD, camera.number),
            keep_others=True,
        )

    def toggle(self) -> None:
        """Begin or end recording the selected camera."""
        camera = self._live.selected
        if camera is None:
            return
        if camera.number in self._recorders:
            self.stop(camera.number)
        else:
            self._begin(camera)

    def show_folder(self) -> None:
        """Open the folder of snapshots and recordings in the system's file manager."""
        folder = Path(self.options.folder)
        if not folder.is_dir() or not open_place(folder):
            text = self.tr("{folder} is not there yet; it is made with the first snapshot or recording.")
            self.warn(text.format(folder=folder))

    def stop(self, number: int) -> None:
        """End a camera's recording, if there is one."""
        recorder, ring = self._recorders.pop(number, None), self._rings.pop(number, None)
        camera = self._live.cameras.get(number)
        if camera is not None:
            camera.recording = False
            if camera.capture is not None and ring is not None:
                camera.capture.keep_frames(None)
            self._live.shown.emit(camera)
        if recorder is not None:
            self._files.submit(
                lambda _cancellation: recorder.finish(), lane=CameraLane(LaneName.END, number), keep_others=True
            )

    def close(self) -> None:
        """The program ends: the files are closed when what waits is written."""
        for number in list(self._recorders):
            self.stop(number)
        self.leave_operator()

    def toggle_operator(self) -> None:
        """Show the selected camera's verdict over the whole screen, or no longer."""
        if self._operator is not None:
            self.leave_operator()
            return
        self._operator = OperatorScreen()
        self._operator.closed.connect(self.leave_operator)
        camera = self._live.selected
        if camera is not None:
            self._show_operator(camera)
        self._operator.showFullScreen()

    def leave_operator(self) -> None:
        """Close the screen of the verdict, and go back to the window."""
        screen, self._operator = self._operator, None
        if screen is not None:
            screen.hide()
            screen.deleteLater()

    def _begin(self, camera: LiveCamera) -> None:
        plan = RecordingPlan(
            Path(self.options.folder),
            self.options.everything,
            self.options.seconds_before,
            self.options.most_bytes,
            self.options.video,
        )
        settings = {
            "camera": camera.name,
            "threshold": self._session.adjustments.threshold,
            "everything": plan.everything,
            "seconds_before": plan.seconds_before,
        }
        try:
            recorder = Recorder(plan, settings)
        except TokenClipError as error:
            self.warn(str(error))
            self._live.shown.emit(camera)
            return
        self._recorders[camera.number] = recorder
        camera.recording = True
        if plan.seconds_before > 0 and not plan.everything and camera.capture is not None:
            ring = self._rings[camera.number] = FrameRing(plan.seconds_before)
            camera.capture.keep_frames(ring.keep)
        self._live.shown.emit(camera)
        self.say(self.tr("Recording to {folder}").format(folder=recorder.facts.folder))

    def take(self, camera: LiveCamera) -> None:
        """Record the latest frame of a camera, if it is one to be recorded."""
        if self._operator is not None and camera is self._live.selected:
            self._show_operator(camera)
        recorder, live = self._recorders.get(camera.number), camera.latest
        if recorder is None or live is None or live.result is None or camera.recorded is live.frame:
            return
        camera.recorded = live.frame
        defective = live.verdict(self._session.judgement) is Verdict.DEFECT
        begins, camera.recorded_defect = defective and not camera.recorded_defect, defective
        if not defective and not recorder.plan.everything:
            return
        if self._waiting >= MOST_WAITING:
            recorder.left_out += 1
            return
        ring = self._rings.get(camera.number)
        before = ring.take(live.frame.captured) if ring is not None and begins else []
        self._waiting += 1
        judgement = self._session.judgement

        def write(_cancellation: Cancellation) -> tuple[int, RecordingFacts]:
            return camera.number, recorder.write(camera.name, live, judgement, before)

        self._files.submit(write, lane=CameraLane(LaneName.RECORD, camera.number), keep_others=True)

    def _save(self, folder: Path, name: str, live: LiveResult, _cancellation: Cancellation) -> Path:
        return save_snapshot(folder, name, live, self._session.judgement)

    def _on_outcome(self, outcome: Outcome) -> None:
        lane = outcome.lane
        if not isinstance(lane, CameraLane):
            return
        recorded = lane.name is LaneName.RECORD
        if recorded:
            self._waiting -= 1
        if outcome.status == "failed":
            self.warn(outcome.error)
            if recorded:
                self.stop(lane.camera)
        elif lane.name is LaneName.GOOD and isinstance(outcome.value, list):
            words = self.tr("The last {count} pictures are saved as good parts in {folder}")
            if len(outcome.value) == 1:
                words = self.tr("The last picture is saved as a good part in {folder}")
            self.say(words.format(count=len(outcome.value), folder=outcome.value[0].parent))
            self.give_good(outcome.value)
        elif isinstance(outcome.value, Path):
            self.say(self.tr("Saved {path}").format(path=outcome.value))
        elif recorded and isinstance(outcome.value, tuple):
            self._on_recorded(lane.camera, outcome.value[1])

    def _on_recorded(self, number: int, facts: RecordingFacts) -> None:
        words = self.tr("Recorded {count} pictures, {size} MB, in {folder}")
        if facts.pictures == 1:
            words = self.tr("Recorded 1 picture, {size} MB, in {folder}")
        text = words.format(count=facts.pictures, size=f"{facts.nbytes / 1e6:.1f}", folder=facts.folder)
        if facts.left_out:
            text += self.tr("; {count} left out, the disk was too slow").format(count=facts.left_out)
        self.say(text)
        if facts.full and number in self._recorders:
            self.stop(number)
            self.warn(self.tr("The recording has reached its limit and has ended; raise the limit, or make a new one."))

    def _on_defect(self, _camera: LiveCamera) -> None:
        if self.options.sound:
            QApplication.beep()

    def _show_operator(self, camera: LiveCamera) -> None:
        if self._operator is not None:
            live = camera.latest
            picture = None if live is None else argb_image(live.picture.levels[0])
            self._operator.show_verdict(camera.name, camera.verdict, picture)
