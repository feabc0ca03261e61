"""What the window knows, without Qt: parts, results, and the session."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from app.editing.adjustments import NOTHING_ELSE, Adjustments, Compared, Mix
from tokenclip_core.judgement.calibration import Calibration
from tokenclip_core.judgement.findings import Region, SubspaceResult
from tokenclip_core.judgement.judgement import Channels, Judgement, PartScores
from tokenclip_core.judgement.score_words import compared_words as compared_words
from tokenclip_core.judgement.score_words import score_words as score_words
from tokenclip_core.judgement.score_words import threshold_words as threshold_words
from tokenclip_core.output.layers import ArgbArray as ArgbArray
from tokenclip_core.recipes.recipe import Recipe

MOST_PASSED = 500
"""Good parts whose scores are kept, to see whether they differ from those of a calibration."""

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

FloatArray = npt.NDArray[np.float32]


class Layer(StrEnum):
    """What is laid over the part."""

    ORIGINAL = "original"
    HEATMAP = "heatmap"
    SUBSPACES = "subspaces"


class Verdict(StrEnum):
    """What is said about a part at the present threshold."""

    UNKNOWN = "unknown"
    GOOD = "good"
    DEFECT = "defect"
    ERROR = "error"


class SortBy(StrEnum):
    """Order of the parts list."""

    NAME = "name"
    SCORE = "score"
    VERDICT = "verdict"


@dataclass(slots=True)
class Part:
    """One row of the parts list.

    Attributes:
        path: of the image file.
        score: in [0, 1]; None until it is inspected with the present mix.
        error: why it could not be inspected, in words.
        peaks: the highest anomaly of each subspace, in [0, 1]; empty until it is inspected with the present mix.
        outdated: it was inspected, but not with the present mix.
        gone: its file was removed or renamed since; what was said of it stays.
        channels: (name, level in [0, 1]) of the evidence channels that spoke; None where that is not known.
    """

    path: str
    score: float | None = None
    error: str | None = None
    peaks: tuple[float, ...] = ()
    outdated: bool = False
    gone: bool = False
    channels: Channels | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.rsplit(os.sep, 1)[-1]

    @property
    def scores(self) -> PartScores | None:
        """What it is judged by; None until it is inspected with the present mix."""
        return None if self.score is None else PartScores(self.score, self.peaks, self.channels or ())

    def verdict(self, judgement: Judgement) -> Verdict:
        """The verdict by a judgement."""
        if self.error is not None:
            return Verdict.ERROR
        scores = self.scores
        return Verdict.UNKNOWN if scores is None else Verdict(judgement.verdict(scores))

    def take_score(self, score: float | None, peaks: tuple[float, ...], channels: Channels | None = None) -> None:
        """Keep what an inspection said; None and no peaks for none."""
        self.score, self.peaks, self.channels, self.outdated = score, peaks, channels, False


@dataclass(frozen=True)
class ExplainedRegion(Region):
    """A region with where it comes from.

    Attributes:
        shares: of the subspaces, K numbers that sum to 1; or none.
        looks_like: index of the subspace that it looks most like, and the likelihood in [0, 1]; None if nobody knows.
    """

    shares: tuple[float, ...] = ()
    looks_like: tuple[int, float] | None = None


@dataclass(frozen=True)
class FoundRegions:
    """What was found by a `Judgement`: the regions, the highest peak first, and the (H, W) bool area they cover."""

    regions: tuple[ExplainedRegion, ...]
    area: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ScoringFacts:
    """The model's own scoring: `top_k`, `epsilon`, `sigma`, `layers` (tapped blocks, 1-based), `rarity_scale`."""

    top_k: int = 2
    epsilon: float = 0.02
    sigma: float = 4.0
    layers: tuple[int, ...] = ()
    rarity_scale: float = 0.0


@dataclass(frozen=True)
class EvidenceFacts:
    """What a model brings of evidence.

    Attributes:
        kind: that decides unless a person says otherwise; "" for a model that has no constants, which is text alone.
        pooled: parts of the frozen pools of its recipe; 0 where each folder is its own.
        good: names of the good parts of its recipe.
        megabytes: that these take.
        reach: how far from its own place a patch is compared; None where parts lie anywhere.
        of_recipe: a recipe says all that, and a person does not change it.
    """

    kind: str = ""
    pooled: int = 0
    good: tuple[str, ...] = ()
    megabytes: float = 0.0
    reach: float | None = None
    of_recipe: bool = False


