"""What an inspection finds, in plain numbers: regions, and each subspace's part in the result; imports nothing."""

from __future__ import annotations

from dataclasses import dataclass


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
        contribution: its part of the image score; the contributions sum to the text's share of the score.
        muted: whether it was taken out of the mix.
    """

    name: str
    colour: tuple[int, int, int]
    mass: float
    anomaly: float
    contribution: float
    muted: bool = False
