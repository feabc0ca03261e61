"""Areas of a part, rectangles, polygons and strokes in relative coordinates: what is inspected, what is defective.

The model sees the whole part. What is ignored leaves the transport problem, the map and the score; see
`tokenclip_core.inspection.inspector.Inspector.score`. Relative coordinates make the areas of one part fit every part
of a folder. Areas that mark defects belong to one part; they are learned from and change no score.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from tokenclip_core.errors import SettingsError
from tokenclip_core.files import write_atomically
from tokenclip_core.small_files import parse_json, read_own

AreaKind = Literal["include", "ignore", "defect"]
AreaShape = Literal["rectangle", "polygon", "brush"]
Point = tuple[float, float]

FORMAT_VERSION = 1
INSPECTED_KINDS: tuple[AreaKind, ...] = ("include", "ignore")
"""Of areas that say what is inspected."""

MARKED_KINDS: tuple[AreaKind, ...] = ("defect",)
"""Of areas that mark what is defective."""

SAMPLES_PER_PATCH = 16
"""Samples along one side of a patch from which it is judged how much of it an area covers."""

MOST_POINTS = 20_000
MOST_AREAS = 1000
MAX_FILE_BYTES = 2**24
_FEWEST_POINTS: dict[str, int] = {"rectangle": 2, "polygon": 3, "brush": 1}
# Points may lie a little outside of the part, where a person began to drag.
_FARTHEST = 4.0


@dataclass(frozen=True)
class Area:
    """One area, in units of the part: x from 0 (left) to 1 (right), y from 0 (top) to 1 (bottom).

    Attributes:
        kind: ``include``, ``ignore``, or ``defect`` for what is defective.
        shape: ``rectangle``, ``polygon`` or ``brush``.
        points: two opposite corners, the corners of the polygon, or the places of the stroke.
        width: of the stroke in units of the part's width; 0 for the other shapes.
    """

    kind: AreaKind
    shape: AreaShape
    points: tuple[Point, ...]
    width: float = 0.0

    def __post_init__(self) -> None:
        for value, choices in ((self.kind, get_args(AreaKind)), (self.shape, get_args(AreaShape))):
            if value not in choices:
                raise SettingsError(f"an area is called {value!r}; it must be one of {', '.join(choices)}.")
        if not _FEWEST_POINTS[self.shape] <= len(self.points) <= MOST_POINTS:
            raise SettingsError(
                f"a {self.shape} has {len(self.points)} points; it needs {_FEWEST_POINTS[self.shape]} to {MOST_POINTS}."
            )
        numbers = [*(value for point in self.points for value in point), self.width]
        if not all(math.isfinite(value) and abs(value) <= _FARTHEST for value in numbers):
            raise SettingsError("an area lies far outside of the part; its coordinates are shares of the part's size.")
        if self.width < 0 or (self.shape == "brush" and self.width == 0):
            raise SettingsError(f"a stroke is {self.width} wide; it must be greater than 0.")

    def covers(self, height: int, width: int) -> npt.NDArray[np.bool_]:
        """Which points lie in the area, of a grid of `height` x `width` points spread evenly over the part.

        Returns:
            (height, width) bool.
        """
        if self.shape == "rectangle":
            across, down = ((np.arange(count) + 0.5) / count for count in (width, height))
            (left, right), (top, bottom) = (sorted(values) for values in zip(*self.points[:2], strict=True))
            rows, columns = (down >= top) & (down < bottom), (across >= left) & (across < right)
            return np.asarray(rows[:, None] & columns[None, :])
        canvas = Image.new("1", (width, height))
        draw = ImageDraw.Draw(canvas)
        # Pillow's coordinates name the middle of a pixel.
        points = [(x * width - 0.5, y * height - 0.5) for x, y in self.points]
        if self.shape == "polygon":
            draw.polygon(points, fill=1)
        else:
            radius = self.width * width / 2
            draw.line(points, fill=1, width=max(1, round(2 * radius)))
            for x, y in points:
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=1)
        return np.array(canvas, dtype=bool)


@dataclass(frozen=True)
class Areas:
    """What is inspected: the included areas (the whole part where there are none) without the ignored ones.

    Of one part they may mark defects as well.

    Attributes:
        areas: in any order.
    """

    areas: tuple[Area, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.areas)

    def ignored(self, height: int, width: int) -> npt.NDArray[np.bool_]:
        """(height, width) bool, True where the part is not inspected."""
        included = [area for area in self.areas if area.kind == "include"]
        result = np.full((height, width), bool(included))
        for area in included:
            result &= ~area.covers(height, width)
        for area in self.areas:
            if area.kind == "ignore":
                result |= area.covers(height, width)
        return result

    def only(self, *kinds: AreaKind) -> Areas:
        """Those of some kinds."""
        return Areas(tuple(area for area in self.areas if area.kind in kinds))

    def defective(self, height: int, width: int) -> npt.NDArray[np.bool_]:
        """(height, width) bool, True where a defect is marked."""
        result = np.zeros((height, width), bool)
        for area in self.only(*MARKED_KINDS).areas:
            result |= area.covers(height, width)
        return result

    def ignored_patches(self, grid: tuple[int, int]) -> npt.NDArray[np.bool_]:
        """(gh, gw) bool, True for patches of which more than half is not inspected."""
        gh, gw = grid
        samples = self.ignored(gh * SAMPLES_PER_PATCH, gw * SAMPLES_PER_PATCH)
        blocks = samples.reshape(gh, SAMPLES_PER_PATCH, gw, SAMPLES_PER_PATCH)
        return np.asarray(blocks.sum(axis=(1, 3)) * 2 > SAMPLES_PER_PATCH**2)

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON, as `from_mapping` reads them."""
        return {
            "format_version": FORMAT_VERSION,
            "areas": [
                {
                    "kind": area.kind,
                    "shape": area.shape,
                    "points": [list(point) for point in area.points],
                    **({"width": area.width} if area.shape == "brush" else {}),
                }
                for area in self.areas
            ],
        }

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], kinds: Collection[AreaKind] = INSPECTED_KINDS) -> Self:
        """Read areas from JSON.

        Args:
            values: as `to_mapping` gives them.
            kinds: that make sense where they are read.

        Raises:
            SettingsError: these are no areas, those of a later version, or of another kind.
        """
        try:
            if values["format_version"] != FORMAT_VERSION:
                raise SettingsError(
                    f"these areas have format version {values['format_version']}; this program reads {FORMAT_VERSION}."
                )
            if len(values["areas"]) > MOST_AREAS:
                raise SettingsError(f"these are {len(values['areas'])} areas; at most {MOST_AREAS} are possible.")
            areas = tuple(
                Area(
                    entry["kind"],
                    entry["shape"],
                    tuple((float(x), float(y)) for x, y in entry["points"]),
                    float(entry.get("width", 0.0)),
                )
                for entry in values["areas"]
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise SettingsError(f"these are no areas ({error}); save it again.") from error
        strange = next((area.kind for area in areas if area.kind not in kinds), None)
        if strange is not None:
            raise SettingsError(f"an area is of the kind {strange!r}; here it must be one of {', '.join(kinds)}.")
        return cls(areas)

    def save(self, file: Path) -> None:
        """Write a file, in one step; makes its folder if need be.

        Raises:
            SettingsError: it can't be written.
        """
        text = json.dumps(self.to_mapping(), indent=2) + "\n"
        try:
            write_atomically(file, text.encode())
        except OSError as error:
            raise SettingsError(f"{file} cannot be written ({error.strerror}); choose another place.") from error

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read a file.

        Raises:
            SettingsError: it can't be read, or holds no areas.
        """
        content = read_own(file, MAX_FILE_BYTES, "a file of areas")
        try:
            values = parse_json(content)
        except ValueError as error:
            raise SettingsError(f"{file}: these are no areas ({error}); save it again.") from error
        return cls.from_mapping(values)
