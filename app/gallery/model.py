"""What the gallery shows, without Qt: places, tiles, answers of a search, groups of rejects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.parts.state import ArgbArray
from tokenclip_core.judgement.judgement import Channels, PartScores


class GalleryMode(StrEnum):
    """What the gallery gathers."""

    SUBSPACES = "subspaces"
    EXAMPLE = "example"
    REJECTS = "rejects"


@dataclass(frozen=True, slots=True)
class PatchPlace:
    """A patch of a part: the file, the (row, column) in its grid, and that (gh, gw) grid."""

    path: str
    patch: tuple[int, int]
    grid: tuple[int, int]

    def within(self, grid: tuple[int, int]) -> tuple[int, int]:
        """The patch of another (gh, gw) grid over the same part in which its middle lies."""
        return moved_patch(self.patch, self.grid, grid)


def moved_patch(patch: tuple[int, int], before: tuple[int, int], grid: tuple[int, int]) -> tuple[int, int]:
    """The (row, column) of a grid in which the middle of another grid's patch lies."""
    row, column = ((2 * place + 1) * new // (2 * old) for place, old, new in zip(patch, before, grid, strict=True))
    return row, column


@dataclass(frozen=True, eq=False)
class Crop:
    """A patch with what lies around it.

    Attributes:
        pixels: (h, w) ARGB.
        frame: x, y, width and height of the patch itself, as shares of the crop.
    """

    pixels: ArgbArray
    frame: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Tile:
    """One picture of the gallery.

    Attributes:
        place: where it was found.
        value: what it is ordered by: weight x anomaly, cosine, or the part's score.
        crop: its pixels.
    """

    place: PatchPlace
    value: float
    crop: Crop


@dataclass(frozen=True, eq=False)
class SubspaceTiles:
    """The patches that chose each subspace most strongly: K rows of tiles, gathered from `parts` parts."""

    rows: tuple[tuple[Tile, ...], ...]
    parts: int


@dataclass(frozen=True)
class SearchAnswer:
    """The patches most like one.

    Attributes:
        hits: (place, cosine in [-1, 1]), the most similar first.
        whole: parts of which every patch was compared.
        kept: further parts of which only the most anomalous patches were.
        kept_patches: how many of each those are at most.
    """

    hits: tuple[tuple[PatchPlace, float], ...]
    whole: int
    kept: int
    kept_patches: int


Strongest = tuple[int, PatchPlace, float]
"""A subspace's index, a patch that chose it strongly, and weight x anomaly there."""


@dataclass(frozen=True, slots=True)
class PartSummary:
    """What is kept of a part that is inspected for its score alone: a few hundred bytes, no map.

    Attributes:
        number: index into the session's parts.
        path: of the image file.
        score: in [0, 1].
        peaks: the highest anomaly of each subspace, in [0, 1].
        signature: see `Signed`.
        peak: its most anomalous patch.
        strongest: a few patches of each subspace, for the gallery; dropped when it has taken them in.
        size_scores: of regions of at least each size, and of the whole part; see `InspectionResult.size_scores`.
        channels: (name, level in [0, 1]) of the evidence channels that spoke.
    """

    number: int
    path: str
    score: float
    peaks: tuple[float, ...]
    signature: tuple[int, ...]
    peak: PatchPlace
    strongest: tuple[Strongest, ...]
    size_scores: tuple[float, ...] = ()
    channels: Channels = ()

    @property
    def scores(self) -> PartScores:
        """What the part is judged by."""
        return PartScores(self.score, self.peaks, self.channels)


@dataclass(frozen=True, slots=True)
class Signed:
    """An inspected part with the subspaces that its most anomalous place comes from.

    Attributes:
        number: index into the session's parts.
        score: in [0, 1].
        signature: indices of the dominant subspaces, ascending; empty where nothing is anomalous.
        peak: its most anomalous patch.
    """

    number: int
    score: float
    signature: tuple[int, ...]
    peak: PatchPlace


@dataclass(frozen=True)
class RejectGroup:
    """Rejected parts of one signature, the highest score first."""

    signature: tuple[int, ...]
    parts: tuple[Signed, ...]


def reject_groups(rejects: Iterable[Signed]) -> list[RejectGroup]:
    """Rejected parts by their signature, the largest group first."""
    groups: dict[tuple[int, ...], list[Signed]] = {}
    for part in rejects:
        groups.setdefault(part.signature, []).append(part)
    ordered = sorted(groups.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return [
        RejectGroup(signature, tuple(sorted(members, key=lambda part: (-part.score, part.number))))
        for signature, members in ordered
    ]
