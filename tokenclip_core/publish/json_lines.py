"""Results as lines of JSON in a file, or in a folder with a file for each day."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from tokenclip_core.publish.messages import Message
from tokenclip_core.publish.output import Done, Output, OutputError

_TAIL_BYTES = 1 << 22
SUFFIX = ".jsonl"


class JsonLinesOutput(Output):
    """Appends to a file; a line that was written just before the program was killed is not written again."""

    def __init__(self, place: Path) -> None:
        """Choose where.

        Args:
            place: a file whose name ends in ``.jsonl``, or a folder.
        """
        super().__init__(str(place))
        self._place = place
        self._looked: Path | None = None
        self._last_ids: frozenset[str] = frozenset()

    def deliver(self, messages: Sequence[Message], done: Done) -> None:
        """Append lines; they survive a power cut when they are done."""
        file = self._file()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            if self._looked is None:
                self._last_ids = frozenset(_mended(file))
            elif self._looked != file:
                self._last_ids = frozenset()
            self._looked = file
            with file.open("ab") as stream:
                for message in messages:
                    if message.uid not in self._last_ids:
                        stream.write(message.content.encode("utf-8") + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            # What was half written is looked for and mended the next time.
            self._looked = None
            raise OutputError(
                f"{file} can't be written ({error.strerror}); make room, or its folder writable"
            ) from error
        for message in messages:
            done(message)

    def _file(self) -> Path:
        if self._place.suffix == SUFFIX:
            return self._place
        return self._place / f"{time.strftime('%Y-%m-%d', time.gmtime())}{SUFFIX}"


def _mended(file: Path) -> Iterator[str]:
    """Cut off a last line that is not whole; the ids of the last whole lines."""
    if not file.exists():
        return
    with file.open("rb+") as stream:
        length = stream.seek(0, os.SEEK_END)
        start = stream.seek(max(0, length - _TAIL_BYTES))
        tail = stream.read()
        whole = tail.rfind(b"\n") + 1
        if whole < len(tail):
            stream.truncate(start + whole)
    for line in tail[:whole].splitlines():
        with suppress(ValueError, KeyError, TypeError):
            yield str(json.loads(line)["id"])
