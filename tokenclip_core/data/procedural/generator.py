"""Procedural parts: a surface or object, hard negatives, perhaps defects, then a camera."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tokenclip_core.data.procedural import surfaces, surfaces_compound, surfaces_relief
from tokenclip_core.data.procedural.camera import photograph
from tokenclip_core.data.procedural.defects import DEFECT_FUNCTIONS
from tokenclip_core.data.procedural.drawing import Image
from tokenclip_core.data.procedural.noise import Field, Generator, blurred, coordinates, fractal, smooth
from tokenclip_core.data.procedural.phrases import defect_phrase, normal_phrase
from tokenclip_core.errors import SettingsError

Surface = Callable[[Generator, int, int], Field]

SURFACE_FUNCTIONS: dict[str, Surface] = {
    "brushed metal": surfaces.brushed,
    "cast metal": surfaces.cast,
    "ground metal": surfaces.ground,
    "striated ceramic": surfaces.striated,
    "machined disc": surfaces.rings,
    "painted surface": surfaces.orange_peel,
    "plastic": surfaces.plain,
    "woven fabric": surfaces.weave,
    "knit": surfaces.knit,
    "wood": surfaces.wood,
    "stone": surfaces.stone,
    "concrete": surfaces.concrete,
    "ceramic tiles": surfaces.tiles,
    "mesh": surfaces.mesh,
    "perforated sheet": surfaces.perforated,
    "ribbed rubber": surfaces.ribbed,
    "solar cell": surfaces.solar_cell,
    "circuit board": surfaces.board,
    "label": surfaces.printed,
    "glass": surfaces.gloss,
    "leather": surfaces.leather,
    "twill": surfaces.twill,
    "marble": surfaces.marble,
    "nonwoven": surfaces.directional,
    "foam": surfaces_relief.foam,
    "hammered metal": surfaces_relief.hammered,
    "terrazzo": surfaces_relief.terrazzo,
    "swirled plastic": surfaces_relief.swirled,
    "grained plastic": surfaces_relief.grained,
    "halftone print": surfaces_relief.halftone,
    "interlaced strips": surfaces_relief.interlaced,
    "assembly": surfaces_compound.assembly,
    "blended grain": surfaces_compound.blended,
    "repeated motif": surfaces_compound.motif,
}
FAMILIES = tuple(SURFACE_FUNCTIONS)
DEFECTS = tuple(DEFECT_FUNCTIONS)
HELD_OUT_FAMILIES = ("leather", "twill", "marble")
HELD_OUT_DEFECTS = ("cut", "contamination", "misprint")
TRAINING_FAMILIES = tuple(name for name in FAMILIES if name not in HELD_OUT_FAMILIES)
TRAINING_DEFECTS = tuple(name for name in DEFECTS if name not in HELD_OUT_DEFECTS)

# Colours that surfaces are known for (RGB), beside random ones and plain greys.
TYPICAL_COLOURS: dict[str, tuple[float, float, float]] = {
    "wood": (0.62, 0.43, 0.26),
    "leather": (0.4, 0.24, 0.15),
    "circuit board": (0.1, 0.4, 0.2),
    "solar cell": (0.45, 0.45, 0.45),
    "striated ceramic": (0.3, 0.3, 0.3),
    "stone": (0.55, 0.52, 0.48),
}
VISIBLE_CHANGE = 0.035
MINIMUM_AREA = 6  # pixels; a defect that shows less is drawn again
_TRIES = 6


@dataclass(frozen=True)
class ProceduralPart:
    """One rendered part.

    Attributes:
        image: (h, w, 3) uint8 RGB.
        mask: (h, w) uint8, 255 where a defect is visible.
        defect_map: (h, w) uint8, 0 where normal, i + 1 where DEFECTS[i] is.
        family: name of the surface.
        defects: names of what was drawn and is visible, in order.
        caption: one sentence of what the picture shows.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    defect_map: NDArray[np.uint8]
    family: str
    defects: tuple[str, ...]
    caption: str


