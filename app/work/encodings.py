"""What the encoder said of the last parts, and pictures on their way to it. No Qt."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.gallery.patch_search import EncodingKey, TokenStore
from app.parts.images import ImageStore
from app.work.inspector_like import EncodedLike, InspectorLike
from app.work.jobs import Cancellation, JobCancelledError
from tokenclip_core.lru import LruCache


@dataclass(frozen=True, eq=False)
class Picture:
    """A part's picture on its way to the encoder.

    Attributes:
        pixels: what the encoder takes; the image itself where it is to be cut.
        side: the image's longer one, in pixels.
        bits: of 16-bit images, as in `load_image`.
    """

    pixels: Any
    side: int
    bits: int | None


class Encodings:
    """The kept encodings of parts by their paths. Only `picture` may be called outside the inference thread.

    Attributes:
        kept: encodings, and the seconds that each took.
        tokens: what parts are found by whose encodings are kept no more.
    """

    def __init__(self, images: ImageStore, encoded_bytes: int, token_bytes: int) -> None:
        self._images = images
        self.kept: LruCache[EncodingKey, tuple[EncodedLike, float]] = LruCache(encoded_bytes)
        self.tokens = TokenStore(token_bytes)
        self._longest: dict[str, int] = {}
        self._bits = images.bits

    def clear(self) -> None:
        """Forget all, but how large the parts are."""
        self.kept.clear()
        self.tokens.clear()

    def forget(self, path: str) -> None:
        """Forget a part."""
        self.kept.discard_if(lambda key: key[0] == path)
        self._longest.pop(path, None)
        self.tokens.forget(path)

    def key(self, path: str, tile: int) -> EncodingKey:
        """Under which key a part's encoding is kept: parts that fit into a tile are not cut."""
        return path, tile if self._longest.get(path, 0) > tile else 0

    def of(
        self,
        inspector: InspectorLike,
        path: str,
        tile: int,
        cancellation: Cancellation,
        *,
        make_room: bool = True,
        image: npt.NDArray[np.uint8] | None = None,
    ) -> tuple[EncodedLike, float]:
        """The encoding of a file, and the seconds that it took.

        Args:
            inspector: encodes it if need be.
            path: of the file.
            tile: side of the tiles of large parts, in pixels; 0 for none.
            cancellation: polled before and between the encoder's steps.
            make_room: forget what is said of other parts for this one's, if need be.
            image: of the file, if it is at hand.

        Raises:
            ImageError: the file can't be read.
        """
        self._follow_bits()
        kept = self.kept.get(self.key(path, tile)) if path in self._longest else None
        if kept is None:
            if image is None:
                image = self._images.load(Path(path))
            cancellation.check()
            self._longest[path] = max(image.shape[:2])
            started = time.perf_counter()
            encoded = encode(inspector, image, tile, cancellation)
            kept = (encoded, time.perf_counter() - started)
            self._keep(path, tile, kept, make_room=make_room)
        return kept

    def has(self, path: str, tile: int) -> bool:
        """Whether a part's encoding is kept."""
        self._follow_bits()
        return path in self._longest and self.key(path, tile) in self.kept

    def of_kept(self, path: str, tile: int) -> EncodedLike:
        """The kept encoding of a part, for which `has` must be true.

        Raises:
            KeyError: it is not kept.
        """
        kept = self.kept.get(self.key(path, tile))
        if kept is None:
            raise KeyError(path)
        return kept[0]

    def picture(self, inspector: InspectorLike, path: str, tile: int) -> Picture:
        """Read and prepare a part; in any thread.

        Raises:
            ImageError: the file can't be read.
        """
        bits = self._images.bits
        image = self._images.load(Path(path))
        side = max(image.shape[:2])
        return Picture(image if tile and side > tile else inspector.prepare(image), side, bits)

    def encode_parts(
        self,
        inspector: InspectorLike,
        paths: Sequence[str],
        pictures: Sequence[Picture | Exception | None],
        tile: int,
        cancellation: Cancellation,
    ) -> list[EncodedLike | Exception]:
        """Encode parts together; what is said of others is not forgotten for them.

        Args:
            inspector: encodes.
            paths: of the parts.
            pictures: theirs, from `picture`; None to read one now, or not at all if its encoding is kept.
            tile: side of the tiles of large parts, in pixels; 0 for none.
            cancellation: polled before and between the encoder's steps.

        Returns:
            What the encoder says of each, or why it says nothing.

        Raises:
            JobCancelledError: nobody waits for them any more.
        """
        cancellation.check()
        self._follow_bits()
        found: dict[int, EncodedLike | Exception] = {}
        together: dict[int, Picture] = {}
        for place, (path, picture) in enumerate(zip(paths, pictures, strict=True)):
            if isinstance(picture, Exception):
                found[place] = picture
            elif picture is None or picture.bits != self._bits or (tile and picture.side > tile):
                pixels = picture.pixels if picture is not None and picture.bits == self._bits else None
                found[place] = self._of_or_why(inspector, path, tile, cancellation, pixels)
            else:
                together[place] = picture
        started = time.perf_counter()
        each = _encode_each(inspector, [picture.pixels for picture in together.values()])
        seconds = (time.perf_counter() - started) / max(len(together), 1)
        for (place, picture), encoded in zip(together.items(), each, strict=True):
            found[place] = encoded
            if not isinstance(encoded, Exception):
                self._longest[paths[place]] = picture.side
                self._keep(paths[place], tile, (encoded, seconds), make_room=False)
        return [found[place] for place in range(len(paths))]

    def _follow_bits(self) -> None:
        """Forget all encodings where pictures are read with another number of bits now."""
        if self._images.bits != self._bits:
            self._bits = self._images.bits
            self.kept.clear()
            self._longest.clear()
            self.tokens.clear()

    def _of_or_why(
        self,
        inspector: InspectorLike,
        path: str,
        tile: int,
        cancellation: Cancellation,
        image: npt.NDArray[np.uint8] | None,
    ) -> EncodedLike | Exception:
        try:
            return self.of(inspector, path, tile, cancellation, make_room=False, image=image)[0]
        except JobCancelledError:
            raise
        except Exception as error:
            return error

    def _keep(self, path: str, tile: int, kept: tuple[EncodedLike, float], *, make_room: bool) -> None:
        nbytes = kept[0].nbytes
        if make_room or self.kept.has_room(nbytes):
            self.kept.put(self.key(path, tile), kept, nbytes)


def _encode_each(inspector: InspectorLike, pixels: Sequence[Any]) -> list[EncodedLike | Exception]:
    """Encode parts together; where that fails one by one, with the reason in its place."""
    try:
        return list(inspector.encode(pixels)) if pixels else []
    except Exception as error:
        return [error] if len(pixels) == 1 else [one for each in pixels for one in _encode_each(inspector, [each])]


def encode(
    inspector: InspectorLike, image: npt.NDArray[np.uint8], tile: int, cancellation: Cancellation
) -> EncodedLike:
    """Encode (H, W, 3) uint8 RGB, in tiles if it is larger than one."""
    encoded: EncodedLike
    if tile and max(image.shape[:2]) > tile:
        encoded = inspector.encode_tiled(image, tiling_of(inspector, tile), between=cancellation.check)
    else:
        encoded = inspector.encode([image])[0]
    return encoded


def tiling_of(inspector: InspectorLike, tile: int) -> Any:
    """Tiles of a side; where a recipe has such tiles, with its overlap."""
    from tokenclip_core.inspection.tiling import Tiling

    own = getattr(inspector, "tiling", None)
    return own if isinstance(own, Tiling) and own.tile == tile else Tiling.of_side(tile)
