"""A model that is not converted yet runs in torch at once; it is converted behind everything else, and then quicker."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from functools import partial

from PySide6.QtCore import QObject

from app.models.state import ModelState
from app.parts.state import ENGINE_NAMES, ModelFacts
from app.shell.views import Views
from app.tracing.trace import milestone
from app.work.jobs import Cancellation, Outcome
from app.work.order_of_work import LAST
from app.work.work import Work

_Lane = Enum("_Lane", "CONVERT TAKE")


class ConversionController(QObject):
    """Converts the model in use where that makes it quicker, and says in the status line what becomes of it."""

    def __init__(self, work: Work, models: ModelState, views: Views) -> None:
        super().__init__(views)
        self._work, self._models, self._status = work, models, views.status
        # It only waits for a process, but must not keep other threads waiting meanwhile.
        self._thread = work.new_thread("conversion")
        self._key = ""

    def follow_model(self) -> None:
        """Convert the loaded model where that makes it quicker."""
        facts = self._models.facts
        if facts is None or not facts.convertible or self._key == self._models.key:
            return
        self._key = self._models.key
        self._status.show_conversion(self.tr("being made quicker"))
        work = partial(_convert, self._key)
        self._thread.submit(work, lane=_Lane.CONVERT, then=partial(self._on_converted, self._key))

    def follow_loading(self) -> None:
        """Another model is on its way: there is no hurry any more to convert the one before."""
        if self._key and self._key != self._models.key:
            self._thread.cancel(_Lane.CONVERT)
            self._forget()

    def _on_converted(self, key: str, outcome: Outcome) -> None:
        if key != self._key:
            return
        if outcome.status != "done":
            self._say_that_torch_stays(outcome)
            return
        self._work.inference.submit(
            lambda _cancellation: self._models.engine.take_converted(key),
            lane=_Lane.TAKE,
            priority=LAST,
            then=self._on_taken,
        )

    def _on_taken(self, outcome: Outcome) -> None:
        if isinstance(outcome.value, ModelFacts):
            self._forget()
            self._models.take_facts(outcome.value)
            engine = outcome.value.engine
            self._status.show_model(replace(outcome.value, name=self._models.name))
            words = self.tr("{name} is quicker now: it runs in {engine}")
            self._status.show_activity(words.format(name=self._models.name, engine=ENGINE_NAMES.get(engine, engine)))
            milestone("converted")
        else:
            self._say_that_torch_stays(outcome)

    def _say_that_torch_stays(self, outcome: Outcome) -> None:
        self._forget()
        if outcome.status == "failed":
            words = self.tr("{name} can't be made quicker: {reason}")
            self._status.show_activity(words.format(name=self._models.name, reason=outcome.error))
            milestone("not_converted", message=outcome.error)

    def _forget(self) -> None:
        self._key = ""
        self._status.show_conversion("")


def _convert(key: str, cancellation: Cancellation) -> None:
    # Only now: the window opens without what converting needs.
    from tokenclip_core.conversion import convert

    convert.convert_behind(key, cancellation.check)
