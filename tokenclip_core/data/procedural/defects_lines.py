"""Defects that run along a line: marks, slits, cracks, folds, hairs and threads."""

from __future__ import annotations

import cv2
import numpy as np

from tokenclip_core.data.procedural.drawing import Image, paint, shade, spot, strength, tint_of
from tokenclip_core.data.procedural.noise import Field, Generator, blurred, coordinates, curve, draw_curve, smooth


def scratch(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """One to four thin, nearly parallel, gently bent marks of uneven depth; some with a shadow beside them."""
    height, width = part.shape
    size = max(height, width)
    alpha = np.zeros_like(part)
    angle = random.uniform(0, 2 * np.pi)
    for _ in range(int(random.choice([1, 1, 2, 4]))):
        points = curve(
            random,
            spot(random, part),
            angle + random.normal(0, 0.15),
            size * random.uniform(0.1, 0.7),
            random.uniform(0.005, 0.05),
        )
        draw_curve(alpha, points, random.uniform(0.6, 1), int(random.choice([1, 1, 1, 2, 3])))
    alpha *= np.clip(0.8 + 0.4 * smooth(random, height, width, 12), 0.3, 1)
    amount = strength(random, image, alpha, 0.15, 0.5)
    out = shade(image, alpha, amount, tint_of(random))
    if random.random() < 0.3:
        out = shade(out, np.roll(alpha, 1, int(random.integers(2))), -0.5 * amount)
    return out, alpha


def crack(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A jagged or straight line that forks and thins out, mostly dark; some with a lit edge."""
    alpha = np.zeros_like(part)
    size = max(part.shape)
    bend = random.uniform(0.1, 0.35) if random.random() < 0.7 else random.uniform(0.005, 0.06)
    stack = [
        (
            spot(random, part),
            random.uniform(0, 2 * np.pi),
            size * random.uniform(0.15, 0.8),
            int(random.choice([1, 2, 2, 3])),
        )
    ]
    for _ in range(7):
        if not stack:
            break
        start, angle, length, thickness = stack.pop()
        points = curve(random, start, angle, length, bend)
        draw_curve(alpha, points, random.uniform(0.7, 1), thickness)
        for _ in range(int(random.integers(0, 3))):
            fork = points[int(random.integers(len(points)))]
            stack.append(
                (
                    (float(fork[0]), float(fork[1])),
                    angle + random.choice([-1, 1]) * random.uniform(0.4, 1.2),
                    length * random.uniform(0.2, 0.6),
                    max(1, thickness - 1),
                )
            )
    amount = (
        -abs(strength(random, image, alpha, 0.15, 0.55))
        if random.random() < 0.85
        else abs(strength(random, image, alpha))
    )
    out = shade(image, alpha, amount)
    if random.random() < 0.35:
        out = shade(out, np.roll(alpha, (1, 1), (0, 1)) * (1 - alpha), random.uniform(0.05, 0.25))
    return out, alpha


def cut(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A straight dark slit of a few pixels between brighter lips."""
    alpha = np.zeros_like(part)
    points = curve(
        random, spot(random, part), random.uniform(0, 2 * np.pi), max(part.shape) * random.uniform(0.1, 0.45), 0.002
    )
    draw_curve(alpha, points, 1, int(random.integers(2, 5)))
    lip = blurred(alpha, 1.2) - alpha
    out = paint(image, alpha, np.full(3, random.uniform(0.0, 0.15), np.float32))
    return shade(out, np.clip(lip * 2, 0, 1), random.uniform(0.1, 0.4)), np.clip(alpha, 0, 1)


def fold(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """One to three soft ridges, each bright on one flank and dark on the other."""
    ridge = np.zeros_like(part)
    for _ in range(int(random.integers(1, 4))):
        points = curve(
            random, spot(random, part), random.uniform(0, 2 * np.pi), max(part.shape) * random.uniform(0.2, 0.8), 0.05
        )
        draw_curve(ridge, points, 1, int(random.integers(2, 6)))
    bump = blurred(ridge, random.uniform(1.2, 3.5))
    slope_y, slope_x = np.gradient(bump)
    angle = random.uniform(0, 2 * np.pi)
    relief = slope_x * np.cos(angle) + slope_y * np.sin(angle)
    relief = (relief / (np.abs(relief).max() + 1e-6)).astype(np.float32)
    amount = abs(strength(random, image, ridge, 0.15, 0.45))
    return shade(image, relief, amount), np.clip(np.abs(relief) * 1.8 + 0.5 * bump, 0, 1).astype(np.float32)


def fibre(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """One or two thin, much bent hairs, each above a faint shadow."""
    alpha = np.zeros_like(part)
    for _ in range(int(random.choice([1, 1, 2]))):
        points = curve(
            random,
            spot(random, part),
            random.uniform(0, 2 * np.pi),
            max(part.shape) * random.uniform(0.2, 0.9),
            random.uniform(0.08, 0.3),
        )
        draw_curve(alpha, points, 1, int(random.choice([1, 1, 2, 3])))
    out = shade(image, np.roll(alpha, 2, 0) * (1 - alpha), -random.uniform(0, 0.2))
    return shade(out, alpha, strength(random, image, alpha, 0.2, 0.6), tint_of(random)), alpha


def burr(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A short ragged line of bright splinters with a shadow below it."""
    height, width = part.shape
    points = curve(
        random, spot(random, part), random.uniform(0, 2 * np.pi), max(part.shape) * random.uniform(0.08, 0.35), 0.15
    )
    alpha = np.zeros_like(part)
    for point in points:
        thickness = int(random.integers(1, 6))
        draw_curve(
            alpha,
            np.stack([point, point + random.normal(0, 3, 2)]).astype(np.float32),
            random.uniform(0.5, 1),
            thickness,
        )
    light = np.clip(0.6 + 0.4 * smooth(random, height, width, 40), 0, 1)
    out = shade(image, alpha * light, abs(strength(random, image, alpha, 0.2, 0.5)))
    return shade(out, np.roll(alpha, 2, 0) * (1 - alpha), -random.uniform(0.05, 0.3)), alpha


def thread_fault(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """One or a few parallel threads missing, doubled or pulled: a straight band along an axis."""
    height, width = part.shape
    x, y = spot(random, part)
    rows, columns = coordinates(height, width)
    vertical = random.random() < 0.5
    across, along = (columns - x, rows - y) if vertical else (rows - y, columns - x)
    half = random.uniform(1, 4) * max(height, width) / 160
    length = random.uniform(0.1, 1.2) * max(height, width)
    wobble = smooth(random, height, width, 5) * random.uniform(0, 1)
    alpha = np.clip(half + 0.5 - np.abs(across + wobble), 0, 1) * np.clip(length / 2 - np.abs(along), 0, 1)
    alpha = alpha.astype(np.float32)
    shift = int(random.integers(2, 7))
    shifted = np.roll(image, shift, 1 if vertical else 0)
    other = shifted if random.random() < 0.4 else np.asarray(cv2.GaussianBlur(image, (0, 0), 3), np.float32)
    out = paint(image, alpha, other)
    return shade(out, alpha, strength(random, image, alpha, 0.1, 0.4)), alpha
