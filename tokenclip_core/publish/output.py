"""What all outputs have in common, and what can go wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tokenclip_core.errors import TokenClipError
from tokenclip_core.publish.messages import RESULT, Message

Done = Callable[[Message], object]
"""Called when the other side has a message and all before it."""


class OutputError(TokenClipError):
    """The other side is gone, or does not take anything now; it is tried again."""


class RefusedError(TokenClipError):
    """The other side will never take this one message; the next ones are not kept back by it."""


class Output:
    """Where results go. All methods but `announce` are called by one thread.

    Attributes:
        name: for people, and what the spool remembers it by; holds no password.
        kinds: of the messages that it takes.
    """

    kinds: tuple[str, ...] = (RESULT,)

    def __init__(self, name: str) -> None:
        self.name = name

    def deliver(self, messages: Sequence[Message], done: Done) -> None:
        """Deliver messages in their order, and call `done` for each that the other side has confirmed.

        Raises:
            OutputError: the other side is gone; those that are done are done.
            RefusedError: the first one that is not done is refused for good.
        """
        raise NotImplementedError

    def tend(self) -> None:
        """Called every second or so while nothing waits: keep a connection.

        Raises:
            OutputError: the other side is gone.
        """

    def announce(self, state: Mapping[str, Any]) -> None:
        """Tell how the station is, from any thread; an output that shows states shows it soon."""

    def close(self) -> None:
        """Let go of the other side."""
