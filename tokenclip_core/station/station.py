"""The station itself: triggers in, one result each out.

A trigger is noted on disk, with the frame of that moment in memory. One thread inspects what waits, in order, and adds
each result to the spool, from where outputs take it. A station that was killed finds the triggers it left without a
result, and gives each of them one: an error, since nobody has their pictures any more.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from tokenclip_core.errors import ImageError, SettingsError
from tokenclip_core.images.settled import PATIENCE_SECONDS
from tokenclip_core.output.judged_rows import judged_row
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.output.store.events import new_uid
from tokenclip_core.output.store.identity import FileIdentity
from tokenclip_core.output.store.result_event import UNKNOWN_LEVELS, PartLevels, result_event
from tokenclip_core.publish.messages import result_message
from tokenclip_core.publish.publisher import Publisher
from tokenclip_core.publish.spool import SpoolError, Trigger
from tokenclip_core.sources.frames import Frame
from tokenclip_core.station.cameras import Camera
from tokenclip_core.station.health import StationHealth
from tokenclip_core.station.keeping import PictureFolder
from tokenclip_core.station.line import Line, LineKeeper
from tokenclip_core.station.metrics import Meter
from tokenclip_core.station.pairing import PictureOrder
from tokenclip_core.station.supervision import Supervisor
from tokenclip_core.station.triggers import Request, Ticket

_LOOK_SECONDS = 0.05
_RETRY_SECONDS = 1.0

FOLDER_PATIENCE = PATIENCE_SECONDS + 2.0
"""Least seconds that a trigger waits for a folder's picture, since one that can't be read yet is held back so long."""

KILLED = "the station was stopped before this part was inspected; inspect it again under another id"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StationSettings:
    """How a station works.

    Attributes:
        name: of the station, for everybody who gets its results.
        continuous: every camera's newest frame is inspected, again and again; otherwise one for each trigger.
        every: seconds between two frames of a camera, where inspection is continuous.
        next_frame: a trigger means the first frame taken after it, instead of the newest one at its moment.
        by_name: a watched folder's picture belongs only to the part that its file is called like.
        patience: seconds that a trigger waits for a frame; of a watched folder `FOLDER_PATIENCE` at least.
        most_waiting: pictures that may wait for the model; parts beyond get an error.
    """

    name: str
    continuous: bool = False
    every: float = 0.0
    next_frame: bool = False
    by_name: bool = False
    patience: float = 2.0
    most_waiting: int = 64


@dataclass
class _Job:
    """A trigger on its way: what was asked, the frame if there is one already, and who waits for the result."""

    trigger: Trigger
    ticket: Ticket
    frame: Frame | None
    came: float
    error: str = ""


class Troubled(Protocol):
    """What may be in trouble: then `problem` says why, in words; "" while all is well."""

    problem: str


class Station:
    """Inspects for as long as the program lives.

    Attributes:
        settings: how it works.
        results: how many there are since the start.
        errors: of them, those of parts that could not be inspected.
    """

    def __init__(
        self,
        settings: StationSettings,
        cameras: Sequence[Camera],
        lines: LineKeeper,
        publisher: Publisher,
        *,
        meter: Meter | None = None,
        pictures: PictureFolder | None = None,
        told: Callable[[str], object] = lambda _content: None,
    ) -> None:
        """Put a station together; `run` lets it work.

        Args:
            settings: how it works.
            cameras: started by the caller; the station ends them.
            lines: the recipe in force.
            publisher: takes the results.
            meter: counts; None for nobody.
            pictures: keeps pictures of parts; None for nobody.
            told: called for each result with its JSON.
        """
        self.settings = settings
        self.results = self.errors = 0
        self._cameras = {camera.name: camera for camera in cameras}
        self._lines, self._publisher, self._meter, self._pictures = lines, publisher, meter or Meter(), pictures
        self._told = told
        self._changed = threading.Condition()
        # Not the lock above: who inspects must not wait while the disk takes the next trigger.
        self._noting = threading.Lock()
        self._jobs: deque[_Job] = deque()
        self._open: dict[str, Ticket] = {}
        self._position = 0
        self._last_result: float | None = None
        self._last_frame: dict[str, float] = {}
        self._spool_problem = ""
        self._watched: list[Troubled] = []
        self._stopping = self._finishing = False
        self._supervisor: Supervisor | None = None
        # Of folders: whose picture is whose, and when one was last taken and inspected.
        self._orders = {camera.name: PictureOrder(by_name=settings.by_name) for camera in cameras if camera.one_by_one}
        self._served: dict[str, float] = {}
        # Before anybody can trigger anything: of a station that was killed. Who asks again for one of them waits too.
        self._left_over = publisher.spool.waiting_triggers()
        self._open |= {one.key: Ticket(one.part, one.camera) for one in self._left_over}
        self._meter.watch(self.health)
        for camera in cameras:
            camera.arrived = self.wake

    def watch(self, source: Troubled) -> None:
        """Let `health` tell what is wrong with something that triggers the station."""
        self._watched.append(source)

    @property
    def cameras(self) -> list[str]:
        """Names of the cameras."""
        return list(self._cameras)

    def camera(self, name: str) -> Camera | None:
        """A camera by its name."""
        return self._cameras.get(name)

    def trigger(self, request: Request) -> Ticket:
        """Note that a part is before a camera now; from any thread.

        Returns:
            The promise of its result; of a repeated request, that of the first one.

        Raises:
            SettingsError: no such camera, or the station is about to stop.
            SpoolError: it can't be noted, since the disk is full or gone; nothing is kept of it.
        """
        came, arrived = time.monotonic(), time.time()
        request = request.named(self.cameras)
        camera = self._cameras[request.camera]
        frame = None if self.settings.next_frame or camera.one_by_one else camera.newest()
        trigger = Trigger(request.key, request.part, request.camera, arrived)
        with self._noting:
            if self._stopping:
                raise SettingsError("the station is about to stop; ask again when it is back")
            accepted = self._publisher.spool.accept(trigger)
            if accepted.new:
                return self._queue(_Job(trigger, Ticket(request.part, request.camera), frame, came))
        # Where it is not open any more, its result was added meanwhile.
        known = self._open.get(request.key)
        content = accepted.content or (None if known else self._publisher.spool.accept(trigger).content)
        return known or Ticket(request.part, request.camera, content)

    def _queue(self, job: _Job) -> Ticket:
        """Let a trigger that was noted wait for its turn."""
        with self._changed:
            self._open[job.trigger.key] = job.ticket
            if len(self._jobs) >= self.settings.most_waiting:
                job.frame, job.error = None, f"{len(self._jobs)} parts waited already; the model is too slow for them"
            self._jobs.append(job)
            if job.trigger.camera in self._orders:
                self._orders[job.trigger.camera].expect(job.trigger.key, job.trigger.part)
            self._changed.notify_all()
        return job.ticket

    def finish(self) -> None:
        """There will be no more triggers: end when those that came have their results."""
        with self._changed:
            self._finishing = True
            self._changed.notify_all()

    def wake(self) -> None:
        """A camera has something new: a trigger that waits for it takes it now, however long others are inspected."""
        with self._changed:
            for job in self._jobs:
                camera = self._cameras[job.trigger.camera]
                if job.frame is None and not job.error and not camera.one_by_one:
                    job.frame = camera.newest(job.came)
            self._changed.notify_all()

    def run(self, stop: threading.Event, supervisor: Supervisor) -> None:
        """Inspect until the event is set, then what waits; in the calling thread."""
        self._supervisor = supervisor
        self._answer_left_over()
        supervisor.start()
        try:
            while self._step(stop):
                continue
        finally:
            supervisor.close()
            for camera in self._cameras.values():
                camera.stop()
            for camera in self._cameras.values():
                camera.join()
            self._lines.close()

    def each_second(self) -> None:
        """What has to be done now and then; in the supervisor's thread."""
        for camera in self._cameras.values():
            camera.look_after()
        self._publisher.announce(self.health().state())

    def health(self) -> StationHealth:
        """How the station is; from any thread."""
        recipe = self._lines.recipe
        last = self._last_result
        problems = [self._spool_problem, "" if self._pictures is None else self._pictures.problem, self._meter.problem]
        problems += [source.problem for source in self._watched]
        return StationHealth(
            station=self.settings.name,
            recipe=(recipe.name, recipe.sha256),
            recipe_problem=self._lines.problem,
            recipe_changes=self._lines.changes,
            waiting=len(self._jobs),
            results=self.results,
            last_result=None if last is None else round(time.monotonic() - last, 3),
            stuck=0.0 if self._supervisor is None else self._supervisor.stuck,
            cameras=[camera.facts() for camera in self._cameras.values()],
            outputs=self._publisher.facts(),
            disk_free=_free(self._publisher.spool.file),
            problems=[problem for problem in problems if problem],
        )

    def _step(self, stop: threading.Event) -> bool:
        """Inspect one part, or wait a little; False when the station is to end."""
        line = self._lines.current()
        with self._changed:
            self._stopping = stop.is_set()
            job = self._next_job()
            is_over = job is None and not self._jobs and (self._stopping or self._finishing)
        if is_over:
            # A trigger that is being noted at this moment is in the queue afterwards, or was refused.
            with self._noting:
                return bool(self._jobs)
        if job is not None:
            self._answer(line, job)
            return True
        if self.settings.continuous and not self._stopping and self._inspect_newest(line):
            return True
        if self.settings.continuous and all(camera.has_ended for camera in self._cameras.values()):
            self.finish()
        with self._changed:
            if not self._jobs or self._jobs[0].frame is None:
                self._changed.wait(_LOOK_SECONDS)
        return True

    def _next_job(self) -> _Job | None:
        """The first trigger that has its frame, or has waited for one long enough."""
        for name in self._orders:
            self._take_picture(self._cameras[name])
        for index, job in enumerate(self._jobs):
            if job.frame is None and not job.error:
                camera = self._cameras[job.trigger.camera]
                if not camera.one_by_one:
                    job.frame = camera.newest(job.came)
                if job.frame is None and (self._is_late(job, camera) or self._stopping):
                    job.error = camera.facts().problem or f"{camera.name} gave no picture of this part in time"
            if job.frame is not None or job.error:
                del self._jobs[index]
                if job.trigger.camera in self._orders:
                    self._orders[job.trigger.camera].give_up(job.trigger.key)
                return job
        return None

    def _take_picture(self, camera: Camera) -> None:
        """Give a folder's next picture to the trigger that it belongs to, one at a time, since they are large."""
        jobs = {job.trigger.key: job for job in self._jobs if job.trigger.camera == camera.name}
        order = self._orders[camera.name]
        while order.expects and not any(job.frame for job in jobs.values()):
            frame = camera.newest()
            if frame is None:
                return
            job = jobs.get(order.choose(frame.name) or "")
            if job is None or job.error:
                why = "no part that waits is called like it" if self.settings.by_name else "its part was given up"
                _log.warning("%s: %s is left out: %s", camera.name, frame.name, why)
            else:
                job.frame = frame
                self._served[camera.name] = time.monotonic()

    def _is_late(self, job: _Job, camera: Camera) -> bool:
        """Whether a trigger has waited long enough; behind others it waits as long as pictures come and are seen."""
        if not camera.one_by_one:
            return time.monotonic() - job.came > self.settings.patience
        since = max(job.came, self._served.get(camera.name, 0.0))
        return time.monotonic() - since > max(self.settings.patience, FOLDER_PATIENCE)

    def _answer(self, line: Line, job: _Job) -> None:
        trigger = job.trigger
        begun = time.monotonic()
        row, levels = self._inspected(line, trigger.camera, trigger.part, job.frame, job.error)
        seconds = time.monotonic() - begun
        content = self._put(trigger.camera, trigger.part, job.frame, row, levels, trigger)
        now = time.monotonic()
        self._meter.result(trigger.camera, _outcome(row), seconds if job.frame is not None else None, now - job.came)
        with self._changed:
            if job.frame is not None:
                self._served[trigger.camera] = now
            self._open.pop(trigger.key, None)
        job.ticket.give(content)
        self._told(content)
        self._keep_picture(trigger.camera, trigger.part, row, job.frame)

    def _inspect_newest(self, line: Line) -> bool:
        """Inspect a frame that a camera has and nobody looked at; the camera that waited longest comes first."""
        for name, camera in sorted(self._cameras.items(), key=lambda item: self._last_frame.get(item[0], 0.0)):
            if time.monotonic() - self._last_frame.get(name, -self.settings.every) < self.settings.every:
                continue
            frame = camera.untaken()
            if frame is None:
                continue
            self._last_frame[name] = begun = time.monotonic()
            part = frame.name or new_uid()
            row, levels = self._inspected(line, name, part, frame, "")
            seconds = time.monotonic() - begun
            content = self._put(name, part, frame, row, levels)
            self._meter.result(name, _outcome(row), seconds, None)
            self._told(content)
            self._keep_picture(name, part, row, frame)
            return True
        return False

    def _inspected(
        self, line: Line, camera: str, part: str, frame: Frame | None, error: str
    ) -> tuple[ResultRow, PartLevels]:
        """The row of a part, and by what it can be judged again; whatever goes wrong becomes a row that says so."""
        path = f"{camera}/{part}"
        checkpoint = line.recipe.checkpoint or None
        failed = ResultRow(path, threshold=line.recipe.judgement.threshold, model=line.inspector.model_name)
        if frame is None:
            return _with_error(failed, error), UNKNOWN_LEVELS
        captured = datetime.fromtimestamp(frame.clock, UTC).isoformat(timespec="milliseconds")
        begun = time.perf_counter()
        self._busy(True)
        try:
            pixels = frame.pixels()
            result = line.inspector.inspect(pixels)
            regions, _ = result.judged_regions(line.recipe.judgement)
            milliseconds = 1000 * (time.perf_counter() - begun)
            row = judged_row(
                path,
                result,
                line.inspector,
                line.recipe.judgement,
                regions,
                checkpoint=checkpoint,
                milliseconds=milliseconds,
                captured=captured,
            )
            return row, PartLevels.of(result, line.recipe.judgement)
        except ImageError as fault:
            return _with_error(failed, str(fault)), UNKNOWN_LEVELS
        except Exception as fault:
            # One part must not end a station that has run for weeks.
            _log.exception("%s could not be inspected", path)
            return _with_error(
                failed, f"it could not be inspected ({type(fault).__name__}: {fault})"[:300]
            ), UNKNOWN_LEVELS
        finally:
            self._busy(False)

    def _keep_picture(self, camera: str, part: str, row: ResultRow, frame: Frame | None) -> None:
        """Keep a part's picture, if it is one that is kept; its result does not wait for that."""
        if self._pictures is None or frame is None or row.error is not None:
            return
        try:
            self._pictures.keep(camera, part, _outcome(row), frame.pixels())
        except Exception:
            # The part has its result, whatever a library says of its picture.
            _log.exception("the picture of %s/%s could not be kept", camera, part)

    def _put(
        self,
        camera: str,
        part: str,
        frame: Frame | None,
        row: ResultRow,
        levels: PartLevels,
        trigger: Trigger | None = None,
    ) -> str:
        """Add a result to the spool, however long that takes; its JSON."""
        file = self._file_of(camera, frame)
        identity = FileIdentity.of(row.path, file)
        key = trigger.key if trigger is not None else f"frame {self._position}"
        event = result_event(self._lines.run, self._position, key, row, identity, levels)
        named = {"station": self.settings.name, "camera": camera, "part": part}
        if trigger is not None:
            moment = datetime.fromtimestamp(trigger.arrived, UTC)
            named["triggered"] = moment.isoformat(timespec="milliseconds")
        message = result_message(row, event, named)
        while True:
            try:
                self._publisher.add(message, None if trigger is None else trigger.key)
                break
            except SpoolError as error:
                if not self._spool_problem:
                    _log.critical("%s", error)
                self._spool_problem = str(error)
                time.sleep(_RETRY_SECONDS)
        self._spool_problem = ""
        self._position += 1
        self.results += 1
        self.errors += row.error is not None
        self._last_result = time.monotonic()
        return message.content

    def _answer_left_over(self) -> None:
        """Triggers that a killed station left without a result get one now."""
        line = self._lines.current()
        for trigger in self._left_over:
            row, levels = self._inspected(line, trigger.camera, trigger.part, None, KILLED)
            content = self._put(trigger.camera, trigger.part, None, row, levels, trigger)
            with self._changed:
                ticket = self._open.pop(trigger.key)
            ticket.give(content)
            self._told(content)

    def _file_of(self, camera: str, frame: Frame | None) -> Path | None:
        known = self._cameras.get(camera)
        folder = None if known is None else known.folder
        return None if folder is None or frame is None else folder / frame.name

    def _busy(self, busy: bool) -> None:
        if self._supervisor is not None:
            self._supervisor.busy(busy)


def _with_error(row: ResultRow, reason: str) -> ResultRow:
    return ResultRow(row.path, threshold=row.threshold, model=row.model, error=reason)


def _outcome(row: ResultRow) -> str:
    return "error" if row.error is not None else row.verdict or "inspected"


def _free(file: Path) -> int:
    try:
        return shutil.disk_usage(file.parent).free
    except OSError:
        return 0
