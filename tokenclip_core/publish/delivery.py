"""A thread for each output: takes what waits for it, and tries again until the other side has it."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from tokenclip_core.publish.messages import Message
from tokenclip_core.publish.output import Output, OutputError, RefusedError
from tokenclip_core.publish.spool import Spool, SpoolError

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
"""Seconds between attempts to reach the other side; doubled from one to the other."""

MOST_AT_ONCE = 100
"""Messages that are taken from the spool together."""

_TEND_SECONDS = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutputFacts:
    """How an output is.

    Attributes:
        name: without a password.
        waiting: messages that it does not have yet; where the spool can't be read, as last known.
        delivered: since the start.
        problem: why it takes nothing, in words; "" while all is well.
        refused: since the start, messages that it will never take; they are laid aside in the spool.
        refusal: why it refused the last of them; "" for none.
    """

    name: str
    waiting: int
    delivered: int
    problem: str
    refused: int = 0
    refusal: str = ""

    def left_over(self, until: str) -> list[str]:
        """What a person is to know when the program ends, in sentences.

        Args:
            until: when what waits goes out, such as "the next run".
        """
        found = [f"{self.name}: {self.waiting} results wait on this disk for {until}"] if self.waiting else []
        if found and self.problem:
            found = [f"{found[0]}; {self.problem}"]
        if self.refused:
            found.append(f"{self.name} has refused {self.refused} results for good; {self.refusal}")
        return found


class Delivery:
    """Delivers to one output for as long as the program lives.

    Attributes:
        output: where to.
        problem: why nothing is delivered, in words; "" while all is well.
        delivered: how many messages the other side has confirmed since the start.
        refused: how many it has refused for good since the start.
        refusal: why it refused the last of them; "" for none.
    """

    def __init__(self, spool: Spool, output: Output) -> None:
        """Begin to deliver what waits; the spool knows the output by its name already."""
        self.output = output
        self.problem = ""
        self.delivered = self.refused = 0
        self.refusal = ""
        self._waiting = 0
        self._spool = spool
        self._pause = FIRST_PAUSE
        self._ending = threading.Event()
        self._patience = 0.0
        self._thread = threading.Thread(target=self._run, name=f"to {output.name}"[:60], daemon=True)
        self._thread.start()

    def facts(self) -> OutputFacts:
        """How the output is; a spool that can't be read is one of its problems."""
        problem = self.problem
        try:
            self._waiting = self._spool.waiting_for(self.output.name, self.output.kinds)
        except SpoolError as error:
            problem = problem or str(error)
        return OutputFacts(
            self.output.name, self._waiting, self.delivered, problem, refused=self.refused, refusal=self.refusal
        )

    def close(self, patience: float) -> None:
        """Deliver what is left, if the other side takes it within so many seconds, and end the thread."""
        self._patience = time.monotonic() + patience
        self._ending.set()
        self._spool.wake()
        # An output's own limits of time end its last attempt.
        self._thread.join(patience + LONGEST_PAUSE)

    def _run(self) -> None:
        try:
            while True:
                ending = self._ending.is_set()
                waits = self._step()
                if ending and (not waits or self.problem or time.monotonic() > self._patience):
                    return
                if self.problem:
                    self._ending.wait(self._pause)
                    self._pause = min(2 * self._pause, LONGEST_PAUSE)
                elif not waits and not self._ending.is_set():
                    self._spool.wait(_TEND_SECONDS)
        finally:
            self.output.close()

    def _step(self) -> bool:
        """Deliver some of what waits; whether there was something."""
        messages: list[Message] = []
        try:
            messages = self._spool.next_for(self.output.name, self.output.kinds, MOST_AT_ONCE)
            if messages:
                self._deliver(messages)
            else:
                self.output.tend()
        except (OutputError, SpoolError) as error:
            self._fail(str(error))
        except Exception as error:
            # A library may raise anything; the message stays, and is tried again.
            _log.exception("%s", self.output.name)
            self._fail(f"{self.output.name} failed ({type(error).__name__})")
        else:
            if self.problem:
                _log.info("%s is back", self.output.name)
            self.problem, self._pause = "", FIRST_PAUSE
        return bool(messages)

    def _deliver(self, messages: list[Message]) -> None:
        reached: list[Message] = []
        try:
            self.output.deliver(messages, reached.append)
        except RefusedError as error:
            _log.warning("%s refuses a message: %s", self.output.name, error)
            self._keep(reached)
            self._spool.refuse(self.output.name, messages[len(reached)], str(error))
            self.refused, self.refusal = self.refused + 1, str(error)
            return
        except OutputError:
            self._keep(reached)
            raise
        self._keep(reached)

    def _keep(self, messages: list[Message]) -> None:
        if messages:
            self._spool.delivered(self.output.name, messages[-1].number)
            self.delivered += len(messages)

    def _fail(self, reason: str) -> None:
        if reason != self.problem:
            _log.warning("%s", reason)
        self.problem = reason
