"""Gathers the pool of the open folder, puts good parts on the shelf, and finds what a patch looks most like. No Qt.

All of it runs in the inference thread; a pool is gathered a slice of time after the other, like a run over the folder.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.batch.work import SLICE_SECONDS, MakingWay
from app.evidence.comparison import Places, PooledPart
from app.gallery.model import PatchPlace
from app.gallery.work import crop
from app.parts.images import ImageStore
from app.parts.state import ArgbArray
from app.work.engine import Engine
from app.work.jobs import Cancellation, JobCancelledError
from tokenclip_core.errors import TokenClipError

MOST_GOOD = 512
"""Parts on the shelf; of more, the memory while they are encoded would have no bound."""

NEAREST_SHOWN = 3
UNLIKE_RATIO = 1.5
"""A patch looks like nothing when the nearest one is so many times as far as its part's patches are from each other."""


@dataclass(frozen=True)
class PoolReport:
    """What one slice brought.

    Attributes:
        seen: parts looked at so far.
        fingerprint: of the pools, once they are complete; "" where no parts look alike.
        pooled: parts in them.
        is_complete: nothing more is to be looked at.
    """

    seen: int
    fingerprint: str = ""
    pooled: int = 0
    is_complete: bool = False


@dataclass(frozen=True)
class ShelfReport:
    """The good parts that are compared with now.

    Attributes:
        paths: those that could be read.
        fingerprint: of them; "" for none.
        megabytes: that they take.
        kept: patches that are kept.
        seen: patches that they have.
        errors: of those that could not be read, in words.
    """

    paths: tuple[str, ...] = ()
    fingerprint: str = ""
    megabytes: float = 0.0
    kept: int = 0
    seen: int = 0
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class NearPatch:
    """A patch of another part: the part's name, how far it is in [0, 2], and its crop."""

    name: str
    distance: float
    pixels: ArgbArray


@dataclass(frozen=True)
class Nearest:
    """What a patch looks most like elsewhere.

    Attributes:
        parts: that were searched.
        patches: the nearest, the first the most alike.
        looks_like_nothing: even the nearest is far.
    """

    parts: int = 0
    patches: tuple[NearPatch, ...] = ()
    looks_like_nothing: bool = False


class PoolRun:
    """The parts that are still to be looked at; slices of it run in the inference thread."""

    def __init__(self, engine: Engine, paths: Sequence[str], number: int, others_wait: Callable[[], bool]) -> None:
        """Begin.

        Args:
            engine: encodes; only in the inference thread.
            paths: of the folder, of which some are chosen by their names, whatever their order.
            number: under which the pool is published.
            others_wait: whether that thread has something more urgent to do.
        """
        from tokenclip_core.inspection.gathering import MOST_WALKED

        self.number = number
        self._engine, self._others_wait = engine, others_wait
        self._pending = sorted(
            paths, key=lambda path: hashlib.sha256(Path(path).name.encode("utf-8", "replace")).digest()
        )
        del self._pending[MOST_WALKED:]
        self.total = len(self._pending)
        self._gathering: Any = None
        self._sources: dict[str, PooledPart] = {}
        self._pooled: list[Any] = []
        self._gathered: deque[Any] | None = None
        self._pools: list[Any] = []
        self._stopped = False

    def stop(self) -> None:
        """End the slice that is going on; nothing of it is published."""
        self._stopped = True

    def work(self, cancellation: Cancellation) -> PoolReport:
        """One slice.

        Raises:
            JobCancelledError: the run was stopped.
        """
        gathering = self._begin()
        way = MakingWay(cancellation, lambda: self._stopped or self._others_wait())
        until = time.perf_counter() + SLICE_SECONDS
        while self._pending and not gathering.is_full and not way.requested and time.perf_counter() < until:
            path = self._pending.pop()
            try:
                self._add(gathering, path, way)
            except JobCancelledError:
                self._pending.append(path)
            except TokenClipError:
                pass  # the list says what is wrong with it, when its turn comes
        if self._stopped:
            raise JobCancelledError
        seen = self.total - len(self._pending)
        if self._pending and not gathering.is_full:
            return PoolReport(seen)
        if self._gathered is None:
            self._gathered = deque(gathering.pools())
        if self._gathered:
            # What is typical of a pool takes as long as judging all of its parts: one a slice, so others have turns.
            placed = self._engine.comparison.placed(self._engine.loaded)
            self._pools += placed.with_typical([self._gathered.popleft()], self._pooled)
        return PoolReport(seen) if self._gathered else self._publish(seen)

    def _begin(self) -> Any:
        from tokenclip_core.evidence.consensus import PoolGathering

        if self._gathering is None:
            inspector: Any = self._engine.loaded
            self._gathering = PoolGathering(inspector.evidence.scale.alike_cosine)
        return self._gathering

    def _add(self, gathering: Any, path: str, way: MakingWay) -> None:
        from tokenclip_core.inspection.comparing import pool_part

        encoded: Any = self._engine.encoded(path, way)
        if gathering.add(pool_part(encoded)):
            self._pooled.append(encoded)
            self._sources[encoded.sha256] = PooledPart(path, encoded.grid)

    def _publish(self, seen: int) -> PoolReport:
        comparison = self._engine.comparison
        comparison.pools, comparison.sources = tuple(self._pools), self._sources
        self._pooled = []
        parts = sum(len(pool.parts) for pool in comparison.pools)
        if parts:
            comparison.publish(self.number, self._engine.loaded)
        fingerprint = "".join(pool.fingerprint for pool in comparison.pools)
        fingerprint += _place_words(comparison.reach(self._engine.loaded))
        return PoolReport(seen, hashlib.sha256(fingerprint.encode()).hexdigest() if parts else "", parts, True)


