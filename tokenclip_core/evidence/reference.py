"""How unlike some good parts a patch is: its distance to the nearest of their patches.

That is the memory of PatchCore (Roth et al., CVPR 2022, arXiv 2106.08265) without its reweighting. When good parts have
more patches than the shelf may hold, a greedy coreset of them stays: the patch that is farthest from those kept is kept
next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tokenclip_core.arrays import FloatArray
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.distances import distances_to_each, nearest_distances

MOST_TOKENS = 16_384
"""Patches that a shelf holds; good parts that have more are thinned to it."""

# Distances between directions survive a random projection to this width to a few percent, which is enough to choose by.
_PROJECTED_WIDTH = 64


@dataclass(frozen=True, eq=False)
class GoodPart:
    """A part that is known to be good.

    Attributes:
        name: as people call it.
        sha256: of its content.
        tokens: (N, W) float32 unit tokens.
        global_feature: (D,) float32 unit global feature.
    """

    name: str
    sha256: str
    tokens: FloatArray
    global_feature: FloatArray


@dataclass(frozen=True, eq=False)
class ReferenceShelf:
    """Patches of good parts.

    Attributes:
        names: of the parts, in their order.
        hashes: SHA-256 of each part's content.
        tokens: (M, W) float32 unit tokens, M <= `MOST_TOKENS`, those of one part together.
        owners: (M,) the number of the part that each token is from.
        global_features: (k, D) float32 unit global features of the parts.
        seen: how many patches the parts have together; more than M where they were thinned.
    """

    names: tuple[str, ...]
    hashes: tuple[str, ...]
    tokens: FloatArray
    owners: np.ndarray[tuple[int], np.dtype[np.intp]]
    global_features: FloatArray
    seen: int

    @classmethod
    def of(cls, parts: Iterable[GoodPart], most_tokens: int = MOST_TOKENS) -> ReferenceShelf:
        """Put good parts on a shelf, one at a time; never more than twice ``most_tokens`` patches are held.

        Raises:
            SettingsError: no parts, or parts of different models.
        """
        names: list[str] = []
        hashes: list[str] = []
        features: list[FloatArray] = []
        held: list[FloatArray] = []
        owners: list[int] = []
        seen = 0
        for part in parts:
            if held and held[0].shape[1] != part.tokens.shape[1]:
                raise SettingsError(f"{part.name} was encoded by another model than {names[0]}; encode both again.")
            names.append(part.name)
            hashes.append(part.sha256)
            features.append(part.global_feature)
            held.append(part.tokens)
            owners += [len(names) - 1] * len(part.tokens)
            seen += len(part.tokens)
            if len(owners) > 2 * most_tokens:
                held, owners = _thinned(held, owners, most_tokens)
        if not names:
            raise SettingsError("there are no good parts to compare with; name a folder that holds some.")
        if len(owners) > most_tokens:
            held, owners = _thinned(held, owners, most_tokens)
        return cls(
            tuple(names),
            tuple(hashes),
            np.ascontiguousarray(np.concatenate(held)),
            np.asarray(owners, np.intp),
            np.stack(features),
            seen,
        )

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the parts' hashes."""
        return hashlib.sha256("".join(self.hashes).encode()).hexdigest()

    @property
    def nbytes(self) -> int:
        """Memory it takes, in bytes."""
        return self.tokens.nbytes + self.owners.nbytes + self.global_features.nbytes

    def distances(self, tokens: FloatArray, sha256: str = "") -> FloatArray | None:
        """Distance of each patch to the nearest patch of a good part.

        Args:
            tokens: (N, W) float32 unit tokens.
            sha256: of the part's content; a good part is not compared with itself.

        Returns:
            (N,) float32 in [0, 2]; None where the shelf holds nothing but the part itself.
        """
        own = [number for number, known in enumerate(self.hashes) if known == sha256]
        others = self.tokens[~np.isin(self.owners, own)] if own else self.tokens
        return nearest_distances(tokens, others) if len(others) else None

    def nearest(self, token: FloatArray, count: int = 3) -> list[tuple[int, int, float]]:
        """The patches of good parts nearest to one patch: number of the part, place on the shelf, distance."""
        distances = distances_to_each(self.tokens, token[None], np.zeros(1, np.intp))[0]
        places = np.argsort(distances, kind="stable")[:count]
        return [(int(self.owners[place]), int(place), float(distances[place])) for place in places]


def greedy_coreset(tokens: FloatArray, count: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Choose tokens that cover all: each next one is the farthest from those chosen.

    Args:
        tokens: (M, W) float32 unit length.
        count: how many, at most M.

    Returns:
        Ascending places of the chosen ones; the same tokens give the same places.
    """
    if count >= len(tokens):
        return np.arange(len(tokens), dtype=np.intp)
    projection = np.random.default_rng(0).standard_normal((tokens.shape[1], _PROJECTED_WIDTH), dtype=np.float32)
    small = tokens @ (projection / np.float32(np.sqrt(_PROJECTED_WIDTH)))
    squared = np.einsum("ij,ij->i", small, small)
    place = int(np.argmax(squared))
    chosen = np.empty(count, np.intp)
    nearest = np.full(len(tokens), np.inf, np.float32)
    for number in range(count):
        chosen[number] = place
        np.minimum(nearest, squared - 2 * (small @ small[place]) + squared[place], out=nearest)
        nearest[place] = -1
        place = int(np.argmax(nearest))
    return np.sort(chosen)


def _thinned(held: list[FloatArray], owners: list[int], count: int) -> tuple[list[FloatArray], list[int]]:
    tokens = np.concatenate(held)
    places = greedy_coreset(tokens, count)
    return [tokens[places]], [owners[place] for place in places]
