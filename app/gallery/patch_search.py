"""Search by example: the patches whose visual tokens are most like one patch's. Runs in the inference thread. No Qt."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.gallery.model import PatchPlace, SearchAnswer
from app.parts.state import FloatArray
from tokenclip_core.lru import LruCache

TOKEN_BYTES = 64 * 2**20
"""For the tokens of parts whose encoding is forgotten; enough for some 2000 parts of the compact model."""

KEPT_PATCHES = 32
MOST_HITS = 24

EncodingKey = tuple[str, int]
"""A part's path, and the side of the tiles that it was cut into, 0 where it was not."""
MOST_OF_A_PART = 3


@dataclass(frozen=True)
class _Kept:
    """A part's most anomalous patches: (M, 2) rows and columns, (M, D) float16 tokens."""

    grid: tuple[int, int]
    patches: npt.NDArray[np.int64]
    tokens: npt.NDArray[np.float16]

    @property
    def nbytes(self) -> int:
        return self.patches.nbytes + self.tokens.nbytes


class TokenStore:
    """The most anomalous patches of each inspected part, so that parts whose encoding is forgotten are searched too."""

    def __init__(self, capacity: int = TOKEN_BYTES) -> None:
        self._parts: LruCache[EncodingKey, _Kept] = LruCache(capacity)

    def __contains__(self, key: object) -> bool:
        return key in self._parts

    def remember(self, key: EncodingKey, tokens: FloatArray, token_map: FloatArray) -> None:
        """Keep the tokens of a part's most anomalous patches.

        Args:
            key: of the part.
            tokens: (N, D) unit tokens.
            token_map: (gh, gw), N values in all.
        """
        order = np.argsort(-token_map, axis=None, kind="stable")[:KEPT_PATCHES]
        patches = np.stack(np.divmod(order, token_map.shape[1]), axis=1)
        grid = (token_map.shape[0], token_map.shape[1])
        kept = _Kept(grid, patches, tokens[order].astype(np.float16))
        self._parts.put(key, kept, kept.nbytes)

    def forget(self, path: str) -> None:
        """Forget a part's tokens, because its file may have changed."""
        self._parts.discard_if(lambda key: key[0] == path)

    def clear(self) -> None:
        """Forget all tokens, because another model's can't be compared with them."""
        self._parts.clear()

    def likenesses(
        self, query: FloatArray, among: Collection[EncodingKey], without: Collection[EncodingKey]
    ) -> Iterator[tuple[EncodingKey, FloatArray]]:
        """Each kept part's key and (gh, gw) likeness to a (D,) token: 1 + cosine, 0 where a patch was not kept."""
        for key, kept in self._parts.items():
            if key in among and key not in without and kept.tokens.shape[1] == len(query):
                likeness = np.zeros(kept.grid, np.float32)
                likeness[kept.patches[:, 0], kept.patches[:, 1]] = 1 + kept.tokens.astype(np.float32) @ query
                yield key, likeness


class Hits:
    """Collects the most similar patches, at most a few of each part and none beside another."""

    def __init__(self, query: PatchPlace) -> None:
        self._query = query
        self._found: list[tuple[PatchPlace, float]] = []
        self.parts = 0

    def add(self, path: str, likeness: FloatArray) -> None:
        """Take a part's (gh, gw) likeness, 1 + cosine; the patch searched for and its neighbours don't count."""
        from tokenclip_core.inspection.patches import strongest_patches

        grid = (likeness.shape[0], likeness.shape[1])
        if path == self._query.path:
            row, column = self._query.patch
            likeness = likeness.copy()
            likeness[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2] = 0
        self.parts += 1
        for patch in strongest_patches(likeness, MOST_OF_A_PART):
            self._found.append((PatchPlace(path, patch, grid), float(likeness[patch]) - 1))
        self._found.sort(key=lambda hit: -hit[1])
        del self._found[MOST_HITS:]

    def answer(self, *, whole: int) -> SearchAnswer:
        """What was found, after `whole` parts were compared patch by patch and the rest by what was kept of them."""
        return SearchAnswer(tuple(self._found), whole, self.parts - whole, KEPT_PATCHES)
