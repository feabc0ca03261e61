"""Results into the store, as one output among the others."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.exc import DataError, IntegrityError

from tokenclip_core.output.store.database import Store, StoreError
from tokenclip_core.output.store.events import event_from_json
from tokenclip_core.output.store.writing import apply_events
from tokenclip_core.publish.messages import RESULT, Message
from tokenclip_core.publish.output import Done, Output, OutputError, RefusedError


class StoreOutput(Output):
    """Puts runs and results into a store; what it has already changes nothing, so that each is there once."""

    kinds = ("run", RESULT, "end")

    def __init__(self, store: Store) -> None:
        """Take a store, which may be out of reach for now."""
        super().__init__(store.name)
        self._store = store
        self._prepared = False

    def deliver(self, messages: Sequence[Message], done: Done) -> None:
        """Store them in one transaction; where the database refuses one of them, one by one."""
        try:
            with self._store.errors_in_words():
                if not self._prepared:
                    self._store.prepare()
                    self._prepared = True
                if not self._refusal(messages):
                    for message in messages:
                        done(message)
                    return
                for message in messages:
                    if reason := self._refusal([message]):
                        raise RefusedError(f"{self.name} refuses this result ({reason})")
                    done(message)
        except StoreError as error:
            raise OutputError(str(error)) from error

    def tend(self) -> None:
        """Make the tables, so that others can look on before there is a result."""
        self.deliver([], lambda _message: None)

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    def _refusal(self, messages: Sequence[Message]) -> str:
        """Store them, all or none; why the database has not taken them, "" where it has."""
        try:
            with self._store.engine.begin() as connection:
                apply_events(connection, [event_from_json(message.event) for message in messages])
        except (DataError, IntegrityError, KeyError, ValueError) as error:
            return f"{type(error).__name__}: {error}"[:200]
        return ""
