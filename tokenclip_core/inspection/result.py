"""What an inspection says about one part, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import bytes_held
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.curve import AreaCurve
from tokenclip_core.judgement.findings import Region, SubspaceResult
from tokenclip_core.judgement.judgement import Judgement, PartScores
from tokenclip_core.judgement.regions import JudgedMap, judged_regions, regions_of_patches
from tokenclip_core.judgement.regions import find_regions as find_regions
from tokenclip_core.scoring.map_axes import axis_matrix, resize_map, scaled_sigma
from tokenclip_core.subspaces.naming import most_like

FloatArray = npt.NDArray[np.float32]


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
        subspace_maps: (gh, gw, K) float32, each subspace's part of TokenCLIP's own anomaly probabilities, whatever else
            the map is made of; they sum to these.
        subspaces: K SubspaceResult.
        components: what TokenCLIP's own image score was made of, which speaks for the whole part, by name: ``peak``,
            ``mean_pair``, ``agreement``, ``global``.
        layers: 1-based blocks of the backbone that were tapped.
        ignored: (gh, gw) bool, patches left out, or None.
        working_size: (h, w) in pixels at which the map was smoothed; (0, 0) for the image's own size.
        sigma: that smoothing, as in the scoring settings.
        rarity: (gh, gw) float32 in [0, 1], what the patches' probabilities were multiplied with because of how rare
            they are in their part, the mean over the tapped layers; None where the settings leave rarity out.
        layer_maps: (L, gh, gw) float32 in [0, 1], the patches' anomaly probabilities in each tapped layer, rarity
            included. (0, 0, 0) in a result that was made without them.
        curve: the limits of regions by their size, which score and regions come from; None in a result that was made
            without one, whose regions are those of `anomaly_map`.
        whole: score of the whole part as one region, in [0, 1]; `score` is the higher one of it and the regions'.
        channels: (gh, gw) float32 in [0, 1] of each channel of evidence that spoke: ``text``, ``self``, ``consensus``,
            ``reference``.
        shares: of these channels in the score, in [0, 1]; they sum to 1.
        likeness: (gh, gw, K) float32 logits of what each patch looks like, see `looks_like`; None where that is not
            known: with learned subspaces, a model without such a map, or tokens that were not kept.
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
    working_size: tuple[int, int] = (0, 0)
    sigma: float = 0.0
    rarity: FloatArray | None = None
    layer_maps: FloatArray = field(default_factory=lambda: np.zeros((0, 0, 0), np.float32))
    curve: AreaCurve | None = None
    whole: float = 0.0
    channels: Mapping[str, FloatArray] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    likeness: FloatArray | None = None

    @property
    def width(self) -> int:
        """Width of the part's image in pixels."""
        return int(self.anomaly_map.shape[1])

    @property
    def height(self) -> int:
        """Height of the part's image in pixels."""
        return int(self.anomaly_map.shape[0])

    @property
    def part_scores(self) -> PartScores:
        """What the part is judged by, see `tokenclip_core.judgement.judgement.Judgement`."""
        peaks = tuple(float(subspace.anomaly) for subspace in self.subspaces)
        return PartScores(float(self.score), peaks, self.channel_levels, float(self.whole))

    @property
    def channel_levels(self) -> tuple[tuple[str, float], ...]:
        """(name, highest anomaly in [0, 1] of the inspected patches) of each channel of evidence that spoke."""
        inspected = ... if self.ignored is None else ~self.ignored
        return tuple((name, float(values[inspected].max(initial=0.0))) for name, values in self.channels.items())

    @property
    def size_scores(self) -> tuple[float, ...]:
        """The scores of regions of at least each of `tokenclip_core.evidence.curve.SIZES`, then of the whole part.

        Their maximum is the score. Empty in a result that was made without a curve.
        """
        if self.curve is None:
            return ()
        inspected = None if self.ignored is None else ~self.ignored
        return (*self.curve.size_scores(self.token_map, inspected), float(self.whole))

    @property
    def nbytes(self) -> int:
        """Memory it takes, in bytes."""
        return bytes_held(self)

    def subspace_map(self, index: int) -> FloatArray:
        """One subspace's own part of the anomaly map: (H, W) float32 in [0, 1]; the K of them sum to the map."""
        size = self.working_size if all(self.working_size) else (self.height, self.width)
        rows, columns = (
            axis_matrix(tokens, pixels, scaled_sigma(self.sigma, size))
            for tokens, pixels in zip(self.token_map.shape, size, strict=True)
        )
        enlarged = rows @ np.ascontiguousarray(self.subspace_maps[..., index]) @ columns.T
        if self.ignored is not None:
            # As the map itself: values of kept patches only, 0 where the nearest patch is ignored.
            kept = np.asarray(~self.ignored, dtype=np.float32)
            down, across = (
                np.arange(pixels) * tokens // pixels for tokens, pixels in zip(kept.shape, size, strict=True)
            )
            coverage = (rows @ kept @ columns.T) * kept[down][:, across]
            enlarged = np.where(coverage > 0, enlarged / np.maximum(coverage, 1e-6), 0)
        return resize_map(np.asarray(enlarged.clip(0, 1), dtype=np.float32), self.height, self.width)

    def region_mask(
        self, threshold: float, minimum_area: int = 1, own_thresholds: Mapping[int, float] | None = None
    ) -> tuple[tuple[Region, ...], npt.NDArray[np.bool_]]:
        """The regions, and the (H, W) bool area that they cover together; arguments and errors as of `regions`.

        Raises:
            SettingsError: as `regions`.
        """
        own = dict(own_thresholds or {})
        for index in own:
            if not 0 <= index < len(self.subspaces):
                raise SettingsError(f"subspace {index} does not exist; there are {len(self.subspaces)}, from 0.")
        return self.judged_regions(Judgement(threshold, tuple(sorted(own.items())), minimum_area))

    def judged_regions(self, judgement: Judgement) -> tuple[tuple[Region, ...], npt.NDArray[np.bool_]]:
        """The regions by a judgement, the highest peak first, and the (H, W) bool area that they cover together.

        There is one if and only if the judgement calls the part defective. Own thresholds of muted subspaces, and of
        subspaces that don't exist, are left out.
        """
        count = len(self.subspaces)
        muted = judgement.muted | {index for index, subspace in enumerate(self.subspaces) if subspace.muted}
        known = tuple((index, own) for index, own in judgement.own_thresholds if index < count)
        judgement = replace(judgement, muted=muted, own_thresholds=known)
        if self.curve is None:
            defective = judgement.verdict(self.part_scores) == "defect"
            return judged_regions(
                self.anomaly_map, judgement, self.subspace_map, self._uninspected(), defective=defective
            )
        judged = JudgedMap(self.token_map, self.curve, self.whole, self.subspace_maps, self.ignored, self.channels)
        return regions_of_patches(judged, judgement, (self.height, self.width), self._uninspected())

    def _uninspected(self) -> npt.NDArray[np.bool_] | None:
        """(H, W) bool, pixels that were not looked at, or None."""
        if self.ignored is None:
            return None
        size = (self.width, self.height)
        enlarged = cv2.resize(self.ignored.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        return np.asarray(enlarged, dtype=bool)

    def regions(
        self, threshold: float, minimum_area: int = 1, own_thresholds: Mapping[int, float] | None = None
    ) -> tuple[Region, ...]:
        """Connected defect regions (8 neighbours) of the map at or above a threshold, the highest peak first.

        Args:
            threshold: in [0, 1].
            minimum_area: smaller regions are left out, in pixels.
            own_thresholds: subspaces by index with a threshold of their own, in [0, 1]: where a subspace's own map
                (see `subspace_map`) reaches it, there is a region too.

        Raises:
            SettingsError: a threshold outside [0, 1], a negative area, or a subspace that does not exist.
        """
        return self.region_mask(threshold, minimum_area, own_thresholds)[0]

    def alarms(self, own_thresholds: Mapping[int, float]) -> tuple[int, ...]:
        """Subspaces whose highest anomaly reaches their own threshold: the part is defective, whatever its score.

        Args:
            own_thresholds: in [0, 1], by the subspaces' indices.

        Returns:
            Indices, ascending; muted subspaces are left out.

        Raises:
            SettingsError: a subspace that does not exist.
        """
        for index in own_thresholds:
            if not 0 <= index < len(self.subspaces):
                raise SettingsError(f"subspace {index} does not exist; there are {len(self.subspaces)}, from 0.")
        muted = frozenset(index for index, subspace in enumerate(self.subspaces) if subspace.muted)
        judgement = Judgement(own_thresholds=tuple(sorted(own_thresholds.items())), muted=muted)
        return judgement.alarms(self.part_scores.peaks)

    def subspace_shares(self, region: Region) -> FloatArray:
        """Which subspaces a region comes from: (K,) shares that sum to 1, over the patches under its bounding box."""
        rows, columns = self._patches_under(region)
        parts = self.subspace_maps[rows, columns].sum(axis=(0, 1), dtype=np.float64)
        total = parts.sum()
        shares = parts / total if total > 0 else np.full(len(parts), 1 / len(parts))
        return np.asarray(shares, dtype=np.float32)

    def looks_like(self, region: Region) -> tuple[int, float] | None:
        """The subspace that a region looks most like: its index, and its likelihood in [`LIKELY`, 1].

        Its hottest patches decide, those at half its peak or more. Muted subspaces are left out. None where the
        likelihood is too low, see `tokenclip_core.subspaces.naming`.
        """
        if self.likeness is None:
            return None
        rows, columns = self._patches_under(region)
        map_ = self.token_map[rows, columns]
        muted = np.asarray([subspace.muted for subspace in self.subspaces])
        return most_like(self.likeness[rows, columns][map_ >= map_.max() / 2], muted)

    def _patches_under(self, region: Region) -> tuple[slice, slice]:
        """Rows and columns of the patches that a bounding box touches."""
        gh, gw = self.token_map.shape
        top, left = region.y * gh // self.height, region.x * gw // self.width
        bottom = -(-(region.y + region.height) * gh // self.height)
        right = -(-(region.x + region.width) * gw // self.width)
        return slice(top, bottom), slice(left, right)
