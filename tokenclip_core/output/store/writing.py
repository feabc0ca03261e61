"""Writes events in batches from a thread of its own; nothing that inspects ever waits for the database.

While the database is gone, events wait in a spool on disk and are delivered when it is back, each once: what has been
stored already is recognised by its uid.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from tokenclip_core.output.store.database import Store, StoreError
from tokenclip_core.output.store.events import Decided, Event, ResultMade, RunBegins, RunEnds, settings_fingerprint
from tokenclip_core.output.store.schema import decisions, evidence, parts, recipes, regions, results, runs, stations
from tokenclip_core.output.store.spool import Spool, left_over, spool_folder

MOST_IN_BATCH = 500
"""Events in one transaction; also below what databases take in one list of values."""

LINGER_SECONDS = 0.2
"""Seconds that a batch waits for more events: transactions are few, and what is shown is hardly older than this."""

_FIRST_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 30.0

_log = logging.getLogger(__name__)


def stored_path(path: str) -> str:
    """A path as the store has it: bytes that are no text are escaped, since databases take text only."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")


def apply_events(connection: Connection, events: Iterable[Event]) -> None:
    """Store events within the connection's transaction; those that are stored already change nothing.

    Raises:
        SQLAlchemyError: the database refuses, or is gone.
        KeyError: a result of a run that the store does not know.
    """
    for kind, group in groupby(events, type):
        if kind is ResultMade:
            _add_results(connection, [event for event in group if isinstance(event, ResultMade)])
            continue
        for event in group:
            if isinstance(event, RunBegins):
                _add_run(connection, event)
            elif isinstance(event, RunEnds):
                ended = {"ended": event.ended, "finished": event.finished}
                connection.execute(update(runs).where(runs.c.uid == event.run).values(ended))
            elif isinstance(event, Decided):
                _add_decision(connection, event)


def _add_run(connection: Connection, event: RunBegins) -> None:
    if connection.execute(select(runs.c.id).where(runs.c.uid == event.uid)).first() is not None:
        return
    recipe = None
    if event.recipe is not None:
        sha256, name, content = event.recipe
        recipe = _id_of(connection, recipes, {"sha256": sha256}, {"name": name, "content": content})
    connection.execute(
        insert(runs).values(
            uid=event.uid,
            station_id=_id_of(connection, stations, {"name": event.station}),
            recipe_id=recipe,
            kind=event.run_kind,
            title=stored_path(event.title),
            started=event.started,
            finished=False,
            model=event.model,
            threshold=event.threshold,
            settings_sha256=settings_fingerprint(event.settings),
            settings=dict(event.settings),
            sizes=list(event.sizes),
            subspaces=list(event.subspaces),
            good=0,
            defect=0,
            inspected=0,
            error=0,
        )
    )


def _id_of(connection: Connection, table: Table, key: dict[str, Any], rest: dict[str, Any] | None = None) -> int:
    """The number of the row with this key, which is made if need be."""
    found = select(table.c.id).filter_by(**key)
    number = connection.execute(found).scalar()
    if number is None:
        connection.execute(insert(table).values(**key, **(rest or {})))
        number = connection.execute(found).scalar_one()
    return int(number)


def _add_results(connection: Connection, events: Sequence[ResultMade]) -> None:
    for start in range(0, len(events), MOST_IN_BATCH):
        by_uid: dict[str, ResultMade] = {}
        for event in events[start : start + MOST_IN_BATCH]:
            if event.uid not in by_uid or by_uid[event.uid].error is not None:
                by_uid[event.uid] = event
        found = select(results.c.uid, results.c.id, results.c.error).where(results.c.uid.in_(by_uid))
        there = {uid: (number, error) for uid, number, error in connection.execute(found)}
        # A part that could not be inspected, and could be when its run was resumed.
        mended = [uid for uid, (_, error) in there.items() if error is not None and by_uid[uid].error is None]
        if mended:
            _forget_errors(connection, [by_uid[uid] for uid in mended])
        new = [event for uid, event in by_uid.items() if uid not in there or uid in mended]
        if new:
            _add_new_results(connection, new)


def _forget_errors(connection: Connection, events: Sequence[ResultMade]) -> None:
    """Take away results that said why there was none; these take their place."""
    connection.execute(delete(results).where(results.c.uid.in_([event.uid for event in events])))
    for run, count in Counter(event.run for event in events).items():
        connection.execute(update(runs).where(runs.c.uid == run).values(error=runs.c.error - count))


