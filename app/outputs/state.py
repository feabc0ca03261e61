"""Which results go out, each once: parts that are inspected, frames of cameras."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimerEvent
from typing_extensions import override

from app.editing.adjustments import Mix
from app.live.files import file_name, row_of
from app.live.results import LiveResult
from app.outputs.sending import Result, Sender, itself
from app.parts.state import Part, PartResult
from app.settings.store import SettingsStore
from app.work.jobs import Outcome
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.output.store.events import new_uid

if TYPE_CHECKING:
    from app.models.state import ModelState
    from app.parts.state import Session
    from app.parts.store import PartStore
    from app.work.work import Work
    from tokenclip_core.publish.delivery import OutputFacts

GATHER_MILLISECONDS = 500
"""Results that come within this time are handed over together, and outputs are looked at so often."""

AGAIN_MILLISECONDS = 30_000
"""Milliseconds after a failure until sending is begun again."""

MOST_FRAMES = 64
"""Number of cameras' frames that may wait for the disk; further ones are left out."""

_Lane = Enum("_Lane", "OPEN SEND CLOSE")


class Outputs(QObject):
    """Hands results to their outputs while a person wants it; nothing is sent of what may still change on its own.

    Attributes:
        sends: whether results go out.
        facts: how every output was when it was looked at last.
        warn, say: told in words what is wrong, and what is well again.
    """

    def __init__(
        self,
        session: Session,
        work: Work,
        store: PartStore,
        models: ModelState,
        settings: SettingsStore,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._store, self._models, self._settings = session, store, models, settings
        self.sends = False
        self.facts: Sequence[OutputFacts] = ()
        self.warn: Callable[[str], object] = _nobody
        self.say: Callable[[str], object] = _nobody
        self._thread = work.new_thread("outputs", finishes=True)
        self._sender = Sender()
        self._waiting: list[Result] = []
        self._underway = self._opening = 0
        self._held = self._left_out = False
        self._problems: dict[str, str] = {}
        self._refused: Counter[str] = Counter()
        self._run: tuple[tuple[str, Mix, Judgement], str] | None = None
        self._sent: set[str] = set()
        self._turns: Counter[str] = Counter()
        self._frames: dict[int, object] = {}
        self._live_run = ""
        self._timer = 0

    def begin(self) -> None:
        """Send where it was sent at the last start."""
        self._begin(self.warn)

    def _begin(self, warn: Callable[[str], object]) -> None:
        values = self._settings.values
        if values.send_results == "on" and values.outputs:
            self._open(values.outputs, sends=True, warn=warn)

    def choose(self, outputs: Sequence[str], *, sends: bool) -> None:
        """Send to these places from now on, or to none; what can't be sent to is said, and changes nothing else."""
        self._open(outputs, sends=sends, warn=self.warn)

    def _open(self, outputs: Sequence[str], *, sends: bool, warn: Callable[[str], object]) -> None:
        self._hand_over()
        self._opening += 1
        wanted = tuple(outputs) if sends else ()
        # What passwords belong to may have to be asked for, so this is not done here.
        self._thread.submit(
            lambda _cancellation: self._sender.open(wanted),
            lane=_Lane.OPEN,
            keep_others=True,
            then=partial(self._on_opened, tuple(outputs), sends, warn),
        )

    def wants(self, part: Part) -> bool:
        """Whether the result of a part, as it would be now, has not gone out yet."""
        return self.sends and self._run_of(self._store.mix) is not None and part.path not in self._sent

    @property
    def judged(self) -> tuple[Judgement, str] | None:
        """How the rows of parts are to be judged, and the model that they name; None where nothing is sent."""
        return (self._session.judgement, self._model) if self.sends else None

    def take_part(self, path: str, result: PartResult) -> None:
        """A part was inspected for itself."""
        if self.sends:
            self._take(self._store.mix, path, partial(_row, path, result, self._session.judgement, self._model))

    def take_rows(self, mix: Mix, rows: Sequence[ResultRow], judgement: Judgement) -> None:
        """Parts were inspected with the whole folder; rows of a judgement of before do not count as sent."""
        if self.sends and judgement == self._session.judgement:
            for row in rows:
                self._take(mix, row.path, partial(itself, row))

    def take_failure(self, part: Part) -> None:
        """A part could not be inspected, which is a result too."""
        if self.sends and part.error is not None:
            threshold = self._session.judgement.threshold
            row = ResultRow(part.path, threshold=threshold, model=self._model, error=part.error)
            self._take(self._store.mix, part.path, partial(itself, row))

    def forget(self, path: str) -> None:
        """A file's content changed, as of one that was still being copied: what is found now is another result."""
        if path in self._sent:
            self._sent.discard(path)
            self._turns[path] += 1

    def take_frame(self, number: int, camera: str, live: LiveResult | None) -> None:
        """A camera's frame was inspected; each goes out once, however often it is shown."""
        if not self.sends or live is None or live.result is None or self._frames.get(number) is live.frame:
            return
        self._frames[number] = live.frame
        if len(self._waiting) + self._underway + self._sender.left >= MOST_FRAMES:
            if not self._left_out:
                self.warn(self.tr("Frames are left out of what is sent: the disk is too slow for them."))
            self._left_out = True
            return
        self._left_out = False
        name = f"{camera}/{file_name(camera, live.frame)}"
        make = partial(row_of, live, name, self._session.judgement)
        self._waiting.append(Result(self._live_run, name, camera, make))

    def close(self) -> None:
        """The program ends: what waits goes into the spool, and on from there at the next start."""
        self._hand_over()
        self.sends = False
        self._look_every(0)
        self._thread.submit(lambda _cancellation: self._sender.close(), lane=_Lane.CLOSE, keep_others=True)

    @override
    def timerEvent(self, event: QTimerEvent) -> None:
        """Hand over what has gathered, and look how the outputs are; begin again where that failed before."""
        if not self.sends:
            if not self._opening:
                # Why it fails was said the first time.
                self._begin(_nobody)
            return
        self._hand_over()
        if not self._underway:
            self._send(())

    @property
    def _model(self) -> str:
        return "" if self._models.facts is None else self._models.facts.name

    def _run_of(self, mix: Mix) -> str | None:
        """The run that a result under these settings belongs to; another one begins where anything is different."""
        key = (self._store.place, mix, self._session.judgement)
        if mix != self._store.mix:
            return None
        if self._run is None or self._run[0] != key:
            self._run = key, new_uid()
            self._sent.clear()
        return self._run[1]

    def _take(self, mix: Mix, path: str, make: Callable[[], ResultRow]) -> None:
        run = self._run_of(mix)
        if run is None or path in self._sent:
            return
        self._sent.add(path)
        provisional = self._session.provisional
        self._held |= provisional
        self._waiting.append(Result(run, path, "", make, self._turns[path], mix if provisional else None))

    def _hand_over(self) -> None:
        if self._waiting:
            results, self._waiting = self._waiting, []
            self._send(results)
        if self._held and not self._session.provisional:
            self._held = False
            mix = self._store.mix
            self._submit(lambda: self._sender.settle(mix))

    def _send(self, results: Sequence[Result]) -> None:
        self._submit(lambda: self._sender.send(results), len(results))

    def _submit(self, work: Callable[[], list[OutputFacts]], count: int = 0) -> None:
        self._underway += max(1, count)
        then = partial(self._on_sent, max(1, count))
        self._thread.submit(lambda _cancellation: work(), lane=_Lane.SEND, keep_others=True, then=then)

    def _on_opened(
        self, outputs: tuple[str, ...], sends: bool, warn: Callable[[str], object], outcome: Outcome
    ) -> None:
        self._opening -= 1
        if outcome.status == "cancelled":
            return
        if outcome.status == "failed":
            warn(outcome.error)
            self._on_refused()
            return
        self.sends = sends
        # Not earlier: an address that is refused may hold a password, which is kept nowhere.
        self._settings.values.outputs = list(outputs)
        self._settings.values.send_results = "on" if sends else "off"
        self._run, self._live_run = None, new_uid()
        self._sent.clear()
        self._problems.clear()
        self._refused.clear()
        self._look_every(GATHER_MILLISECONDS if sends else 0)
        self._take_facts(outcome)

    def _on_refused(self) -> None:
        """What was wanted stays wanted: results go where they went, or are tried again a while later."""
        self.sends = self.sends and self._sender.sends
        self._look_every(GATHER_MILLISECONDS if self.sends else AGAIN_MILLISECONDS)

    def _look_every(self, milliseconds: int) -> None:
        if self._timer:
            self.killTimer(self._timer)
        self._timer = self.startTimer(milliseconds) if milliseconds else 0

    def _on_sent(self, count: int, outcome: Outcome) -> None:
        self._underway -= count
        if outcome.status == "failed" and self._problems.get("") != outcome.error:
            self._problems[""] = outcome.error
            self.warn(outcome.error)
        elif outcome.status == "done":
            self._problems.pop("", None)
            self._take_facts(outcome)

    def _take_facts(self, outcome: Outcome) -> None:
        """Say once what is wrong with an output, and that it is back."""
        self.facts = tuple(outcome.value) if isinstance(outcome.value, list) else ()
        for output in self.facts:
            if output.refused > self._refused[output.name]:
                words = self.tr("{output} has refused {count} results for good: {reason}")
                self.warn(words.format(output=output.name, count=f"{output.refused:,}", reason=output.refusal))
            self._refused[output.name] = output.refused
            before = self._problems.get(output.name, "")
            self._problems[output.name] = output.problem
            if output.problem and not before:
                words = self.tr("{problem}. Results wait on this disk meanwhile.")
                self.warn(words.format(problem=output.problem))
            elif before and not output.problem:
                self.say(self.tr("{output} takes results again").format(output=output.name))


def _nobody(_words: str) -> None:
    """Hears while there is no window."""


def _row(path: str, result: PartResult, judgement: Judgement, model: str) -> ResultRow:
    found = result.find_regions(judgement).regions
    return ResultRow.judged(
        path, result, result.scores, judgement, found, model=model, milliseconds=result.milliseconds
    )
