"""Which patches of a part stand out, and which subspaces its most anomalous place comes from."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

PEAK_SHARE = 0.5
"""Patches from this share of the highest value on belong to the most anomalous place."""

SECOND_SHARE = 0.5
"""A subspace is named beside the first one if it brings at least this share of what the first one brings."""

MOST_DOMINANT = 2


def strongest_patches(values: FloatArray, count: int) -> list[tuple[int, int]]:
    """The patches of the highest values, none beside another: neighbours show the same place.

    Args:
        values: (gh, gw) float; only values above 0 count.
        count: of patches at most.

    Returns:
        (row, column), the highest value first; equal values in the order of rows.
    """
    free = values > 0
    chosen: list[tuple[int, int]] = []
    for flat in np.argsort(-values, axis=None, kind="stable"):
        row, column = divmod(int(flat), values.shape[1])
        if len(chosen) == count or not values[row, column] > 0:
            break
        if free[row, column]:
            chosen.append((row, column))
            free[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2] = False
    return chosen


def peak_shares(token_map: FloatArray, subspace_maps: FloatArray) -> FloatArray:
    """Which subspaces the most anomalous place comes from: the connected patches (8 neighbours) around the highest one.

    Args:
        token_map: (gh, gw) float32 in [0, 1].
        subspace_maps: (gh, gw, K) float32, each subspace's part of it.

    Returns:
        (K,) float32 shares that sum to 1; all 0 where nothing is anomalous at all.
    """
    highest = float(token_map.max())
    if highest <= 0:
        return np.zeros(subspace_maps.shape[-1], np.float32)
    _, labels = cv2.connectedComponents((token_map >= PEAK_SHARE * highest).astype(np.uint8), connectivity=8)
    place = labels == labels[np.unravel_index(int(token_map.argmax()), token_map.shape)]
    parts = subspace_maps[place].sum(axis=0, dtype=np.float64)
    return np.asarray(parts / max(float(parts.sum()), 1e-12), dtype=np.float32)


def dominant_subspaces(shares: FloatArray) -> tuple[int, ...]:
    """The subspaces that name a place: the greatest of (K,) shares, and the second if it is not far behind.

    Returns:
        Indices in ascending order, so that equal signatures are equal tuples; empty where all shares are 0.
    """
    order = np.argsort(-shares, kind="stable")[:MOST_DOMINANT]
    first = float(shares[order[0]])
    return tuple(sorted(int(k) for k in order if shares[k] > 0 and shares[k] >= SECOND_SHARE * first))
