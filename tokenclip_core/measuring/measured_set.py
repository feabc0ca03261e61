"""A data set that is measured many times: encoded once, scored again for every set of subspaces and settings.

Visual tokens depend on no prompt, so that only transport, maps and metrics are left to do. The figures are those of
`tokenclip evaluate`, to the half precision in which tokens are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokenclip_core.arrays import FloatArray, to_numpy
from tokenclip_core.data.layouts import Sample, load_mask, load_regions
from tokenclip_core.errors import DataLayoutError, ImageError
from tokenclip_core.evidence.curve import AreaCurve
from tokenclip_core.evidence.rarity import patch_rarities
from tokenclip_core.measuring.metrics import Metrics, PixelScores, image_metrics, mean_metrics
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.scoring.map_axes import resize_map
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.scoring.token_scores import TokenScores, score_tokens, token_similarities
from tokenclip_core.training.token_source import TokenSource
from tokenclip_core.training.training_data import PartFile, read_file

# Parts scored in one call; more only take memory.
_BATCH = 16


@dataclass(frozen=True, eq=False)
class MeasuredPart:
    """One part of the set.

    Attributes:
        file: its image.
        sample: where it comes from.
        mask: (H, W) bool, True where defective; None for a good part, or where there is no mask.
    """

    file: PartFile
    sample: Sample
    mask: npt.NDArray[np.bool_] | None


@dataclass(frozen=True, eq=False)
class ScoredPart:
    """One part with its tokens and what inspection makes of it.

    Attributes:
        part: of the set.
        features: (L, N, D) float32, unit length.
        scores: see TokenScores.
    """

    part: MeasuredPart
    features: FloatArray
    scores: TokenScores


class MeasuredSet:
    """Parts of one data set with their tokens at hand.

    Attributes:
        name: how the table calls it.
        parts: those that can be read.
        errors: one line for each that can't.
    """

    def __init__(self, name: str, samples: Sequence[Sample]) -> None:
        """Set up; `prepare` reads."""
        self.name = name
        self.parts: list[MeasuredPart] = []
        self.errors: list[str] = []
        self._samples = tuple(samples)

    def prepare(self, source: TokenSource, backbone: Backbone, image_size: int) -> Iterator[tuple[int, int]]:
        """Encode all parts that the cache does not hold, yielding how many are done, and of how many."""
        for number, sample in enumerate(self._samples, start=1):
            try:
                file = read_file(sample.image, backbone, image_size, sample.bits)
                mask = load_mask(sample, file.size) if sample.label else None
                source.prepare(file)
                self.parts.append(MeasuredPart(file, sample, mask))
            except (ImageError, DataLayoutError) as error:
                self.errors.append(str(error))
            yield number, len(self._samples)

    @torch.inference_mode()
    def scored(
        self, source: TokenSource, embeddings: Tensor, scoring: ScoringSettings, parts: Sequence[MeasuredPart]
    ) -> Iterator[ScoredPart]:
        """Score parts of the set, those of one grid together, in no particular order.

        Args:
            source: gives their tokens.
            embeddings: (K, 2, D) unit text embeddings, where they are computed with.
            scoring: every choice.
            parts: some or all of the set's.
        """
        groups: dict[tuple[tuple[int, int], tuple[int, int]], list[MeasuredPart]] = {}
        for part in parts:
            groups.setdefault((part.file.grid, part.file.input_size), []).append(part)
        for (grid, input_size), members in groups.items():
            for start in range(0, len(members), _BATCH):
                batch = members[start : start + _BATCH]
                tokens = [source.tokens(part.file) for part in batch]
                features = torch.stack([one.features for one in tokens]).to(embeddings.device).float()
                global_features = torch.stack([one.global_feature for one in tokens]).to(embeddings.device).float()
                results = score_tokens(
                    token_similarities(features, embeddings),
                    token_similarities(global_features, embeddings),
                    embeddings,
                    grid,
                    input_size,
                    scoring,
                    rarities=patch_rarities(features, grid) if scoring.rarity_scale > 0 else None,
                )
                for part, one, result in zip(batch, features, results, strict=True):
                    yield ScoredPart(part, to_numpy(one), result)

    def measure(self, source: TokenSource, embeddings: Tensor, scoring: ScoringSettings) -> Metrics:
        """Mean over the categories of all metrics of `metrics`; None where no category defines one.

        Args:
            source: gives the tokens.
            embeddings: (K, 2, D) unit text embeddings.
            scoring: every choice.
        """
        categories = dict.fromkeys(part.sample.category for part in self.parts)
        return mean_metrics([self._measure(source, embeddings, scoring, category) for category in categories])

    def _measure(self, source: TokenSource, embeddings: Tensor, scoring: ScoringSettings, category: str) -> Metrics:
        members = [part for part in self.parts if part.sample.category == category]
        with_pixels = any(part.mask is not None for part in members)
        pixels, labels, scores = PixelScores(), [], []
        for scored in self.scored(source, embeddings, scoring, members):
            part, result = scored.part, scored.scores
            labels.append(part.sample.label)
            # As inspection judges by text, where a model has no constants of its own: the hottest patch or the whole.
            regional = AreaCurve().found(np.asarray(result.token_map, np.float32)).regional
            scores.append(max(result.score, regional))
            if with_pixels and (part.mask is not None or not part.sample.label):
                pixels.add(part.mask, resize_map(result.working_map, *part.file.size), load_regions(part.sample))
        return {**image_metrics(labels, scores), **pixels.metrics()}


def thinned(samples: Sequence[Sample], limit: int | None) -> list[Sample]:
    """At most ``limit`` samples of every category and kind, evenly spread over their order; None for all."""
    if limit is None:
        return list(samples)
    kinds: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        kinds.setdefault((sample.category, sample.kind), []).append(sample)
    chosen = []
    for members in kinds.values():
        count = min(limit, len(members))
        chosen += [members[index * len(members) // count] for index in range(count)]
    return chosen
