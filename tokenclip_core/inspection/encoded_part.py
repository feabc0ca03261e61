"""One encoded part: what is kept between the expensive encoding and the cheap scoring."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray, bytes_held, unit
from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.areas import Areas

IgnoredAreas = npt.NDArray[Any] | Areas
"""(H, W) of the image or (gh, gw) of its patches, non-zero where ignored; or areas that fit parts of any size."""


@dataclass(frozen=True, eq=False)
class EncodedPart:
    """One encoded part: all that scoring needs, and the visual tokens to compare with other texts.

    Attributes:
        height: of the part's image in pixels.
        width: of the part's image in pixels.
        input_size: (h, w) that the backbone saw, in pixels.
        grid: (gh, gw) patches; N = gh * gw.
        layers: 1-based blocks that were tapped, L of them.
        similarities: (L, N, K, 2) float32 cosines to the subspaces.
        global_similarities: (K, 2) float32 cosines of the global token.
        patch_features: (L, N, D) float32 unit tokens, or None if they were not kept.
        global_feature: (D,) float32 unit global token.
        rarities: (L, N) float32, how rare each patch is in this part; see `patch_rarities`.
        fingerprint: of the subspaces that the similarities belong to.
        evidence_tokens: (N, E) float32 unit tokens that patches are compared by, or None if they were not kept.
        self_distances: (N,) float32, how unlike its own part each patch is; None from an engine that can't say.
        sha256: of the image's size and pixels.
    """

    height: int
    width: int
    input_size: tuple[int, int]
    grid: tuple[int, int]
    layers: tuple[int, ...]
    similarities: FloatArray
    global_similarities: FloatArray
    patch_features: FloatArray | None
    global_feature: FloatArray
    rarities: FloatArray
    fingerprint: str
    evidence_tokens: FloatArray | None = None
    self_distances: FloatArray | None = None
    sha256: str = ""

    @property
    def nbytes(self) -> int:
        """Memory it takes, in bytes."""
        return bytes_held(self)

    def patch_tokens(self) -> FloatArray | None:
        """(N, D) float32 unit visual tokens, the mean over the tapped layers: what patches are compared by."""
        if self.patch_features is None:
            return None
        tokens: FloatArray = self.patch_features.mean(axis=0)
        return unit(tokens)

    def restricted_to(self, layers: tuple[int, ...]) -> EncodedPart:
        """The part as if only some of its blocks had been tapped; empty for all.

        Raises:
            SettingsError: a block that was not tapped.
        """
        if not layers or layers == self.layers:
            return self
        missing = [layer for layer in layers if layer not in self.layers]
        if missing:
            tapped = ", ".join(str(layer) for layer in self.layers)
            raise SettingsError(f"block {missing[0]} was not tapped; choose among {tapped}.")
        chosen = [place for place, layer in enumerate(self.layers) if layer in layers]
        return replace(
            self,
            layers=tuple(self.layers[place] for place in chosen),
            similarities=self.similarities[chosen],
            rarities=self.rarities[chosen],
            patch_features=None if self.patch_features is None else self.patch_features[chosen],
        )


def ignored_patches(ignored: IgnoredAreas, part: EncodedPart) -> npt.NDArray[np.bool_] | None:
    """Which patches an area leaves out: those of which it covers more than half.

    Args:
        ignored: (H, W) of the image or (gh, gw), non-zero where ignored, or areas.
        part: whose size and grid it must have.

    Returns:
        (gh, gw) bool; None where nothing is ignored.

    Raises:
        SettingsError: another shape.
    """
    if isinstance(ignored, Areas):
        area = ignored.ignored_patches(part.grid)
        return area if bool(area.any()) else None
    area = np.asarray(ignored) != 0
    if area.shape == (part.height, part.width):
        coverage = cv2.resize(area.astype(np.float32), part.grid[::-1], interpolation=cv2.INTER_AREA)
        area = np.asarray(coverage > 0.5)
    elif area.shape != part.grid:
        raise SettingsError(
            f"the ignored area has shape {area.shape}; expected the image's {(part.height, part.width)} "
            f"or the grid's {part.grid}."
        )
    return area if bool(area.any()) else None