def _place_words(reach: float | None) -> str:
    """What a fingerprint holds of the places; nothing where parts lie anywhere, so that those of before stay."""
    return "" if reach is None else f" within {reach:g}"


def compare_places(engine: Engine, reach: float | None, _cancellation: Cancellation) -> None:
    """Compare parts place by place from now on, or not; pools and good parts are to be put together anew."""
    engine.comparison.places = Places(reach)
    engine.comparison.base = None


def forget_pool(engine: Engine, number: int, _cancellation: Cancellation) -> None:
    """Stop comparing with the parts of the folder that was open before."""
    engine.comparison.pools, engine.comparison.sources = (), {}
    engine.comparison.publish(number, engine.loaded)


def put_on_shelf(
    engine: Engine, images: ImageStore, paths: Sequence[str], number: int, cancellation: Cancellation
) -> ShelfReport:
    """Compare with these good parts and no others; an empty list compares with none.

    Raises:
        SettingsError: none of them can be read.
    """
    loaded: Any = engine.loaded
    good, errors, read = [], [], []
    for path in paths[:MOST_GOOD]:
        cancellation.check()
        try:
            good += loaded.encode([images.load(Path(path))], for_texts=False)
            read.append(path)
        except TokenClipError as error:
            errors.append(str(error))
    cancellation.check()
    if read:
        placed = engine.comparison.placed(loaded)
        engine.comparison.base = placed.with_references(good, [Path(path).name for path in read])
    elif not paths:
        engine.comparison.base = None
    engine.comparison.publish(number, loaded)
    shelf = None if engine.comparison.base is None else engine.comparison.base.evidence.shelf
    if shelf is None or not read:
        return ShelfReport(errors=tuple(errors))
    fingerprint = shelf.fingerprint + _place_words(engine.comparison.reach(loaded))
    return ShelfReport(tuple(read), fingerprint, shelf.nbytes / 2**20, len(shelf.tokens), shelf.seen, tuple(errors))


def nearest_elsewhere(engine: Engine, images: ImageStore, place: PatchPlace, cancellation: Cancellation) -> Nearest:
    """The patches of the pool's other parts that a patch looks most like.

    Raises:
        ImageError: the patch's own file can't be read.
    """
    from tokenclip_core.evidence.consensus import mean_token, pool_for
    from tokenclip_core.evidence.places import Near

    encoded: Any = engine.encoded(place.path, cancellation)
    comparison = engine.comparison
    tokens = encoded.evidence_tokens
    pool = None if tokens is None or encoded.grid != place.grid else pool_for(comparison.pools, mean_token(tokens))
    if pool is None:
        return Nearest()
    index = place.patch[0] * place.grid[1] + place.patch[1]
    query, reach = tokens[index], comparison.reach(engine.loaded)
    here = None if reach is None else Near(place.grid, reach)
    others = pool.others(encoded.sha256, mean_token(tokens))
    found = []
    for part in others:
        cancellation.check()
        distances = 1 - part.tokens @ query
        if here is not None:
            distances[here.elsewhere(part.grid)[:][:, index]] = np.inf
        nearest = int(distances.argmin())
        found.append((float(distances[nearest]), part.sha256, nearest))
    found.sort()
    near = []
    for distance, sha256, index in found[:NEAREST_SHOWN]:
        source = comparison.sources[sha256]
        row, column = divmod(index, source.grid[1])
        cut = crop(images.load(Path(source.path)), source.grid, (row, column))
        near.append(NearPatch(Path(source.path).name, max(0.0, distance), cut.pixels))
    usual = float(np.median(encoded.self_distances))
    unlike = bool(found) and found[0][0] > UNLIKE_RATIO * usual
    return Nearest(len(others), tuple(near), unlike)
