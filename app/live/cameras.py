"""Cameras: their threads, their turns in the inference thread, and what their tiles show."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.canvas import compose
from app.live.camera import MOST_BAD_FRAMES, LiveCamera, SourceMaker
from app.live.last_frames import LastFrames
from app.live.page import LivePage
from app.live.results import LiveResult, inspected, shown_alone
from app.live.sharing import CameraLane, LaneName, LiveSharing
from app.live.tile import TileNumbers
from app.live.words import fault_heading, fault_words
from app.models.state import ModelState
from app.parts.state import Session, ThresholdView, Verdict
from app.parts.store import PartStore
from app.widgets.qimage import argb_image, lines
from app.work.jobs import Cancellation, Outcome
from app.work.work import Work
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.rates import Rate
from tokenclip_core.sources.capture import CaptureReport, CaptureState, CaptureThread
from tokenclip_core.sources.frames import Fault, Frame, Orientation

NUMBERS_MILLISECONDS = 400


class LiveCameras(QObject):
    """Owns the cameras.

    Attributes:
        cameras: by number.
        smoothing: so many results decide a verdict together.

    Signals:
        renewed: (LiveCamera) the next result of a running picture is on its tile.
        shown: (LiveCamera) another state or verdict of the present result, or one that was asked for, is on its tile.
        selected_changed: another camera is the selected one, or its result is another one.
        defect_began: (LiveCamera) its verdict turned into a defect.
        reported: (LiveCamera, CaptureReport) its thread has said what it does.
        removed: (number).
        failed: (message, details) something unexpected.
    """

    renewed = Signal(object)
    shown = Signal(object)
    selected_changed = Signal()
    defect_began = Signal(object)
    reported = Signal(object, object)
    removed = Signal(int)
    _reported = Signal(int, object)

    def __init__(self, session: Session, work: Work, store: PartStore, models: ModelState, page: LivePage) -> None:
        super().__init__(page)
        self._session, self._store, self._models, self._page = session, store, models, page
        self.cameras: dict[int, LiveCamera] = {}
        self.smoothing = 1
        self._next = 1
        self._running = False
        self._ending: list[CaptureThread] = []
        self._closed = False
        self._work, self._bridge, self._display = work, work.inference, work.display
        self._sharing = LiveSharing(self._bridge.thread_of_jobs, self._inspect, LaneName.INSPECTED)
        self._preview = LiveSharing(self._display.thread_of_jobs, self._show_alone, LaneName.PREVIEW)
        for bridge in (self._bridge, self._display):
            bridge.finished.connect(self._on_outcome)
        self._reported.connect(self._on_report, Qt.ConnectionType.QueuedConnection)
        page.camera_selected.connect(self._on_selected)
        page.controls.seek_requested.connect(self.seek)
        self._ticks = QTimer(self)
        self._ticks.setInterval(NUMBERS_MILLISECONDS)
        self._ticks.timeout.connect(self._show_numbers)

    @property
    def threads(self) -> tuple[CaptureThread, ...]:
        """The threads to stop at the end."""
        captures = [camera.capture for camera in self.cameras.values() if camera.capture is not None]
        return (*captures, *self._ending)

    @property
    def selected(self) -> LiveCamera | None:
        """The camera that controls and panels are for."""
        return None if self._page.selected is None else self.cameras.get(self._page.selected)

    def add(self, make: SourceMaker) -> LiveCamera:
        """Add a camera; it starts at once if the live view is open."""
        source = make()
        number, self._next = self._next, self._next + 1
        names = {camera.name for camera in self.cameras.values()}
        name, same = source.name, 1
        while name in names:
            same += 1
            name = f"{source.name} ({same})"
        camera = LiveCamera(number, name, make, self._page.add_tile(number, name))
        self.cameras[number] = camera
        camera.tile.canvas.painted.connect(partial(self._on_painted, camera))
        if self._running:
            self._start(camera)
        return camera

    def remove_selected(self) -> None:
        """Remove the selected camera."""
        camera = self.selected
        if camera is not None:
            self.remove(camera)

    def remove(self, camera: LiveCamera) -> None:
        """Show a camera no longer."""
        self._stop(camera)
        camera.tile.canvas.painted.disconnect()
        del self.cameras[camera.number]
        self._page.remove_tile(camera.number)
        self.removed.emit(camera.number)
        self.selected_changed.emit()

    def open(self) -> None:
        """The live view is seen: start all cameras."""
        if self._closed or self._running:
            return
        self._running = True
        self.open_gates()
        self._ticks.start()
        for camera in self.cameras.values():
            if camera.capture is None:
                self._start(camera)

    def leave(self, still_needed: set[int]) -> None:
        """The live view is not seen: stop the cameras, but for those that are recorded."""
        self._running = False
        self._ticks.stop()
        for camera in self.cameras.values():
            if camera.number not in still_needed:
                self._stop(camera)

    def close(self) -> None:
        """The program ends."""
        self._closed = True
        self.leave(set())

    def toggle_freeze(self) -> None:
        """Freeze the selected camera's picture, or let it go on."""
        camera = self.selected
        if camera is not None:
            self._freeze(camera, not camera.frozen)

    def step(self) -> None:
        """Let one more frame through and hold it."""
        camera = self.selected
        if camera is None or camera.capture is None:
            return
        if not camera.frozen:
            self._freeze(camera, True)
        camera.step_from = time.monotonic()
        camera.capture.step()

    def seek(self, place: float) -> None:
        """Go to a place in [0, 1] of the selected video."""
        camera = self.selected
        if camera is None or camera.capture is None:
            return
        duration = camera.capture.report.facts.duration
        if duration:
            camera.step_from = time.monotonic() if camera.frozen else None
            camera.capture.seek(place * duration)

    def set_orientation(self, camera: LiveCamera, orientation: Orientation) -> None:
        """Turn and mirror a camera's frames."""
        camera.orientation = orientation
        if camera.capture is not None:
            camera.capture.set_orientation(orientation)

    def judge_again(self) -> None:
        """Judge all cameras again, because the threshold or the smoothing changed."""
        for camera in self.cameras.values():
            self._judge(camera)
            live = camera.latest
            if live is not None and live.result is not None:
                work = partial(_view, live, self._session.judgement)
                self._display.thread_of_jobs.submit(work, lane=CameraLane(LaneName.VIEW, camera.number))

    def _start(self, camera: LiveCamera) -> None:
        number = camera.number
        capture = CaptureThread(
            camera.make(),
            arrived=partial(self._arrived, number),
            changed=partial(self._reported.emit, number),
        )
        capture.set_orientation(camera.orientation)
        camera.capture, camera.latest, camera.age, camera.frozen = capture, None, None, False
        camera.inspected, camera.last = Rate(), LastFrames()
        self._sharing.add(number, capture)
        self._preview.add(number, capture)
        camera.tile.notice.show_progress(self.tr("Connecting…"))
        capture.start()

    def _stop(self, camera: LiveCamera) -> None:
        capture, camera.capture = camera.capture, None
        self._sharing.remove(camera.number)
        self._preview.remove(camera.number)
        if capture is not None:
            capture.stop()
            self._ending = [thread for thread in self._ending if not thread.join(0)] + [capture]

    def _freeze(self, camera: LiveCamera, frozen: bool) -> None:
        camera.frozen, camera.step_from = frozen, None
        if camera.capture is not None:
            camera.capture.hold(frozen)
        self.shown.emit(camera)

    def _arrived(self, number: int) -> None:
        """Called in the capture threads."""
        self._sharing.offer(number)
        self._preview.offer(number)

    def open_gates(self) -> None:
        """Inspect where a model is there, else show frames alone."""
        ready = self._models.facts is not None
        self._sharing.set_open(ready)
        self._preview.set_open(not ready)

    def _inspect(self, number: int, frame: Frame, cancellation: Cancellation) -> LiveResult:
        """Called in the inference thread."""
        mix, judgement = self._store.mix, self._session.judgement
        model = self._models.facts.name if self._models.facts is not None else ""
        return inspected(self._models.engine, number, frame, mix, judgement, model, cancellation)

    def _show_alone(self, number: int, frame: Frame, _cancellation: Cancellation) -> LiveResult:
        """Called in the display thread."""
        return shown_alone(number, frame)

    def _on_report(self, number: int, report: CaptureReport) -> None:
        camera = self.cameras.get(number)
        if camera is None or camera.capture is None or report.state is CaptureState.STOPPED:
            return
        notice = camera.tile.notice
        if report.state is CaptureState.RUNNING:
            camera.bad_frames = 0
            notice.clear()
        elif report.error is not None:
            notice.show_error(fault_heading(report.error.fault), fault_words(report.error.fault, camera.name))
            camera.scores.clear()
            self._show_verdict(camera, Verdict.ERROR)
            self._show_numbers()
        elif report.state is CaptureState.ENDED:
            notice.show_progress(self.tr("The video has ended"))
        elif camera.latest is None:
            notice.show_progress(self.tr("Connecting…"))
        self.reported.emit(camera, report)

    def _on_outcome(self, outcome: Outcome) -> None:
        lane = outcome.lane
        if not isinstance(lane, CameraLane):
            return
        camera = self.cameras.get(lane.camera)
        if lane.name is LaneName.VIEW:
            self._on_view(camera, outcome)
            return
        sharing = {self._sharing.name: self._sharing, self._preview.name: self._preview}.get(lane.name)
        if sharing is not None:
            sharing.seen(lane.camera)
        if camera is None or outcome.status == "cancelled":
            return
        if outcome.status == "failed":
            self._on_failed(camera, outcome)
        elif isinstance(outcome.value, LiveResult) and camera.capture is not None:
            self._take(camera, outcome.value, again=lane.name is LaneName.AGAIN)

    def _take(self, camera: LiveCamera, live: LiveResult, *, again: bool) -> None:
        """Show a result, unless the picture stands still and this frame was not asked for."""
        if again:
            if camera.latest is None or camera.latest.frame is not live.frame:
                return
        elif camera.frozen:
            if camera.step_from is None or live.frame.captured < camera.step_from:
                return
            camera.step_from = None
        if live.result is not None and not again:
            camera.inspected.count()
            camera.last.keep(live.frame, 3 * live.picture.width * live.picture.height, len(self.cameras))
            camera.scores.append(live.result.scores)
            if live.verdict(self._session.judgement) is Verdict.GOOD:
                self._session.take_passed(live.result.score)
        camera.bad_frames = 0
        camera.latest = live
        canvas = camera.tile.canvas
        pinned = canvas.pinned
        canvas.show_picture(
            [argb_image(level) for level in live.picture.levels], live.picture.width, live.picture.height
        )
        if live.result is not None:
            heatmap, subspaces = argb_image(live.result.heatmap), argb_image(live.result.subspace_layer)
            canvas.show_overlays(heatmap, subspaces, live.result.grid)
            if pinned is not None and pinned[0] < live.result.grid[0] and pinned[1] < live.result.grid[1]:
                canvas.pin(pinned)
        if live.view is not None:
            canvas.show_outline(lines(live.view.outline))
        canvas.expect_paint()
        self._show_progress(camera)
        self._judge(camera)
        (self.shown if camera.frozen else self.renewed).emit(camera)

    def _show_progress(self, camera: LiveCamera) -> None:
        report = camera.capture.report if camera.capture is not None else CaptureReport()
        if report.error is not None:
            return
        if camera.latest is not None and camera.latest.result is not None:
            camera.tile.notice.clear()
        elif self._models.facts is None:
            camera.tile.notice.show_progress(self.tr("The model is being loaded…"))

    def _on_view(self, camera: LiveCamera | None, outcome: Outcome) -> None:
        if camera is None or not isinstance(outcome.value, tuple) or camera.latest is None:
            return
        live, view = outcome.value
        if camera.latest is live and isinstance(view, ThresholdView):
            camera.latest = replace(live, view=view)
            camera.tile.canvas.show_outline(lines(view.outline))
            self.shown.emit(camera)

    def _on_failed(self, camera: LiveCamera, outcome: Outcome) -> None:
        """A damaged frame is left out; many in a row are said on the tile. Anything else is a bug, and is said once."""
        camera.bad_frames += 1
        if outcome.expected and camera.bad_frames == MOST_BAD_FRAMES:
            camera.tile.notice.show_error(fault_heading(Fault.DAMAGED), fault_words(Fault.DAMAGED, camera.name))
            self._show_verdict(camera, Verdict.ERROR)
        elif not outcome.expected and camera.bad_frames == 1:
            self._work.say(outcome)

    def _judge(self, camera: LiveCamera) -> None:
        """Judge the latest frame, or the medians of the last ones."""
        while len(camera.scores) > self.smoothing:
            camera.scores.popleft()
        scores = camera.judged_scores
        if scores is not None and not camera.failing:
            self._show_verdict(camera, Verdict(self._session.judgement.verdict(scores)))

    def _show_verdict(self, camera: LiveCamera, verdict: Verdict) -> None:
        live = camera.latest
        failing = verdict is Verdict.ERROR
        score = None if live is None or live.result is None or failing else live.result.score
        camera.tile.show_verdict(score, verdict)
        began = verdict is Verdict.DEFECT and camera.verdict is not Verdict.DEFECT
        changed, camera.verdict = verdict is not camera.verdict, verdict
        if began:
            self.defect_began.emit(camera)
        if changed and failing:
            self.shown.emit(camera)

    def _on_painted(self, camera: LiveCamera, now: float) -> None:
        if camera.latest is not None and not camera.frozen:
            camera.age = now - camera.latest.frame.captured

    def _show_numbers(self) -> None:
        for camera in self.cameras.values():
            capture = camera.capture
            if capture is not None:
                silence = None if camera.latest is None else time.monotonic() - camera.latest.frame.captured
                failing = capture.report.error is not None
                rates = capture.rate.value(), camera.inspected.value()
                camera.tile.show_numbers(TileNumbers(*rates, capture.dropped, camera.age, failing, silence))
        self._show_position()

    def _show_position(self) -> None:
        camera = self.selected
        duration = None if camera is None or camera.capture is None else camera.capture.report.facts.duration
        position = None if camera is None or camera.latest is None else camera.latest.frame.position
        self._page.controls.show_position(position if duration else None, duration)

    def _on_selected(self, _number: int) -> None:
        self._show_position()
        self.selected_changed.emit()

    def take_model(self) -> None:
        """Inspect with another model."""
        self.open_gates()
        self.inspect_frozen_again()
        # The panels were just cleared as for the parts.
        self.selected_changed.emit()

    def inspect_frozen_again(self) -> None:
        """Inspect frozen frames again, because the model or the mix changed."""
        if self._models.facts is None:
            return
        for camera in self.cameras.values():
            live = camera.latest
            if camera.frozen and live is not None:
                work = partial(self._inspect, camera.number, live.frame)
                self._bridge.thread_of_jobs.submit(work, lane=CameraLane(LaneName.AGAIN, camera.number))


def _view(
    live: LiveResult, judgement: Judgement, _cancellation: Cancellation
) -> tuple[LiveResult, ThresholdView] | None:
    """A result's regions at another threshold, for the display thread."""
    if live.result is None:
        return None
    return live, compose.threshold_view(live.result.find_regions(judgement), judgement.threshold)
