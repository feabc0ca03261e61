"""Large parts tile by tile: cutting and encoding, scoring each tile by itself, and putting together what they say.

How one part is encoded and scored is the caller's: `Inspector` passes its own steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tokenclip_core.inspection.encoded_part import EncodedPart, IgnoredAreas, ignored_patches
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.inspection.tiled_part import MOST_TOKEN_BYTES, TiledPart, TiledResult, merged_result
from tokenclip_core.inspection.tiling import TiledArea, Tiling
from tokenclip_core.judgement.findings import SubspaceResult

TILES_AT_ONCE = 8

RgbImage = npt.NDArray[np.uint8]
EncodeParts = Callable[[Sequence[RgbImage]], list[EncodedPart]]
ScoreParts = Callable[[Sequence[EncodedPart], npt.NDArray[np.bool_] | None], list[InspectionResult]]


def encode_tiles(
    image: RgbImage, tiling: Tiling, encode: EncodeParts, between: Callable[[], object] | None = None
) -> TiledPart:
    """Cut a part and encode its tiles, a few at a time.

    Args:
        image: (H, W, 3) uint8 RGB.
        tiling: how to cut it.
        encode: encodes images with their visual tokens, in their order.
        between: called before every few tiles; what it raises ends the encoding.
    """
    area = TiledArea(image.shape[0], image.shape[1], tiling)
    parts: list[EncodedPart] = []
    tokens: list[npt.NDArray[np.float16] | None] = []
    for start in range(0, len(area.tiles), TILES_AT_ONCE):
        if between is not None:
            between()
        tiles = area.tiles[start : start + TILES_AT_ONCE]
        for part in encode([np.ascontiguousarray(image[tile.slices]) for tile in tiles]):
            own = part.patch_tokens()
            if own is not None and own.nbytes // 2 * len(area.tiles) <= MOST_TOKEN_BYTES:
                tokens.append(own.astype(np.float16).reshape(*part.grid, -1))
            parts.append(replace(part, patch_features=None, evidence_tokens=None))
    kept = area.gathered(tokens, parts[0].grid) if tokens else None
    return TiledPart(area, tuple(parts), None if kept is None else kept.reshape(-1, kept.shape[-1]))


def score_tiles(
    encoded: TiledPart,
    ignored: IgnoredAreas | None,
    silent: Sequence[SubspaceResult],
    score: ScoreParts,
    at_once: int,
) -> TiledResult:
    """Score each tile by itself, and put together what they say.

    Args:
        encoded: from `encode_tiles`.
        ignored: areas to leave out: (H, W), non-zero where ignored, or `Areas`.
        silent: the result of each subspace where every tile is ignored.
        score: scores parts of one grid, (gh, gw) bool left out of all of them, or None.
        at_once: tiles that are scored together at most.

    Raises:
        SettingsError: areas of another size.
    """
    area, pixels = encoded.area, encoded.ignored_pixels(ignored)
    results: list[InspectionResult | None] = [None] * len(area.tiles)
    whole = []
    for index, (tile, part) in enumerate(zip(area.tiles, encoded.parts, strict=True)):
        own = None if pixels is None else pixels[tile.slices]
        if own is None or not own.any():
            whole.append(index)
        elif not own.all():
            (results[index],) = score([part], ignored_patches(own, part))
    for start in range(0, len(whole), at_once):
        indices = whole[start : start + at_once]
        for index, result in zip(indices, score([encoded.parts[index] for index in indices], None), strict=True):
            results[index] = result
    return merged_result(encoded, results, silent, pixels)
