"""Messages and outputs for tests of the spool."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from tokenclip_core.output.rows import ResultRow
from tokenclip_core.output.store.identity import FileIdentity
from tokenclip_core.output.store.result_event import result_event
from tokenclip_core.publish.messages import Message, result_message
from tokenclip_core.publish.output import Done, Output, OutputError, RefusedError


def message(part: str, run: str = "run") -> Message:
    row = ResultRow(f"1/{part}", width=8, height=6, score=0.5, threshold=0.4, verdict="defect", model="m")
    event = result_event(run, 0, part, row, FileIdentity(row.path))
    return result_message(row, event, {"station": "s", "camera": "1", "part": part})


class StandIn(Output):
    """Keeps what it is given; is gone, or refuses a part, as it is told."""

    def __init__(self, name: str = "other side") -> None:
        super().__init__(name)
        self.got: list[str] = []
        self.gone = False
        self.refuses = ""
        self.changed = threading.Condition()

    def deliver(self, messages: Sequence[Message], done: Done) -> None:
        for one in messages:
            if self.gone:
                raise OutputError("it is gone")
            if self.refuses and self.refuses in one.content:
                raise RefusedError("not this one")
            with self.changed:
                self.got.append(one.uid)
                self.changed.notify_all()
            done(one)

    def wait(self, until: Callable[[], bool]) -> bool:
        with self.changed:
            return self.changed.wait_for(until, 30)
