"""A part that was encoded tile by tile, and what is said about it as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from tokenclip_core.arrays import bytes_held
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.curve import AreaCurve
from tokenclip_core.inspection.encoded_part import EncodedPart, IgnoredAreas
from tokenclip_core.inspection.result import FloatArray, InspectionResult
from tokenclip_core.inspection.tiling import Tile, TiledArea
from tokenclip_core.judgement.areas import Areas
from tokenclip_core.judgement.findings import SubspaceResult

MOST_TOKEN_BYTES = 64 * 2**20
"""Bytes of a part's visual tokens up to which they are kept, for patches to be compared by; a part may have hundreds
of tiles."""


@dataclass(frozen=True, eq=False)
class TiledPart:
    """One part, encoded tile by tile: all that scoring needs.

    Attributes:
        area: the part's size, and how it was cut.
        parts: each tile, encoded, in their order; without visual tokens, so it can't be scored with other subspaces.
        tokens: (GH * GW, D) float16 unit visual tokens, or None if there are too many to be kept.
    """

    area: TiledArea
    parts: tuple[EncodedPart, ...]
    tokens: npt.NDArray[np.float16] | None

    @property
    def height(self) -> int:
        """Height of the part's image in pixels."""
        return self.area.height

    @property
    def width(self) -> int:
        """Width of the part's image in pixels."""
        return self.area.width

    @property
    def grid(self) -> tuple[int, int]:
        """(GH, GW) patches of the whole part."""
        return self.area.grid(self.parts[0].grid)

    @property
    def nbytes(self) -> int:
        """Memory it takes, in bytes."""
        return bytes_held(self)

    def patch_tokens(self) -> FloatArray | None:
        """(GH * GW, D) float32 unit visual tokens, the mean over the tapped layers; None if there are too many."""
        return None if self.tokens is None else self.tokens.astype(np.float32)

    def ignored_pixels(self, ignored: IgnoredAreas | None) -> npt.NDArray[np.bool_] | None:
        """(H, W) bool of areas that are left out; None where nothing is.

        Raises:
            SettingsError: they are of another size.
        """
        if ignored is None or (isinstance(ignored, Areas) and not ignored):
            return None
        size = (self.height, self.width)
        area = ignored.ignored(*size) if isinstance(ignored, Areas) else np.asarray(ignored) != 0
        if area.shape != size:
            raise SettingsError(f"the ignored area has shape {area.shape}; expected the image's {size}.")
        return area if bool(area.any()) else None


@dataclass(frozen=True, eq=False)
class TiledResult(InspectionResult):
    """What an inspection by tiles says about a part as a whole.

    The score is that of the hottest region of all tiles' patches together, or of the whole of a tile, whichever is
    higher; components, contributions and shares are those of the worst tile. What belongs to patches comes from the
    tiles as they are: each tile is its own transport problem, so the columns of `transport_plan` sum only about to 1/K.
    A subspace's `anomaly` is its highest in any tile. Tiles are compared with nothing but themselves: consensus and
    reference are silent.

    Attributes:
        area: the part's size, and how it was cut.
        tiles: each with its own result, row by row; tiles that are ignored altogether are left out.
        left_out: (H, W) bool, pixels that are not inspected, or None.
    """

    area: TiledArea | None = None
    tiles: tuple[tuple[Tile, InspectionResult], ...] = ()
    left_out: npt.NDArray[np.bool_] | None = None

    @override
    def subspace_map(self, index: int) -> FloatArray:
        if self.area is None:
            return super().subspace_map(index)
        found = dict(self.tiles)
        maps = [found[tile].subspace_map(index) if tile in found else None for tile in self.area.tiles]
        return _without(self.area.blended(maps), self.left_out)

    @override
    def _uninspected(self) -> npt.NDArray[np.bool_] | None:
        return self.left_out


