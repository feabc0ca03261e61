"""Caches are bounded, and what was used last stays."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from tokenclip_core.lru import LruCache, keep_newest


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 60)), max_size=40))
def test_a_cache_never_holds_more_than_its_capacity(puts: list[tuple[int, int]]) -> None:
    cache: LruCache[int, int] = LruCache(100)
    held: dict[int, int] = {}
    for key, size in puts:
        cache.put(key, size, size)
        held[key] = size
        assert cache.get(key) == size
        assert cache.size == sum(size for k, size in held.items() if k in cache) <= 100


def test_the_least_recently_used_value_is_forgotten_first() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.put("a", 1, 1)
    cache.put("b", 2, 1)
    cache.get("a")
    cache.put("c", 3, 1)
    assert ("a" in cache, "b" in cache, "c" in cache) == (True, False, True)
    cache.put("huge", 4, 3)
    assert "huge" not in cache


def test_a_missing_value_is_made_once_and_kept() -> None:
    cache: LruCache[str, list[int]] = LruCache(2)
    first = cache.get_or_make("a", list)
    first.append(1)
    cache.get_or_make("b", list)
    assert cache.get_or_make("a", list) is first
    cache.get_or_make("c", list)
    assert cache.items() == [("a", [1]), ("c", [])]


def test_a_smaller_capacity_holds_at_once() -> None:
    cache: LruCache[int, int] = LruCache(10)
    for key in range(10):
        cache.put(key, key)
    cache.discard_if(lambda key: key % 2 == 0)
    cache.shrink(2)
    assert [key for key, _ in cache.items()] == [7, 9]
    assert not cache.has_room(1)
    cache.clear()
    assert cache.has_room(2)
    assert len(cache) == cache.size == 0


def test_threads_may_share_a_cache() -> None:
    cache: LruCache[int, int] = LruCache(50)

    def use(start: int) -> None:
        for number in range(3000):
            cache.put((start + number) % 90, number, 1 + number % 7)
            cache.get(number % 90)
            cache.discard(number % 30)

    threads = [threading.Thread(target=use, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 <= cache.size <= 50
    cache.shrink(0)
    assert cache.size == 0


def test_the_newest_entries_of_a_mapping_are_kept() -> None:
    kept: dict[str, int] = {}
    for number, key in enumerate("abca"):
        keep_newest(kept, key, number, 2)
    assert kept == {"c": 2, "a": 3}
    keep_newest(kept, "c", None, 2)
    assert kept == {"a": 3}
