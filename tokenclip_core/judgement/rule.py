"""The rule by which a part is defective, in one place: window, live view, report and commands ask it and nothing else.

Present rule: a part is defective when its score reaches the threshold, when a subspace that is not muted reaches its
own threshold, or when an evidence channel reaches its limit. What is exactly at a limit reaches it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Limits = Sequence[tuple[int, float]]
"""(index of a subspace, its own threshold in [0, 1])."""


def reached(values: Any, limit: float) -> Any:
    """Whether values reach a limit; what is exactly at it reaches it, and not a number never does.

    Args:
        values: a number, or an array of any shape.
        limit: a number.

    Returns:
        A bool for a number, a bool array of the same shape for an array.
    """
    return values >= limit


def alarming_subspaces(peaks: Sequence[float], own_thresholds: Limits, muted: frozenset[int]) -> tuple[int, ...]:
    """Indices of the subspaces whose highest anomaly reaches their own threshold, ascending.

    Muted subspaces are left out, because their map is 0 everywhere, which would reach a threshold of 0. Indices beyond
    the peaks are left out, too: they were set for another model.
    """
    return tuple(
        index
        for index, own in sorted(own_thresholds)
        if index not in muted and index < len(peaks) and reached(peaks[index], own)
    )


def alarming_channels(levels: Mapping[str, float], limits: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    """Names of the evidence channels whose level reaches their limit, in the limits' order.

    Args:
        levels: in [0, 1], by the names of the channels that speak.
        limits: (name, limit in [0, 1]); channels without a level are left out.
    """
    return tuple(name for name, limit in limits if name in levels and reached(levels[name], limit))


def defective(score: Any, threshold: float, alarm: Any) -> Any:
    """Whether parts are defective: their score reaches the threshold, or there is an alarm.

    Args:
        score: in [0, 1], of one part, or (n,) of many.
        threshold: in [0, 1].
        alarm: whether a subspace or a channel reaches its own limit; a bool, or (n,) bool.

    Returns:
        A bool, or (n,) bool.
    """
    return reached(score, threshold) | alarm


def area_above(
    anomaly_map: npt.NDArray[np.float32],
    threshold: float,
    own_thresholds: Limits,
    muted: frozenset[int],
    subspace_map: Callable[[int], npt.NDArray[np.float32]],
) -> npt.NDArray[np.bool_]:
    """(H, W) bool, where the map reaches the threshold, or a subspace's own map its own.

    Args:
        anomaly_map: (H, W) in [0, 1].
        threshold: in [0, 1].
        own_thresholds: of single subspaces.
        muted: indices of subspaces that are left out.
        subspace_map: gives the (H, W) map of a subspace.
    """
    above = np.asarray(reached(anomaly_map, threshold))
    for index, own in own_thresholds:
        if index not in muted:
            above = above | reached(subspace_map(index), own)
    return above


def bins_above(count: int, threshold: float) -> npt.NDArray[np.bool_]:
    """Which bins of a histogram over [0, 1] have a middle that reaches a threshold, to colour them.

    Args:
        count: of equal bins.
        threshold: in [0, 1].

    Returns:
        (count,) bool.
    """
    return np.asarray(reached((np.arange(count) + 0.5) / count, threshold))