@dataclass(frozen=True)
class ModelFacts:
    """What the window says of the loaded model.

    `subspaces` are (name, colour) in their order; `key` is the same for the same model with the same subspaces;
    `checkpoint` is the name of the file they were learned into, or ""; `engine` is what runs the model; `evidence` is
    what it came with; `convertible` says whether a quicker engine takes over as soon as the model is converted.
    """

    name: str
    device: str
    precision: str
    subspaces: tuple[tuple[str, Colour], ...] = ()
    scoring: ScoringFacts = ScoringFacts()
    key: str = ""
    checkpoint: str = ""
    engine: str = "torch"
    evidence: EvidenceFacts = EvidenceFacts()
    convertible: bool = False


ENGINE_NAMES = {"torch": "PyTorch", "openvino": "OpenVINO", "onnxruntime": "ONNX Runtime"}
"""What engines are called; names that no language translates."""


@dataclass(frozen=True)
class ModelChoice:
    """A model to inspect with.

    Attributes:
        name: as a person knows it.
        key: what `tokenclip_core.model.catalog.find_model` takes: a name or the path of a folder.
        checkpoint: file of learned subspaces, or the name of one that came with the model; "" for the model's own.
        megabytes: of its weights.
        vocabulary: file of the words that give its subspaces, where no checkpoint does; "" for the model's own.
    """

    name: str
    key: str
    checkpoint: str = ""
    megabytes: int = 0
    vocabulary: str = ""

    @property
    def label(self) -> str:
        """The model with what it has learned."""
        file = (self.checkpoint or self.vocabulary).rsplit(os.sep, 1)[-1]
        learned = file.removesuffix(".safetensors").removesuffix(".toml")
        return f"{self.name} · {learned}" if learned else self.name


