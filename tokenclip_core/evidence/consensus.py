"""How unlike the other parts of a folder a patch is, none of them labelled.

A patch is compared with each part of a pool; the mean over those parts that are nearest to it counts, so that a
defective minority does no harm. That is the mutual scoring with interval average of MuSc (Li et al., ICLR 2024, arXiv
2401.16753). A pool is frozen: the same pool gives the same distances, whatever else the folder holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray, unit
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.distances import distances_both_ways, nearest_distances
from tokenclip_core.evidence.places import Near
from tokenclip_core.evidence.self_similarity import self_distances
from tokenclip_core.evidence.typical import NOTHING_TYPICAL, Typical

POOL_SIZE = 48
"""Parts that a patch is compared with."""

FEWEST_ALIKE = 8
"""Other parts that must look alike; with fewer, consensus is silent."""

NEAREST_SHARE = 0.3
"""Share of the pool's parts whose mean distance counts: those that are nearest to the patch."""

ALIKE_RATIO = 1.8
"""Two parts look alike when the median patch is at most so many times as far from the other part as patches of its own
part are from each other; the geometric mean of both ways counts."""

COPY_COSINE = 0.99995
"""Cosine of global features from which on two parts count as copies of one, which are no evidence for each other."""

MOST_POOL_BYTES = 500 * 2**20
"""Bytes of the tokens that all pools of one folder may hold together."""


@dataclass(frozen=True, eq=False)
class PoolPart:
    """One part, as others are compared with it.

    Attributes:
        sha256: of its content: of the file, or of the pixels.
        tokens: (N, W) float32 unit tokens.
        global_feature: (D,) float32 unit global feature, such as `mean_token`.
        grid: (gh, gw) of its patches; None where that is not known.
    """

    sha256: str
    tokens: FloatArray
    global_feature: FloatArray
    grid: tuple[int, int] | None = None

    @cached_property
    def own_distance(self) -> float:
        """How far its median patch is from others of its own."""
        return float(np.median(self_distances(self.tokens)))

    @property
    def nbytes(self) -> int:
        """Memory it takes, in bytes."""
        return self.tokens.nbytes + self.global_feature.nbytes


