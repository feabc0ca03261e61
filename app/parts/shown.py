"""The part that is shown: its pixels first, its result as soon as the model has it, its neighbours ahead of time."""

from __future__ import annotations

from enum import Enum
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.canvas import compose
from app.editing.adjustments import Mix
from app.models.state import ModelState
from app.parts.state import PartResult, Picture, Session, ThresholdView
from app.parts.store import REARRANGE_MILLISECONDS, PartStore
from app.work.jobs import Cancellation, Outcome
from app.work.order_of_work import AHEAD, URGENT, later, likely_next
from app.work.work import Work

_Lane = Enum("_Lane", "SHOWN AHEAD FETCHED REGIONS")


class ShownPart(QObject):
    """Asks the workers about the part on the screen, and says when there is something new to see of it.

    Attributes:
        picture, result, threshold_view: what is known of it now.
        by_itself: nobody asked for the part to be shown: who looks at the cameras, say, goes on looking at them.

    Signals:
        changed: another part is shown, the same one anew, or none; picture and result may follow.
        picture_ready, result_ready, threshold_ready: its own.
        fetched: (index) more is known of a part that was asked for by `fetch`.
    """

    changed = Signal()
    picture_ready = Signal()
    result_ready = Signal()
    threshold_ready = Signal()
    fetched = Signal(int)

    def __init__(
        self, session: Session, work: Work, store: PartStore, models: ModelState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._work, self._store, self._models = session, work, store, models
        self._fetched: int | None = None
        self._regions_request = 0
        self.by_itself = False
        self.picture: Picture | None = None
        self.result: PartResult | None = None
        self.threshold_view: ThresholdView | None = None
        self._ahead = later(self, self._look_ahead)
        self._ahead_of_mix = later(self, self._look_ahead, REARRANGE_MILLISECONDS)

    def show(self, number: int, *, by_itself: bool = False) -> None:
        """Show a part; it overtakes whatever was asked for before.

        Args:
            number: index into the session's parts.
            by_itself: nobody asked for it: who looks at the cameras, say, goes on looking at them.
        """
        self.by_itself = by_itself
        self._session.current = number
        part = self._session.parts[number]
        self._store.number(part.path, number)
        self.picture, self.result = self._store.picture(part.path), self._store.result(part.path)
        self.threshold_view = None
        self.changed.emit()
        if self.picture is not None:
            self.picture_ready.emit()
        elif part.error is None:
            self._ask_for_picture(part.path, _Lane.SHOWN)
        if self.result is not None:
            self._result_arrived()
        elif part.error is None:
            self._ask_for_result(part.path, _Lane.SHOWN)
        self._forget_ahead()
        self._ahead.start()

    def show_again(self) -> None:
        """Show the same part with what is known of it now."""
        if self._session.current is not None:
            self.show(self._session.current, by_itself=True)

    def show_nothing(self) -> None:
        """Show no part, because other parts are open."""
        self._fetched = None
        self._ahead.stop()
        self.stop_inspecting()
        self._work.display.cancel(*_Lane)
        self.picture = self.result = self.threshold_view = None
        self.changed.emit()

    def inspect_again(self) -> None:
        """Read the file afresh and inspect it."""
        part = self._session.current_part
        if part is not None:
            self._store.forget(part.path)
            self.show_again()

    def fetch(self, number: int) -> None:
        """Ask for the picture and the result of a part that is not shown; `fetched` follows."""
        part = self._session.parts[number]
        self._store.number(part.path, number)
        self._fetched = number
        if part.error is None and self._store.picture(part.path) is None:
            self._ask_for_picture(part.path, _Lane.FETCHED)
        if part.error is None and self._store.result(part.path) is None:
            self._ask_for_result(part.path, _Lane.FETCHED)

    def look_again(self, number: int) -> None:
        """Try once more to read a part that could not be read."""
        part = self._session.parts[number]
        self._store.number(part.path, number)
        self._store.forget(part.path)
        if self._session.current == number:
            self.show_again()

    def fail_part(self, number: int, error: str) -> None:
        """Note why a part can't be inspected, in words."""
        if self._store.fail(number, error):
            path = self._session.parts[number].path
            self._say_fetched(path)
            if self._is_current(path):
                self.changed.emit()

    def stop_inspecting(self) -> None:
        """Cancel what the model was asked for."""
        self._work.inference.cancel(*_Lane)

    def take_mix(self) -> None:
        """Show the part under another mix, from the kept results or else from the model."""
        part = self._session.current_part
        if part is not None and part.error is None:
            # What is shown stays until the new result is there: a slider that is dragged must not flicker.
            self.result, self.threshold_view = self._store.result(part.path), None
            if self.result is not None:
                self._result_arrived()
            else:
                self._ask_for_result(part.path, _Lane.SHOWN)
        self._forget_ahead()
        self._ahead_of_mix.start()

    def _ask_for_picture(self, path: str, lane: _Lane) -> None:
        def load(cancellation: Cancellation) -> Picture:
            image = self._store.images.load(Path(path))
            cancellation.check()
            return compose.picture(image)

        ahead = lane is _Lane.AHEAD
        self._work.display.submit(
            load,
            lane=lane,
            priority=AHEAD if ahead else URGENT,
            keep_others=ahead,
            then=partial(self._on_picture, path, self._store.turn_of(path)),
        )

    def _ask_for_result(self, path: str, lane: _Lane) -> None:
        if self._models.facts is None:
            return
        mix, ahead = self._store.mix, lane is _Lane.AHEAD
        self._work.inference.submit(
            partial(self._models.engine.inspect, path, mix),
            lane=lane,
            priority=AHEAD if ahead else URGENT,
            keep_others=ahead,
            then=partial(self._on_result, path, self._store.turn_of(path), mix),
        )

    def ask_for_regions(self) -> None:
        """Ask for the regions of the shown part under the present judgement."""
        result, judgement = self.result, self._session.judgement
        if result is None:
            return

        def view(_cancellation: Cancellation) -> ThresholdView:
            return compose.threshold_view(result.find_regions(judgement), judgement.threshold)

        self._regions_request = self._work.display.submit(
            view, lane=_Lane.REGIONS, priority=URGENT, then=self._on_regions
        )

    def _forget_ahead(self) -> None:
        self._ahead.stop()
        self._work.inference.cancel(_Lane.AHEAD)
        self._work.display.cancel(_Lane.AHEAD)

    def _look_ahead(self) -> None:
        """Ask for what a person is likely to look at next; anything asked for before is forgotten."""
        self._forget_ahead()
        current, parts = self._session.current, self._session.parts
        if current is None:
            return
        near = likely_next(current, len(parts))
        for number in near[:2]:
            if parts[number].error is None and self._store.picture(parts[number].path) is None:
                self._ask_for_picture(parts[number].path, _Lane.AHEAD)
        for number in near:
            part = parts[number]
            self._store.number(part.path, number)
            scored = number not in near[:3] and part.score is not None
            if part.error is None and not scored and self._store.result(part.path) is None:
                self._ask_for_result(part.path, _Lane.AHEAD)

    def _on_picture(self, path: str, turn: tuple[int, int], outcome: Outcome) -> None:
        if turn != self._store.turn_of(path):
            return
        if outcome.status == "failed":
            self._part_failed(path, outcome)
        elif isinstance(outcome.value, Picture):
            self._store.put_picture(path, outcome.value)
            self._say_fetched(path)
            if self._is_current(path) and self.picture is None:
                self.picture = outcome.value
                self.picture_ready.emit()

    def _on_result(self, path: str, turn: tuple[int, int], mix: Mix, outcome: Outcome) -> None:
        if turn != self._store.turn_of(path):
            return
        if outcome.status == "failed":
            self._part_failed(path, outcome)
        elif isinstance(outcome.value, PartResult) and self._store.put_result(path, mix, outcome.value):
            self._say_fetched(path)
            if self._is_current(path):
                self.result = outcome.value
                self._result_arrived()

    def _on_regions(self, outcome: Outcome) -> None:
        if outcome.request == self._regions_request and isinstance(outcome.value, ThresholdView):
            self.threshold_view = outcome.value
            self.threshold_ready.emit()
        else:
            self._work.say(outcome)

    def _result_arrived(self) -> None:
        self.result_ready.emit()
        self.ask_for_regions()

    def _part_failed(self, path: str, outcome: Outcome) -> None:
        known = self._store.known_part(path)
        if known is not None:
            self.fail_part(known[0], outcome.error)
        if not outcome.expected:
            self._work.say(outcome)

    def _say_fetched(self, path: str) -> None:
        number = self._fetched
        if number is not None and number < len(self._session.parts) and self._session.parts[number].path == path:
            self.fetched.emit(number)

    def _is_current(self, path: str) -> bool:
        part = self._session.current_part
        return part is not None and part.path == path
