"""Shows a part: its pixels first, its result as soon as the model has it, and its neighbours ahead of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.canvas import compose
from app.editing.adjustments import Adjustments, Mix
from app.gallery.model import PartSummary
from app.parts.images import ImageStore
from app.parts.scores import ScoresByMix
from app.parts.state import ModelFacts, PartResult, Picture, Session, ThresholdView
from app.work.bridge import WorkerBridge
from app.work.engine import Engine, InspectorFactory, bundled_inspector
from app.work.jobs import Cancellation, JobThread, Outcome
from app.work.order_of_work import AHEAD, URGENT, later, likely_next
from tokenclip_core.errors import TokenClipError
from tokenclip_core.lru import LruCache

PICTURE_BYTES, RESULT_BYTES = 512 * 2**20, 256 * 2**20

_LINK, _LOAD, _SHOWN, _AHEAD = "link", "load", "shown", "ahead"
_PICTURE, _PICTURE_AHEAD, _REGIONS, _FETCHED = "picture", "picture ahead", "regions", "fetched"
_REARRANGE_MILLISECONDS = 250

ResultKey = tuple[str, Mix]


class InspectionController(QObject):
    """Asks the workers and keeps their answers; what is shown now is `picture`, `result` and `threshold_view`.

    Signals:
        prepared: the other threads may work now; see `app.process.heavy_imports.link_libraries`.
        model_loading: (name).
        model_loaded: (ModelFacts).
        model_failed: (message, details).
        part_shown: the current part changed; its picture and result may follow.
        picture_ready, result_ready, threshold_ready: the current part's.
        part_updated: (index) a part has another score or error.
        order_outdated: scores changed since the list was arranged.
        part_inspected: (index, PartResult) with the present mix.
        part_fetched: (index) more is known of a part that was asked for by `fetch`.
        part_forgotten: (path) a file is read and inspected afresh.
        mix_taken: results are of another mix from now on.
        failed: (message, details) something unexpected.
    """

    prepared = Signal()
    model_loading = Signal(str)
    model_loaded = Signal(object)
    model_failed = Signal(str, str)
    part_shown = Signal()
    picture_ready = Signal()
    result_ready = Signal()
    threshold_ready = Signal()
    part_updated = Signal(int)
    order_outdated = Signal()
    part_inspected = Signal(int, object)
    part_fetched = Signal(int)
    part_forgotten = Signal(str)
    mix_taken = Signal()
    failed = Signal(str, str)

    def __init__(
        self, session: Session, parent: QObject | None = None, factory: InspectorFactory = bundled_inspector
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._images = ImageStore()
        self._engine = Engine(self._images, factory)
        self._inference = WorkerBridge("inference", expected_errors=(TokenClipError,))
        self._display = WorkerBridge("display", expected_errors=(TokenClipError,))
        self._inference.finished.connect(self._on_inference)
        self._display.finished.connect(self._on_display)
        self._pictures: LruCache[str, Picture] = LruCache(PICTURE_BYTES)
        self._results: LruCache[ResultKey, PartResult] = LruCache(RESULT_BYTES)
        self._scores = ScoresByMix()
        self._numbers: dict[str, int] = {}
        self._asked: dict[int, ResultKey] = {}
        self._pictures_asked: dict[int, str] = {}
        self._fetched: int | None = None
        self._mix, self._model_name, self._regions_request = Mix(), "", 0
        self.model: ModelFacts | None = None
        self.loading = False
        self.picture: Picture | None = None
        self.result: PartResult | None = None
        self.threshold_view: ThresholdView | None = None
        self._ahead = later(self, self._look_ahead)
        self._ahead_of_mix = later(self, self._look_ahead, _REARRANGE_MILLISECONDS)
        self._rearrange = later(self, self.order_outdated.emit, _REARRANGE_MILLISECONDS)

    @property
    def threads(self) -> tuple[JobThread, ...]:
        """The threads to stop at the end."""
        return self._inference.thread_of_jobs, self._display.thread_of_jobs

    @property
    def mix(self) -> Mix:
        """How results are scored now."""
        return self._mix

    @property
    def images(self) -> ImageStore:
        """Where image files are decoded."""
        return self._images

    @property
    def inference(self) -> WorkerBridge:
        """The thread of the model."""
        return self._inference

    @property
    def display(self) -> WorkerBridge:
        """The thread that makes pixels to be painted."""
        return self._display

    @property
    def engine(self) -> Engine:
        """The model; for jobs of the inference thread alone."""
        return self._engine

    def known(self, path: str) -> tuple[Picture | None, PartResult | None]:
        """A part's picture and its result with the present mix, as far as they are kept."""
        return self._pictures.get(path), self._results.get((path, self._mix))

    def fetch(self, number: int) -> None:
        """Ask for the picture and the result of a part that is not shown; `part_fetched` follows."""
        part = self._session.parts[number]
        self._numbers[part.path] = self._fetched = number
        picture, result = self.known(part.path)
        if part.error is None and picture is None:
            self._ask_for_picture(part.path, _FETCHED)
        if part.error is None and result is None:
            self._ask_for_result(part.path, _FETCHED)

    def prepare(self, link: Callable[[], None]) -> None:
        """Link the model's native libraries before anything else is done; `prepared` follows."""
        self._inference.thread_of_jobs.submit(lambda _cancellation: link(), lane=_LINK, priority=-2)

    def load_model(self, name: str) -> None:
        """Load a model in place of the one before; all parts are inspected anew then."""
        self.model, self._model_name = None, name
        self._session.subspaces = 0
        self.loading = True
        self._inference.thread_of_jobs.cancel(_SHOWN, _AHEAD, _FETCHED)
        self.model_loading.emit(name)
        self._inference.thread_of_jobs.submit(partial(self._engine.load, name), lane=_LOAD, priority=-1)

    def keep_model(self, facts: ModelFacts, name: str) -> None:
        """Go on with the model before, since another one could not be loaded."""
        self.model, self._model_name = facts, name
        self._session.subspaces = len(facts.subspaces)
        if self._session.current is not None:
            self.show(self._session.current)

    def take_cache_size(self, nbytes: int) -> None:
        """Keep at most so many bytes of results."""
        self._results.shrink(nbytes)

    def reload_model(self) -> None:
        """Try again to load the model."""
        self.load_model(self._model_name)

    def take_scores(self, mix: Mix, summaries: Iterable[PartSummary]) -> None:
        """Keep what is known of parts that were inspected for their scores alone."""
        for summary in summaries:
            self._scores.take(mix, summary.path, summary.score, summary.peaks)
            if mix == self._mix:
                part = self._session.parts[summary.number]
                part.take_score(summary.score, summary.peaks)

    def fail_part(self, number: int, error: str) -> None:
        """A part can't be inspected, for a reason in words."""
        part = self._session.parts[number]
        if part.error is not None:
            return
        part.error, part.score = error, None
        self.part_updated.emit(number)
        self._say_fetched(part.path)
        if self._is_current(part.path):
            self.part_shown.emit()

    def parts_replaced(self) -> None:
        """Other parts are in the list."""
        self._numbers.clear()
        self._fetched = None
        self._inference.thread_of_jobs.cancel(_SHOWN, _AHEAD, _FETCHED)
        self._display.thread_of_jobs.cancel(_PICTURE, _PICTURE_AHEAD, _REGIONS, _FETCHED)
        self.picture = self.result = self.threshold_view = None

    def show(self, number: int) -> None:
        """Show a part; it overtakes whatever was asked for before."""
        self._session.current = number
        part = self._session.parts[number]
        self._numbers[part.path] = number
        self.picture = self._pictures.get(part.path)
        self.result = self._results.get((part.path, self._mix))
        self.threshold_view = None
        self.part_shown.emit()
        if self.picture is not None:
            self.picture_ready.emit()
        elif part.error is None:
            self._ask_for_picture(part.path, _PICTURE)
        if self.result is not None:
            self._result_arrived()
        elif part.error is None:
            self._ask_for_result(part.path, _SHOWN)
        self._forget_ahead()
        self._ahead.start()

    def inspect_again(self) -> None:
        """Read the shown part's file afresh and inspect it."""
        part = self._session.current_part
        if part is None or self._session.current is None:
            return
        path, self._numbers[part.path] = part.path, self._session.current
        part.error = None
        part.take_score(None, ())
        self._pictures.discard(path)
        self._results.discard_if(lambda key: key[0] == path)
        self._scores.forget(path)
        self._images.discard(path)
        self._inference.thread_of_jobs.submit(
            lambda _cancellation: self._engine.forget(path), lane="forget", priority=-1, keep_others=True
        )
        self.part_forgotten.emit(path)
        self.part_updated.emit(self._session.current)
        self.show(self._session.current)

    def adjust(self, adjustments: Adjustments) -> None:
        """Judge by other adjustments, from what is kept of the parts; asks no encoder."""
        before = self._session.judgement
        self._session.adjustments = adjustments
        after = self._session.judgement
        if after.own_thresholds != before.own_thresholds:
            self._rearrange.start()
        if not self._take_mix() and after != before:
            self._ask_for_regions()

    def _take_mix(self) -> bool:
        """Score anew if the adjustments ask for another mix; whether they did."""
        mix = self._session.adjustments.mix(self._session.subspaces)
        if mix == self._mix:
            return False
        self._mix = mix
        self._scores.give(mix, self._session.parts)
        self._rearrange.start()
        self.mix_taken.emit()
        current = self._session.current_part
        if current is not None and current.error is None:
            # What is shown stays until the new result is there: a slider that is dragged must not flicker.
            self.result = self._results.get((current.path, mix))
            self.threshold_view = None
            if self.result is not None:
                self._result_arrived()
            else:
                self._ask_for_result(current.path, _SHOWN)
        self._forget_ahead()
        self._ahead_of_mix.start()
        return True

    def _ask_for_picture(self, path: str, lane: str) -> None:
        def load(cancellation: Cancellation) -> Picture:
            image = self._images.load(Path(path))
            cancellation.check()
            return compose.picture(image)

        ahead = lane == _PICTURE_AHEAD
        request = self._display.thread_of_jobs.submit(
            load, lane=lane, priority=AHEAD if ahead else URGENT, keep_others=ahead
        )
        self._pictures_asked[request] = path

    def _ask_for_result(self, path: str, lane: str) -> None:
        if self.model is None:
            return
        inspect, ahead = partial(self._engine.inspect, path, self._mix), lane == _AHEAD
        request = self._inference.thread_of_jobs.submit(
            inspect, lane=lane, priority=AHEAD if ahead else URGENT, keep_others=ahead
        )
        self._asked[request] = (path, self._mix)

    def _ask_for_regions(self) -> None:
        result, judgement = self.result, self._session.judgement
        if result is None:
            return

        def view(_cancellation: Cancellation) -> ThresholdView:
            return compose.threshold_view(result.find_regions(judgement), judgement.threshold)

        self._regions_request = self._display.thread_of_jobs.submit(view, lane=_REGIONS, priority=URGENT)

    def _forget_ahead(self) -> None:
        self._ahead.stop()
        self._inference.thread_of_jobs.cancel(_AHEAD)
        self._display.thread_of_jobs.cancel(_PICTURE_AHEAD)

    def _look_ahead(self) -> None:
        """Ask for what a person is likely to look at next; anything asked for before is forgotten."""
        self._forget_ahead()
        current, parts = self._session.current, self._session.parts
        if current is None:
            return
        near = likely_next(current, len(parts))
        for number in near[:2]:
            if parts[number].error is None and parts[number].path not in self._pictures:
                self._ask_for_picture(parts[number].path, _PICTURE_AHEAD)
        for number in near:
            part = parts[number]
            self._numbers[part.path] = number
            known = (part.path, self._mix) in self._results or (number not in near[:3] and part.score is not None)
            if part.error is None and not known:
                self._ask_for_result(part.path, _AHEAD)

    def _on_inference(self, outcome: Outcome) -> None:
        if outcome.lane == _LINK:
            if outcome.status != "cancelled":
                self.prepared.emit()
            return
        if outcome.lane == _LOAD:
            self._on_model(outcome)
            return
        key = self._asked.pop(outcome.request, None)
        if key is None or outcome.status == "cancelled":
            return
        path, mix = key
        if outcome.status == "failed":
            self._part_failed(path, outcome)
            return
        result = outcome.value
        if not isinstance(result, PartResult):
            return
        self._results.put(key, result, result.nbytes)
        peaks = tuple(row.anomaly for row in result.subspaces)
        self._scores.take(mix, path, result.score, peaks)
        if mix != self._mix:
            return
        if (number := self._numbers.get(path)) is not None:
            part = self._session.parts[number]
            part.take_score(result.score, peaks)
            self.part_updated.emit(number)
            self.part_inspected.emit(number, result)
            self._rearrange.start()
        self._say_fetched(path)
        if self._is_current(path):
            self.result = result
            self._result_arrived()

    def _on_model(self, outcome: Outcome) -> None:
        self.loading = self.loading and outcome.status == "cancelled"
        if outcome.status == "failed":
            self.model_failed.emit(outcome.error, outcome.details)
        elif isinstance(outcome.value, ModelFacts):
            self._results.clear()
            self._scores.clear()
            self.model = outcome.value
            self._session.subspaces = len(outcome.value.subspaces)
            self._mix = self._session.adjustments.mix(self._session.subspaces)
            self._scores.give(self._mix, self._session.parts)
            self.model_loaded.emit(outcome.value)
            self.order_outdated.emit()
            if self._session.current is not None:
                self.show(self._session.current)

    def _on_display(self, outcome: Outcome) -> None:
        if outcome.lane == _REGIONS:
            if outcome.request == self._regions_request and isinstance(outcome.value, ThresholdView):
                self.threshold_view = outcome.value
                self.threshold_ready.emit()
            elif outcome.status == "failed":
                self.failed.emit(outcome.error, outcome.details)
            return
        path = self._pictures_asked.pop(outcome.request, None)
        if path is None or outcome.status == "cancelled":
            return
        if outcome.status == "failed":
            self._part_failed(path, outcome)
        elif isinstance(outcome.value, Picture):
            self._pictures.put(path, outcome.value, outcome.value.nbytes)
            self._say_fetched(path)
            if self._is_current(path) and self.picture is None:
                self.picture = outcome.value
                self.picture_ready.emit()

    def _result_arrived(self) -> None:
        self.result_ready.emit()
        self._ask_for_regions()

    def _part_failed(self, path: str, outcome: Outcome) -> None:
        if (number := self._numbers.get(path)) is not None:
            self.fail_part(number, outcome.error)
        if not outcome.expected:
            self.failed.emit(outcome.error, outcome.details)

    def _say_fetched(self, path: str) -> None:
        number = self._fetched
        if number is not None and number < len(self._session.parts) and self._session.parts[number].path == path:
            self.part_fetched.emit(number)

    def _is_current(self, path: str) -> bool:
        part = self._session.current_part
        return part is not None and part.path == path