@dataclass(frozen=True, eq=False)
class ConsensusPool:
    """A frozen pool of parts that look alike.

    Attributes:
        parts: at most `POOL_SIZE` + 1, so that each has `POOL_SIZE` others; in the order of their seeded hashes.
        typical: what its parts give; nothing before it is known, see `EvidenceScale.of_pool`.
    """

    parts: tuple[PoolPart, ...]
    typical: Typical = NOTHING_TYPICAL

    @cached_property
    def centre(self) -> FloatArray:
        """(D,) float32 unit mean of the global features."""
        mean = np.mean([part.global_feature for part in self.parts], axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the parts' hashes: the same pool, the same distances."""
        return hashlib.sha256("".join(part.sha256 for part in self.parts).encode()).hexdigest()

    @property
    def nbytes(self) -> int:
        """Memory it takes, in bytes."""
        return sum(part.nbytes for part in self.parts)

    def likeness(self, global_feature: FloatArray) -> float:
        """Cosine of a part's (D,) unit global feature to the pool's mean, in [-1, 1]."""
        return float(self.centre @ global_feature)

    def others(self, sha256: str, global_feature: FloatArray) -> list[PoolPart]:
        """The parts that one part is compared with, `POOL_SIZE` at most: not itself, and no copies of it.

        Args:
            sha256: of the part's content.
            global_feature: (D,) float32, its unit global feature.
        """
        kept = [
            part
            for part in self.parts
            if part.sha256 != sha256 and float(part.global_feature @ global_feature) < COPY_COSINE
        ]
        return kept[:POOL_SIZE]

    def distances(
        self,
        tokens: FloatArray,
        own_distances: FloatArray,
        sha256: str,
        global_feature: FloatArray,
        near: Near | None = None,
    ) -> FloatArray | None:
        """How far each patch is from those alike parts of the pool that are nearest to it.

        Args:
            tokens: (N, W) float32 unit tokens.
            own_distances: (N,) of the same patches to their own part.
            sha256: of the part's content.
            global_feature: (D,) its unit global feature.
            near: where the patches lie, so that each is compared with those near its own place; None to compare all.

        Returns:
            (N,) float32 in [0, 2]; None where fewer than `FEWEST_ALIKE` others look alike, see `ALIKE_RATIO`.

        Raises:
            SettingsError: places are to count, and those of the pool are not known.
        """
        others = self.others(sha256, global_feature)
        if len(others) < FEWEST_ALIKE:
            return None
        starts = np.cumsum([0, *(len(part.tokens) for part in others[:-1])]).astype(np.intp)
        each, back = distances_both_ways(tokens, np.concatenate([part.tokens for part in others]), starts)
        theirs = [np.median(one) for one in np.split(back, starts[1:])]
        squared = np.median(each, axis=1) * theirs
        within = float(np.median(own_distances)) * np.array([part.own_distance for part in others])
        is_alike = squared <= ALIKE_RATIO**2 * within
        if is_alike.sum() < FEWEST_ALIKE:
            return None
        if near is None:
            return interval_mean(each[is_alike])
        # What looks alike is asked without places, so that a part that is turned or moved speaks, and is found.
        kept = [part for part, found in zip(others, is_alike, strict=True) if found]
        return interval_mean(
            np.stack([nearest_distances(tokens, part.tokens, near.elsewhere(part.grid)) for part in kept])
        )


def interval_mean(each: FloatArray, share: float = NEAREST_SHARE) -> FloatArray:
    """Mean over the parts that are nearest to each patch.

    Args:
        each: (R, N) distances to every part.
        share: of the parts that count, in (0, 1]; at least one does.

    Returns:
        (N,) float32.
    """
    count = max(1, round(share * len(each)))
    return np.asarray(np.partition(each, count - 1, axis=0)[:count].mean(axis=0), np.float32)


@dataclass
class PoolGathering:
    """Gathers pools from parts that come in the order of `seeded_order`; each kind of part gets its own.

    A part joins the pool whose mean it is most like, or founds one where it is like none. So the pools depend on the
    folder's content and the seed alone, and not on names, order or time.

    Attributes:
        alike_cosine: the lowest cosine to a pool's mean at which a part looks alike.
        most_bytes: of tokens, over all pools; what comes later is left out.
    """

    alike_cosine: float
    most_bytes: int = MOST_POOL_BYTES
    _groups: list[list[PoolPart]] = field(default_factory=list)
    _bytes: int = 0

    def add(self, part: PoolPart) -> bool:
        """Take a part in, or leave it out; whether it was taken in."""
        group = self._nearest(part.global_feature)
        if group is None:
            group = []
            self._groups.append(group)
        is_copy = any(
            known.sha256 == part.sha256 or float(known.global_feature @ part.global_feature) >= COPY_COSINE
            for known in group
        )
        if is_copy or len(group) > POOL_SIZE or self._bytes + part.nbytes > self.most_bytes:
            return False
        group.append(part)
        self._bytes += part.nbytes
        return True

    @property
    def is_full(self) -> bool:
        """Whether every kind met so far has all the parts it needs, or memory is used up."""
        full = bool(self._groups) and all(len(group) > POOL_SIZE for group in self._groups)
        return full or self._bytes >= self.most_bytes

    def pools(self) -> tuple[ConsensusPool, ...]:
        """The pools that can speak: those with more than `FEWEST_ALIKE` parts, so that each has enough others."""
        return tuple(ConsensusPool(tuple(group)) for group in self._groups if len(group) >= FEWEST_ALIKE)

    def _nearest(self, global_feature: FloatArray) -> list[PoolPart] | None:
        best, likeness = None, self.alike_cosine
        for group in self._groups:
            if group:
                mean = np.mean([part.global_feature for part in group], axis=0)
                cosine = float(mean @ global_feature) / max(float(np.linalg.norm(mean)), 1e-12)
                if cosine >= likeness:
                    best, likeness = group, cosine
        return best


def pool_for(pools: Sequence[ConsensusPool], global_feature: FloatArray) -> ConsensusPool | None:
    """The pool that a part is most like, be it much or little; None where there is no pool.

    Args:
        pools: of one model.
        global_feature: (D,) float32, the part's unit global feature.
    """
    return max(pools, key=lambda pool: pool.likeness(global_feature), default=None)


def mean_token(tokens: FloatArray) -> FloatArray:
    """(W,) the unit mean of a part's tokens: what a part looks like as a whole."""
    mean: FloatArray = unit(tokens.mean(axis=0, dtype=np.float32))
    return mean


def seeded_order(hashes: Iterable[str], seed: int = 0) -> list[str]:
    """Distinct content hashes in an order that only they and the seed decide.

    A part that is added later takes its place among them and moves none of the others.

    Args:
        hashes: SHA-256 of each part's content, in hexadecimal.
        seed: of the order.
    """
    return sorted(set(hashes), key=lambda sha256: hashlib.sha256(f"{seed}:{sha256}".encode()).digest())


def content_sha256(pixels: npt.NDArray[np.uint8]) -> str:
    """SHA-256 of the size and the pixels of a (H, W, 3) uint8 image.

    Raises:
        SettingsError: not an array of bytes.
    """
    if pixels.dtype != np.uint8:
        raise SettingsError(f"the image has type {pixels.dtype}; expected uint8.")
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()
