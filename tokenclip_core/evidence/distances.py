"""How far visual tokens are from others: exact nearest neighbours as blocked matrix products.

A distance is 1 - cosine of unit tokens. Nothing is approximated: every pair is compared, a block at a time, so that
memory stays bounded however many tokens there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray, unit
from tokenclip_core.errors import SettingsError

BLOCK_BYTES = 16 * 2**20
"""Bytes of the cosines that are in memory at once."""


def joined_tokens(blocks: Sequence[npt.NDArray[np.floating]], weights: Sequence[float] | None = None) -> FloatArray:
    """Tokens of several blocks as one unit vector a patch, whose cosine is the weighted mean of the blocks' cosines.

    Args:
        blocks: (N, W) unit tokens of each block.
        weights: one for each block, 0 or more; None for equal ones.

    Returns:
        (N, sum of W) float32, unit length.

    Raises:
        SettingsError: no blocks, or not one weight for each.
    """
    given = [1.0] * len(blocks) if weights is None else list(weights)
    total = sum(given)
    if len(given) != len(blocks) or not blocks or total <= 0 or min(given) < 0:
        raise SettingsError(f"{len(blocks)} blocks of evidence tokens have the weights {given}; give one for each.")
    scaled = [
        np.sqrt(weight / total) * unit(np.asarray(block, np.float32))
        for block, weight in zip(blocks, given, strict=True)
        if weight > 0
    ]
    return np.ascontiguousarray(np.concatenate(scaled, axis=-1), np.float32)


class PairsLeftOut(Protocol):
    """Which pairs of tokens are not compared, such as `places.Elsewhere`."""

    def __getitem__(self, rows: slice, /) -> npt.NDArray[np.bool_]:
        """(rows, N) bool of some of the others and all tokens."""


def nearest_distances(tokens: FloatArray, others: FloatArray, elsewhere: PairsLeftOut | None = None) -> FloatArray:
    """Distance of each token to the nearest of the others.

    Args:
        tokens: (N, W) unit length.
        others: (M, W) unit length, M >= 1.
        elsewhere: as for `distances_to_each`.

    Returns:
        (N,) float32 in [0, 2].
    """
    found: FloatArray = distances_to_each(tokens, others, np.zeros(1, np.intp), elsewhere)[0]
    return found


def distances_to_each(
    tokens: FloatArray,
    others: FloatArray,
    starts: npt.NDArray[np.intp],
    elsewhere: PairsLeftOut | None = None,
) -> FloatArray:
    """Distance of each token to the nearest token of each of several parts.

    Args:
        tokens: (N, W) unit length.
        others: (M, W) unit length, the parts' tokens one part after another.
        starts: (R,) where each part begins in ``others``, ascending from 0; every part has a token.
        elsewhere: which pairs are not compared, asked for a block at a time; None to compare all.

    Returns:
        (R, N) float32 in [0, 2]; 2 where nothing was compared.
    """
    return distances_both_ways(tokens, others, starts, elsewhere)[0]


def distances_both_ways(
    tokens: FloatArray,
    others: FloatArray,
    starts: npt.NDArray[np.intp],
    elsewhere: PairsLeftOut | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Distance of each token to the nearest token of each of several parts, and of each of theirs to the nearest token.

    Args:
        tokens: as for `distances_to_each`.
        others: as for `distances_to_each`.
        starts: as for `distances_to_each`.
        elsewhere: as for `distances_to_each`.

    Returns:
        (R, N) and (M,) float32 in [0, 2].
    """
    found = np.empty((len(starts), len(tokens)), np.float32)
    back = np.empty(len(others), np.float32)
    ends = np.append(starts[1:], len(others))
    rows = max(1, BLOCK_BYTES // (4 * max(len(tokens), 1)))
    first = 0
    while first < len(starts):
        # Parts are taken together as far as they fit into a block; one that is larger than a block, in pieces.
        last = max(first + 1, int(np.searchsorted(ends, starts[first] + rows, side="right")))
        here = slice(starts[first], ends[last - 1])
        if here.stop - here.start > rows:
            found[first], back[here] = _nearest_in_pieces(tokens, others, here, rows, elsewhere)
        else:
            cosines = _cosines(tokens, others, here, elsewhere)
            found[first:last] = np.maximum.reduceat(cosines, starts[first:last] - starts[first], axis=0)
            back[here] = cosines.max(axis=1)
        first = last
    return np.clip(1 - found, 0, 2), np.clip(1 - back, 0, 2)


def _cosines(tokens: FloatArray, others: FloatArray, rows: slice, elsewhere: PairsLeftOut | None) -> FloatArray:
    """(rows, N) cosines of some of the others; -1 for pairs that are not compared."""
    cosines: FloatArray = others[rows] @ tokens.T
    if elsewhere is not None:
        cosines[elsewhere[rows]] = -1
    return cosines


def _nearest_in_pieces(
    tokens: FloatArray, others: FloatArray, here: slice, rows: int, elsewhere: PairsLeftOut | None
) -> tuple[FloatArray, FloatArray]:
    """(N,) and (M,) the highest cosine of each token to any of some of the others and back, a few at a time."""
    highest, back = np.full(len(tokens), -1, np.float32), np.empty(here.stop - here.start, np.float32)
    for start in range(here.start, here.stop, rows):
        piece = slice(start, min(start + rows, here.stop))
        cosines = _cosines(tokens, others, piece, elsewhere)
        np.maximum(highest, cosines.max(axis=0), out=highest)
        back[piece.start - here.start : piece.stop - here.start] = cosines.max(axis=1)
    return highest, back
