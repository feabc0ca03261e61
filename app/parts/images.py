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
        self._cache: LruCache[str, RgbArray] = LruCache(capacity)
        self._lock = threading.Lock()
        self._decoding: dict[str, threading.Lock] = {}

    def load(self, path: Path) -> RgbArray:
        """(H, W, 3) uint8 RGB of a file; not to be written to.

        Raises:
            ImageError: the file can't be read.
        """
        from tokenclip_core.images.reading import load_image

        key = str(path)
        with self._lock:
            decoding = self._decoding.setdefault(key, threading.Lock())
        try:
            with decoding:
                with self._lock:
                    image = self._cache.get(key)
                if image is None:
                    image = load_image(path)
                    with self._lock:
                        self._cache.put(key, image, image.nbytes)
                return image
        finally:
            with self._lock:
                self._decoding.pop(key, None)

    def discard(self, path: str) -> None:
        """Read a file afresh when it is asked for next."""
        with self._lock:
            self._cache.discard(path)


def thumbnail(path: Path, side: int) -> RgbArray:
    """(h, w, 3) uint8 RGB of a file, at most `side` pixels a side.

    Raises:
        ImageError: the file can't be read.
    """
    from tokenclip_core.images.reading import load_image

    image = Image.fromarray(load_image(path))
    image.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image)
