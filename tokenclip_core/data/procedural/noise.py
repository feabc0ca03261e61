"""Random fields that surfaces, defects and light are made of; float32 throughout."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Generator = np.random.Generator


def normal(random: Generator, height: int, width: int) -> Field:
    """White noise, (height, width), zero mean, unit deviation."""
    return random.standard_normal((height, width), dtype=np.float32)


def smooth(random: Generator, height: int, width: int, cells: float, stretch: float = 1.0) -> Field:
    """Smooth noise of about ``cells`` bumps along the longer side; ``stretch`` > 1 makes them wider than high."""
    longest = max(height, width)
    rows = max(2, round(cells * height / longest))
    columns = max(2, round(cells * width / longest / stretch))
    small = random.standard_normal((min(rows, 2 * height), min(columns, 2 * width)), dtype=np.float32)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))


def fractal(random: Generator, height: int, width: int, cells: float, octaves: int = 4, gain: float = 0.55) -> Field:
    """Sum of octaves of smooth noise, roughly unit deviation."""
    total = smooth(random, height, width, cells)
    power, amplitude = 1.0, 1.0
    for _ in range(octaves - 1):
        cells *= 2
        if cells > 2 * max(height, width):
            break
        amplitude *= gain
        total += amplitude * smooth(random, height, width, cells)
        power += amplitude * amplitude
    return np.asarray(total / np.float32(np.sqrt(power)))


def coordinates(height: int, width: int) -> tuple[Field, Field]:
    """Row and column of every pixel, each (height, width)."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    return rows, columns


def rotated(random: Generator, height: int, width: int, angle: float | None = None) -> tuple[Field, Field]:
    """Coordinates along and across a direction in pixels; a random one unless ``angle`` (radians) is given."""
    rows, columns = coordinates(height, width)
    angle = float(random.uniform(0, np.pi)) if angle is None else angle
    cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return columns * cosine + rows * sine, rows * cosine - columns * sine


def cells(random: Generator, height: int, width: int, count: int) -> tuple[NDArray[np.int32], Field]:
    """A Voronoi partition: label of the nearest of ``count`` seeds, and distance to it in pixels."""
    seeds = np.full((height, width), 255, np.uint8)
    seeds[random.integers(0, height, count), random.integers(0, width, count)] = 0
    distance, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    return labels.astype(np.int32), distance.astype(np.float32)


def blurred(field: Field, sigma: float) -> Field:
    """Gaussian blur."""
    return np.asarray(cv2.GaussianBlur(field, (0, 0), max(sigma, 0.1)), np.float32)


def curve(
    random: Generator, start: tuple[float, float], angle: float, length: float, bend: float
) -> NDArray[np.float32]:
    """A wandering line of points (x, y) one step of about 3 px apart."""
    steps = max(3, int(length / 3))
    turns = np.cumsum(random.normal(0, bend, steps)) + angle
    xs = start[0] + np.cumsum(np.cos(turns)) * length / steps
    ys = start[1] + np.cumsum(np.sin(turns)) * length / steps
    return np.stack([xs, ys], 1).astype(np.float32)


def draw_curve(canvas: Field, points: NDArray[np.float32], value: float, thickness: int) -> None:
    """Draw an antialiased polyline into a float field of [0, 1]."""
    plane = np.zeros(canvas.shape, np.uint8)
    fixed = np.round(points * 16).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(plane, [fixed], False, 255, thickness, cv2.LINE_AA, 4)
    np.maximum(canvas, plane.astype(np.float32) * np.float32(value / 255), out=canvas)
