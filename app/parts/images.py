"""Image files, decoded once for all threads that ask for them at about the same time."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from tokenclip_core.lru import LruCache

RgbArray = npt.NDArray[np.uint8]
KEPT_BYTES = 96 * 2**20


class ImageStore:
    """The last decoded images; may be used from several threads."""

    def __init__(self, capacity: int = KEPT_BYTES) -> None:
        self._cache: LruCache[tuple[str, int | None], RgbArray] = LruCache(capacity)
        self._bits: int | None = None
        self._lock = threading.Lock()
        self._decoding: dict[str, threading.Lock] = {}

    @property
    def bits(self) -> int | None:
        """Bits that are used of 16-bit images, as in `load_image`: the same for all of them."""
        return self._bits

    def read_as(self, bits: int | None) -> None:
        """Use so many bits of 16-bit images from now on."""
        self._bits = bits

    def load(self, path: Path) -> RgbArray:
        """(H, W, 3) uint8 RGB of a file; not to be written to.

        Raises:
            ImageError: the file can't be read.
        """
        from tokenclip_core.images.reading import load_image

        name, bits = str(path), self._bits
        key = name, bits
        with self._lock:
            decoding = self._decoding.setdefault(name, threading.Lock())
        try:
            with decoding:
                with self._lock:
                    image = self._cache.get(key)
                if image is None:
                    image = load_image(path, bits=bits)
                    with self._lock:
                        self._cache.put(key, image, image.nbytes)
                return image
        finally:
            with self._lock:
                self._decoding.pop(name, None)

    def discard(self, path: str) -> None:
        """Read a file afresh when it is asked for next."""
        with self._lock:
            self._cache.discard_if(lambda key: key[0] == path)


def thumbnail(path: Path, side: int, bits: int | None = None) -> RgbArray:
    """(h, w, 3) uint8 RGB of a file, at most `side` pixels a side; `bits` as in `load_image`.

    Raises:
        ImageError: the file can't be read.
    """
    from tokenclip_core.images.reading import load_image

    image = Image.fromarray(load_image(path, bits=bits))
    image.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image)
