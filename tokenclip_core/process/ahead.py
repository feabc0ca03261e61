"""Working ahead in threads: images are decoded, and the next encoded, while results of the present ones are used."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count, islice
from typing import TypeVar

Item = TypeVar("Item")
Loaded = TypeVar("Loaded")

READERS = 2
MAX_WAITING_BYTES = 512 * 2**20
"""Bytes of decoded images that may wait; beyond them nothing is decoded in advance, however few images they are."""


def read_ahead(
    items: Iterable[Item],
    load: Callable[[Item], Loaded],
    *,
    ahead: int,
    size: Callable[[Loaded], int],
    readers: int = READERS,
    max_bytes: int = MAX_WAITING_BYTES,
) -> Iterator[Loaded]:
    """Yield `load(item)` for every item, in order, loading up to `ahead` of them in advance in threads.

    Args:
        items: iterated in the calling thread, never more than `ahead` in advance.
        load: called in another thread; what it raises is raised here, in its place.
        ahead: how many may be loaded and not yet asked for, at least 1.
        size: bytes that a loaded item holds.
        readers: how many are loaded at once.
        max_bytes: nothing more is begun in advance while loaded ones hold this much, so that all together hold at
            most this and one item a reader.

    Yields:
        What `load` returned. When the iterator is closed early, what has not begun is dropped.
    """
    waiting: deque[Future[Loaded]] = deque()
    source = enumerate(items)
    allowance = _Allowance(max_bytes)

    def load_in_turn(index: int, item: Item) -> Loaded:
        allowance.wait(index)
        loaded = load(item)
        allowance.take(size(loaded))
        return loaded

    pool = ThreadPoolExecutor(readers, thread_name_prefix="reader")
    try:
        for turn in count():
            for index, item in islice(source, ahead - len(waiting)):
                waiting.append(pool.submit(load_in_turn, index, item))
            if not waiting:
                return
            allowance.let_pass(turn)
            loaded = waiting.popleft().result()
            allowance.give_back(size(loaded))
            yield loaded
    finally:
        # Closed early: nobody waits for room any more.
        allowance.let_pass(sys.maxsize)
        pool.shutdown(wait=True, cancel_futures=True)


def in_advance(items: Generator[Item, None, None], *, ahead: int = 1) -> Generator[Item, None, None]:
    """Yield the items of a generator that runs in a thread of its own, up to ``ahead`` of them in advance.

    Args:
        items: only that thread runs it, from its first step to its closing; what it raises is raised here, in its
            place.
        ahead: how many may wait to be asked for, at least 1.

    Yields:
        The items in order. When the iterator is closed early, the generator is closed after the step it is at.
    """
    waiting: deque[Item] = deque()
    changed = threading.Condition()
    ended = closed = False
    failure: BaseException | None = None

    def work() -> None:
        nonlocal ended, failure
        try:
            with contextlib.closing(items):
                for item in items:
                    with changed:
                        waiting.append(item)
                        changed.notify_all()
                        changed.wait_for(lambda: len(waiting) < ahead or closed)
                        if closed:
                            return
        except BaseException as error:  # It belongs to who asks for the items.
            failure = error
        finally:
            with changed:
                ended = True
                changed.notify_all()

    worker = threading.Thread(target=work, name="ahead")
    worker.start()
    try:
        while True:
            with changed:
                changed.wait_for(lambda: waiting or ended)
                if not waiting:
                    break
                item = waiting.popleft()
                changed.notify_all()
            yield item
    finally:
        with changed:
            closed = True
            changed.notify_all()
        worker.join()
    if failure is not None:
        raise failure


class _Allowance:
    """Memory that loaded items may hold while they wait; the item whose turn it is never waits for it."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held = 0
        self._turn = 0
        self._changed = threading.Condition()

    def wait(self, index: int) -> None:
        """Block a reader until there is room, or it is this item's turn."""
        with self._changed:
            self._changed.wait_for(lambda: self._held < self._max_bytes or index <= self._turn)

    def take(self, size: int) -> None:
        with self._changed:
            self._held += size

    def give_back(self, size: int) -> None:
        with self._changed:
            self._held -= size
            self._changed.notify_all()

    def let_pass(self, turn: int) -> None:
        """Let the item of this turn go, and all before it."""
        with self._changed:
            self._turn = turn
            self._changed.notify_all()
