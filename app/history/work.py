"""Keeps what the window inspects in the store, and tells what it knows of a folder; in a thread of its own. No Qt."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.review.model import Decision, Opinion, Review
from tokenclip_core.judgement.judgement import Channels

if TYPE_CHECKING:
    from tokenclip_core.output.store.database import Store
    from tokenclip_core.output.store.writing import StoreWriter

DAY = 86_400.0
MOST_RUNS = 64
"""Number of runs of this start that are remembered by their settings; an older one begins anew when it goes on."""


@dataclass(frozen=True)
class RunWords:
    """What the window says of parts that it inspects under one set of settings.

    Attributes:
        place: what was opened, in words.
        model: name of the model.
        threshold: in [0, 1].
        settings: all that decides the scores, as plain values.
        subspaces: their names.
        recipe: SHA-256, name and content of the recipe in force, or None.
    """

    place: str
    model: str
    threshold: float
    settings: Mapping[str, Any]
    subspaces: tuple[str, ...]
    recipe: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class KeptPart:
    """An inspected part.

    Attributes:
        path: of its file.
        score: in [0, 1].
        verdict: ``good`` or ``defect``.
        peaks: each subspace's highest anomaly.
        size_scores: see `InspectionResult.size_scores`.
        channels: (name, level in [0, 1]) of the evidence channels that spoke.
        reason: of the verdict, as rows say it; None for a good part.
        limits: (name, limit in [0, 1]) of the channels that it was judged by.
        own: (name, own threshold in [0, 1]) of the subspaces that it was judged by.
    """

    path: str
    score: float
    verdict: str
    peaks: tuple[float, ...]
    size_scores: tuple[float, ...] = ()
    channels: Channels = ()
    reason: str | None = None
    limits: Channels = ()
    own: Channels = ()


@dataclass(frozen=True)
class KnownScore:
    """What the store knows of a part whose file is as it was then; None for channels whose levels it does not know."""

    score: float
    peaks: tuple[float, ...]
    channels: Channels | None = None


class Keeper:
    """Writes results and decisions into a store, and reads earlier ones back; every method in one thread only.

    The database's library is imported with the first call, so that the window never waits for it.

    Attributes:
        problem: why results wait on disk instead of in the store; "" while all is well.
    """

    def __init__(self, url: str, days: int = 0) -> None:
        """Make it; runs that began more than so many days ago are deleted when the store is first read, 0 for never."""
        self._url, self._days = url, days
        self._store: Store | None = None
        self._writer: StoreWriter | None = None
        self._runs: dict[str, str] = {}
        self._position = 0
        self._notice = ""

    @property
    def problem(self) -> str:
        """Why results wait on disk, or ""."""
        return "" if self._writer is None else self._writer.problem

    def keep(self, run: RunWords, parts: Iterable[KeptPart]) -> str:
        """Keep inspected parts; returns `problem`.

        Raises:
            StoreError: the store's URL is none, or its driver is missing; or, once everything is kept, that a damaged
                store was put aside and the history begins anew.
        """
        from tokenclip_core.output.store.events import ResultMade, channel_details
        from tokenclip_core.output.store.identity import FileIdentity

        writer = self._open()
        uid = self._run(run)
        for part in parts:
            identity = FileIdentity.of(part.path, Path(part.path))
            named = f"{identity.path}\0{identity.sha256}".encode("utf-8", "backslashreplace")
            writer.put(
                ResultMade(
                    run=uid,
                    position=self._position,
                    path=identity.path,
                    moment=time.time(),
                    # The same content under the same settings is one result, however often it is looked at.
                    key=hashlib.sha256(named).hexdigest()[:24],
                    sha256=identity.sha256,
                    size=identity.size,
                    modified=identity.modified,
                    score=part.score,
                    threshold=run.threshold,
                    verdict=part.verdict,
                    levels=part.peaks,
                    size_scores=part.size_scores,
                    reason=part.reason,
                    details=channel_details(part.channels, part.limits, part.own),
                )
            )
            self._position += 1
        return self._kept()

    def decide(self, uid: str, path: str, who: str, decision: str, note: str) -> str:
        """Keep what a person decided about a part, beside what was decided before; returns `problem`.

        Args:
            uid: of the decision; one that is stored already changes nothing.
            path: of the part.
            who: the person.
            decision: ``accepted``, ``rejected``, or "" where a decision was taken back.
            note: in the person's words.
        """
        from tokenclip_core.output.store.events import Decided
        from tokenclip_core.output.store.identity import FileIdentity

        writer = self._open()
        found = FileIdentity.of(path, Path(path))
        writer.put(
            Decided(
                uid=uid,
                path=found.path,
                who=who,
                moment=time.time(),
                decision=decision,
                note=note,
                sha256=found.sha256,
                size=found.size,
                modified=found.modified,
            )
        )
        writer.flush(1.0)
        return self._kept()

    def opinions(self, path: str) -> list[Opinion]:
        """All that people said of a part, earliest first: of its content where that is known, else of its path.

        Raises:
            StoreError: the store can't be read.
        """
        writer = self._open()
        writer.flush(5.0)
        if self._store is None or writer.problem:
            return []
        self._store.prepare()
        return opinions_in(self._store, path)

    def known(self, paths: Sequence[str], settings: Mapping[str, Any]) -> dict[str, KnownScore]:
        """Earlier scores of some parts under the same settings, by their paths.

        A part counts as unchanged by its file's size and time of change.

        Raises:
            StoreError: the store can't be read.
        """
        from tokenclip_core.output.store.events import settings_fingerprint
        from tokenclip_core.output.store.history import History

        writer = self._open()
        writer.flush(5.0)
        if self._store is None or writer.problem:
            return {}
        self._store.prepare()
        history = History(self._store)
        if self._days:
            history.forget_older_than(self._days * DAY, time.time())
            self._days = 0
        fingerprint = settings_fingerprint(settings)
        absolute = {str(Path(path).absolute()): path for path in paths}
        known = {}
        for folder in _outermost(absolute):
            for path, result in history.known_results(folder, fingerprint).items():
                given = absolute.get(path)
                if given is None or result.score is None:
                    continue
                if _unchanged(path, result.size, result.modified):
                    known[given] = KnownScore(result.score, result.levels, result.channel_levels)
        return known

    def close(self) -> None:
        """Write what waits, and close the store."""
        if self._writer is None or self._store is None:
            return
        from tokenclip_core.output.store.events import RunEnds

        self._writer.put(*(RunEnds(uid, time.time(), finished=True) for uid in self._runs.values()))
        self._writer.close()
        self._store.close()
        self._writer = self._store = None

    def _open(self) -> StoreWriter:
        from tokenclip_core.output.store.writing import StoreWriter

        if self._writer is None:
            self._store = self._whole_store()
            self._writer = StoreWriter(self._store)
        return self._writer

    def _whole_store(self) -> Store:
        """The store; a file that is damaged is put aside, and begun anew."""
        from tokenclip_core.output.store.database import DamagedStoreError, Store, StoreError, move_aside

        store = Store.connect(self._url)
        try:
            store.check()
        except DamagedStoreError as error:
            if store.file is None:
                return store
            store.close()
            aside = move_aside(store.file)
            self._notice = f"{error}. It is kept as {aside.name}, and the history begins anew."
            return Store.connect(self._url)
        except StoreError:
            # A server that is away, say: the writer waits for it, and says so.
            return store
        return store

    def _kept(self) -> str:
        """Why what was put waits on disk, or ""; raises what is to be said once."""
        from tokenclip_core.output.store.database import StoreError

        notice, self._notice = self._notice, ""
        if notice:
            raise StoreError(notice)
        return self.problem

    def _run(self, run: RunWords) -> str:
        """The run of these settings and this place, begun if need be."""
        from tokenclip_core.evidence.curve import SIZES
        from tokenclip_core.output.store.events import RunBegins, new_uid, settings_fingerprint
        from tokenclip_core.output.store.schema import WHOLE_PART

        key = f"{settings_fingerprint(run.settings)} {run.recipe and run.recipe[0]} {run.place}"
        if key not in self._runs:
            if len(self._runs) >= MOST_RUNS:
                self._runs.pop(next(iter(self._runs)))
            self._runs[key] = new_uid()
            begins = RunBegins(
                uid=self._runs[key],
                station=platform.node() or "here",
                run_kind="window",
                title=run.place,
                started=time.time(),
                model=run.model,
                threshold=run.threshold,
                settings=run.settings,
                sizes=(*SIZES, WHOLE_PART),
                subspaces=run.subspaces,
                recipe=run.recipe,
            )
            self._open().put(begins)
        return self._runs[key]


def opinions_in(store: Store, path: str) -> list[Opinion]:
    """All that people said of a part, see `Keeper.opinions`; the store is prepared.

    Raises:
        StoreError: the store can't be read.
    """
    from tokenclip_core.output.store.history import History
    from tokenclip_core.output.store.identity import FileIdentity

    found = FileIdentity.of(path, Path(path))
    known = {decision.value: decision for decision in Decision}
    return [
        Opinion(one.who, one.moment, Review(known.get(one.decision, Decision.NONE), one.note))
        for one in History(store).decisions(found.path, found.sha256)
    ]


def _outermost(paths: Iterable[str]) -> list[Path]:
    """The folders of some files, without those that lie below another of them."""
    folders = {Path(path).parent for path in paths}
    return sorted(folder for folder in folders if folders.isdisjoint(folder.parents))


def _unchanged(path: str, size: int, modified: int) -> bool:
    try:
        facts = Path(path).stat()
    except (OSError, ValueError):
        return False
    return (facts.st_size, facts.st_mtime_ns) == (size, modified)
