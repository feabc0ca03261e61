"""What defects are drawn with: places and shapes on a part as alpha fields, and light, paint and broken material."""

from __future__ import annotations

import cv2
import numpy as np

from tokenclip_core.data.procedural.noise import Field, Generator, coordinates, fractal, smooth

Image = Field  # (height, width, 3) in about [0, 1]


def spot(random: Generator, part: Field) -> tuple[float, float]:
    """A random point (x, y) on the part."""
    rows, columns = np.nonzero(part > 0.5)
    if len(rows) == 0:
        return float(random.integers(part.shape[1])), float(random.integers(part.shape[0]))
    index = int(random.integers(len(rows)))
    return float(columns[index]), float(rows[index])


def blob(random: Generator, part: Field, radius: float, rough: float = 0.5, softness: float = 1.0) -> Field:
    """An irregular blob of about ``radius`` pixels as alpha; ``softness`` in pixels at its border."""
    height, width = part.shape
    x, y = spot(random, part)
    rows, columns = coordinates(height, width)
    angle, squeeze = random.uniform(0, np.pi), random.uniform(0.45, 1.0)
    along = (columns - x) * np.cos(angle) + (rows - y) * np.sin(angle)
    across = ((rows - y) * np.cos(angle) - (columns - x) * np.sin(angle)) / squeeze
    distance = np.hypot(along, across) / radius
    ripple = fractal(random, height, width, min(0.7 * max(height, width) / radius, 80), 3) * rough
    return np.asarray(np.clip((1 - distance + 0.35 * ripple) * radius / max(softness, 0.5), 0, 1), np.float32)


def straight_sided(random: Generator, part: Field) -> Field:
    """An area cut off by one to three nearly straight, nearly perpendicular edges."""
    height, width = part.shape
    rows, columns = coordinates(height, width)
    alpha = np.ones((height, width), np.float32)
    x, y = spot(random, part)
    angle = random.uniform(0, 2 * np.pi) if random.random() < 0.5 else random.choice([0, np.pi / 2, np.pi, -np.pi / 2])
    for turn in range(int(random.integers(1, 4))):
        direction = angle + turn * np.pi / 2 + random.normal(0, 0.15)
        offset = random.uniform(2, 0.25 * max(height, width))
        edge = offset - ((columns - x) * np.cos(direction) + (rows - y) * np.sin(direction))
        alpha *= np.clip(edge, 0, 1)
    return 1 - alpha if alpha.mean() > 0.5 else alpha


def edge_region(random: Generator, part: Field, depth: float) -> Field:
    """A jagged area that is missing from the part's border."""
    height, width = part.shape
    inside = (part > 0.5).astype(np.uint8)
    inside[[0, -1], :] = 0
    inside[:, [0, -1]] = 0
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 3)
    rim = (distance > 0) & (distance < 3)
    rows, columns = np.nonzero(rim)
    if len(rows) == 0:
        return blob(random, part, depth, 0.8)
    index = int(random.integers(len(rows)))
    grid_rows, grid_columns = coordinates(height, width)
    reach = np.hypot(
        (grid_rows - rows[index]) * random.uniform(0.4, 1.6), (grid_columns - columns[index]) * random.uniform(0.4, 1.6)
    )
    jagged = reach + depth * 0.3 * fractal(random, height, width, 0.7 * max(height, width) / depth, 4, 0.6)
    return np.asarray(np.clip(depth - jagged, 0, 1.5) / 1.5, np.float32) * (part > 0.5)


def strength(random: Generator, image: Image, alpha: Field, low: float = 0.1, high: float = 0.5) -> float:
    """A visible change of brightness: at least ``low``, more where the texture would hide it, of either sign."""
    inside = alpha > 0.2
    if not inside.any():
        return 0.3
    grey = image[inside].mean(-1)
    amount = max(random.uniform(low, high), float(grey.std()) * random.uniform(0.8, 1.8))
    level = float(grey.mean())
    darker = random.random() < np.clip(0.25 + level, 0.1, 0.9)
    room = level if darker else 1 - level
    amount = min(amount, 0.65)
    if room < amount * 0.6:
        darker = not darker
    return -amount if darker else amount


def shade(image: Image, alpha: Field, amount: float, tint: Field | None = None) -> Image:
    """Add light where ``alpha`` is: ``amount`` times ``tint`` (3,), white by default; negative amounts darken."""
    colour = np.ones(3, np.float32) if tint is None else tint
    return np.asarray(image + (alpha * np.float32(amount))[..., None] * colour, np.float32)


def paint(image: Image, alpha: Field, colour: Field) -> Image:
    """Cover with ``colour``, (3,) or (height, width, 3), as far as ``alpha`` is opaque."""
    weight = alpha[..., None]
    return np.asarray(image * (1 - weight) + colour * weight, np.float32)


def tint_of(random: Generator) -> Field:
    """Tint (3,) of a mark: neutral half of the time, otherwise coloured."""
    if random.random() < 0.5:
        return np.ones(3, np.float32)
    return random.uniform(0.3, 1.3, 3).astype(np.float32)


def broken_texture(random: Generator, image: Image) -> Image:
    """What shows where material is gone: rough, darker or brighter than the face."""
    height, width = image.shape[:2]
    level = float(np.clip(image.mean() + random.choice([-1, 1, -1]) * random.uniform(0.12, 0.5), 0.02, 0.95))
    rough = fractal(random, height, width, random.uniform(12, 60), 4) * random.uniform(0.03, 0.15)
    facet = smooth(random, height, width, random.uniform(3, 10)) * random.uniform(0.02, 0.12)
    tint = np.ones(3, np.float32) if random.random() < 0.6 else random.uniform(0.7, 1.2, 3).astype(np.float32)
    return np.asarray((level + rough + facet)[..., None] * tint, np.float32)