def _add_new_results(connection: Connection, events: Sequence[ResultMade]) -> None:
    wanted = {event.run for event in events}
    numbers = dict(connection.execute(select(runs.c.uid, runs.c.id).where(runs.c.uid.in_(wanted))).all())
    part_ids = _part_ids(connection, events)
    connection.execute(
        insert(results),
        [
            {
                "uid": event.uid,
                "run_id": numbers[event.run],
                "part_id": part_ids[stored_path(event.path), event.sha256],
                "position": event.position,
                "moment": event.moment,
                "score": event.score,
                "threshold": event.threshold,
                "verdict": event.verdict,
                "reason": event.reason,
                "width": event.width,
                "height": event.height,
                "milliseconds": event.milliseconds,
                "error": None if event.error is None else stored_path(event.error),
                "levels": event.packed_levels,
                "size_scores": event.packed_size_scores,
                "details": dict(event.details),
            }
            for event in events
        ],
    )
    found = select(results.c.uid, results.c.id).where(results.c.uid.in_([event.uid for event in events]))
    result_ids = dict(connection.execute(found).all())
    names = ("x", "y", "width", "height", "area_px", "peak")
    boxes = [
        {"result_id": result_ids[event.uid], **dict(zip(names, region, strict=True))}
        for event in events
        for region in event.regions
    ]
    if boxes:
        connection.execute(insert(regions), boxes)
    shares = [
        {"result_id": result_ids[event.uid], "channel": channel, "share": share}
        for event in events
        for channel, share in event.channels.items()
    ]
    if shares:
        connection.execute(insert(evidence), shares)
    for run in wanted:
        outcomes = [event.outcome for event in events if event.run == run]
        counted = {name: runs.c[name] + outcomes.count(name) for name in ("good", "defect", "inspected", "error")}
        connection.execute(update(runs).where(runs.c.id == numbers[run]).values(counted))


def _part_ids(connection: Connection, events: Sequence[ResultMade | Decided]) -> dict[tuple[str, str], int]:
    """Numbers of the parts by path and content; new ones are added, changed times of files noted."""
    wanted = {(stored_path(event.path), event.sha256): event for event in events}
    found = select(parts.c.id, parts.c.path, parts.c.sha256, parts.c.size, parts.c.modified).where(
        parts.c.path.in_({path for path, _ in wanted})
    )
    numbers: dict[tuple[str, str], int] = {}
    for number, path, sha256, size, modified in connection.execute(found):
        event = wanted.get((path, sha256))
        if event is None:
            continue
        numbers[path, sha256] = number
        if (event.size, event.modified) != (size, modified):
            changed = {"size": event.size, "modified": event.modified}
            connection.execute(update(parts).where(parts.c.id == number).values(changed))
    missing = [key for key in wanted if key not in numbers]
    if missing:
        connection.execute(
            insert(parts),
            [
                {"path": path, "sha256": sha256, "size": wanted[path, sha256].size, "modified": event_time}
                for path, sha256 in missing
                for event_time in (wanted[path, sha256].modified,)
            ],
        )
        for number, path, sha256, _, _ in connection.execute(found):
            numbers[path, sha256] = number
    return numbers


def _add_decision(connection: Connection, event: Decided) -> None:
    if connection.execute(select(decisions.c.id).where(decisions.c.uid == event.uid)).first() is not None:
        return
    part = _part_ids(connection, [event])[stored_path(event.path), event.sha256]
    connection.execute(
        insert(decisions).values(
            uid=event.uid,
            part_id=part,
            result_uid=event.result,
            who=event.who,
            moment=event.moment,
            decision=event.decision,
            note=event.note,
        )
    )


