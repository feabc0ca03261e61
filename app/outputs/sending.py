"""A spool and its outputs, in a thread of their own. No Qt.

Their libraries are imported with the first call, so that the window never waits for them.
"""

from __future__ import annotations

import platform
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from tokenclip_core.errors import TokenClipError
from tokenclip_core.output.rows import ResultRow

if TYPE_CHECKING:
    from tokenclip_core.publish.delivery import OutputFacts
    from tokenclip_core.publish.publisher import Publisher

PATIENCE_SECONDS = 1.0
"""At the end of the program outputs have so long to take what is left; the rest waits on disk for the next start."""

FOLDER = "sent"
"""Among the user's data: the spools of the window."""


@dataclass(frozen=True)
class Result:
    """One result that is to go out.

    Attributes:
        run: what its parts have in common: the same part of the same run goes out once.
        part: its path, or a frame's name.
        camera: of a frame; "" for others.
        make: its row; called in the sending thread.
        turn: how often the file of that part was another one before.
        until: it may still change on its own while this is so; None for one that is final.
    """

    run: str
    part: str
    camera: str
    make: Callable[[], ResultRow]
    turn: int = 0
    until: Hashable = None


def itself(row: ResultRow) -> ResultRow:
    """A row that is made already."""
    return row


class Sender:
    """Puts results into a spool; every method but `left` in one thread only.

    Attributes:
        left: results that are not in the spool yet, since its disk does not take them.
    """

    def __init__(self) -> None:
        self._publisher: Publisher | None = None
        self._outputs: tuple[str, ...] = ()
        self._position = 0
        self._waiting: deque[Result] = deque()
        self._held: dict[Hashable, list[Result]] = {}

    @property
    def left(self) -> int:
        """How many results wait for the spool."""
        return len(self._waiting)

    @property
    def sends(self) -> bool:
        """Whether there are outputs that results go to."""
        return self._publisher is not None

    def open(self, outputs: Sequence[str]) -> list[OutputFacts]:
        """Send to these from now on; what the ones before do not have yet waits on disk until they are named again.

        Raises:
            TokenClipError: one of them is none, or its spool can't be written, or another window sends to the same;
                results go where they went before.
        """
        from tokenclip_core.publish.addresses import output_of

        for words in outputs:
            output_of(words, _sender_name())
        before, waiting, held = self._outputs, self._waiting.copy(), self._held.copy()
        # The ones before end first: a broker knows one sender by this name, and a spool belongs to one publisher.
        self.close()
        try:
            self._begin(outputs)
        except TokenClipError:
            with suppress(TokenClipError):
                self._begin(before)
                self._waiting, self._held = waiting, held
            raise
        return self.facts()

    def _begin(self, outputs: Sequence[str]) -> None:
        from tokenclip_core.output.store.database import data_folder
        from tokenclip_core.publish.publisher import Publisher

        if outputs:
            self._publisher = Publisher.to(outputs, _sender_name(), data_folder() / FOLDER)
            self._outputs = tuple(outputs)

    def send(self, results: Iterable[Result]) -> list[OutputFacts]:
        """Put results into the spool, those that may still change into memory; how every output is.

        Raises:
            SpoolError: the disk does not take them; they are tried again with the next ones.
        """
        for result in results:
            if result.until is None:
                self._waiting.append(result)
            else:
                # What a row is made from is large, and is let go of here.
                made = partial(itself, result.make())
                self._held.setdefault(result.until, []).append(replace(result, make=made, until=None))
        self._put()
        return self.facts()

    def settle(self, settled: Hashable) -> list[OutputFacts]:
        """What was held back and belongs to this is final; the rest was judged anew, and is forgotten."""
        self._waiting.extend(self._held.get(settled, ()))
        self._held.clear()
        self._put()
        return self.facts()

    def facts(self) -> list[OutputFacts]:
        """How every output is."""
        return [] if self._publisher is None else self._publisher.facts()

    def close(self) -> None:
        """Let go of the outputs."""
        publisher, self._publisher = self._publisher, None
        self._outputs = ()
        self._waiting.clear()
        self._held.clear()
        if publisher is not None:
            publisher.close(PATIENCE_SECONDS)

    def _put(self) -> None:
        from tokenclip_core.output.store.identity import FileIdentity
        from tokenclip_core.output.store.result_event import result_event
        from tokenclip_core.publish.messages import result_message

        while self._waiting and self._publisher is not None:
            result = self._waiting[0]
            row = result.make()
            key = f"{result.part}\0{result.turn}" if result.turn else result.part
            event = result_event(result.run, self._position, key, row, FileIdentity(row.path))
            named = {"station": platform.node(), "part": result.part}
            if result.camera:
                named["camera"] = result.camera
            self._publisher.add(result_message(row, event, named))
            self._position += 1
            self._waiting.popleft()


def _sender_name() -> str:
    """By which a broker knows this machine's window."""
    return f"window-{platform.node()}"
