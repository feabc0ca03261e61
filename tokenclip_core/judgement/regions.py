"""The regions of a map: connected areas that reach a threshold."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from tokenclip_core.judgement import rule
from tokenclip_core.judgement.findings import Region
from tokenclip_core.judgement.judgement import Judgement

FloatArray = npt.NDArray[np.float32]


def judged_regions(
    anomaly_map: FloatArray,
    judgement: Judgement,
    subspace_map: Callable[[int], FloatArray],
    left_out: npt.NDArray[np.bool_] | None = None,
) -> tuple[tuple[Region, ...], npt.NDArray[np.bool_]]:
    """The regions of a map by a judgement (8 neighbours), the highest peak first, and the area that they cover.

    Args:
        anomaly_map: (H, W) in [0, 1].
        judgement: its thresholds, own thresholds, muted subspaces and smallest region count.
        subspace_map: gives the (H, W) map of a subspace; only asked for those with a threshold of their own.
        left_out: (H, W) bool, pixels that were not looked at, or None.

    Returns:
        The regions, and an (H, W) bool array.
    """
    above = rule.area_above(anomaly_map, judgement.threshold, judgement.own_thresholds, judgement.muted, subspace_map)
    if left_out is not None:
        # 0 reaches a threshold of 0, also where nothing was looked at.
        above = above & ~left_out
    return _connected(anomaly_map, above, judgement.smallest_region)


def find_regions(anomaly_map: FloatArray, threshold: float, minimum_area: int = 1) -> tuple[Region, ...]:
    """Connected regions (8 neighbours) of a (H, W) map at or above a threshold; see `InspectionResult.regions`.

    Raises:
        SettingsError: a threshold outside [0, 1], or a negative area.
    """
    judgement = Judgement(threshold, smallest_region=minimum_area)
    return _connected(anomaly_map, np.asarray(rule.reached(anomaly_map, judgement.threshold)), minimum_area)[0]


def _connected(
    anomaly_map: FloatArray, above: npt.NDArray[np.bool_], smallest: int
) -> tuple[tuple[Region, ...], npt.NDArray[np.bool_]]:
    """Regions of a (H, W) bool area, the highest peak first, and the area without those that are too small."""
    if not above.any():
        return (), above
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(above.astype(np.uint8), connectivity=8)
    regions = []
    kept = np.zeros(count, dtype=bool)
    for label in range(1, count):
        x, y, width, height, area = (int(value) for value in statistics[label])
        if area < smallest:
            continue
        kept[label] = True
        box = (slice(y, y + height), slice(x, x + width))
        peak = float(anomaly_map[box][labels[box] == label].max())
        regions.append(Region(x, y, width, height, area, peak))
    area_kept = above if kept[1:].all() else np.asarray(kept[labels])
    return tuple(sorted(regions, key=lambda region: (-region.peak, -region.area_px, region.y, region.x))), area_kept
