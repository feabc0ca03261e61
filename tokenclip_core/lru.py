"""A cache that is bounded: the least recently used values leave first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class LruCache(Generic[Key, Value]):
    """Forgets the least recently used values when they are larger than `capacity` together.

    The caller decides what a size is: bytes of a picture, or 1 for every value to bound their number. May be used from
    several threads.

    Attributes:
        capacity: the largest sum of sizes.
        size: the present sum.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.size = 0
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def get(self, key: Key) -> Value | None:
        """The value, now the most recently used, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: Key, value: Value, size: int = 1) -> None:
        """Keep a value; one that is larger than the whole cache is not kept."""
        with self._lock:
            self.discard(key)
            if size > self.capacity:
                return
            self._entries[key] = (value, size)
            self.size += size
            self.shrink(self.capacity)

    def get_or_make(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value, now the most recently used; where there is none, a new one of size 1."""
        with self._lock:
            value = self.get(key)
            if value is None:
                value = make()
                self.put(key, value)
            return value

    def has_room(self, size: int) -> bool:
        """Whether so much can be kept without forgetting a value."""
        return self.size + size <= self.capacity

    def shrink(self, capacity: int) -> None:
        """Keep at most so much from now on."""
        with self._lock:
            self.capacity = capacity
            while self.size > self.capacity:
                _, (_, freed) = self._entries.popitem(last=False)
                self.size -= freed

    def discard(self, key: Key) -> None:
        """Forget a value if it is there."""
        with self._lock:
            entry = self._entries.pop(key, None)
            if entry is not None:
                self.size -= entry[1]

    def discard_if(self, condition: Callable[[Key], bool]) -> None:
        """Forget the values of all keys for which a condition holds."""
        with self._lock:
            for key in [key for key in self._entries if condition(key)]:
                self.discard(key)

    def items(self) -> list[tuple[Key, Value]]:
        """All keys and values, the least recently used first; looking does not count as use."""
        with self._lock:
            return [(key, value) for key, (value, _) in self._entries.items()]

    def values(self) -> list[Value]:
        """All values, as `items` has them."""
        return [value for _, value in self.items()]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self.size = 0


def keep_newest(kept: dict[str, Value], key: str, value: Value | None, most: int) -> None:
    """Put a value into a dictionary of `most` entries at most, the oldest of which leaves; None takes its entry away.

    For what is written to a file as it stands, where an `LruCache` would have to be converted.
    """
    kept.pop(key, None)
    if value is not None:
        kept[key] = value
    while len(kept) > most:
        del kept[next(iter(kept))]
