"""Triggers and results on disk, in one SQLite file, until every output has them.

A trigger is accepted, and its result added, in one transaction each: whatever stops the program, a trigger has either
no result yet (and is known to wait for one), or exactly one. Each output has a mark of how far it is.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from tokenclip_core.errors import SettingsError, TokenClipError
from tokenclip_core.publish.messages import Message

KEPT = 20_000
"""How many results and keys of triggers are kept after every output has them, so that repeats are recognised."""

MOST_REFUSED = 1000
"""How many messages that an output refused are kept for people to look at; older ones are deleted."""

_Execute = Callable[..., sqlite3.Cursor]
_BUSY_SECONDS = 30.0
_TABLES = """
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, content TEXT NOT NULL,
    event TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS triggers (
    number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, part TEXT NOT NULL, camera TEXT NOT NULL,
    arrived REAL NOT NULL, message INTEGER);
CREATE INDEX IF NOT EXISTS waiting ON triggers (number) WHERE message IS NULL;
CREATE INDEX IF NOT EXISTS kinds ON messages (kind, number);
CREATE TABLE IF NOT EXISTS outputs (name TEXT PRIMARY KEY, delivered INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS refused (
    output TEXT NOT NULL, number INTEGER NOT NULL, reason TEXT NOT NULL, content TEXT NOT NULL, moment REAL NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class SpoolError(TokenClipError):
    """The spool can't be written or read: the disk is full or gone, or the file is damaged."""


@dataclass(frozen=True)
class Trigger:
    """One part that is to be inspected.

    Attributes:
        key: what repeats of this trigger are recognised by.
        part: the part's identifier.
        camera: name of the camera that sees it.
        arrived: seconds since 1970, UTC.
    """

    key: str
    part: str
    camera: str
    arrived: float


@dataclass(frozen=True)
class Accepted:
    """What has become of a trigger.

    Attributes:
        new: whether it came for the first time.
        content: of its result, if there is one already.
    """

    new: bool
    content: str | None = None


class Spool:
    """One program's spool; may be used from any thread.

    All but `wait`, `wake` and `close` raise `SpoolError` where the disk is full or gone, or the file is damaged; then
    nothing was written.

    Attributes:
        file: where it lies; it has companions beside it.
    """

    def __init__(self, file: Path) -> None:
        """Open or make a spool.

        Raises:
            SpoolError: it can't be, or the file is none.
            SettingsError: another program has it open.
        """
        self.file = file
        self._changed = threading.Condition(threading.RLock())
        self._looking = threading.Lock()
        self._lock = FileLock(f"{file}.lock")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
        except Timeout:
            raise SettingsError(f"{file} belongs to a program that runs now; stop that one, or name another") from None
        except OSError as error:
            raise SpoolError(f"{file.parent} can't be written ({error.strerror}); name another folder") from error
        try:
            # Transactions are begun and ended here, not by the module.
            self._connection = sqlite3.connect(
                file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            with self._errors_in_words():
                self._connection.execute("PRAGMA journal_mode=WAL")
                self._connection.executescript(_TABLES)
            self._reader = sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        except (SpoolError, sqlite3.Error) as error:
            self._lock.release()
            if isinstance(error, SpoolError):
                raise
            raise SpoolError(f"{file} can't be opened ({error}); make its folder writable") from error

    def accept(self, trigger: Trigger) -> Accepted:
        """Note a trigger; when this returns, it gets exactly one result, whatever happens to the program.

        Raises:
            SpoolError: it could not be noted; nothing of it is kept.
        """
        with self._transaction(lasting=True) as execute:
            found = execute(
                "SELECT content FROM triggers LEFT JOIN messages ON messages.number = message WHERE key = ?",
                (trigger.key,),
            ).fetchone()
            if found is not None:
                return Accepted(False, found[0])
            execute(
                "INSERT INTO triggers (key, part, camera, arrived) VALUES (?, ?, ?, ?)",
                (trigger.key, trigger.part, trigger.camera, trigger.arrived),
            )
            return Accepted(True)

    def waiting_triggers(self) -> list[Trigger]:
        """Triggers without a result, in their order: of a program that was killed."""
        with self._transaction() as execute:
            rows = execute("SELECT key, part, camera, arrived FROM triggers WHERE message IS NULL ORDER BY number")
            return [Trigger(*row) for row in rows.fetchall()]

    def add(self, message: Message, key: str | None = None) -> bool:
        """Add a message, with the trigger that it answers; what is there already is not added again.

        Args:
            message: its number is not looked at.
            key: of the trigger that this is the result of; one that has a result gets no second one.

        Returns:
            Whether it was added.

        Raises:
            SpoolError: nothing was added.
        """
        with self._transaction(lasting=True) as execute:
            if key is not None:
                answered = execute("SELECT message FROM triggers WHERE key = ?", (key,)).fetchone()
                if answered is not None and answered[0] is not None:
                    return False
            added = execute(
                "INSERT OR IGNORE INTO messages (uid, kind, content, event) VALUES (?, ?, ?, ?)",
                (message.uid, message.kind, message.content, message.event),
            )
            if not added.rowcount:
                return False
            if key is not None:
                execute("UPDATE triggers SET message = ? WHERE key = ?", (added.lastrowid, key))
            self._changed.notify_all()
            return True

    def register(self, outputs: Sequence[str]) -> None:
        """Say which outputs there are: a new one gets what is added from now on, one that is gone keeps nothing back.

        Args:
            outputs: their names.
        """
        with self._transaction() as execute:
            last = execute("SELECT coalesce(max(number), 0) FROM messages").fetchone()[0]
            known = {row[0] for row in execute("SELECT name FROM outputs").fetchall()}
            for name in known - set(outputs):
                execute("DELETE FROM outputs WHERE name = ?", (name,))
            for name in set(outputs) - known:
                execute("INSERT INTO outputs VALUES (?, ?)", (name, last))

    def next_for(self, output: str, kinds: Sequence[str], most: int) -> list[Message]:
        """What an output does not have yet, in order, `most` messages at a time."""
        with self._look() as execute:
            rows = execute(
                "SELECT uid, kind, content, event, number FROM messages"
                " WHERE number > (SELECT delivered FROM outputs WHERE name = ?)"
                " AND kind IN (SELECT value FROM json_each(?)) ORDER BY number LIMIT ?",
                (output, json.dumps(kinds), most),
            )
            return [Message(*row) for row in rows.fetchall()]

    def delivered(self, output: str, number: int) -> None:
        """An output has everything up to this number."""
        with self._transaction() as execute:
            execute("UPDATE outputs SET delivered = ? WHERE name = ? AND delivered < ?", (number, output, number))

    def refuse(self, output: str, message: Message, reason: str) -> None:
        """An output will never take this message: it is laid aside, and the output has everything up to it."""
        with self._transaction() as execute:
            execute(
                "INSERT INTO refused VALUES (?, ?, ?, ?, ?)",
                (output, message.number, reason, message.content or message.event, time.time()),
            )
            execute("DELETE FROM refused WHERE rowid <= (SELECT max(rowid) FROM refused) - ?", (MOST_REFUSED,))
            execute("UPDATE outputs SET delivered = ? WHERE name = ?", (message.number, output))

    def refused(self) -> list[tuple[str, str]]:
        """What was refused: the output and the reason of each."""
        with self._look() as execute:
            rows = execute("SELECT output, reason FROM refused ORDER BY number").fetchall()
            return [(row[0], row[1]) for row in rows]

    def waiting_for(self, output: str, kinds: Sequence[str]) -> int:
        """How many messages wait for an output."""
        with self._look() as execute:
            row = execute(
                "SELECT count(*) FROM messages WHERE number > (SELECT delivered FROM outputs WHERE name = ?)"
                " AND kind IN (SELECT value FROM json_each(?))",
                (output, json.dumps(kinds)),
            ).fetchone()
            return int(row[0])

    def wait(self, seconds: float) -> None:
        """Wait until something is added, or so long."""
        with self._changed:
            self._changed.wait(seconds)

    def wake(self) -> None:
        """Let all who `wait` go on."""
        with self._changed:
            self._changed.notify_all()

    def fact(self, name: str) -> str:
        """What was noted under a name; "" for nothing."""
        with self._transaction() as execute:
            row = execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
            return "" if row is None else str(row[0])

    def note(self, name: str, value: str) -> None:
        """Note something for the next start."""
        with self._transaction() as execute:
            execute(
                "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
            )

    def prune(self, kept: int = KEPT) -> None:
        """Delete what every output has, but for the last ones."""
        with self._transaction() as execute:
            found = execute(
                "SELECT coalesce(min(delivered), (SELECT coalesce(max(number), 0) FROM messages)) FROM outputs"
            ).fetchone()
            last = found[0] - kept
            execute("DELETE FROM messages WHERE number <= ?", (last,))
            # A trigger goes together with its result, so that the result of every known trigger can be told.
            execute("DELETE FROM triggers WHERE message <= ?", (last,))

    def close(self) -> None:
        """Let another program have it."""
        with self._changed, self._looking:
            for connection in (self._reader, self._connection):
                with suppress(sqlite3.Error):
                    connection.close()
            self._lock.release()

    @contextmanager
    def _transaction(self, *, lasting: bool = False) -> Iterator[_Execute]:
        """All of it or nothing.

        A lasting one is on the disk afterwards, also when the power is cut. All else that is written says how far
        outputs are, and waits for no disk: a power cut undoes its last ones, and the outputs get some results again.
        """
        with self._changed, self._errors_in_words():
            self._connection.execute(f"PRAGMA synchronous={'FULL' if lasting else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _look(self) -> Iterator[_Execute]:
        """Read what was written last, without keeping those waiting who write, however much there is to count."""
        with self._looking, self._errors_in_words():
            yield self._reader.execute

    @contextmanager
    def _errors_in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise SpoolError(f"{self.file} fails ({error}); make room on its disk, or move it away") from error
