"""What is known of the open parts: pictures, results, scores; one place that forgets a file everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.editing.adjustments import NOTHING_ELSE, Adjustments, Compared, Mix
from app.gallery.model import PartSummary
from app.parts.images import ImageStore
from app.parts.scores import Known, ScoresByMix
from app.parts.state import Part, PartResult, Picture, Session
from app.work.order_of_work import later
from tokenclip_core.lru import LruCache

PICTURE_BYTES, RESULT_BYTES = 512 * 2**20, 256 * 2**20

REARRANGE_MILLISECONDS = 250
"""Scores that change within this time move the list's rows together."""

ResultKey = tuple[str, Mix]


class PartStore(QObject):
    """Keeps what the workers said of parts, by path and by the mix they were scored with.

    Attributes:
        images: where image files are decoded.
        mix: how results are scored now.
        place: what was opened, in words.
        is_listing: whether more parts may come.
        lacking: parts with a score of an earlier start, without the levels of channels that have limits now.

    Signals:
        part_updated: (index) a part has another score or error.
        part_inspected: (index, PartResult) with the present mix.
        order_outdated: scores changed since the list was arranged.
        mix_taken: results are of another mix from now on.
        judgement_taken: parts are judged otherwise from now on, with the same mix.
        summarised: (Mix, [PartSummary]) parts were inspected for their scores alone.
        opened: ([Path], whether by itself) other parts are in the list; nobody asked for those that come by themselves.
        grown: more parts are in the list, or all of them are.
        forgotten: (path) the file's content changed: every cache forgets what it keeps of it.
    """

    part_updated = Signal(int)
    part_inspected = Signal(int, object)
    order_outdated = Signal()
    mix_taken = Signal()
    judgement_taken = Signal()
    summarised = Signal(object, object)
    opened = Signal(object, bool)
    grown = Signal()
    forgotten = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.images = ImageStore()
        self.mix = Mix()
        self.place = ""
        self.is_listing = False
        self.lacking = 0
        self._pictures: LruCache[str, Picture] = LruCache(PICTURE_BYTES)
        self._results: LruCache[ResultKey, PartResult] = LruCache(RESULT_BYTES)
        self._scores = ScoresByMix()
        self._numbers: dict[str, int] = {}
        self._forgotten: Counter[str] = Counter()
        self._readings = 0
        self._rearrange = later(self, self.order_outdated.emit, REARRANGE_MILLISECONDS)

    @property
    def results_kept(self) -> int:
        """How many results are kept, of all mixes."""
        return len(self._results)

    def picture(self, path: str) -> Picture | None:
        """A part's picture, if it is kept."""
        return self._pictures.get(path)

    def result(self, path: str) -> PartResult | None:
        """A part's result with the present mix, if it is kept."""
        return self._results.get((path, self.mix))

    def known_part(self, path: str) -> tuple[int, Part] | None:
        """A part that was asked about, with its index in the list."""
        number = self._numbers.get(path)
        return None if number is None else (number, self._session.parts[number])

    def number(self, path: str, number: int) -> None:
        """Note at which index in the list a part stands that the workers are asked about."""
        self._numbers[path] = number

    def put_picture(self, path: str, picture: Picture) -> None:
        """Keep a part's picture."""
        self._pictures.put(path, picture, picture.nbytes)

    def put_result(self, path: str, mix: Mix, result: PartResult) -> bool:
        """Keep a part's result; whether it is of the present mix."""
        self._results.put((path, mix), result, result.nbytes)
        peaks = tuple(row.anomaly for row in result.subspaces)
        self._scores.take(mix, path, result.score, peaks, result.channels)
        if mix != self.mix:
            return False
        known = self.known_part(path)
        if known is not None:
            number, part = known
            part.take_score(result.score, peaks, result.channels)
            self.part_updated.emit(number)
            self.part_inspected.emit(number, result)
            self._rearrange.start()
        return True

    def put_summaries(self, mix: Mix, summaries: Iterable[PartSummary]) -> None:
        """Keep what is known of parts that were inspected for their scores alone."""
        for summary in summaries:
            self._scores.take(mix, summary.path, *summary.scores[:3])
            if mix == self.mix:
                part = self._session.parts[summary.number]
                part.take_score(*summary.scores[:3])

    def take_known(self, mix: Mix, known: Mapping[str, Known]) -> None:
        """Take what an earlier start said of parts, by path; newer results are not replaced."""
        self._scores.take_known(mix, known)
        if known and mix == self.mix:
            self.give_known_scores()
            self._rearrange.start()
            self.judgement_taken.emit()

    def fail(self, number: int, error: str) -> bool:
        """Note why a part can't be inspected, in words; returns whether that was not known before."""
        part = self._session.parts[number]
        if part.error is not None:
            return False
        part.error, part.score = error, None
        self.part_updated.emit(number)
        return True

    def turn_of(self, path: str) -> tuple[int, int]:
        """How often all files were read otherwise, and this one was forgotten; what comes of an earlier turn is old."""
        return self._readings, self._forgotten[path]

    def forget(self, path: str) -> None:
        """A file's content changed: forget all that was read, cut, encoded or found of the old one."""
        self._forgotten[path] += 1
        self._pictures.discard(path)
        self._results.discard_if(lambda key: key[0] == path)
        self._scores.forget(path)
        self.images.discard(path)
        known = self.known_part(path)
        if known is not None:
            number, part = known
            part.error = None
            part.take_score(None, ())
        self.forgotten.emit(path)
        if known is not None:
            self.part_updated.emit(number)

    def read_as(self, bits: int | None) -> None:
        """Use so many bits of 16-bit pictures from now on; what was read or said of pictures read otherwise goes."""
        if bits != self.images.bits:
            self._readings += 1
            self.images.read_as(bits)
            self._pictures.clear()
            self._results.clear()
            self._scores.clear()

    def begin_folder(self, paths: list[Path], *, by_itself: bool = False) -> None:
        """Prepare for other parts in the list; what is kept by their paths stays."""
        self._numbers.clear()
        self.opened.emit(paths, by_itself)

    def without_model(self) -> None:
        """Note that there is no model for now."""
        self._session.subspaces, self._session.compared = 0, NOTHING_ELSE

    def keep_model(self, subspaces: int) -> None:
        """Go on with the model of before, which has so many subspaces."""
        self._session.subspaces = subspaces

    def begin_model(self, subspaces: int) -> None:
        """Forget all results and what was measured, because another model with so many subspaces is loaded."""
        self._results.clear()
        self._scores.clear()
        self._session.subspaces, self._session.calibration = subspaces, None
        self._take_mix(self._session.mix)

    def repaint(self) -> None:
        """Layers are drawn otherwise: forget results, which have them; scores stay."""
        self._results.clear()

    def give_known_scores(self) -> None:
        """Put into the parts of the list what is known of them with the present mix."""
        limits = self._session.adjustments.channel_limits
        self.lacking = self._scores.give(self.mix, self._session.parts, by_channels=bool(limits))

    def take_cache_size(self, nbytes: int) -> None:
        """Keep at most so many bytes of results."""
        self._results.shrink(nbytes)

    def adjust(self, adjustments: Adjustments) -> None:
        """Judge by other adjustments, from what is kept."""
        before = self._session.judgement
        self._session.adjustments = adjustments
        after = self._session.judgement
        if bool(after.channel_limits) != bool(before.channel_limits):
            self.give_known_scores()
        others = (before.own_thresholds, before.channel_limits)
        if others != (after.own_thresholds, after.channel_limits):
            self._rearrange.start()
        if not self._follow_mix() and after != before:
            self.judgement_taken.emit()

    def compare_with(self, compared: Compared) -> None:
        """Compare parts with others than before."""
        self._session.compared = compared
        self._follow_mix()

    def _follow_mix(self) -> bool:
        """Take the session's mix; returns whether it changed."""
        mix = self._session.mix
        if mix == self.mix:
            return False
        self._take_mix(mix)
        self._rearrange.start()
        self.mix_taken.emit()
        return True

    def _take_mix(self, mix: Mix) -> None:
        self.mix = mix
        self.give_known_scores()
