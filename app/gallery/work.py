"""Gathers the patches of the gallery and cuts their crops; everything here runs in the gallery's own thread. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from app.canvas import compose
from app.editing.adjustments import Mix
from app.gallery.model import Crop, PartSummary, PatchPlace, Strongest, SubspaceTiles, Tile
from app.parts.images import ImageStore, RgbArray
from app.parts.state import FloatArray, PartResult
from app.work.jobs import Cancellation
from tokenclip_core.errors import TokenClipError
from tokenclip_core.lru import LruCache

MOST_TILES = 24
"""Tiles kept for each subspace."""

MOST_OF_A_PART = 3
"""Tiles that one part may have in a row, so that the worst part does not fill it."""

CROP_SIDE = 112
"""Pixels of a crop's longer side at most."""

CROP_BYTES = 24 * 2**20
MIXES_KEPT = 3
_CONTEXT = 3.0


def crop(image: RgbArray, grid: tuple[int, int], patch: tuple[int, int]) -> Crop:
    """Cut out a patch with a patch's width around it; at a border the square moves inwards.

    Args:
        image: (H, W, 3) uint8 RGB.
        grid: (gh, gw) patches of the whole image.
        patch: (row, column).
    """
    height, width = image.shape[:2]
    across, down = width / grid[1], height / grid[0]
    side = _CONTEXT * max(across, down)
    left, right = _span((patch[1] + 0.5) * across, side, width)
    top, bottom = _span((patch[0] + 0.5) * down, side, height)
    picture = Image.fromarray(np.ascontiguousarray(image[top:bottom, left:right]))
    picture.thumbnail((CROP_SIDE, CROP_SIDE), Image.Resampling.BICUBIC)
    frame = (
        (patch[1] * across - left) / (right - left),
        (patch[0] * down - top) / (bottom - top),
        across / (right - left),
        down / (bottom - top),
    )
    return Crop(compose.argb(np.asarray(picture)), frame)


class GalleryWorker:
    """What the gallery gathered, for the last few mixes; bounded in tiles, crops and mixes."""

    def __init__(self, images: ImageStore) -> None:
        self._images = images
        self._crops: LruCache[PatchPlace, Crop] = LruCache(CROP_BYTES)
        self._mixes: LruCache[Mix, _Gathered] = LruCache(MIXES_KEPT)

    def clear(self) -> None:
        """Forget everything, because other parts are open or another model is loaded."""
        self._mixes.clear()
        self._crops.clear()

    def show(self, mix: Mix) -> SubspaceTiles:
        """What was gathered with a mix so far."""
        return self._gathered(mix).snapshot()

    def add(self, mix: Mix, path: str, result: PartResult, cancellation: Cancellation) -> SubspaceTiles:
        """Add an inspected part, in place of an earlier result of it."""
        cancellation.check()
        gathered = self._gathered(mix)
        gathered.remove(path)
        peak = peak_place(path, result.token_map)
        if self._crop(peak) is not None:
            self._gather(gathered, path, strongest_places(path, result.token_map, result.assignment))
        return gathered.snapshot()

    def add_all(self, mix: Mix, summaries: Sequence[PartSummary], cancellation: Cancellation) -> SubspaceTiles:
        """Add parts that were inspected for their scores alone; parts that are known already stay as they are."""
        gathered = self._gathered(mix)
        for summary in summaries:
            cancellation.check()
            if summary.path not in gathered.parts:
                self._gather(gathered, summary.path, summary.strongest)
        return gathered.snapshot()

    def tiles(self, places: Sequence[tuple[PatchPlace, float]], cancellation: Cancellation) -> tuple[Tile, ...]:
        """Tiles of places and values; files that can't be read any more are left out."""
        made = []
        for place, value in places:
            cancellation.check()
            cut = self._crop(place)
            if cut is not None:
                made.append(Tile(place, value, cut))
        return tuple(made)

    def forget(self, mix: Mix, path: str, _cancellation: Cancellation) -> SubspaceTiles:
        """A file's content changed: take its patches away, under every mix; returns what a mix has left."""
        self._crops.discard_if(lambda place: place.path == path)
        for gathered in self._mixes.values():
            gathered.remove(path)
        return self._gathered(mix).snapshot()

    def _gathered(self, mix: Mix) -> _Gathered:
        return self._mixes.get_or_make(mix, _Gathered)

    def _gather(self, gathered: _Gathered, path: str, strongest: Sequence[Strongest]) -> None:
        gathered.parts.add(path)
        for subspace, place, value in strongest:
            cut = self._crop(place) if gathered.takes(subspace, value) else None
            if cut is not None:
                gathered.put(subspace, Tile(place, value, cut))

    def _crop(self, place: PatchPlace) -> Crop | None:
        kept = self._crops.get(place)
        if kept is None:
            try:
                image = self._images.load(Path(place.path))
            except TokenClipError:
                # The parts list says what is wrong with the file.
                return None
            kept = crop(image, place.grid, place.patch)
            self._crops.put(place, kept, kept.pixels.nbytes)
        return kept


class _Gathered:
    """The rows of one mix."""

    def __init__(self) -> None:
        self.parts: set[str] = set()
        self._rows: list[list[Tile]] = []

    def snapshot(self) -> SubspaceTiles:
        return SubspaceTiles(tuple(tuple(row) for row in self._rows), len(self.parts))

    def remove(self, path: str) -> None:
        if path in self.parts:
            self.parts.discard(path)
            self._rows = [[tile for tile in row if tile.place.path != path] for row in self._rows]

    def takes(self, subspace: int, value: float) -> bool:
        """Whether a value would get into a subspace's row."""
        while subspace >= len(self._rows):
            self._rows.append([])
        row = self._rows[subspace]
        return value > (row[-1].value if len(row) == MOST_TILES else 0.0)

    def put(self, subspace: int, tile: Tile) -> None:
        row = self._rows[subspace]
        row.append(tile)
        row.sort(key=lambda entry: -entry.value)
        del row[MOST_TILES:]


def strongest_places(path: str, token_map: FloatArray, assignment: FloatArray) -> tuple[Strongest, ...]:
    """A part's patches that chose each subspace most strongly: (subspace, place, weight x anomaly).

    Args:
        path: of the part.
        token_map: (gh, gw) float32 in [0, 1].
        assignment: (gh, gw, K) float32.
    """
    from tokenclip_core.inspection.patches import strongest_patches

    grid = (token_map.shape[0], token_map.shape[1])
    found = []
    for subspace in range(assignment.shape[-1]):
        values = assignment[..., subspace] * token_map
        patches = strongest_patches(values, MOST_OF_A_PART)
        found += [(subspace, PatchPlace(path, patch, grid), float(values[patch])) for patch in patches]
    return tuple(found)


def peak_place(path: str, token_map: FloatArray) -> PatchPlace:
    """A part's most anomalous patch, of a (gh, gw) map."""
    grid = (token_map.shape[0], token_map.shape[1])
    row, column = divmod(int(token_map.argmax()), grid[1])
    return PatchPlace(path, (row, column), grid)


def _span(centre: float, side: float, length: int) -> tuple[int, int]:
    """First pixel and the one after the last of a side around a centre, within 0 to `length`."""
    wanted = min(length, max(8, round(side)))
    first = min(max(0, round(centre - wanted / 2)), length - wanted)
    return first, first + wanted
