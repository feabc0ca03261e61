"""How well scores and maps tell defects from good parts: exact, by sorting, without a grid of thresholds.

A metric that the data does not define (no good part, no defect, no good pixel) is None; `undefined_reason` says why.

All metrics come from one curve. Between two neighbouring scores of anomalous items only the number of normal items
changes, so the curve is known exactly from the normal scores at and above each distinct anomalous score. That needs a
sort of each image's normal scores and nothing else of their size. Very large categories are counted in bins instead,
and the largest error that this can make is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from tokenclip_core.errors import SettingsError

PRO_FPR_LIMIT = 0.3
"""False positive rate up to which AUPRO integrates (Bergmann et al., MVTec AD, IJCV 2021)."""

EXACT_BYTES = 9 * 2**27
"""What every score of a category may take for its figures to be exact, 1.125 GiB: see `pixel_scores`."""

_PIXEL_BYTES = 4
# A marked pixel has a score and a share of its region, and all of them are sorted together.
_MARKED_BYTES = 40

BINS = 2**18

IMAGE_METRICS = ("image_auroc", "image_ap", "image_f1max")
PIXEL_METRICS = ("pixel_auroc", "pixel_ap", "aupro")

_LOOKED_UP = 2**20

Metrics = dict[str, float | None]
_Scores = npt.NDArray[np.float32]
_Counts = npt.NDArray[np.float64]
Regions = Sequence[tuple[npt.NDArray[np.bool_], int]]
"""Regions of a mask, and how many pixels of each are enough (Bergmann et al., MVTec LOCO, IJCV 2022)."""


def image_metrics(labels: npt.ArrayLike, scores: npt.ArrayLike) -> Metrics:
    """Compute the image metrics.

    Args:
        labels: (n,) 0 or False for good, 1 or True for defective.
        scores: (n,) floats, higher for more anomalous.

    Returns:
        ``image_auroc`` (area under the ROC curve, ties count half), ``image_ap`` (average precision, the step-wise
        sum over distinct scores) and ``image_f1max`` (the best F1 over all thresholds), each in [0, 1] or None.

    Raises:
        SettingsError: shapes differ, a label is neither 0 nor 1, or a score is not a finite number.
    """
    truth = np.asarray(labels).ravel()
    values = np.asarray(scores, np.float64).ravel()
    if truth.shape != values.shape:
        raise SettingsError(f"{truth.size} labels and {values.size} scores do not match; give one score a label")
    if not np.isin(truth, (0, 1)).all():
        raise SettingsError("labels must be 0 (good) or 1 (defective)")
    _check_finite(values)
    anomalous = truth.astype(bool)
    curve = _Curve.of([np.sort(values[~anomalous])], values[anomalous], np.ones(int(anomalous.sum())))
    return {"image_auroc": curve.auroc(), "image_ap": curve.average_precision(), "image_f1max": curve.best_f1()}


def pixel_metrics(masks: Iterable[npt.NDArray[Any]], maps: Iterable[npt.NDArray[Any]]) -> Metrics:
    """Compute the pixel metrics over all images together.

    Args:
        masks: (H, W) each, anything but 0 is anomalous; taken one at a time.
        maps: (H, W) floats each, of its mask's size; taken one at a time, kept as float32.

    Returns:
        ``pixel_auroc``, ``pixel_ap`` and ``aupro``, each in [0, 1] or None. AUPRO is the area under the mean share of
        each 8-connected anomalous region that is found, over the false positive rate of all normal pixels up to 0.3,
        interpolated at that limit and divided by it.

    Raises:
        SettingsError: shapes differ, there are more of one than of the other, or a value is not a finite number.
    """
    pixels = PixelScores()
    try:
        for mask, anomaly_map in zip(masks, maps, strict=True):
            pixels.add(mask, anomaly_map)
    except ValueError as error:
        raise SettingsError(f"masks and maps do not match ({error}); give one map a mask") from error
    return pixels.metrics()


def undefined_reason(labels: Iterable[int], *, missing_masks: int = 0) -> str | None:
    """Return in words why some metrics are None, or None if there is no reason for it.

    Args:
        labels: 0 or 1 of every image.
        missing_masks: how many defective images have no mask and do not count for the pixel metrics.
    """
    kinds = set(labels)
    reasons = [
        *([] if 0 in kinds else ["no good parts"]),
        *([] if 1 in kinds else ["no defective parts"]),
        *([f"{missing_masks} defective parts without a mask"] if missing_masks else []),
    ]
    return "; ".join(reasons) or None


@dataclass(frozen=True)
class _Image:
    """What one image adds: its normal scores in order, and its anomalous ones with the size of their region."""

    normal: _Scores
    anomalous: _Scores
    share: _Counts
    regions: int


class PixelScores:
    """Collects maps one at a time: 4 bytes a pixel, whatever their sizes, so a category need not be held twice."""

    def __init__(self) -> None:
        """Start without images."""
        self._images: list[_Image] = []

    def add(self, mask: npt.NDArray[Any] | None, anomaly_map: npt.NDArray[Any], regions: Regions | None = None) -> None:
        """Add an image.

        Args:
            mask: (H, W), anything but 0 is anomalous; None for a good part.
            anomaly_map: (H, W) floats.
            regions: (H, W) bool of each region of the mask, and how many of its pixels must be found for it to count as
                found; None for the 8-connected ones, all of whose pixels count.

        Raises:
            SettingsError: the shapes differ, or a value is not a finite number.
        """
        values = _checked_map(mask, anomaly_map)
        if mask is None or not mask.any():
            self._images.append(_Image(np.sort(values, axis=None), np.empty(0, np.float32), np.empty(0), 0))
            return
        anomalous, share, count = _anomalous_pixels(mask, values, regions)
        normal = values[~anomalous]
        normal.sort()
        self._images.append(_Image(normal, values[anomalous], share, count))

    def merge(self, other: PixelScores) -> None:
        """Add all images of another collection, without a copy."""
        self._images.extend(other._images)

    def metrics(self) -> Metrics:
        """Return the metrics that `pixel_metrics` describes, over all images added."""
        if not self._images:
            return dict.fromkeys(PIXEL_METRICS)
        anomalous = np.concatenate([image.anomalous for image in self._images])
        share = np.concatenate([image.share for image in self._images])
        curve = _Curve.of([image.normal for image in self._images], anomalous, share)
        return _pixel_metrics(curve, sum(image.regions for image in self._images))

    def largest_error(self) -> float:
        """How far a metric may be from the exact one: these are exact."""
        return 0.0


class BinnedPixelScores:
    """Collects maps in a fixed memory, whatever their number and size: scores in [0, 1] are counted in 2^18 bins.

    Scores in one bin count as equal. What that may change is bounded by what the bins hold: see `largest_error`.
    """

    def __init__(self) -> None:
        """Start without images."""
        self._normal = np.zeros(BINS, np.int64)
        self._anomalous = np.zeros(BINS, np.int64)
        self._weight = np.zeros(BINS)
        self._regions = 0
        self._images = 0

    def add(self, mask: npt.NDArray[Any] | None, anomaly_map: npt.NDArray[Any], regions: Regions | None = None) -> None:
        """Add an image, as `PixelScores.add`.

        Raises:
            SettingsError: as there, or a value is not in [0, 1].
        """
        values = _checked_map(mask, anomaly_map)
        if values.size and (values.min() < 0 or values.max() > 1):
            raise SettingsError("maps that are counted in bins must be in [0, 1]; scale them")
        if mask is None or not mask.any():
            self._count(_Image(values.ravel(), np.empty(0, np.float32), np.empty(0), 0))
            return
        anomalous, share, count = _anomalous_pixels(mask, values, regions)
        self._count(_Image(values[~anomalous], values[anomalous], share, count))

    @classmethod
    def of(cls, scores: PixelScores) -> BinnedPixelScores:
        """What was collected exactly, in bins from now on; its memory is given back image by image."""
        binned = cls()
        while scores._images:
            binned._count(scores._images.pop())
        return binned

    def _count(self, image: _Image) -> None:
        self._images += 1
        self._regions += image.regions
        self._normal += np.bincount(_bins(image.normal), minlength=BINS)
        inside = _bins(image.anomalous)
        self._anomalous += np.bincount(inside, minlength=BINS)
        self._weight += np.bincount(inside, weights=image.share, minlength=BINS)

    def merge(self, other: BinnedPixelScores) -> None:
        """Add all images of another collection."""
        self._normal += other._normal
        self._anomalous += other._anomalous
        self._weight += other._weight
        self._regions += other._regions
        self._images += other._images

    def metrics(self) -> Metrics:
        """Return the metrics that `pixel_metrics` describes, over all images added, to `largest_error`."""
        if not self._images:
            return dict.fromkeys(PIXEL_METRICS)
        return _pixel_metrics(self._curve(), self._regions)

    def largest_error(self) -> float:
        """How far any of the metrics may be from the exact one: by the best and the worst order within bins."""
        curve = self._curve()
        metrics = _pixel_metrics(curve, self._regions)
        best = _pixel_metrics(curve.with_ties_won(), self._regions)
        worst = {
            **_pixel_metrics(curve.with_ties_lost(), self._regions),
            "pixel_ap": curve.lowest_average_precision(),
        }
        errors = [
            abs(bound - value)
            for name in PIXEL_METRICS
            for side in (best, worst)
            if (value := metrics[name]) is not None and (bound := side[name]) is not None
        ]
        return max(errors, default=0.0)

    def _curve(self) -> _Curve:
        held = np.flatnonzero(self._anomalous)[::-1]
        above = np.cumsum(self._normal[::-1])[::-1].astype(np.float64)
        return _Curve(
            found=np.cumsum(self._anomalous[held]).astype(np.float64),
            weight=np.cumsum(self._weight[held]),
            false_before=above[held] - self._normal[held],
            false=above[held],
            normal_count=int(self._normal.sum()),
        )


def pixel_scores(pixels: int, marked: int = 0) -> PixelScores | BinnedPixelScores:
    """A collection for a part of so many pixels, so many of them marked: exact where that is no matter of memory."""
    exact = _PIXEL_BYTES * pixels + _MARKED_BYTES * marked <= EXACT_BYTES
    return PixelScores() if exact else BinnedPixelScores()


def _bins(scores: _Scores) -> npt.NDArray[np.int32]:
    return np.minimum((scores * np.float32(BINS)).astype(np.int32), BINS - 1)


def merged_scores(collections: Sequence[PixelScores | BinnedPixelScores]) -> PixelScores | BinnedPixelScores:
    """All images of collections of one sort together."""
    exact, binned = PixelScores(), BinnedPixelScores()
    for collection in collections:
        if isinstance(collection, PixelScores):
            exact.merge(collection)
        else:
            binned.merge(collection)
    return exact if all(isinstance(collection, PixelScores) for collection in collections) else binned


def _checked_map(mask: npt.NDArray[Any] | None, anomaly_map: npt.NDArray[Any]) -> _Scores:
    values = np.asarray(anomaly_map, np.float32)
    if values.ndim != 2 or (mask is not None and mask.shape != values.shape):
        shape = None if mask is None else mask.shape
        raise SettingsError(f"a mask of shape {shape} and a map of shape {values.shape} do not match")
    _check_finite(values)
    return values


def _anomalous_pixels(
    mask: npt.NDArray[Any], values: _Scores, regions: Regions | None
) -> tuple[npt.NDArray[np.bool_], _Counts, int]:
    """Which pixels are anomalous, what finding each adds to the regions found, and how many regions there are."""
    anomalous = np.asarray(mask != 0)
    if regions is not None:
        return anomalous, _saturated(values, regions)[anomalous], len(regions)
    count, labels = cv2.connectedComponents(anomalous.astype(np.uint8), connectivity=8)
    inside = np.asarray(labels)[anomalous]
    sizes = np.bincount(inside, minlength=count)
    return anomalous, 1 / sizes[inside], count - 1


def _saturated(values: _Scores, regions: Regions) -> _Counts:
    """(H, W) what finding each pixel adds: of each region, its highest pixels until it is saturated, and no others."""
    adds = np.zeros(values.size)
    for region, enough in regions:
        inside = np.flatnonzero(region)
        # Equal values are found together, so that their order does not matter.
        highest = inside[np.argsort(-values.ravel()[inside], kind="stable")[:enough]]
        adds[highest] += 1 / enough
    return adds.reshape(values.shape)


def _pixel_metrics(curve: _Curve, regions: int) -> Metrics:
    return {
        "pixel_auroc": curve.auroc(),
        "pixel_ap": curve.average_precision(),
        "aupro": curve.area_per_region(regions, PRO_FPR_LIMIT),
    }


@dataclass(frozen=True)
class _Curve:
    """Counts at each distinct anomalous score, from the highest down.

    Attributes:
        found: anomalous items at or above the score.
        weight: their weights.
        false_before: normal items above the score.
        false: normal items at or above it.
        normal_count: all normal items.
    """

    found: _Counts
    weight: _Counts
    false_before: _Counts
    false: _Counts
    normal_count: int

    @classmethod
    def of(cls, normal: Sequence[npt.NDArray[Any]], anomalous: npt.NDArray[Any], weight: _Counts) -> _Curve:
        """Build the curve from runs of ascending normal scores, and unordered anomalous ones with their weights."""
        order = np.argsort(anomalous)[::-1]
        ordered = anomalous[order]
        # The last of each run of equal scores: from there on the whole run is found.
        ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)) if ordered.size else np.empty(0, np.intp)
        rising = ordered[ends][::-1]
        below, upto = np.zeros(rising.size + 1, np.int64), np.zeros(rising.size + 1, np.int64)
        # Looked up the other way round, so that no array of all normal scores is needed.
        for run in normal:
            for start in range(0, run.size, _LOOKED_UP):
                part = run[start : start + _LOOKED_UP]
                below += np.bincount(np.searchsorted(rising, part, side="right"), minlength=rising.size + 1)
                upto += np.bincount(np.searchsorted(rising, part, side="left"), minlength=rising.size + 1)
        count = sum(run.size for run in normal)
        return cls(
            found=(ends + 1).astype(np.float64),
            weight=np.cumsum(weight[order])[ends],
            false_before=(count - np.cumsum(upto)[:-1])[::-1].astype(np.float64),
            false=(count - np.cumsum(below)[:-1])[::-1].astype(np.float64),
            normal_count=int(count),
        )

    def with_ties_won(self) -> _Curve:
        """The curve if every anomalous item scored above the normal ones of its score."""
        return replace(self, false=self.false_before)

    def with_ties_lost(self) -> _Curve:
        """The curve if every anomalous item scored below the normal ones of its score."""
        return replace(self, false_before=self.false)

    def auroc(self) -> float | None:
        """Return the chance that an anomalous item scores above a normal one, ties counting half."""
        if not self._is_defined:
            return None
        new = np.diff(self.found, prepend=0)
        beaten = self.normal_count - (self.false_before + self.false) / 2
        return float(np.sum(new * beaten) / (self.found[-1] * self.normal_count))

    def average_precision(self) -> float | None:
        """Return the precision at each distinct score, weighted with the recall it adds."""
        if not self._is_defined:
            return None
        new = np.diff(self.found, prepend=0)
        return float(np.sum(new * self.found / (self.found + self.false)) / self.found[-1])

    def lowest_average_precision(self) -> float | None:
        """Return the average precision if every anomalous item scored below the normal ones of its score."""
        if not self._is_defined:
            return None
        new = np.diff(self.found, prepend=0)
        # The sum over j of (before + j) / (before + j + false), by the harmonic numbers' logarithm.
        lost = self.false * np.log((self.found + self.false + 0.5) / (self.found - new + self.false + 0.5))
        return float(np.sum(new - lost) / self.found[-1])

    def best_f1(self) -> float | None:
        """Return the best harmonic mean of precision and recall; it lies at an anomalous score."""
        if not self._is_defined:
            return None
        return float(np.max(2 * self.found / (self.found + self.false + self.found[-1])))

    def area_per_region(self, regions: int, limit: float) -> float | None:
        """Return AUPRO: weights are one over the size of the item's region."""
        if not self._is_defined:
            return None
        # Normal items between two anomalous scores move the curve sideways, equal scores move it up aslant.
        rate = np.column_stack([self.false_before, self.false]).ravel() / self.normal_count
        overlap = np.repeat(self.weight / regions, 2)
        overlap[2::2] = overlap[1:-1:2]
        overlap[0] = 0
        rate = np.concatenate([[0.0], rate, [1.0]])
        overlap = np.concatenate([[0.0], overlap, [1.0]])
        inside = rate <= limit
        at_limit = float(np.interp(limit, rate, overlap))
        x = np.append(rate[inside], limit)
        y = np.append(overlap[inside], at_limit)
        return float(np.clip(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2) / limit, 0, 1))

    @property
    def _is_defined(self) -> bool:
        return self.found.size > 0 and self.normal_count > 0


def mean_metrics(rows: Sequence[Metrics]) -> Metrics:
    """Return the mean of each metric over the rows that define it."""
    names = dict.fromkeys(name for row in rows for name in row)
    means: Metrics = {}
    for name in names:
        values = [value for row in rows if (value := row.get(name)) is not None]
        means[name] = sum(values) / len(values) if values else None
    return means


def _check_finite(values: npt.NDArray[Any]) -> None:
    if not np.isfinite(values).all():
        raise SettingsError("a score is not a finite number; look for the image it belongs to")