def generate(
    seed: int,
    size: int | tuple[int, int] = 160,
    *,
    families: Sequence[str] | None = None,
    defects: Sequence[str] | None = None,
    defect_probability: float = 0.5,
) -> ProceduralPart:
    """Render one part; the same arguments give the same bytes.

    Args:
        seed: of everything random.
        size: side in pixels, or (height, width); at least 32.
        families: names to draw from; None for those that training may use.
        defects: names to draw from; None for those that training may use.
        defect_probability: in [0, 1].

    Raises:
        SettingsError: an unknown name, or a size or probability out of range.
    """
    height, width = (size, size) if isinstance(size, int) else size
    if min(height, width) < 32:
        raise SettingsError(f"a part of {width} x {height} pixels is too small; use at least 32 x 32.")
    if not 0 <= defect_probability <= 1:
        raise SettingsError(f"defect_probability is {defect_probability}; use a number from 0 to 1.")
    family_names = _known(families, TRAINING_FAMILIES, FAMILIES, "families")
    defect_names = _known(defects, TRAINING_DEFECTS, DEFECTS, "defects")
    random = np.random.default_rng(seed)
    family = family_names[int(random.integers(len(family_names)))]
    image, part = clean_part(random, family, height, width)
    labels = np.zeros((height, width), np.uint8)
    drawn: list[str] = []
    if random.random() < defect_probability:
        image = with_defects(random, defect_names, image, part, labels, drawn)
    return finished_part(random, family, image, labels, drawn)


def with_defects(
    random: Generator,
    defects: Sequence[str] | None,
    image: Image,
    part: Field,
    labels: NDArray[np.uint8],
    drawn: list[str],
) -> Image:
    """Draw one to three defects on a clean part.

    Args:
        random: decides which, and how they look.
        defects: names to draw from; None for those that training may use.
        image: (h, w, 3) in about [0, 1].
        part: (h, w), 1 on the part, 0 on the background.
        labels: (h, w), written to: i + 1 where DEFECTS[i] is.
        drawn: added to: the names, in order.

    Raises:
        SettingsError: an unknown name.
    """
    names = _known(defects, TRAINING_DEFECTS, DEFECTS, "defects")
    for _ in range(int(random.choice([1, 1, 1, 1, 2, 3]))):
        name = names[int(random.integers(len(names)))]
        image = _draw(random, name, image, part, labels, drawn)
    return image


def finished_part(
    random: Generator, family: str, image: Image, labels: NDArray[np.uint8], drawn: Sequence[str]
) -> ProceduralPart:
    """Photograph a part, and say what is seen of its defects; arguments as of `with_defects`."""
    pixels, labels = photograph(random, image, labels)
    seen = tuple(dict.fromkeys(name for name in drawn if (labels == 1 + DEFECTS.index(name)).any()))
    caption = defect_phrase(seen[0], family, random) if seen else normal_phrase(family, random)
    return ProceduralPart(pixels, np.where(labels > 0, 255, 0).astype(np.uint8), labels, family, seen, caption)


def known_families(names: Sequence[str]) -> tuple[str, ...]:
    """The names as given, checked.

    Raises:
        SettingsError: an unknown name; the message lists the known ones.
    """
    return _known(names, TRAINING_FAMILIES, FAMILIES, "families")


def _known(given: Sequence[str] | None, default: tuple[str, ...], known: tuple[str, ...], what: str) -> tuple[str, ...]:
    if given is None:
        return default
    unknown = sorted(set(given) - set(known))
    if unknown or not given:
        raise SettingsError(f"unknown {what} {', '.join(unknown) or '(none given)'}; known are: {', '.join(known)}.")
    return tuple(given)


def _draw(
    random: Generator, name: str, image: Image, part: Field, labels: NDArray[np.uint8], drawn: list[str]
) -> Image:
    """Draw one defect, again while it is invisible; marks where it changed what one sees."""
    for _ in range(_TRIES):
        after, alpha = DEFECT_FUNCTIONS[name](random, image, part)
        weight = part[..., None]
        after = np.clip(image * (1 - weight) + after * weight, -0.2, 1.2)
        change = np.abs(np.clip(after, 0, 1) - np.clip(image, 0, 1)).max(-1)
        visible = blurred(change, 1.0) > VISIBLE_CHANGE
        marked = visible & (alpha > 0.15) & (part > 0.5)
        mask = np.asarray(cv2.morphologyEx(marked.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)))
        grain = float(cv2.Laplacian(image.mean(-1), cv2.CV_32F).std()) * 0.15
        if mask.sum() >= MINIMUM_AREA and change[mask > 0].mean() > max(0.05, grain) and mask.mean() < 0.7:
            labels[mask > 0] = 1 + DEFECTS.index(name)
            drawn.append(name)
            return np.asarray(after, np.float32)
    return image


