"""Hands what is inspected and decided to the history, and puts earlier scores into an opened folder."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from app.editing.adjustments import Mix
from app.gallery.model import PartSummary
from app.history.work import Keeper, KeptPart, KnownScore, RunWords
from app.parts.state import PartResult
from app.review.controller import account_name
from app.review.model import Review
from app.review.state import Reviews
from app.settings.store import SettingsStore
from app.shell.owners import Owners
from app.work.jobs import Outcome
from app.work.order_of_work import later
from tokenclip_core.commands.storing import stored_recipe
from tokenclip_core.errors import TokenClipError
from tokenclip_core.judgement.judgement import PartScores
from tokenclip_core.recipes.recipe import Recipe

_log = logging.getLogger(__name__)

_GATHER_MILLISECONDS = 500
"""Results that come within this time are handed over together."""

MOST_WAITING = 200
"""Number of results that are handed over at once, also within that time."""


_Score = tuple[str, PartScores, tuple[float, ...]]
"""A part's path, what it is judged by, and the scores by size."""


_Lane = Enum("_Lane", "KEEP KNOWN OPINIONS")


class HistoryController(QObject):
    """Keeps every result unless the settings say otherwise.

    Attributes:
        problem: why results wait on disk instead of in the store, in words; "" while all is well.
    """

    def __init__(
        self, owners: Owners, settings: SettingsStore, reviews: Reviews, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        session, work, store, models = owners.session, owners.work, owners.store, owners.models
        self.problem = ""
        self._settings, self._session, self._work = settings, session, work
        self._store, self._models, self._reviews = store, models, reviews
        self._thread = work.new_thread("history")
        self._keeper = Keeper(settings.values.history_store, settings.values.history_days)
        self._waiting: list[KeptPart] = []
        self._undone: list[Callable[[], str]] = []
        self._run: RunWords | None = None
        self._provisional: list[tuple[RunWords, list[_Score]]] = []
        self._recipe: Recipe | None = None
        self._words: tuple[str, str, str] | None = None
        self._hand_over = later(self, self._send, _GATHER_MILLISECONDS)
        self._settle = later(self, self._take_settled, _GATHER_MILLISECONDS)
        self._ask = later(self, self._ask_for_known, _GATHER_MILLISECONDS)
        reviews.said.connect(self._on_said)

    @property
    def keeps(self) -> bool:
        """Whether results are kept."""
        return self._settings.values.keep_history == "on"

    def finish(self) -> None:
        """Keep what still waits, at the end of the program, after the threads."""
        if not self._session.provisional:
            self._take_settled()
        try:
            # A job that ran although its outcome never arrived does no harm: the store recognises events by their uid.
            for work in self._undone:
                work()
            if self._waiting and self._run is not None:
                self._keeper.keep(self._run, self._waiting)
            self._keeper.close()
        except TokenClipError as error:
            _log.warning("%s", error)
        self._undone.clear()
        self._waiting.clear()

    def look_up_soon(self) -> None:
        """Ask for what is known of the parts in the list."""
        self._ask.start()

    def take_part(self, number: int, result: PartResult) -> None:
        """Keep the result of a part."""
        part = self._session.parts[number]
        self._take(self._store.mix, [(part.path, result.scores, result.size_scores)])

    def take_summaries(self, mix: Mix, summaries: Iterable[PartSummary]) -> None:
        """Keep the scores of parts."""
        self._take(mix, [(found.path, found.scores, found.size_scores) for found in summaries])

    def _take(self, mix: Mix, scores: Iterable[_Score]) -> None:
        facts = self._models.facts
        # What was compared with other parts than now comes too late: it was provisional, or of another shelf.
        if not self.keeps or facts is None or mix.compared != self._store.mix.compared:
            return
        run = RunWords(
            self._store.place or "parts",
            facts.name,
            self._session.adjustments.threshold,
            self._decisive(mix),
            tuple(name for name, _colour in facts.subspaces),
            self._recipe_words(),
        )
        if self._session.provisional:
            self._provisional.append((run, list(scores)))
            self._settle.start()
            return
        # What has not changed since is final now, unless other parts or another model came before it was.
        held, self._provisional = self._provisional, []
        final = [one for other, some in held if _same_scores(other, run) for one in some]
        scores = [*final, *scores]
        if run != self._run:
            self._send()
            self._run = run
        self._waiting += [self._kept_part(run.subspaces, *one) for one in scores]
        if len(self._waiting) >= MOST_WAITING:
            self._send()
        elif not self._hand_over.isActive():
            self._hand_over.start()

    def _kept_part(
        self, names: Sequence[str], path: str, scores: PartScores, size_scores: tuple[float, ...]
    ) -> KeptPart:
        judgement = self._session.judgement
        reason = judgement.reason(scores)
        return KeptPart(
            path,
            scores.score,
            judgement.verdict(scores),
            scores.peaks,
            size_scores,
            scores.channels,
            None if reason is None else reason.words(names),
            judgement.channel_limits,
            judgement.own_by_name(names),
        )

    def _take_settled(self) -> None:
        """Keep what was held back and is final, also when nothing else is inspected any more."""
        if self._session.provisional:
            self._settle.start()
        elif self._provisional:
            self._take(self._store.mix, ())

    def _recipe_words(self) -> tuple[str, str, str] | None:
        recipe = self._session.recipe
        if recipe is None:
            return None
        if recipe is not self._recipe:
            # A run has many results, and its recipe is large.
            self._recipe, self._words = recipe, stored_recipe(recipe)
        return self._words

    def _send(self) -> None:
        if not self._waiting or self._run is None:
            return
        parts, self._waiting = self._waiting, []
        self._submit(partial(self._keeper.keep, self._run, parts))

    def _submit(self, work: Callable[[], str]) -> None:
        """Do it in the history's thread; what has not run there when the program ends is done by `finish`."""
        self._undone.append(work)
        done = partial(self._on_kept, work)
        self._thread.submit(lambda _cancellation: work(), lane=_Lane.KEEP, keep_others=True, then=done)

    def _on_kept(self, work: Callable[[], str], outcome: Outcome) -> None:
        if outcome.status != "cancelled":
            self._undone.remove(work)
        if not self._work.say(outcome) and isinstance(outcome.value, str):
            self.problem = outcome.value

    def _on_said(self, path: str, review: Review) -> None:
        if self.keeps:
            who = self._settings.values.reviewer or account_name()
            said = partial(self._keeper.decide, str(uuid.uuid4()), path, who, review.decision.value, review.note)
            self._submit(said)
            self.ask_for_opinions()

    def ask_for_opinions(self) -> None:
        """Ask who said what of the shown part before."""
        part = self._session.current_part
        if self.keeps and part is not None:
            ask = partial(self._keeper.opinions, part.path)
            then = partial(self._on_opinions, part.path)
            self._thread.submit(lambda _cancellation: ask(), lane=_Lane.OPINIONS, then=then)

    def _on_opinions(self, path: str, outcome: Outcome) -> None:
        if not self._work.say(outcome) and isinstance(outcome.value, list):
            self._reviews.take_opinions(path, outcome.value)

    def _ask_for_known(self) -> None:
        """Ask for what is known of the open parts under the present settings."""
        if not self.keeps or self._models.facts is None or not self._session.parts:
            return
        mix = self._store.mix
        paths = [part.path for part in self._session.parts if part.score is None]
        ask = partial(self._keeper.known, paths, self._decisive(mix))
        self._thread.submit(lambda _cancellation: ask(), lane=_Lane.KNOWN, then=partial(self._on_known, mix))

    def _on_known(self, mix: Mix, outcome: Outcome) -> None:
        if self._work.say(outcome) or not isinstance(outcome.value, dict):
            return
        known: dict[str, KnownScore] = outcome.value
        self._store.take_known(mix, {path: (found.score, found.peaks, found.channels) for path, found in known.items()})

    def _decisive(self, mix: Mix) -> dict[str, Any]:
        """All that decides the score of a file, as plain values."""
        facts = self._models.facts
        values = self._settings.values
        changes = {
            name: sorted(value) if isinstance(value, frozenset) else list(value) if isinstance(value, tuple) else value
            for name, value in mix.changes().items()
            # Left out where there is none, as in the runs of before, whose scores hold then.
            if name != "tolerated" or value
        }
        return {
            "model": "" if facts is None else facts.key,
            "checkpoint": "" if facts is None else facts.checkpoint,
            "image_side": values.image_side,
            "precision": "" if facts is None else facts.precision,
            "scoring": changes,
            "tile": mix.tile,
            "areas": mix.areas.to_mapping(),
            **({} if self._store.images.bits is None else {"bits": self._store.images.bits}),
            **_evidence_of(mix),
        }


def _same_scores(one: RunWords, other: RunWords) -> bool:
    """Whether scores of one would be the same in the other: at most they are judged otherwise."""
    return replace(one, threshold=other.threshold, recipe=other.recipe) == other


def _evidence_of(mix: Mix) -> dict[str, Any]:
    """What decides of the evidence; empty where the model's own decides, compared with nothing else."""
    compared = mix.compared
    found = {"evidence": mix.evidence, "pool": compared.pool, "good_parts": compared.shelf}
    return {name: value for name, value in found.items() if value}