@dataclass(frozen=True)
class Picture:
    """A part's pixels, ready to paint: `levels[i]` is 2**i times smaller than the image itself, each (h, w) ARGB."""

    width: int
    height: int
    levels: tuple[ArgbArray, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of all levels."""
        return sum(level.nbytes for level in self.levels)


@dataclass(frozen=True)
class PartResult:
    """What the window shows of one inspection. K subspaces, N = gh * gw patches.

    Attributes:
        score: in [0, 1].
        anomaly_map: (H, W) float32 in [0, 1], of the image's own size.
        token_map: (gh, gw) float32 in [0, 1].
        assignment: (gh, gw, K) float32.
        plan: (N, K) float32, before the mask.
        similarities: (gh, gw, K, 2) float32 cosines to normal and anomalous, the mean over the tapped layers.
        layers: 1-based blocks of the backbone that were tapped, L of them.
        layer_similarities: (L, gh, gw, K, 2) float32, the same for each layer.
        layer_maps: (L, gh, gw) float32 in [0, 1], the token map of each layer; may be of no layers.
        subspaces: K rows.
        histogram: (BINS,) counts of the map's pixels over [0, 1].
        heatmap: ARGB of the map on the absolute scale, at most `MAX_OVERLAY_SIDE` pixels a side.
        subspace_layer: (gh, gw) ARGB.
        peak_shares: (K,) float32, which subspaces the most anomalous place comes from; they sum to 1, or are all 0.
        find_regions: the regions by a judgement; needs no model.
        own_heatmap: ARGB of one subspace's own part of the map, by its index; needs no model.
        milliseconds: the inspection took, without reading the file.
        result_bytes: of the core's result, which it keeps alive.
        rarity: (gh, gw) float32 in [0, 1], how rare each patch is in the part, where the score uses it.
        whole: the score of the whole part as one region, in [0, 1].
        shares: of each channel of evidence in the score; they sum to 1.
        size_scores: of regions of at least each size, and of the whole part; see `InspectionResult.size_scores`.
        channels: (name, level in [0, 1]) of the evidence channels that spoke.
    """

    score: float
    anomaly_map: FloatArray
    token_map: FloatArray
    assignment: FloatArray
    plan: FloatArray
    similarities: FloatArray
    layers: tuple[int, ...]
    layer_similarities: FloatArray
    layer_maps: FloatArray
    subspaces: tuple[SubspaceResult, ...]
    histogram: npt.NDArray[np.int64]
    heatmap: ArgbArray
    subspace_layer: ArgbArray
    peak_shares: FloatArray
    find_regions: Callable[[Judgement], FoundRegions]
    own_heatmap: Callable[[int], ArgbArray]
    milliseconds: float
    result_bytes: int
    rarity: FloatArray | None = None
    whole: float = 0.0
    shares: Mapping[str, float] = field(default_factory=dict)
    size_scores: tuple[float, ...] = ()
    channels: Channels = ()

    @property
    def grid(self) -> tuple[int, int]:
        """(gh, gw), patches down and across."""
        return int(self.token_map.shape[0]), int(self.token_map.shape[1])

    @property
    def scores(self) -> PartScores:
        """What the part is judged by."""
        peaks = tuple(row.anomaly for row in self.subspaces)
        return PartScores(self.score, peaks, self.channels, self.whole)

    @property
    def nbytes(self) -> int:
        """Bytes of everything that it keeps alive; most arrays are the core's own."""
        return self.result_bytes + self.heatmap.nbytes + self.subspace_layer.nbytes


@dataclass(frozen=True)
class ThresholdView:
    """What follows from a result and a threshold.

    Attributes:
        threshold: in [0, 1].
        regions: the highest peak first.
        outline: (S, 4) float32 line segments x1, y1, x2, y2 around the regions, in pixels of the image.
    """

    threshold: float
    regions: tuple[ExplainedRegion, ...]
    outline: FloatArray


@dataclass
class Session:
    """The open parts and how they are looked at.

    Attributes:
        parts: in the order in which they were found.
        current: index into `parts`, or None.
        adjustments: what a person changed about the judgement.
        subspaces: how many the loaded model has; 0 while there is none.
        recipe: that parts are judged by, until a person changes something; None for none.
        compared: what parts are compared with.
        provisional: verdicts may still change on their own, since not all parts to compare with have been seen.
        calibration: where a threshold came from that was measured or opened last; None for none.
        passed: scores of the last good parts, of folders by their paths and of cameras by how many there were before;
            `MOST_PASSED` at most.
        passed_count: how many there were.
        passed_with: scores of this mix count, whatever parts were compared with; None for those of any.
    """

    parts: list[Part] = field(default_factory=list)
    current: int | None = None
    adjustments: Adjustments = field(default_factory=Adjustments)
    subspaces: int = 0
    recipe: Recipe | None = None
    calibration: Calibration | None = None
    compared: Compared = NOTHING_ELSE
    provisional: bool = False
    passed: dict[str | int, float] = field(default_factory=dict)
    passed_count: int = 0
    passed_with: Mix | None = None

    def take_passed(self, score: float, path: str = "") -> None:
        """Note the score of a part that was found good, of a folder (by its path) or of a camera (without)."""
        if self.provisional or (self.passed_with is not None and self.passed_with != self.own_mix):
            return
        key = path or self.passed_count
        if self.passed.get(key) == score:
            return
        self.passed.pop(key, None)
        if len(self.passed) >= MOST_PASSED:
            del self.passed[next(iter(self.passed))]
        self.passed[key] = score
        self.passed_count += 1

    def forget_passed(self) -> None:
        """Forget the scores of good parts, because another calibration is in force, measured with the present mix."""
        self.passed.clear()
        self.passed_count, self.passed_with = 0, self.own_mix

    @property
    def calibration_in_force(self) -> Calibration | None:
        """What the threshold and limits in force were measured by, last or for the recipe; None where by nothing."""
        of_recipe = None if self.recipe is None else self.recipe.calibration
        measured = [one for one in (self.calibration, of_recipe) if one is not None]
        # One without limits says nothing of those that a person chose.
        fitting = [one for one in measured if one.channel_limits in ((), self.adjustments.channel_limits)]
        return next((one for one in fitting if one.threshold == self.threshold), None)

    @property
    def own_mix(self) -> Mix:
        """The mix as a person chose it, without what parts are compared with."""
        return self.adjustments.mix(self.subspaces)

    @property
    def mix(self) -> Mix:
        """What results depend on now."""
        return self.adjustments.mix(self.subspaces, self.compared)

    @property
    def current_part(self) -> Part | None:
        """The part that is shown."""
        return None if self.current is None else self.parts[self.current]

    @property
    def judgement(self) -> Judgement:
        """How parts are judged now."""
        return self.adjustments.judgement(self.subspaces)

    @property
    def threshold(self) -> float:
        """In [0, 1], for verdicts and regions."""
        return self.adjustments.threshold