def _base_colour(random: Generator, family: str) -> Field:
    choice = random.random()
    if family in TYPICAL_COLOURS and choice < 0.6:
        colour = np.array(TYPICAL_COLOURS[family]) * random.uniform(0.5, 1.4) + random.normal(0, 0.03, 3)
    elif choice < 0.8:
        level = random.beta(1.6, 1.6)
        colour = level + random.normal(0, 0.03, 3)
    else:
        colour = random.uniform(0.05, 0.95, 3)
    return np.clip(colour, 0.05, 0.95).astype(np.float32)


def clean_part(random: Generator, family: str, height: int, width: int) -> tuple[Image, Field]:
    """A part without defects, (h, w, 3), and where it is, (h, w): 1 on the part, 0 on the background.

    Raises:
        SettingsError: an unknown family.
    """
    _known([family], FAMILIES, FAMILIES, "families")
    texture = SURFACE_FUNCTIONS[family](random, height, width)
    texture = np.clip(texture, -4, 4)
    amplitude = random.uniform(0.01, 0.16) if random.random() < 0.85 else random.uniform(0.15, 0.3)
    base = _base_colour(random, family)
    direction = np.ones(3, np.float32) if random.random() < 0.7 else random.uniform(0.5, 1.3, 3).astype(np.float32)
    image = base + (texture * np.float32(amplitude))[..., None] * direction
    for feature, chance in ((_stamp, 0.15), (_band, 0.3), (_bolts, 0.12), (_seam, 0.12), (_smudges, 0.25)):
        if random.random() < chance:
            image = feature(random, image)
    part = np.ones((height, width), np.float32)
    shape = random.random()
    if shape < 0.3:
        part = _bars(random, height, width)
    elif shape < 0.55:
        part = _outline(random, height, width)
    if shape < 0.55:
        image = _on_background(random, image, part)
    return np.asarray(image, np.float32), part


def _stamp(random: Generator, image: Image) -> Image:
    plane = np.zeros(image.shape[:2], np.float32)
    surfaces.write(random, plane, 1.0)
    if random.random() < 0.5:
        relief = plane - np.roll(plane, (1, 1), (0, 1))
        return image + (relief * np.float32(random.uniform(0.1, 0.5)))[..., None]
    return image + (plane * np.float32(random.choice([-1, 1]) * random.uniform(0.1, 0.5)))[..., None]


def _band(random: Generator, image: Image) -> Image:
    """A brighter or darker band from border to border: a reflection, a change of finish that belongs there."""
    height, width = image.shape[:2]
    rows, columns = coordinates(height, width)
    across = rows if random.random() < 0.5 else columns
    centre, half = random.uniform(0, max(height, width)), random.uniform(0.02, 0.25) * max(height, width)
    soft = random.uniform(0.5, 20)
    band = np.clip((half - np.abs(across - centre)) / soft, 0, 1)
    return np.asarray(image + (band * random.choice([-1, 1]) * random.uniform(0.04, 0.25))[..., None], np.float32)


def _smudges(random: Generator, image: Image) -> Image:
    """Faint soft marks all over, as handling leaves on parts that are good all the same."""
    height, width = image.shape[:2]
    cloud = fractal(random, height, width, random.uniform(4, 16), 3)
    sparse = np.clip(cloud - random.uniform(0.3, 1.5), 0, None)
    marks = sparse / max(float(sparse.max()), 1e-3)
    return np.asarray(image - (marks * random.uniform(-0.03, 0.07))[..., None], np.float32)


def _bolts(random: Generator, image: Image) -> Image:
    """Holes or studs in a regular row or grid, all alike."""
    height, width = image.shape[:2]
    plane = np.zeros((height, width), np.float32)
    radius = int(random.uniform(0.015, 0.05) * max(height, width)) + 1
    pitch = random.uniform(4, 9) * radius
    start = random.uniform(0, pitch, 2)
    rows = 1 if random.random() < 0.4 else 50
    for y in np.arange(start[0], height, pitch)[:rows]:
        for x in np.arange(start[1], width, pitch):
            cv2.circle(plane, (int(x), int(y)), radius, 1.0, -1, cv2.LINE_AA)
    tone = np.float32(random.choice([0.03, 0.1, 0.9]) if random.random() < 0.7 else random.uniform(0, 1))
    rim = np.clip(blurred(plane, 1.5) * (1 - plane) * 3, 0, 1)
    holed = image * (1 - plane[..., None]) + plane[..., None] * tone
    return np.asarray(holed + (rim * np.float32(random.uniform(-0.2, 0.2)))[..., None])


