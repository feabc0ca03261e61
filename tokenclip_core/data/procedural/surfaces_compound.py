"""Parts whose surface is not one texture: assemblies, blends of two grains, motifs that repeat.

Their borders, corners and repeats are normal, however much they stand out; a defect is what breaks the pattern.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from tokenclip_core.data.procedural import surfaces, surfaces_relief
from tokenclip_core.data.procedural.noise import Field, Generator, blurred, normal, smooth

# What compounds are made of; none of the surfaces that are held out of training.
_GRAINS: tuple[Callable[[Generator, int, int], Field], ...] = (
    surfaces.brushed,
    surfaces.cast,
    surfaces.ground,
    surfaces.plain,
    surfaces.orange_peel,
    surfaces.weave,
    surfaces.knit,
    surfaces.wood,
    surfaces.stone,
    surfaces.concrete,
    surfaces.ribbed,
    surfaces.directional,
    surfaces.rings,
    surfaces.mesh,
    surfaces_relief.foam,
    surfaces_relief.hammered,
    surfaces_relief.swirled,
    surfaces_relief.grained,
)


def _grain(random: Generator, height: int, width: int) -> Field:
    field = np.clip(_GRAINS[int(random.integers(len(_GRAINS)))](random, height, width), -4, 4)
    return np.asarray((field - field.mean()) / (field.std() + 1e-3), np.float32)


def _region(random: Generator, height: int, width: int) -> Field:
    """An area with straight or round borders, as assembled parts have: 1 inside, 0 outside."""
    plane = np.zeros((height, width), np.uint8)
    size = max(height, width)
    centre = np.array([random.uniform(0, width), random.uniform(0, height)])
    radius = random.uniform(0.08, 0.4) * size
    kind = int(random.integers(5))
    if kind == 0:
        cv2.circle(plane, centre.astype(int).tolist(), int(radius), 255, -1, cv2.LINE_AA)
    elif kind == 1:
        cv2.circle(plane, centre.astype(int).tolist(), int(radius), 255, -1, cv2.LINE_AA)
        cv2.circle(plane, centre.astype(int).tolist(), int(radius * random.uniform(0.3, 0.85)), 0, -1, cv2.LINE_AA)
    else:
        # A rectangle; long ones reach from border to border as strips do. Mostly upright.
        half = np.array([radius * random.uniform(0.3, 1), radius if kind == 2 else 2.0 * size])
        angle = random.choice([0, np.pi / 2]) + (0 if random.random() < 0.7 else random.uniform(-0.8, 0.8))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half @ turn.T + centre
        cv2.fillPoly(plane, [np.round(corners * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return plane.astype(np.float32) / np.float32(255)


def assembly(random: Generator, height: int, width: int) -> Field:
    """One to four pieces with straight or round borders, each with its own grain and tone; some borders are shaded."""
    field = _grain(random, height, width) * np.float32(random.uniform(0.1, 1))
    for _ in range(int(random.integers(1, 5))):
        region = _region(random, height, width)
        inside = _grain(random, height, width) * random.uniform(0.1, 1) + random.uniform(-3, 3)
        field = field * (1 - region) + inside.astype(np.float32) * region
        if random.random() < 0.5:
            border = np.clip(4 * region * (1 - region) + blurred(region, 1.5) * (1 - region), 0, 1)
            field = field + border * np.float32(random.uniform(-3, 3))
    return np.asarray(field, np.float32)


def blended(random: Generator, height: int, width: int) -> Field:
    """Two grains at once, one of which may come and go over the part."""
    share = np.float32(random.uniform(0.2, 0.8))
    second = _grain(random, height, width) * np.float32(1.5)
    if random.random() < 0.4:
        second = second * np.clip(0.7 + 0.6 * smooth(random, height, width, random.uniform(2, 5)), 0, 1.5)
    return np.asarray(_grain(random, height, width) * (1 - share) + second * share, np.float32)


def motif(random: Generator, height: int, width: int) -> Field:
    """A small drawing of shapes and strokes that repeats over the part, upright or turned, places varying a little."""
    cell = max(8, int(random.uniform(0.08, 0.4) * max(height, width)))
    plane = np.zeros((cell, cell), np.float32)
    for _ in range(int(random.integers(1, 6))):
        tone = float(random.uniform(-2.5, 2.5))
        start, end = random.integers(0, cell, 2).tolist(), random.integers(0, cell, 2).tolist()
        kind = int(random.integers(3))
        if kind == 0:
            cv2.circle(plane, start, max(1, int(cell * random.uniform(0.06, 0.3))), tone, -1, cv2.LINE_AA)
        elif kind == 1:
            cv2.rectangle(plane, start, end, tone, -1 if random.random() < 0.6 else 1)
        else:
            cv2.line(plane, start, end, tone, int(random.integers(1, 1 + max(1, cell // 8))), cv2.LINE_AA)
    repeats = int(np.ceil(1.6 * max(height, width) / cell)) + 1
    sheet = np.tile(plane, (repeats, repeats))
    if random.random() < 0.3:  # every other row is set off, as bricks are
        rows = np.arange(len(sheet)) // cell % 2 == 1
        sheet[rows] = np.roll(sheet[rows], cell // 2, axis=1)
    angle = 0.0 if random.random() < 0.5 else float(random.uniform(-45, 45))
    middle = len(sheet) / 2
    turn = np.asarray(cv2.getRotationMatrix2D((middle, middle), angle, 1), np.float64)
    turn[:, 2] += np.array([width / 2, height / 2]) - middle + random.uniform(-0.5, 0.5, 2) * cell
    field = cv2.warpAffine(sheet, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(field + random.uniform(0, 0.5) * normal(random, height, width), np.float32)
