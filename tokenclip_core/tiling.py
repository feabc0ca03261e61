"""Large parts tile by tile: small defects keep their pixels, and each tile is its own transport problem.

The tiles of a part have one size and overlap. Where they do, the map goes over from one to the next linearly, so that
no seam is left; where a part is covered by one tile alone, its map is that tile's to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tokenclip_core.errors import SettingsError
from tokenclip_core.inspector import Inspector, RgbImage
from tokenclip_core.preprocessing import check_image
from tokenclip_core.region_of_interest import RegionOfInterest
from tokenclip_core.result import FloatArray, InspectionResult, Region, find_regions

SMALLEST_TILE = 32
TILES_AT_ONCE = 8


@dataclass(frozen=True)
class Tiling:
    """How a part is cut.

    Attributes:
        tile: side of a tile in pixels of the part's image, at least `SMALLEST_TILE`.
        overlap: pixels that neighbouring tiles share at least, 0 up to half a tile.
    """

    tile: int
    overlap: int = 0

    def __post_init__(self) -> None:
        if self.tile < SMALLEST_TILE:
            raise SettingsError(f"a tile's side is {self.tile} pixels; it must be at least {SMALLEST_TILE}.")
        if not 0 <= self.overlap <= self.tile // 2:
            raise SettingsError(
                f"tiles overlap by {self.overlap} pixels; it must be 0 to half of a tile's side ({self.tile // 2})."
            )


@dataclass(frozen=True)
class Tile:
    """Where a tile lies, in pixels of the part's image."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class TiledResult:
    """What an inspection by tiles says about one part.

    Attributes:
        score: of the worst tile, in [0, 1].
        anomaly_map: (H, W) float32 in [0, 1], of the image's own size; the tiles' maps, blended where they overlap.
        tiles: each with its own result, row by row; tiles that are ignored altogether are left out.
    """

    score: float
    anomaly_map: FloatArray
    tiles: tuple[tuple[Tile, InspectionResult], ...]

    def regions(self, threshold: float, minimum_area: int = 1) -> tuple[Region, ...]:
        """Connected defect regions of the whole map; see `InspectionResult.regions`."""
        return find_regions(self.anomaly_map, threshold, minimum_area)


def tiles_of(height: int, width: int, tiling: Tiling) -> tuple[Tile, ...]:
    """The tiles that cover a part exactly, row by row; a part that is smaller than a tile is one.

    Args:
        height: of the part's image in pixels.
        width: of the part's image in pixels.
        tiling: how to cut. Tiles lie at equal distances, so neighbours may share more than is asked for.
    """
    rows, columns = _spans(height, tiling), _spans(width, tiling)
    return tuple(Tile(x, y, right - x, bottom - y) for y, bottom in rows for x, right in columns)


def inspect_tiled(
    inspector: Inspector,
    image: RgbImage,
    tiling: Tiling,
    *,
    ignored: npt.NDArray[np.bool_] | RegionOfInterest | None = None,
) -> TiledResult:
    """Inspect a large part tile by tile.

    Args:
        inspector: inspects each tile as if it were a part.
        image: (H, W, 3) uint8 RGB.
        tiling: how to cut it.
        ignored: areas to leave out, (H, W) of the whole image, non-zero where ignored, or areas that fit any size.

    Raises:
        ImageError: not such an image.
        SettingsError: ignored areas of another size.
    """
    check_image(image)
    height, width = image.shape[:2]
    left_out = _ignored(ignored, height, width)
    tiles = [tile for tile in tiles_of(height, width, tiling) if left_out is None or not left_out[_slices(tile)].all()]
    rows, columns = _spans(height, tiling), _spans(width, tiling)
    total, weight = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    found = []
    for tile, result in _inspected(inspector, image, tiles, left_out):
        place = _slices(tile)
        share = np.outer(_ramp(tile.y, rows), _ramp(tile.x, columns)).astype(np.float32)
        total[place] += result.anomaly_map * share
        weight[place] += share
        found.append((tile, result))
    merged = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
    if left_out is not None:
        merged[left_out] = 0
    score = max((result.score for _, result in found), default=0.0)
    return TiledResult(score, merged, tuple(found))


def _inspected(
    inspector: Inspector, image: RgbImage, tiles: list[Tile], left_out: npt.NDArray[np.bool_] | None
) -> Iterator[tuple[Tile, InspectionResult]]:
    """A few tiles at a time, so that memory does not grow with the part."""
    for start in range(0, len(tiles), TILES_AT_ONCE):
        group = tiles[start : start + TILES_AT_ONCE]
        crops = [np.ascontiguousarray(image[_slices(tile)]) for tile in group]
        for tile, encoded in zip(group, inspector.encode(crops), strict=True):
            yield tile, inspector.score(encoded, ignored=None if left_out is None else left_out[_slices(tile)])


def _ignored(
    ignored: npt.NDArray[np.bool_] | RegionOfInterest | None, height: int, width: int
) -> npt.NDArray[np.bool_] | None:
    if ignored is None or (isinstance(ignored, RegionOfInterest) and not ignored):
        return None
    area = ignored.ignored(height, width) if isinstance(ignored, RegionOfInterest) else np.asarray(ignored) != 0
    if area.shape != (height, width):
        raise SettingsError(f"the ignored area has shape {area.shape}; expected the image's {(height, width)}.")
    return area


def _slices(tile: Tile) -> tuple[slice, slice]:
    return slice(tile.y, tile.y + tile.height), slice(tile.x, tile.x + tile.width)


def _spans(length: int, tiling: Tiling) -> list[tuple[int, int]]:
    """First pixel and the one after the last of each tile along an axis."""
    if length <= tiling.tile:
        return [(0, length)]
    count = math.ceil((length - tiling.overlap) / (tiling.tile - tiling.overlap))
    # Floored, so that no two starts lie further apart than a tile less its overlap.
    starts = [index * (length - tiling.tile) // (count - 1) for index in range(count)]
    return [(start, start + tiling.tile) for start in starts]


def _ramp(start: int, spans: list[tuple[int, int]]) -> FloatArray:
    """Weight of a tile's pixels along an axis: rising where it overlaps the tile before, falling where the next one."""
    index = next(number for number, span in enumerate(spans) if span[0] == start)
    first, end = spans[index]
    weight = np.ones(end - first)
    if index > 0:
        shared = spans[index - 1][1] - first
        weight[:shared] = (np.arange(shared) + 0.5) / shared
    if index + 1 < len(spans):
        shared = end - spans[index + 1][0]
        if shared > 0:
            weight[-shared:] = np.minimum(weight[-shared:], ((np.arange(shared) + 0.5) / shared)[::-1])
    return np.asarray(weight, dtype=np.float32)
