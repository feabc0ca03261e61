"""Reading ahead: the next images are decoded in threads while the model works on the present ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Loaded = TypeVar("Loaded")

READERS = 2
MAX_WAITING_BYTES = 512 * 2**20
"""Decoding stops being ahead when this much waits, however few images that are."""


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
        max_bytes: nothing more is begun while finished ones hold more than this.

    Yields:
        What `load` returned. When the iterator is closed early, what has not begun is dropped.
    """
    waiting: deque[Future[Loaded]] = deque()
    source = iter(items)
    exhausted = False
    pool = ThreadPoolExecutor(readers, thread_name_prefix="reader")
    try:
        while True:
            while not exhausted and len(waiting) < ahead and (not waiting or _bytes(waiting, size) < max_bytes):
                for item in source:
                    waiting.append(pool.submit(load, item))
                    break
                else:
                    exhausted = True
            if not waiting:
                return
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _bytes(waiting: Iterable[Future[Loaded]], size: Callable[[Loaded], int]) -> int:
    """Return what the finished ones hold; a failed one holds nothing."""
    return sum(size(future.result()) for future in waiting if future.done() and future.exception() is None)
