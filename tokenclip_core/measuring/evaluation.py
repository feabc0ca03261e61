"""The table of a model on a labelled set: what is collected of each category, and the lines made of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from tokenclip_core.data.layouts import GOOD, MaskCensus, Sample, load_mask, load_regions
from tokenclip_core.errors import DataLayoutError, ImageError
from tokenclip_core.images.reading import read_size
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.measuring.metrics import (
    BinnedPixelScores,
    Metrics,
    PixelScores,
    image_metrics,
    mean_metrics,
    merged_scores,
    pixel_scores,
    undefined_reason,
)

ALL = "all"

# Columns of the table: the metric, its short name for the Markdown.
COLUMNS = {
    "image_auroc": "image AUROC",
    "image_ap": "image AP",
    "image_f1max": "image F1-max",
    "pixel_auroc": "pixel AUROC",
    "aupro": "AUPRO",
    "pixel_ap": "pixel AP",
}
"""The metrics of a line."""


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        category: the kind of part; "mean" for the mean over categories.
        kind: the kind of defect against all good parts; "all" for all kinds together.
        good: how many good parts.
        defective: how many defective parts.
        metrics: by name; None where undefined. Of several checkpoints, their mean.
        note: why some are undefined.
        deviations: sample deviation of each metric over several checkpoints or draws; empty for one.
        shots: how many good parts were given; None where that was not asked for.
    """

    category: str
    kind: str
    good: int
    defective: int
    metrics: Metrics
    note: str | None = None
    deviations: Metrics = field(default_factory=dict)
    shots: int | None = None

    def flat(self) -> dict[str, Any]:
        """Return the line as one record."""
        numbers: dict[str, float | None] = {}
        for name in COLUMNS:
            numbers[name] = self.metrics.get(name)
            if self.deviations:
                numbers[f"{name}_deviation"] = self.deviations.get(name)
        counts = {"good": self.good, "defective": self.defective}
        if self.shots is not None:
            counts = {"shots": self.shots, **counts}
        return {"category": self.category, "kind": self.kind, **counts, **numbers, "note": self.note}

    def percent(self, name: str) -> str:
        """Return a metric as the Markdown table shows it."""
        value, deviation = self.metrics.get(name), self.deviations.get(name)
        if value is None:
            return "–"
        return f"{100 * value:.1f}" if deviation is None else f"{100 * value:.1f} ± {100 * deviation:.1f}"


@dataclass
class _Kind:
    """What is collected of one kind of defect, or of the good parts: pixels and scores of every checkpoint."""

    pixels: Sequence[PixelScores | BinnedPixelScores]
    scores: list[list[float]]
    missing_masks: int = 0

    @classmethod
    def of(cls, checkpoints: int, pixels: int, marked: int = 0) -> Self:
        """Begin with so many checkpoints, and pixels in the category, of which so many are known to be marked."""
        collections = [pixel_scores(checkpoints * pixels, checkpoints * marked) for _ in range(checkpoints)]
        return cls(collections, [[] for _ in range(checkpoints)])

    def count_in_bins(self) -> None:
        """Keep no single score any more."""
        self.pixels = [BinnedPixelScores.of(one) if isinstance(one, PixelScores) else one for one in self.pixels]


