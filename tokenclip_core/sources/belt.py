"""A made-up camera: procedural parts on a moving belt, for demonstrations and tests."""

from __future__ import annotations

import threading
import time
from functools import partial

import numpy as np

from tokenclip_core.sources.frames import Frame, FrameSource, RgbArray, SourceFacts

WIDTH, HEIGHT, RATE = 640, 480, 30.0
PARTS = 12
"""How many parts pass before the same ones come again."""

_DEFECT_EVERY = 3
_PRODUCTS = (
    ("brushed metal", 8006),
    ("woven fabric", 8001),
    ("wood", 8002),
    ("striated ceramic", 8004),
    ("solar cell", 8001),
    ("machined disc", 8006),
)
_SPEED = 90.0
_MAKE_SECONDS = 0.5
_PART = 352
_PITCH = 512
_BELT = (38, 41, 46)
_loading = threading.Lock()


class BeltSource(FrameSource):
    """Parts of one surface passing by; every third has a defect."""

    def __init__(self, seed: int = 1, *, width: int = WIDTH, height: int = HEIGHT, rate: float = RATE) -> None:
        """Choose the parts.

        Args:
            seed: of the parts; the same seed shows the same belt.
            width: of the frames, in pixels.
            height: of the frames, in pixels.
            rate: frames a second.
        """
        super().__init__(f"Belt {seed}")
        self._seed, self._width, self._height, self._rate = seed, width, height, rate
        self._empty: RgbArray = np.full((height, width, 3), _BELT, np.uint8)
        self._parts: dict[int, RgbArray] = {}
        self._making = threading.Lock()
        self._closed = threading.Event()
        self._maker: threading.Thread | None = None
        self._began: float | None = None
        self._number = 0

    def open(self) -> SourceFacts:
        """Start the belt."""
        self._part(0)
        # The others are made before they are seen, so that the belt does not stand still for them.
        self._closed.clear()
        self._maker = threading.Thread(target=self._make_all, name=f"belt {self._seed}", daemon=True)
        self._maker.start()
        self._began, self._number = time.monotonic(), 0
        return SourceFacts(self._width, self._height, self._rate)

    def read(self) -> Frame | None:
        """The frame of the present time; frames that nobody read in time are left out."""
        if self._began is None:
            return None
        due = self._began + self._number / self._rate
        now = time.monotonic()
        if due > now and self.interrupted.wait(due - now):
            return None
        if now - due > 1 / self._rate:
            self._number = int((now - self._began) * self._rate)
        position = self._number / self._rate
        self._number += 1
        # Parts are there by now, or are made here, so that drawing a frame costs little wherever it is done.
        for index in self._visible(position):
            self._part(index)
        return Frame(partial(self._drawn, position), position=position)

    def close(self) -> None:
        """Stop the belt."""
        self._began = None
        self._closed.set()
        if self._maker is not None:
            self._maker.join()
            self._maker = None

    def _make_all(self) -> None:
        for index in range(1, PARTS, _DEFECT_EVERY):
            self._part(index)
            # Each is needed seconds after the one before; whoever watches the belt has the processor meanwhile.
            if self._closed.wait(_MAKE_SECONDS):
                return

    def _visible(self, position: float) -> list[int]:
        travelled = position * _SPEED
        first = int((travelled - self._width) // _PITCH)
        return list(range(max(0, first), int(travelled // _PITCH) + 1))

    def _drawn(self, position: float) -> RgbArray:
        """(H, W, 3) uint8 RGB of the belt at a time in seconds."""
        frame = self._empty.copy()
        top = (self._height - _PART) // 2
        for index in self._visible(position):
            part = self._part(index)
            left = int(self._width - (position * _SPEED - index * _PITCH))
            begin, end = max(0, left), min(self._width, left + _PART)
            if begin < end:
                rows = slice(max(0, top), max(0, top) + min(_PART, self._height))
                shown = part[max(0, -top) : max(0, -top) + self._height, begin - left : end - left]
                frame[rows, begin:end] = shown
        return frame

    def _part(self, index: int) -> RgbArray:
        """(side, side, 3): all parts are the same product, some of them with a defect of one kind or another."""
        number = index % PARTS if index % _DEFECT_EVERY == 1 else 0
        part = self._parts.get(number)
        if part is not None:
            return part
        with self._making:
            if number not in self._parts:
                self._parts[number] = self._made(number)
            return self._parts[number]

    def _made(self, number: int) -> RgbArray:
        # One belt at a time: threads that import the same package at once may see it half-made.
        with _loading:
            from tokenclip_core.data.procedural import TRAINING_DEFECTS, generate

        family, seed = _PRODUCTS[(self._seed - 1) % len(_PRODUCTS)]
        defects = None if number == 0 else [TRAINING_DEFECTS[(self._seed + 5 * number) % len(TRAINING_DEFECTS)]]
        seed += (self._seed - 1) // len(_PRODUCTS)
        made = generate(seed, _PART, families=[family], defects=defects, defect_probability=float(number > 0))
        return np.asarray(made.image, np.uint8)