class StoreWriter:
    """Takes events from any thread at once, and stores them from its own.

    Attributes:
        problem: why events wait on disk instead of in the database, in words; "" while all is well.
    """

    def __init__(self, store: Store, folder: Path | None = None) -> None:
        """Begin to write.

        Args:
            store: may be out of reach for now.
            folder: where events wait meanwhile; None for a folder among the user's own data.
        """
        self.problem = ""
        self._store = store
        self._folder = folder if folder is not None else spool_folder(store.url)
        self._spool = Spool(self._folder)
        self._changed = threading.Condition()
        self._queue: deque[Event] = deque()
        self._taken = self._settled = 0
        self._hurry = self._closing = False
        self._prepared = False
        self._stuck = False
        self._next_try = 0.0
        self._pause = _FIRST_RETRY_SECONDS
        self._thread = threading.Thread(target=self._work, name="store", daemon=True)
        self._thread.start()

    def put(self, *events: Event) -> None:
        """Queue events to be stored; returns at once."""
        with self._changed:
            self._queue.extend(events)
            self._taken += len(events)
            self._changed.notify_all()

    def flush(self, seconds: float | None = None) -> bool:
        """Wait until all that was put is in the database or safe on disk; False if that took too long."""
        with self._changed:
            target, self._hurry = self._taken, True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._settled >= target, seconds)

    def close(self) -> None:
        """Store what is left, or keep it on disk for the next time, and end the thread."""
        with self._changed:
            self._closing = self._hurry = True
            self._next_try = 0.0
            self._changed.notify_all()
        self._thread.join()
        self._spool.close()

    def _work(self) -> None:
        self._deliver_left_over()
        while True:
            batch, closing = self._next_batch()
            if batch or not self._spool.is_empty:
                self._deliver(batch)
            with self._changed:
                self._settled += len(batch)
                self._changed.notify_all()
                if closing and not self._queue:
                    return

    def _next_batch(self) -> tuple[list[Event], bool]:
        """Some events, after waiting for them, and whether the end has come."""
        with self._changed:
            if self._stuck:
                # What can be kept nowhere is not tried again at once.
                self._changed.wait_for(lambda: self._closing, max(0.0, self._next_try - time.monotonic()))
            wait = None if self._spool.is_empty else max(0.0, self._next_try - time.monotonic())
            self._changed.wait_for(lambda: self._queue or self._closing, wait)
            if self._queue and len(self._queue) < MOST_IN_BATCH:
                self._changed.wait_for(lambda: self._hurry or len(self._queue) >= MOST_IN_BATCH, LINGER_SECONDS)
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), MOST_IN_BATCH))]
            if not self._queue:
                self._hurry = self._closing
            return batch, self._closing

    def _deliver(self, batch: list[Event]) -> None:
        if not self._spool.is_empty:
            self._keep(batch)
            if time.monotonic() >= self._next_try and self._stored(self._spool.read()):
                self._spool.clear()
        elif not self._stored(batch):
            self._keep(batch)

    def _keep(self, batch: list[Event]) -> None:
        if not batch:
            return
        try:
            self._spool.append(batch)
            self._stuck = False
        except OSError as error:
            self.problem = f"{self._spool.file} can't be written ({error.strerror}); make room on the disk"
            if not self._stuck:
                _log.exception("the spool of the store can't be written")
            self._stuck = True
            with self._changed:
                # Kept in memory, for when there is room again.
                self._queue.extendleft(reversed(batch))
                self._settled -= len(batch)
                if self._closing:
                    self._queue.clear()

    def _stored(self, events: list[Event]) -> bool:
        """Whether the events are in the database now; else `problem` says why."""
        try:
            with self._store.errors_in_words():
                if not self._prepared:
                    self._store.prepare()
                    self._prepared = True
                for start in range(0, len(events), MOST_IN_BATCH):
                    self._store_batch(events[start : start + MOST_IN_BATCH])
        except Exception as error:
            # After any error the events are kept, and the thread goes on, to try again.
            if not isinstance(error, StoreError):
                _log.exception("the store can't be written")
            self.problem = str(error) if isinstance(error, StoreError) else f"{type(error).__name__}: {error}"
            self._next_try = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, _LONGEST_RETRY_SECONDS)
            return False
        self.problem, self._pause, self._stuck = "", _FIRST_RETRY_SECONDS, False
        return True

    def _store_batch(self, events: list[Event]) -> None:
        try:
            with self._store.engine.begin() as connection:
                apply_events(connection, events)
        except (DataError, IntegrityError, KeyError):
            # One that the database refuses must not keep back the others.
            for event in events:
                try:
                    with self._store.engine.begin() as connection:
                        apply_events(connection, [event])
                except (DataError, IntegrityError, KeyError):
                    _log.exception("the store refuses an event")
                    with (self._folder / "refused.txt").open("a", encoding="ascii", newline="\n") as stream:
                        stream.write(event.to_json() + "\n")

    def _deliver_left_over(self) -> None:
        for file, events in left_over(self._folder):
            if file == self._spool.file:
                continue
            try:
                if self._stored(events):
                    file.unlink(missing_ok=True)
            except SQLAlchemyError:
                _log.exception("left-over events can't be delivered")
