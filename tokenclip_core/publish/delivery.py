"""A thread for each output: takes what waits for it, and tries again until the other side has it."""

from __future__ import annotations

import logging
import threading
import time

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


class Delivery:
    """Delivers to one output for as long as the program lives.

    Attributes:
        output: where to.
        problem: why nothing is delivered, in words; "" while all is well.
        delivered: how many messages the other side has confirmed since the start.
    """

    def __init__(self, spool: Spool, output: Output) -> None:
        """Begin to deliver what waits; the spool knows the output by its name already."""
        self.output = output
        self.problem = ""
        self.delivered = 0
        self._spool = spool
        self._pause = FIRST_PAUSE
        self._ending = threading.Event()
        self._patience = 0.0
        self._thread = threading.Thread(target=self._run, name=f"to {output.name}"[:60], daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return self._spool.waiting_for(self.output.name, self.output.kinds)

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
