"""Pools of alike parts, and what they say about a patch."""

from __future__ import annotations

import numpy as np
import pytest

from tokenclip_core.arrays import FloatArray, unit
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.consensus import (
    FEWEST_ALIKE,
    POOL_SIZE,
    PoolGathering,
    PoolPart,
    content_sha256,
    interval_mean,
    pool_for,
    seeded_order,
)
from tokenclip_core.evidence.self_similarity import self_distances

WIDTH = 12


def part(number: int, *, kind: int = 0, odd: int | None = None) -> PoolPart:
    """A part of a kind: 20 patches about the kind's direction; ``odd`` makes one of them unlike all others."""
    random = np.random.default_rng([kind, number])
    base = np.eye(WIDTH, dtype=np.float32)[kind]
    tokens = unit(base + 0.1 * random.standard_normal((20, WIDTH), dtype=np.float32))
    if odd is not None:
        tokens[odd] = unit(random.standard_normal(WIDTH, dtype=np.float32) - 3 * base)
    feature = unit(base + 0.05 * random.standard_normal(WIDTH, dtype=np.float32))
    return PoolPart(f"{kind}-{number}", tokens, feature)


def gathered(parts: list[PoolPart], **options: int) -> PoolGathering:
    gathering = PoolGathering(0.9, **options)
    for one in parts:
        gathering.add(one)
    return gathering


def distances(one: PoolPart, gathering: PoolGathering) -> FloatArray | None:
    pool = pool_for(gathering.pools(), one.global_feature)
    return (
        None if pool is None else pool.distances(one.tokens, self_distances(one.tokens), one.sha256, one.global_feature)
    )


def test_an_odd_patch_stands_out_though_parts_in_the_pool_are_defective() -> None:
    parts = [part(number, odd=number % 20 if number < 15 else None) for number in range(60)]
    found = distances(parts[3], gathered(parts))
    assert found is not None
    assert int(found.argmax()) == 3
    assert found[3] > 5 * np.sort(found)[-2]


def test_kinds_are_kept_apart_and_too_few_are_silent() -> None:
    gathering = gathered([part(number, kind=kind) for number in range(FEWEST_ALIKE + 1) for kind in (0, 1)])
    few = [part(number, kind=2) for number in range(FEWEST_ALIKE)]
    for one in few:
        gathering.add(one)
    assert [{one.sha256[0] for one in pool.parts} for pool in gathering.pools()] == [{"0"}, {"1"}, {"2"}]
    assert distances(part(0), gathering) is not None
    assert distances(few[0], gathering) is None, "seven others are too few"
    assert distances(part(99, kind=2), gathering) is not None, "it has eight others"
    assert distances(part(0, kind=3), gathering) is None


def test_copies_of_one_part_are_no_evidence() -> None:
    original = part(0)
    copies = [PoolPart(f"copy {number}", original.tokens, original.global_feature) for number in range(60)]
    same = [original] * 60
    assert gathered(copies).pools() == ()
    assert gathered(same).pools() == ()


def test_a_pool_is_bounded_in_parts_and_in_bytes() -> None:
    parts = [part(number) for number in range(70)]
    gathering = gathered(parts)
    assert gathering.is_full
    (pool,) = gathering.pools()
    assert len(pool.parts) == POOL_SIZE + 1
    assert len(pool.others(parts[0].sha256, parts[0].global_feature)) == POOL_SIZE
    small = gathered(parts, most_bytes=10 * parts[0].nbytes)
    assert small.is_full
    assert sum(pool.nbytes for pool in small.pools()) <= 10 * parts[0].nbytes


def test_the_order_depends_on_content_and_seed_alone_and_later_parts_move_none() -> None:
    hashes = [f"{number:064x}" for number in range(50)]
    order = seeded_order(hashes)
    assert seeded_order(hashes[::-1] + hashes) == order
    assert seeded_order(hashes, seed=1) != order
    later = seeded_order([*hashes, "f" * 64])
    assert [one for one in later if one != "f" * 64] == order


def test_the_same_pool_has_the_same_fingerprint_and_distances() -> None:
    parts = [part(number) for number in range(12)]
    (first,), (second,) = gathered(parts).pools(), gathered(parts).pools()
    assert first.fingerprint == second.fingerprint
    assert gathered(parts[:-1]).pools()[0].fingerprint != first.fingerprint
    one = part(99)
    own = self_distances(one.tokens)
    np.testing.assert_array_equal(
        first.distances(one.tokens, own, one.sha256, one.global_feature),
        second.distances(one.tokens, own, one.sha256, one.global_feature),
    )


def test_the_mean_is_over_the_nearest_parts_alone() -> None:
    each = np.arange(10, dtype=np.float32)[:, None] * np.ones((1, 3), np.float32)
    np.testing.assert_allclose(interval_mean(each[::-1]), [1.0] * 3)


def test_content_tells_pixels_and_shapes_apart() -> None:
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert content_sha256(image) == content_sha256(image.copy())
    assert content_sha256(image) != content_sha256(image.reshape(4, 2, 3))
    with pytest.raises(SettingsError, match="uint8"):
        content_sha256(np.zeros((2, 2, 3), np.int8).view())
