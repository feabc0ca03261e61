"""Events that wait on disk while the database is gone.

Each writer has a file of its own and holds a lock on it as long as it lives, so that a later program knows which files
are left over and may deliver them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy.engine import URL

from tokenclip_core.output.store.database import data_folder
from tokenclip_core.output.store.events import Event, event_from_json, new_uid


def spool_folder(url: URL) -> Path:
    """Where the events of a store wait: among the user's own data, apart for each store."""
    name = hashlib.sha256(url.render_as_string(hide_password=True).encode("utf-8")).hexdigest()[:16]
    return data_folder() / "spool" / name


class Spool:
    """One writer's waiting events, in their order.

    Attributes:
        file: where they wait.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / f"{new_uid()}.jsonl"
        self._lock = FileLock(str(self.file) + ".lock")
        self._lock.acquire()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        try:
            return self.file.stat().st_size == 0
        except FileNotFoundError:
            return True

    def append(self, events: Sequence[Event]) -> None:
        """Add events; they survive a power cut when this returns.

        Raises:
            OSError: the disk is full or gone; then none of them is there.
        """
        before = self.file.stat().st_size if self.file.exists() else 0
        try:
            with self.file.open("a", encoding="ascii", newline="\n") as stream:
                stream.writelines(event.to_json() + "\n" for event in events)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError:
            # A line that is cut off would spoil the one that is added next.
            with suppress(OSError):
                os.truncate(self.file, before)
            raise

    def read(self) -> list[Event]:
        """All that waits; a last line that was cut off is left out."""
        return list(_events(self.file))

    def clear(self) -> None:
        """All was delivered."""
        self.file.unlink(missing_ok=True)

    def close(self) -> None:
        """Let others deliver what still waits."""
        empty = self.is_empty
        self._lock.release()
        if empty:
            self.clear()
            Path(self._lock.lock_file).unlink(missing_ok=True)


def left_over(folder: Path) -> Iterator[tuple[Path, list[Event]]]:
    """Files of writers whose process has ended, each locked while the caller delivers it."""
    for file in sorted(folder.glob("*.jsonl")):
        lock = FileLock(str(file) + ".lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            continue
        try:
            if file.exists():
                yield file, list(_events(file))
        finally:
            lock.release()
            if not file.exists():
                Path(lock.lock_file).unlink(missing_ok=True)


def _events(file: Path) -> Iterator[Event]:
    try:
        stream = file.open("r", encoding="ascii", errors="replace", newline="\n")
    except FileNotFoundError:
        return
    with stream:
        for line in stream:
            if not line.endswith("\n"):
                return
            try:
                yield event_from_json(line)
            except ValueError:
                continue