def merged_result(
    part: TiledPart,
    results: Sequence[InspectionResult | None],
    subspaces: Sequence[SubspaceResult],
    left_out: npt.NDArray[np.bool_] | None,
) -> TiledResult:
    """What the results of all tiles say together.

    Args:
        part: whose tiles they are.
        results: in the tiles' order; None for a tile that is ignored altogether.
        subspaces: their names and colours, for a part without any tile left.
        left_out: (H, W) bool, pixels that are not inspected.
    """
    area = part.area
    tiles = tuple((tile, result) for tile, result in zip(area.tiles, results, strict=True) if result is not None)
    if not tiles:
        return _nothing(part, subspaces, left_out)
    of_tile = part.parts[0].grid
    worst = max((result for _, result in tiles), key=lambda result: result.score)

    def gathered(name: str) -> npt.NDArray[Any]:
        return area.gathered([None if result is None else getattr(result, name) for result in results], of_tile)

    inspected = area.gathered([None if result is None else _inspected(result) for result in results], of_tile)
    assignment = gathered("assignment")
    count = max(1, int(inspected.sum()))
    plan = area.gathered([None if result is None else _share_of_plan(result, count) for result in results], of_tile)
    layers = [None if result is None else np.moveaxis(result.layer_similarities, 0, 2) for result in results]
    layer_maps = [None if result is None else np.moveaxis(result.layer_maps, 0, 2) for result in results]
    masses = assignment.sum(axis=(0, 1), dtype=np.float64)
    masses = masses / max(float(masses.sum()), 1e-12)
    token_map, whole = gathered("token_map"), max(result.whole for _, result in tiles)
    curve = worst.curve if worst.curve is not None else AreaCurve()
    score = max(curve.found(token_map, inspected).regional, whole)
    share = score / worst.score if worst.score > 0 else 0.0
    return TiledResult(
        score=score,
        anomaly_map=_without(
            area.blended([None if result is None else result.anomaly_map for result in results]), left_out
        ),
        token_map=token_map,
        assignment=assignment,
        transport_plan=plan.reshape(-1, plan.shape[-1]),
        similarities=gathered("similarities"),
        layer_similarities=np.ascontiguousarray(np.moveaxis(area.gathered(layers, of_tile), 2, 0)),
        subspace_maps=gathered("subspace_maps"),
        subspaces=tuple(
            SubspaceResult(
                own.name,
                own.colour,
                float(masses[index]),
                max(result.subspaces[index].anomaly for _, result in tiles),
                share * own.contribution,
                own.muted,
            )
            for index, own in enumerate(worst.subspaces)
        ),
        components=worst.components,
        layers=worst.layers,
        ignored=None if bool(inspected.all()) else ~inspected,
        working_size=worst.working_size,
        sigma=worst.sigma,
        rarity=None if worst.rarity is None else gathered("rarity"),
        layer_maps=np.ascontiguousarray(np.moveaxis(area.gathered(layer_maps, of_tile), 2, 0)),
        curve=curve,
        whole=whole,
        channels={
            name: area.gathered([None if one is None else one.channels[name] for one in results], of_tile)
            for name in worst.channels
        },
        shares=worst.shares,
        area=area,
        tiles=tiles,
        left_out=left_out,
    )


def _inspected(result: InspectionResult) -> npt.NDArray[np.bool_]:
    """(gh, gw) bool, the patches that were looked at."""
    return np.ones(result.token_map.shape, bool) if result.ignored is None else ~result.ignored


def _share_of_plan(result: InspectionResult, count: int) -> FloatArray:
    """(gh, gw, K) a tile's plan, whose mass is 1, as a share of the plan of `count` patches."""
    share = np.float32(_inspected(result).sum() / count)
    return (result.transport_plan * share).reshape(*result.token_map.shape, -1)


def _nothing(
    part: TiledPart, subspaces: Sequence[SubspaceResult], left_out: npt.NDArray[np.bool_] | None
) -> TiledResult:
    """Nothing of the part is inspected."""
    (gh, gw), count, layers = part.grid, len(subspaces), part.parts[0].layers

    def zeros(*shape: int) -> FloatArray:
        return np.zeros(shape, np.float32)

    return TiledResult(
        score=0.0,
        anomaly_map=zeros(part.height, part.width),
        token_map=zeros(gh, gw),
        assignment=zeros(gh, gw, count),
        transport_plan=zeros(gh * gw, count),
        similarities=zeros(gh, gw, count, 2),
        layer_similarities=zeros(len(layers), gh, gw, count, 2),
        subspace_maps=zeros(gh, gw, count),
        subspaces=tuple(subspaces),
        components={},
        layers=layers,
        ignored=np.ones((gh, gw), bool),
        layer_maps=zeros(len(layers), gh, gw),
        area=part.area,
        left_out=left_out,
    )


def _without(values: FloatArray, left_out: npt.NDArray[np.bool_] | None) -> FloatArray:
    if left_out is not None:
        values[left_out] = 0
    return values
