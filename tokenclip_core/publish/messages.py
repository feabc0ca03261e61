"""What waits in a spool, and what the other side gets to see of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tokenclip_core.output.rows import ResultRow
from tokenclip_core.output.store.events import Event, ResultMade

RESULT = "result"
"""The kind of a message that is one part's result; messages of other kinds are for the store alone."""


@dataclass(frozen=True)
class Message:
    """One thing to be delivered.

    Attributes:
        uid: names it wherever it is delivered, so that a repeat is recognised.
        kind: `RESULT`, or the kind of an event of the store.
        content: one line of JSON for other programs; "" of what is for the store alone.
        event: one line of JSON, see `tokenclip_core.output.store.events`.
        number: in its spool, growing; 0 before it is in one.
    """

    uid: str
    kind: str
    content: str
    event: str
    number: int = 0


def result_message(row: ResultRow, event: ResultMade, named: Mapping[str, Any]) -> Message:
    """The message of one part's result.

    Args:
        row: of the part.
        event: the same for the store.
        named: what stands before the row's own fields: `station`, `part`, `camera` and the like.
    """
    moment = datetime.fromtimestamp(event.moment, UTC).isoformat(timespec="milliseconds")
    known = {"id": event.uid, **named, "moment": moment, **json.loads(row.to_json())}
    content = json.dumps(known, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")
    return Message(event.uid, RESULT, content.decode("utf-8"), event.to_json())


def store_message(event: Event, uid: str) -> Message:
    """A message that only the store is interested in: a run begins or ends."""
    return Message(uid, event.kind, "", event.to_json())
