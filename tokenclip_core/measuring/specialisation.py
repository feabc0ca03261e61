"""What each learned subspace has become: how far they are apart, which tokens they take, and what to call them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray, unit
from tokenclip_core.errors import DataLayoutError
from tokenclip_core.measuring.measured_set import ScoredPart
from tokenclip_core.measuring.specialisation_sheet import Pick
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.scoring.assignment import row_entropy
from tokenclip_core.scoring.token_scores import subspace_costs, text_gram, token_similarities
from tokenclip_core.subspaces.textual import TextualSubspaces, from_descriptors
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary

REPORT_NAME = "specialisation"
_SUGGESTIONS = 3
# Defective share from which on a patch counts as defective, and up to which it counts as background.
_DEFECTIVE, _BACKGROUND = 0.5, 0.0


@dataclass(frozen=True)
class SubspaceReport:
    """One subspace.

    Attributes:
        name: as the checkpoint calls it.
        suggestions: the nearest families of the vocabulary with their cosines, nearest first.
        background: share of the background tokens whose top subspace it is.
        defect: share of the defective tokens whose top subspace it is; None without defective tokens.
    """

    name: str
    suggestions: tuple[tuple[str, float], ...]
    background: float
    defect: float | None


@dataclass(frozen=True)
class Specialisation:
    """How far subspaces have specialised.

    Attributes:
        cosine_states: mean cosine of two subspaces' embeddings of the same state; 0 is orthogonal.
        cosine_directions: mean cosine of two subspaces' directions anomalous - normal.
        entropy: mean entropy in nats of a token's shares in the plan, before the mask.
        entropy_limit: log K, that of an undecided plan.
        differing: share of a part's defective tokens that would need another top subspace to be spread over the
            subspaces like its background: half the sum of the absolute differences, mean over parts. None without
            defective tokens.
        differing_by_chance: the same for equally many tokens in the same arrangement elsewhere in the background.
        parts: how many were looked at.
        subspaces: K reports.
    """

    cosine_states: float
    cosine_directions: float
    entropy: float
    entropy_limit: float
    differing: float | None
    differing_by_chance: float | None
    parts: int
    subspaces: tuple[SubspaceReport, ...]

    def text(self) -> str:
        """As Markdown."""

        def share(value: float | None) -> str:
            return "–" if value is None else f"{100 * value:.0f} %"

        lines = [
            f"mean pairwise cosine: states {self.cosine_states:.3f}, directions {self.cosine_directions:.3f}",
            f"entropy of the plan: {self.entropy:.2f} of at most {self.entropy_limit:.2f} nats",
            (
                f"top subspace differs between defect and background: {share(self.differing)} of the tokens "
                f"(by chance {share(self.differing_by_chance)})"
            ),
            "",
            "| subspace | background | defects | nearest families |",
            "| --- | ---: | ---: | --- |",
        ]
        for one in self.subspaces:
            near = ", ".join(f"{name} {cosine:.2f}" for name, cosine in one.suggestions)
            lines.append(f"| {one.name} | {share(one.background)} | {share(one.defect)} | {near} |")
        return "\n".join(lines) + "\n"


class SpecialisationReport:
    """Collects scored parts one at a time."""

    def __init__(self, subspaces: TextualSubspaces, picks: int = 8, anchor: str = "mean") -> None:
        """Start without parts.

        Args:
            subspaces: whose specialisation is asked for.
            picks: patches that are kept of each subspace.
            anchor: of the scoring; see ScoringSettings.
        """
        self._subspaces = subspaces
        self._gram = text_gram(subspaces.embeddings)
        self._anchor = anchor
        self._kept = picks
        self._picks: list[list[Pick]] = [[] for _ in range(len(subspaces))]
        self._entropies: list[float] = []
        self._counts = np.zeros((2, len(subspaces)))
        self._differing: list[tuple[float, float]] = []

    def add(self, scored: ScoredPart) -> None:
        """Add a part."""
        plan = scored.scores.plan
        self._entropies.append(float(row_entropy(plan)))
        top = plan.argmax(axis=-1)
        grid = scored.part.file.grid
        coverage = _coverage(scored.part.mask, grid)
        defective, background = coverage.ravel() >= _DEFECTIVE, coverage.ravel() <= _BACKGROUND
        for row, chosen in enumerate((background, defective)):
            self._counts[row] += np.bincount(top[chosen], minlength=len(self._subspaces))
        if defective.any() and background.any():
            elsewhere = np.roll(defective.reshape(grid), (grid[0] // 2, grid[1] // 2), (0, 1)).ravel() & background
            found = self._distance(top[defective], top[background])
            chance = self._distance(top[elsewhere], top[background]) if elsewhere.any() else float("nan")
            self._differing.append((found, chance))
        self._pick(scored, top, defective)

    def result(self, backbone: Backbone, vocabulary: DescriptorVocabulary) -> Specialisation:
        """What was found.

        Args:
            backbone: of the subspaces.
            vocabulary: whose families are suggested as names.

        Raises:
            DataLayoutError: no part was added.
        """
        if not self._entropies:
            raise DataLayoutError("there is no part to look at; name a data set with readable images.")
        totals = self._counts.sum(axis=1)
        suggestions = family_cosines(self._subspaces.embeddings, backbone, vocabulary)
        reports = []
        for index, subspace in enumerate(self._subspaces.subspaces):
            near = sorted(suggestions[index].items(), key=lambda item: -item[1])[:_SUGGESTIONS]
            background = float(self._counts[0, index] / max(totals[0], 1))
            defect = float(self._counts[1, index] / totals[1]) if totals[1] else None
            reports.append(SubspaceReport(subspace.name, tuple(near), background, defect))
        chances = [chance for _, chance in self._differing if not math.isnan(chance)]
        return Specialisation(
            cosine_states=mean_pairwise_cosine(self._subspaces.embeddings, "states"),
            cosine_directions=mean_pairwise_cosine(self._subspaces.embeddings, "directions"),
            entropy=statistics.fmean(self._entropies),
            entropy_limit=math.log(len(self._subspaces)),
            differing=statistics.fmean(found for found, _ in self._differing) if self._differing else None,
            differing_by_chance=statistics.fmean(chances) if chances else None,
            parts=len(self._entropies),
            subspaces=tuple(reports),
        )

    def picks(self) -> list[list[Pick]]:
        """The patches that suit each subspace best, at most one of each part, best first."""
        return [list(picks) for picks in self._picks]

    def _distance(self, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> float:
        shares = [np.bincount(top, minlength=len(self._subspaces)) / top.size for top in (one, other)]
        return float(np.abs(shares[0] - shares[1]).sum() / 2)

    def _pick(self, scored: ScoredPart, top: npt.NDArray[np.int64], defective: npt.NDArray[np.bool_]) -> None:
        similarities = token_similarities(scored.features, self._subspaces.embeddings)
        costs = subspace_costs(similarities, self._gram, self._anchor).mean(axis=0)
        for index, picks in enumerate(self._picks):
            members = np.flatnonzero(top == index)
            if not members.size:
                continue
            # How much better the token suits this subspace than the subspaces on average.
            gains = costs[members].mean(axis=1) - costs[members, index]
            best = int(members[int(gains.argmax())])
            file = scored.part.file
            position = (best // file.grid[1], best % file.grid[1])
            picks.append(Pick(file.image, position, file.grid, float(gains.max()), bool(defective[best])))
            picks.sort(key=lambda pick: -pick.gain)
            del picks[self._kept :]


def mean_pairwise_cosine(embeddings: FloatArray, of: str) -> float:
    """Mean cosine of two different subspaces, of (K, 2, D) embeddings.

    Args:
        embeddings: unit length.
        of: ``states`` for embeddings of the same state, ``directions`` for the differences anomalous - normal.

    Returns:
        In [-1, 1]; 0 for a single subspace.
    """
    subspaces = embeddings.shape[0]
    if subspaces == 1:
        return 0.0
    vectors = unit(embeddings.swapaxes(0, 1) if of == "states" else (embeddings[:, 1] - embeddings[:, 0])[None])
    cosines = vectors @ vectors.swapaxes(1, 2)
    different = cosines.sum() - np.trace(cosines, axis1=1, axis2=2).sum()
    return float(different / (len(vectors) * subspaces * (subspaces - 1)))


def family_cosines(
    embeddings: FloatArray, backbone: Backbone, vocabulary: DescriptorVocabulary
) -> list[dict[str, float]]:
    """For each of (K, 2, D) subspaces, the cosine of its direction to that of every family, by the family's name."""
    families = from_descriptors(backbone, vocabulary).embeddings
    learned, known = (unit(one[:, 1] - one[:, 0]) for one in (embeddings, families))
    names = [family.name for family in vocabulary.families]
    return [dict(zip(names, row, strict=True)) for row in (learned @ known.T).tolist()]


def _coverage(mask: npt.NDArray[np.bool_] | None, grid: tuple[int, int]) -> npt.NDArray[np.float32]:
    """(gh, gw) defective share of each patch."""
    if mask is None:
        return np.zeros(grid, np.float32)
    return np.asarray(cv2.resize(mask.astype(np.float32), grid[::-1], interpolation=cv2.INTER_AREA), np.float32)


def report_of(
    parts: Iterable[ScoredPart], subspaces: TextualSubspaces, anchor: str, picks: int = 8
) -> SpecialisationReport:
    """A report with all the parts added."""
    report = SpecialisationReport(subspaces, picks, anchor)
    for part in parts:
        report.add(part)
    return report