class CategoryScores:
    """Collects what inspectors say of the samples of one category.

    Attributes:
        errors: one line for each part or mask that can't be read.
    """

    def __init__(
        self,
        category: str,
        samples: Sequence[Sample],
        shots: Sequence[int | None] = (None,),
        census: MaskCensus | None = None,
    ) -> None:
        """Begin.

        Args:
            category: its name.
            samples: all of it.
            shots: for each inspector, how many good parts it was given; None where that was not asked for.
            census: counts masks that look wrong.
        """
        self.errors: list[str] = []
        self._category, self._shots, self._census = category, shots, census or MaskCensus()
        self._pixels, self._marked = _pixels(samples), 0
        self._good = _Kind.of(len(shots), self._pixels)
        self._defects: dict[str, _Kind] = {}

    @property
    def kinds(self) -> list[str]:
        """Kinds of defects, in their order."""
        return list(self._defects)

    def fail(self, sample: Sample, reason: str) -> None:
        """A sample could not be inspected."""
        self._kind(sample)
        self.errors.append(reason)

    def add(self, sample: Sample, results: Sequence[InspectionResult], measured: Sequence[bool] = ()) -> None:
        """Count what the inspectors say of a sample; ``measured`` says which of them are measured on it, if not all."""
        kind = self._kind(sample)
        mask = regions = None
        try:
            mask = load_mask(sample, (results[0].height, results[0].width))
            regions = load_regions(sample)
        except (ImageError, DataLayoutError) as error:
            self.errors.append(str(error))
        kind.missing_masks += mask is None
        if mask is not None:
            self._census.add(sample, mask)
            self._keep_within_memory(int(mask.sum()))
        for number, result in enumerate(results):
            if measured and not measured[number]:
                continue
            kind.scores[number].append(result.score)
            if mask is not None:
                kind.pixels[number].add(mask, result.anomaly_map, regions)

    def _keep_within_memory(self, marked: int) -> None:
        """Count in bins where so many pixels more are marked, and the exact figures would take too much memory."""
        before, self._marked = self._marked, self._marked + marked
        shots = len(self._shots)
        sorts = [type(pixel_scores(shots * self._pixels, shots * count)) for count in (before, self._marked)]
        if sorts[0] is not sorts[1]:
            for kind in (self._good, *self._defects.values()):
                kind.count_in_bins()

    def lines(self, kind: str = ALL) -> list[Line]:
        """The line of one kind of defects, or of all together, for each inspector."""
        defects = list(self._defects.values()) if kind == ALL else [self._defects[kind]]
        return [
            _line(self._category, kind, self._good, defects, number, shots) for number, shots in enumerate(self._shots)
        ]

    def scores(self, kind: str = ALL) -> tuple[list[float], list[float]]:
        """The scores of good and of defective parts by the first inspector."""
        defects = list(self._defects.values()) if kind == ALL else [self._defects[kind]]
        return list(self._good.scores[0]), [score for one in defects for score in one.scores[0]]

    def _kind(self, sample: Sample) -> _Kind:
        if sample.kind == GOOD:
            return self._good
        if sample.kind not in self._defects:
            self._defects[sample.kind] = _Kind.of(len(self._shots), self._pixels, self._marked)
        return self._defects[sample.kind]


def _pixels(samples: Sequence[Sample]) -> int:
    """How many pixels the parts of a category have together; what can't be read has none."""
    total = 0
    for sample in samples:
        try:
            width, height = read_size(sample.image)
        except ImageError:
            continue
        total += width * height
    return total


def mean_of_kinds(lines: Sequence[Line]) -> Line:
    """The mean of a category's kinds, each counted alike however many parts it has."""
    first = lines[0]
    defective = sum(line.defective for line in lines)
    means = mean_metrics([line.metrics for line in lines])
    return Line(first.category, "mean of kinds", first.good, defective, means, shots=first.shots)


def _rounded_up(error: float) -> float:
    """An error rounded up to one digit, so that no more is promised than is kept."""
    step = 10.0 ** math.floor(math.log10(error))
    return math.ceil(error / step) * step


def _line(
    category: str, name: str, good: _Kind, defects: Sequence[_Kind], number: int, shots: int | None = None
) -> Line:
    """Return a line of one trial."""
    scores = [score for kind in defects for score in kind.scores[number]]
    labels = [0] * len(good.scores[number]) + [1] * len(scores)
    pixels = merged_scores([kind.pixels[number] for kind in (good, *defects)])
    reason = undefined_reason(labels, missing_masks=sum(kind.missing_masks for kind in defects))
    error = pixels.largest_error()
    binned = f"pixel figures to {_rounded_up(error):.1g}, from bins" if error else ""
    return Line(
        category,
        name,
        len(good.scores[number]),
        len(scores),
        {**image_metrics(labels, good.scores[number] + scores), **pixels.metrics()},
        "; ".join(filter(None, (reason, binned))) or None,
        shots=shots,
    )
