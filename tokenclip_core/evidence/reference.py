"""How unlike some good parts a patch is: its distance to the nearest of their patches.

That is the memory of PatchCore (Roth et al., CVPR 2022, arXiv 2106.08265) without its reweighting. When good parts have
more patches than the shelf may hold, a greedy coreset of them stays: the patch that is farthest from those kept is kept
next. Where places count, a patch's place is part of what it is, so that every place keeps patches.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from tokenclip_core.arrays import FloatArray
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.distances import distances_to_each, nearest_distances
from tokenclip_core.evidence.places import Elsewhere, Near, places_of

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
        grid: (gh, gw) of its patches; None where that is not known.
    """

    name: str
    sha256: str
    tokens: FloatArray
    global_feature: FloatArray
    grid: tuple[int, int] | None = None


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
        places: (M, 2) float32 where each token's patch lies, see `places_of`; None where places don't count.
    """

    names: tuple[str, ...]
    hashes: tuple[str, ...]
    tokens: FloatArray
    owners: np.ndarray[tuple[int], np.dtype[np.intp]]
    global_features: FloatArray
    seen: int
    places: FloatArray | None = None
    # Of the last grid, since most parts that are compared with a shelf have the same one.
    _last_elsewhere: dict[Near, Elsewhere] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, parts: Iterable[GoodPart], most_tokens: int = MOST_TOKENS, reach: float | None = None
    ) -> ReferenceShelf:
        """Put good parts on a shelf, one at a time; never more than twice ``most_tokens`` patches are held.

        Args:
            parts: good ones.
            most_tokens: that stay.
            reach: how far from its own place a patch will be compared; None where places don't count.

        Raises:
            SettingsError: no parts, parts of different models, or places that count and are not known.
        """
        names: list[str] = []
        hashes: list[str] = []
        features: list[FloatArray] = []
        held = _Held([], [], [])
        seen = 0
        for part in parts:
            if held.tokens and held.tokens[0].shape[1] != part.tokens.shape[1]:
                raise SettingsError(f"{part.name} was encoded by another model than {names[0]}; encode both again.")
            if reach is not None and part.grid is None:
                raise SettingsError(f"the places of the patches of {part.name} are not known; encode it again.")
            names.append(part.name)
            hashes.append(part.sha256)
            features.append(part.global_feature)
            held.tokens.append(part.tokens)
            held.owners.extend([len(names) - 1] * len(part.tokens))
            if reach is not None and part.grid is not None:
                held.places.append(places_of(part.grid))
            seen += len(part.tokens)
            if len(held.owners) > 2 * most_tokens:
                held = _thinned(held, most_tokens, reach)
        if not names:
            raise SettingsError("there are no good parts to compare with; name a folder that holds some.")
        if len(held.owners) > most_tokens:
            held = _thinned(held, most_tokens, reach)
        return cls(
            tuple(names),
            tuple(hashes),
            np.ascontiguousarray(np.concatenate(held.tokens)),
            np.asarray(held.owners, np.intp),
            np.stack(features),
            seen,
            np.concatenate(held.places) if held.places else None,
        )

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the parts' hashes."""
        return hashlib.sha256("".join(self.hashes).encode()).hexdigest()

    @property
    def nbytes(self) -> int:
        """Memory it takes, in bytes."""
        places = 0 if self.places is None else self.places.nbytes
        return self.tokens.nbytes + self.owners.nbytes + self.global_features.nbytes + places

    def distances(self, tokens: FloatArray, sha256: str = "", near: Near | None = None) -> FloatArray | None:
        """Distance of each patch to the nearest patch of a good part.

        Args:
            tokens: (N, W) float32 unit tokens.
            sha256: of the part's content; a good part is not compared with itself.
            near: where the patches lie, so that each is compared with those near its own place; None to compare all.

        Returns:
            (N,) float32 in [0, 2]; None where the shelf holds nothing but the part itself.

        Raises:
            SettingsError: places are to count, and those of the good parts are not known.
        """
        own = [number for number, known in enumerate(self.hashes) if known == sha256]
        kept = ~np.isin(self.owners, own) if own else np.ones(len(self.owners), np.bool_)
        if not kept.any():
            return None
        others = self.tokens[kept] if own else self.tokens
        if near is None:
            return nearest_distances(tokens, others)
        if self.places is None:
            raise SettingsError("the places of the good parts' patches are not known; put them on the shelf again.")
        if own:
            return nearest_distances(tokens, others, near.elsewhere_of(self.places[kept]))
        elsewhere = self._last_elsewhere.get(near)
        if elsewhere is None:
            elsewhere = near.elsewhere_of(self.places)
            self._last_elsewhere.clear()
            self._last_elsewhere[near] = elsewhere
        return nearest_distances(tokens, others, elsewhere)

    def nearest(self, token: FloatArray, count: int = 3) -> list[tuple[int, int, float]]:
        """The patches of good parts that are nearest to one patch, the nearest first.

        Args:
            token: (W,) float32 unit token.
            count: of patches.

        Returns:
            The number of the good part, the place of the patch on the shelf, and the distance in [0, 2] of each.
        """
        distances = distances_to_each(self.tokens, token[None], np.zeros(1, np.intp))[0]
        places = np.argsort(distances, kind="stable")[:count]
        return [(int(self.owners[place]), int(place), float(distances[place])) for place in places]


def greedy_coreset(
    tokens: FloatArray, count: int, places: FloatArray | None = None
) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Choose tokens that cover all: each next one is the farthest from those chosen.

    Args:
        tokens: (M, W) float32 unit length.
        count: how many, at most M.
        places: (M, 2) float32 where each is, in units that weigh as much as a token's length does; None if that does
            not matter.

    Returns:
        Ascending places of the chosen ones; the same tokens give the same places.
    """
    if count >= len(tokens):
        return np.arange(len(tokens), dtype=np.intp)
    projection = np.random.default_rng(0).standard_normal((tokens.shape[1], _PROJECTED_WIDTH), dtype=np.float32)
    small = tokens @ (projection / np.float32(np.sqrt(_PROJECTED_WIDTH)))
    if places is not None:
        small = np.concatenate([small, places], axis=1)
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


class _Held(NamedTuple):
    """Patches while good parts are put on the shelf, with the number of the part of each; places where they count."""

    tokens: list[FloatArray]
    owners: list[int]
    places: list[FloatArray]


def _thinned(held: _Held, count: int, reach: float | None) -> _Held:
    tokens = np.concatenate(held.tokens)
    if reach is None:
        chosen = greedy_coreset(tokens, count)
        return _Held([tokens[chosen]], [held.owners[one] for one in chosen], [])
    places = np.concatenate(held.places)
    chosen = greedy_coreset(tokens, count, places * np.float32(np.sqrt(2) / reach))
    return _Held([tokens[chosen]], [held.owners[one] for one in chosen], [places[chosen]])
