"""Another model that looks at the shown part too, for as long as two models are compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.compare.work import SecondModel
from app.editing.adjustments import Adjustments, Mix
from app.parts.state import ModelChoice, ModelFacts, Part, PartResult, Session
from app.work.jobs import Outcome
from app.work.order_of_work import BESIDE, later
from app.work.work import Work
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.lru import LruCache

RESULT_BYTES = 128 * 2**20


_Lane = Enum("_Lane", "LOAD SHOWN AHEAD FORGET RELEASE")


_Key = tuple[ModelChoice, str, Mix]


class SecondModelState(QObject):
    """Has the second model loaded, asks it about the shown part and its neighbours, and keeps its answers.

    All of it goes through the one inference thread: what the window's own model is asked about the shown part comes
    first, this comes next, and what is inspected ahead comes last.

    Attributes:
        choice: the second model, loaded or on its way; None while two models are not compared.
        facts: of the second model, once it is loaded.
        failure: why it could not be loaded, in words.

    Signals:
        changed: more is known, or something else.
        failed: (message, details) something unexpected.
    """

    changed = Signal()
    failed = Signal(str, str)

    def __init__(
        self,
        session: Session,
        work: Work,
        second: SecondModel,
        judged: Callable[[ModelFacts], Adjustments],
        parent: QObject | None = None,
    ) -> None:
        """Make it.

        Args:
            session: what is open.
            work: whose inference thread it shares.
            second: does the work there.
            judged: how parts are judged with a model, by what is remembered of it.
            parent: owns it.
        """
        super().__init__(parent)
        self._session, self._second, self._judged = session, second, judged
        self._thread = work.inference
        self._results: LruCache[_Key, PartResult] = LruCache(RESULT_BYTES)
        self._troubles: dict[_Key, str] = {}
        self._generation = 0
        self._request = 0
        self._shown: tuple[int, _Key] | None = None
        self.choice: ModelChoice | None = None
        self.facts: ModelFacts | None = None
        self.failure = ""
        self._loading, self._asking = later(self, self._begin_to_load), later(self, self._ask)

    def choose(self, choice: ModelChoice) -> None:
        """Compare with a model; it takes the place of the one before."""
        self._thread.cancel(_Lane.SHOWN, _Lane.AHEAD)
        self.choice = choice
        self._load()

    def leave(self) -> None:
        """Compare with no model any more, and give its memory back."""
        if self.choice is None:
            return
        self._drop()
        self.choice = None

    @property
    def adjustments(self) -> Adjustments | None:
        """How the second model judges: as when it was the window's own last, at the present threshold."""
        return None if self.facts is None else self._judged(self.facts)

    @property
    def judgement(self) -> Judgement | None:
        """The same as a judgement; every subspace is heard, since what is muted belongs to the other model."""
        adjustments = self.adjustments
        if self.facts is None or adjustments is None:
            return None
        return replace(adjustments, soloed=frozenset(), muted=frozenset()).judgement(len(self.facts.subspaces))

    def result(self, part: Part) -> PartResult | None:
        """The second model's result of a part; None while it is not known."""
        key = self._key(part)
        return None if key is None else self._results.get(key)

    def trouble(self, part: Part) -> str:
        """Why the second model can't inspect a part, in words; "" while nothing is wrong."""
        key = self._key(part)
        return "" if key is None else self._troubles.get(key, "")

    def _key(self, part: Part) -> _Key | None:
        adjustments = self.adjustments
        if self.choice is None or self.facts is None or adjustments is None:
            return None
        # Which subspaces are heard belongs to the other model's subspaces.
        return self.choice, part.path, Mix(frozenset(), adjustments.scoring, self._session.adjustments.areas)

    def _load(self) -> None:
        if self.choice is None:
            return
        self.facts, self.failure, self._request = None, "", 0
        self._loading.start()
        self.changed.emit()

    def _begin_to_load(self) -> None:
        if self.choice is not None:
            self._request = self._thread.submit(
                partial(self._second.load, self.choice), lane=_Lane.LOAD, priority=BESIDE, then=self._on_loaded
            )

    def ask_soon(self) -> None:
        """Ask about the shown part, because it or the mix changed."""
        self._asking.start()

    def suspend(self) -> None:
        """The window's own model is loaded anew, perhaps with other settings: both begin again then."""
        if self.choice is not None:
            self._drop()
            self.changed.emit()

    def resume(self) -> None:
        """Load the second model where one is chosen: the own one is loaded, or could not be."""
        if self.choice is not None and self.facts is None and not self._request and not self._loading.isActive():
            self._load()

    def _drop(self) -> None:
        self._loading.stop()
        self._asking.stop()
        self._thread.cancel(_Lane.LOAD, _Lane.SHOWN, _Lane.AHEAD)
        self._generation += 1
        self._results.clear()
        self._troubles.clear()
        self.facts, self.failure, self._request, self._shown = None, "", 0, None
        # Before anything else is loaded, and never overtaken.
        self._thread.submit(
            lambda _cancellation: self._second.release(), lane=_Lane.RELEASE, priority=-2, keep_others=True
        )

    def forget(self, path: str) -> None:
        """Forget a part's results, because its file changed."""
        if self.choice is None:
            return
        self._results.discard_if(lambda key: key[1] == path)
        self._troubles = {key: text for key, text in self._troubles.items() if key[1] != path}
        self._thread.submit(
            lambda _cancellation: self._second.forget(path), lane=_Lane.FORGET, priority=-1, keep_others=True
        )

    def _ask(self) -> None:
        """Ask about the shown part; it overtakes whatever was asked for before."""
        part = self._session.current_part
        key = None if part is None else self._key(part)
        if part is None or key is None or part.error is not None:
            return
        self._thread.cancel(_Lane.AHEAD)
        if key in self._results:
            self._look_ahead()
        elif key not in self._troubles and (self._shown is None or self._shown[1] != key):
            self._shown = self._submit(key, _Lane.SHOWN), key

    def _look_ahead(self) -> None:
        """Ask about the neighbours, so that moving on shows a finished result."""
        current, parts = self._session.current, self._session.parts
        if current is None:
            return
        for number in (current + 1, current - 1):
            key = self._key(parts[number]) if 0 <= number < len(parts) and parts[number].error is None else None
            if key is not None and key not in self._results and key not in self._troubles:
                self._submit(key, _Lane.AHEAD)

    def _submit(self, key: _Key, lane: _Lane) -> int:
        return self._thread.submit(
            partial(self._second.inspect, key[1], key[2]),
            lane=lane,
            priority=BESIDE,
            keep_others=lane is _Lane.AHEAD,
            then=partial(self._on_inspected, self._generation, key),
        )

    def _on_inspected(self, generation: int, key: _Key, outcome: Outcome) -> None:
        if self._shown is not None and self._shown[0] == outcome.request:
            self._shown = None
        if generation != self._generation or outcome.status == "cancelled":
            return
        if isinstance(outcome.value, PartResult):
            self._results.put(key, outcome.value, outcome.value.nbytes)
        elif outcome.status == "failed":
            self._troubles[key] = outcome.error
            if not outcome.expected:
                self.failed.emit(outcome.error, outcome.details)
        if outcome.lane is _Lane.SHOWN:
            self._look_ahead()
        self.changed.emit()

    def _on_loaded(self, outcome: Outcome) -> None:
        if outcome.request != self._request or outcome.status == "cancelled":
            return
        if isinstance(outcome.value, ModelFacts):
            self.facts = outcome.value
            self._asking.start()
        else:
            self.failure = outcome.error
            if not outcome.expected:
                self.failed.emit(outcome.error, outcome.details)
        self.changed.emit()
