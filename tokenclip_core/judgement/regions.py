"""The regions of a map: connected areas that reach a threshold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tokenclip_core.evidence.curve import AreaCurve
from tokenclip_core.judgement import rule
from tokenclip_core.judgement.findings import Region
from tokenclip_core.judgement.judgement import Judgement

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class JudgedMap:
    """What regions are found in.

    Attributes:
        token_map: (gh, gw) in [0, 1], not smoothed.
        curve: the limits of regions by their size.
        whole: score of the whole part as one region, in [0, 1].
        subspace_maps: (gh, gw, K) in [0, 1].
        ignored: (gh, gw) bool, patches that are left out, or None.
        channels: (gh, gw) in [0, 1] of each evidence channel that spoke.
    """

    token_map: FloatArray
    curve: AreaCurve
    whole: float
    subspace_maps: FloatArray
    ignored: BoolArray | None
    channels: Mapping[str, FloatArray] = field(default_factory=dict)


def regions_of_patches(
    judged: JudgedMap, judgement: Judgement, size: tuple[int, int], left_out: BoolArray | None = None
) -> tuple[tuple[Region, ...], BoolArray]:
    """The regions of a map of patches by a judgement, the highest peak first, and the pixels that they cover.

    There is one if and only if the judgement calls the part defective. Regions are of whole patches. Where nothing but
    the whole part reaches the threshold, all that is inspected is the one region. Regions smaller than the judgement's
    smallest are left out, but for the hottest, so that a defective part is never without one.

    Args:
        judged: the map.
        judgement: its thresholds, own thresholds, muted subspaces, limits of channels and smallest region count.
        size: (H, W) of the part's image in pixels.
        left_out: (H, W) bool, pixels that were not looked at, or None.
    """
    inspected = None if judged.ignored is None else ~judged.ignored
    above = judged.curve.reaching(judged.token_map, judgement.threshold, inspected)
    for index, own in judgement.own_thresholds:
        if index not in judgement.muted:
            above = above | rule.reached(judged.subspace_maps[..., index], own)
    for name, limit in judgement.channel_limits:
        if name in judged.channels:
            # In double precision, as the verdict: measured limits lie just above a level.
            above = above | rule.reached(np.asarray(judged.channels[name], np.float64), limit)
    if inspected is not None:
        above = above & inspected
    if not above.any() and rule.reached(judged.whole, judgement.threshold):
        above = np.ones_like(above) if inspected is None else inspected
    pixels = _enlarged(above, size)
    if left_out is not None:
        pixels = pixels & ~left_out
    return _one_at_least(_enlarged(judged.token_map, size), pixels, judgement.smallest_region)


def _enlarged(values: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[Any]:
    """(H, W) from (gh, gw): each pixel has the value of the patch that it lies in."""
    rows, columns = (np.arange(pixels) * patches // pixels for patches, pixels in zip(values.shape, size, strict=True))
    found: npt.NDArray[Any] = values[rows][:, columns]
    return found


def judged_regions(
    anomaly_map: FloatArray,
    judgement: Judgement,
    subspace_map: Callable[[int], FloatArray],
    left_out: npt.NDArray[np.bool_] | None = None,
    *,
    defective: bool,
) -> tuple[tuple[Region, ...], npt.NDArray[np.bool_]]:
    """The regions of a map by a judgement (8 neighbours), the highest peak first, and the area that they cover.

    There is one if and only if the part is defective: where the map itself stays below the threshold, it is where the
    map is highest.

    Args:
        anomaly_map: (H, W) in [0, 1].
        judgement: its thresholds, own thresholds, muted subspaces and smallest region count.
        subspace_map: gives the (H, W) map of a subspace; only asked for those with a threshold of their own.
        left_out: (H, W) bool, pixels that were not looked at, or None.
        defective: the verdict on the part by the same judgement.

    Returns:
        The regions, and an (H, W) bool array.
    """
    if not defective:
        return (), np.zeros(anomaly_map.shape, np.bool_)
    above = rule.area_above(anomaly_map, judgement.threshold, judgement.own_thresholds, judgement.muted, subspace_map)
    if left_out is not None:
        # 0 reaches a threshold of 0, also where nothing was looked at.
        above = above & ~left_out
    if not above.any():
        inspected = np.ones_like(above) if left_out is None else ~left_out
        above = inspected & rule.reached(anomaly_map, anomaly_map.max(where=inspected, initial=0.0))
    return _one_at_least(anomaly_map, above, judgement.smallest_region)


def find_regions(anomaly_map: FloatArray, threshold: float, minimum_area: int = 1) -> tuple[Region, ...]:
    """Connected regions (8 neighbours) of a (H, W) map at or above a threshold; see `InspectionResult.regions`.

    Raises:
        SettingsError: a threshold outside [0, 1], or a negative area.
    """
    judgement = Judgement(threshold, smallest_region=minimum_area)
    return _connected(anomaly_map, np.asarray(rule.reached(anomaly_map, judgement.threshold)), minimum_area)[0]


def _one_at_least(values: FloatArray, above: BoolArray, smallest: int) -> tuple[tuple[Region, ...], BoolArray]:
    """The regions of an area but for those that are too small; where all are, the hottest of them."""
    regions, covered = _connected(values, above, smallest)
    if regions or not above.any():
        return regions, covered
    hottest = _connected(values, above, 0)[0][0]
    box = (slice(hottest.y, hottest.y + hottest.height), slice(hottest.x, hottest.x + hottest.width))
    covered = np.zeros_like(above)
    covered[box] = above[box]
    return (hottest,), covered


def _connected(
    anomaly_map: FloatArray, above: npt.NDArray[np.bool_], smallest: int
) -> tuple[tuple[Region, ...], npt.NDArray[np.bool_]]:
    """Regions of a (H, W) bool area, the highest peak first, and the area without those that are too small."""
    if not above.any():
        return (), above
    # Imported here: recipes and thresholds are read before the window is drawn, which has no time for OpenCV.
    import cv2

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