def _seam(random: Generator, image: Image) -> Image:
    """A straight joint from border to border, shaded on one side."""
    height, width = image.shape[:2]
    rows, columns = coordinates(height, width)
    across = (rows if random.random() < 0.5 else columns) - random.uniform(0.1, 0.9) * height
    line = np.exp(-((across / random.uniform(0.7, 3)) ** 2))
    step = (across > 0) * random.uniform(-0.12, 0.12)
    return np.asarray(image + (line * random.uniform(-0.35, 0.25) + step)[..., None], np.float32)


def _bars(random: Generator, height: int, width: int) -> Field:
    """The part ends before the picture does, on one to four sides."""
    rows, columns = coordinates(height, width)
    part = np.ones((height, width), np.float32)
    tilt = random.normal(0, 0.01)
    ripple = random.uniform(0, 0.8) * smooth(random, height, width, 20)
    for side in random.permutation(4)[: int(random.integers(1, 5))]:
        depth = random.uniform(0.02, 0.22) * max(height, width)
        distance = (rows, columns, height - 1 - rows, width - 1 - columns)[int(side)]
        part *= np.clip(distance + tilt * (columns + rows) + ripple - depth + 0.5, 0, 1)
    return np.asarray(part, np.float32)


def _outline(random: Generator, height: int, width: int) -> Field:
    """A round, ring-shaped, polygonal, capsule- or bottle-like silhouette."""
    plane = np.zeros((height, width), np.uint8)
    centre = (int(width * random.uniform(0.42, 0.58)), int(height * random.uniform(0.42, 0.58)))
    radius = random.uniform(0.28, 0.48) * min(height, width)
    kind = int(random.integers(5))
    if kind == 0:
        axes = (int(radius), int(radius * random.uniform(0.5, 1)))
        cv2.ellipse(plane, centre, axes, random.uniform(0, 180), 0, 360, 255, -1, cv2.LINE_AA)
    elif kind == 1:
        cv2.circle(plane, centre, int(radius), 255, -1, cv2.LINE_AA)
        cv2.circle(plane, centre, int(radius * random.uniform(0.2, 0.65)), 0, -1, cv2.LINE_AA)
    elif kind == 2:
        corners = int(random.integers(4, 9))
        angles = np.arange(corners) / corners * 2 * np.pi + random.uniform(0, np.pi)
        points = np.stack([np.cos(angles), np.sin(angles)], 1) * radius + centre
        cv2.fillPoly(plane, [points.astype(np.int32)], 255, cv2.LINE_AA)
    elif kind == 3:
        angle = random.uniform(0, np.pi)
        reach = np.array([np.cos(angle), np.sin(angle)]) * radius
        ends = [tuple((np.array(centre) + sign * reach).astype(int).tolist()) for sign in (-0.7, 0.7)]
        cv2.line(plane, ends[0], ends[1], 255, max(8, int(radius * random.uniform(0.4, 1.0))), cv2.LINE_AA)
    else:
        half = (radius * random.uniform(0.5, 1.1, 2)).astype(int)
        cv2.rectangle(
            plane, (centre[0] - half[0], centre[1] - half[1]), (centre[0] + half[0], centre[1] + half[1]), 255, -1
        )
    return plane.astype(np.float32) / np.float32(255)


def _on_background(random: Generator, image: Image, part: Field) -> Image:
    height, width = part.shape
    level = random.choice([0.01, 0.05, 0.95, 1.0]) if random.random() < 0.5 else random.uniform(0, 1)
    colour = np.full(3, level, np.float32) if random.random() < 0.7 else random.uniform(0, 1, 3).astype(np.float32)
    ground = colour + (fractal(random, height, width, 4) * np.float32(random.uniform(0, 0.05)))[..., None]
    if random.random() < 0.5:
        shadow = np.roll(blurred(part, 4), (4, 3), (0, 1))
        ground = ground * (1 - 0.5 * shadow[..., None] * np.float32(random.random()))
    if random.random() < 0.5:
        inside = cv2.distanceTransform((part > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
        bevel = np.exp(-inside / random.uniform(1, 5)) * random.uniform(-0.3, 0.3)
        image = image + bevel.astype(np.float32)[..., None]
    return np.asarray(image * part[..., None] + ground * (1 - part[..., None]), np.float32)
