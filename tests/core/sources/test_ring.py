"""The frames before a defect are bounded, and safe to take while others come."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, SupportsIndex

import numpy as np
from typing_extensions import override

from tokenclip_core.errors import ImageError
from tokenclip_core.sources.frames import Frame
from tokenclip_core.sources.ring import FrameRing


def frame(captured: float, size: int = 10) -> Frame:
    return Frame(lambda: np.zeros((4, 4, 3), np.uint8), captured=captured, jpeg=bytes(size))


def test_only_the_last_seconds_are_kept_at_a_rate() -> None:
    ring = FrameRing(2.0, rate=10.0)
    for number in range(300):
        ring.keep(frame(number / 30))
    times = [captured for captured, _ in ring.take(100.0)]
    assert len(times) in {20, 21}
    assert times[-1] - times[0] <= 2.0
    assert ring.nbytes == 0
    assert ring.take(100.0) == []


def test_frames_after_the_defect_are_not_from_before() -> None:
    ring = FrameRing(5.0)
    for number in range(5):
        ring.keep(frame(float(number)))
    assert [captured for captured, _ in ring.take(3.0)] == [0.0, 1.0, 2.0]


def test_a_frame_that_is_larger_than_the_ring_leaves_the_others() -> None:
    ring = FrameRing(5.0, most_bytes=100)
    ring.keep(frame(0.0, 60))
    ring.keep(frame(1.0, 101))
    assert ring.nbytes == 60
    ring.keep(frame(2.0, 100))
    assert [captured for captured, _ in ring.take(9.0)] == [2.0]
    empty = FrameRing(5.0, most_bytes=10)
    empty.keep(frame(0.0, 11))
    assert empty.nbytes == 0


def test_a_frame_that_is_damaged_is_left_out() -> None:
    def fail() -> np.ndarray:
        raise ImageError("damaged")

    ring = FrameRing(5.0)
    ring.keep(Frame(fail, captured=0.0))
    ring.keep(Frame(lambda: np.zeros((4, 4, 3), np.uint8), captured=1.0))
    ((captured, data),) = ring.take(9.0)
    assert captured == 1.0
    assert data.startswith(b"\xff\xd8")


def test_nothing_is_looked_at_without_the_lock() -> None:
    ring = FrameRing(5.0)
    lock = threading.Lock()

    class Watched(deque[Any]):
        @override
        def __getitem__(self, index: SupportsIndex) -> Any:
            assert lock.locked()
            return super().__getitem__(index)

        def __bool__(self) -> bool:
            assert lock.locked()
            return len(self) > 0

    ring._lock, ring._frames = lock, Watched()
    for number in range(30):
        ring.keep(frame(float(number)))
    assert len(ring.take(99.0)) == 6
