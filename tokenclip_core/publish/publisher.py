"""A spool with all its outputs: one thing to put results into."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tokenclip_core.publish.addresses import output_of
from tokenclip_core.publish.delivery import Delivery, OutputFacts
from tokenclip_core.publish.messages import Message
from tokenclip_core.publish.output import Output
from tokenclip_core.publish.spool import Spool, SpoolError

PATIENCE_SECONDS = 10.0
"""Seconds that outputs have at the end to take what is left; the rest waits on disk for the next start."""

_PRUNE_EVERY = 1000


class Publisher:
    """Delivers what is put into a spool to every output.

    Attributes:
        spool: what it delivers from.
    """

    def __init__(self, spool: Spool, outputs: Sequence[Output]) -> None:
        """Begin to deliver, what is left over from before first.

        Raises:
            SpoolError: the spool can't be written.
        """
        self.spool = spool
        spool.register([output.name for output in outputs])
        self._deliveries = [Delivery(spool, output) for output in outputs]
        self._added = 0

    @classmethod
    def to(cls, outputs: Sequence[str], name: str, folder: Path) -> Publisher:
        """Make one for outputs as a person names them, with a spool of their own: what was left over goes out first.

        Args:
            outputs: see `tokenclip_core.publish.addresses.output_of`.
            name: by which a broker knows the sender.
            folder: where such spools lie.

        Raises:
            SettingsError: one of them is none, or another program sends to the same ones now.
            SpoolError: the spool can't be written.
        """
        made = [output_of(words, name) for words in outputs]
        names = "\n".join(sorted(output.name for output in made))
        own = hashlib.sha256(names.encode("utf-8")).hexdigest()[:16]
        return cls(Spool(folder / own / "spool.sqlite"), made)

    def add(self, message: Message, key: str | None = None) -> bool:
        """See `Spool.add`."""
        added = self.spool.add(message, key)
        self._added += 1
        if self._added % _PRUNE_EVERY == 0:
            self.spool.prune()
        return added

    def announce(self, state: Mapping[str, Any]) -> None:
        """Tell the outputs that show it how the station is."""
        for delivery in self._deliveries:
            delivery.output.announce(state)

    def facts(self) -> list[OutputFacts]:
        """How every output is; a spool that can't be read is a problem of each."""
        return [one.facts() for one in self._deliveries]

    def close(self, patience: float = PATIENCE_SECONDS) -> list[OutputFacts]:
        """Deliver what is left, within `patience` seconds, and let go of the spool; how every output was at the end."""
        for delivery in self._deliveries:
            delivery.close(patience)
        found = self.facts()
        with suppress(SpoolError):
            self.spool.prune()
        self.spool.close()
        return found
