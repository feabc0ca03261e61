"""What an inspection says about one part, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tokenclip_core.errors import SettingsError

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Region:
    """A connected area of an anomaly map at or above a threshold, in pixels of the part's own image.

    Attributes:
        x: left edge of the bounding box.
        y: its top edge.
        width: of the bounding box.
        height: of the bounding box.
        area_px: pixels of the area itself.
        peak: highest value of the map inside, in [0, 1].
    """

    x: int
    y: int
    width: int
    height: int
    area_px: int
    peak: float


@dataclass(frozen=True)
class SubspaceResult:
    """One textual subspace's part in a result.

    Attributes:
        name: as the vocabulary or the checkpoint calls it.
        colour: (red, green, blue), 0 to 255.
        mass: its share of all tokens' assignment, in [0, 1]; the masses sum to 1. Before the mask transport gives every
            subspace 1/K: balanced mass is how transport works, not a finding.
        anomaly: highest value of its part of the token map, in [0, 1].
        contribution: its part of the image score; the contributions sum to the score.
        muted: whether it was taken out of the mix.
    """

    name: str
    colour: tuple[int, int, int]
    mass: float
    anomaly: float
    contribution: float
    muted: bool = False


@dataclass(frozen=True, eq=False)
class InspectionResult:
    """What an inspection says about one part. N = gh * gw patches, K subspaces, L tapped layers.

    Attributes:
        score: how anomalous the part is, in [0, 1].
        anomaly_map: (H, W) float32 in [0, 1], of the image's own size, smoothed; 0 where ignored.
        token_map: (gh, gw) float32 in [0, 1], one per patch, not smoothed; the mean over the tapped layers.
        assignment: (gh, gw, K) float32, rows sum to 1, at most top_k non-zero; from the mean plan over the tapped
            layers (each layer of the map uses its own). Rows of ignored patches are 0.
        transport_plan: (N, K) float32, columns sum to 1/K when balanced; the mean plan over the tapped layers, before
            the mask and before muting.
        similarities: (gh, gw, K, 2) float32 cosines to (normal, anomalous), the mean over the tapped layers.
        layer_similarities: (L, gh, gw, K, 2) float32, the same for each layer.
        subspace_maps: (gh, gw, K) float32, each subspace's part of `token_map`; they sum to it.
        subspaces: K SubspaceResult.
        components: what was fused into the score, by name: ``peak``, ``mean_pair``, ``agreement``, ``global``.
        layers: 1-based blocks of the backbone that were tapped.
        ignored: (gh, gw) bool, patches left out, or None.
    """

    score: float
    anomaly_map: FloatArray
    token_map: FloatArray
    assignment: FloatArray
    transport_plan: FloatArray
    similarities: FloatArray
    layer_similarities: FloatArray
    subspace_maps: FloatArray
    subspaces: tuple[SubspaceResult, ...]
    components: Mapping[str, float]
    layers: tuple[int, ...]
    ignored: npt.NDArray[np.bool_] | None = None

    @property
    def width(self) -> int:
        """Width of the part's image in pixels."""
        return int(self.anomaly_map.shape[1])

    @property
    def height(self) -> int:
        """Height of the part's image in pixels."""
        return int(self.anomaly_map.shape[0])

    def regions(self, threshold: float, minimum_area: int = 1) -> tuple[Region, ...]:
        """Connected defect regions (8 neighbours) of the map at or above a threshold, the highest peak first.

        Args:
            threshold: in [0, 1].
            minimum_area: smaller regions are left out, in pixels.

        Raises:
            SettingsError: a threshold outside [0, 1] or a negative area.
        """
        return find_regions(self.anomaly_map, threshold, minimum_area)

    def subspace_shares(self, region: Region) -> FloatArray:
        """Which subspaces a region comes from: (K,) shares that sum to 1, over the patches under its bounding box."""
        gh, gw = self.token_map.shape
        top, left = region.y * gh // self.height, region.x * gw // self.width
        bottom = -(-(region.y + region.height) * gh // self.height)
        right = -(-(region.x + region.width) * gw // self.width)
        parts = self.subspace_maps[top:bottom, left:right].sum(axis=(0, 1), dtype=np.float64)
        total = parts.sum()
        shares = parts / total if total > 0 else np.full(len(parts), 1 / len(parts))
        return np.asarray(shares, dtype=np.float32)


def find_regions(anomaly_map: FloatArray, threshold: float, minimum_area: int = 1) -> tuple[Region, ...]:
    """Connected regions (8 neighbours) of a (H, W) map at or above a threshold; see `InspectionResult.regions`."""
    if not 0 <= threshold <= 1:
        raise SettingsError(f"the threshold is {threshold}; it must be between 0 and 1.")
    if minimum_area < 0:
        raise SettingsError(f"the minimum area is {minimum_area} pixels; it can't be negative.")
    above = (anomaly_map >= threshold).astype(np.uint8)
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(above, connectivity=8)
    regions = []
    for label in range(1, count):
        x, y, width, height, area = (int(value) for value in statistics[label])
        if area < minimum_area:
            continue
        box = (slice(y, y + height), slice(x, x + width))
        peak = float(anomaly_map[box][labels[box] == label].max())
        regions.append(Region(x, y, width, height, area, peak))
    return tuple(sorted(regions, key=lambda region: (-region.peak, -region.area_px, region.y, region.x)))
