"""Defect families: each draws on a part and says, as an alpha field, where it is."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from tokenclip_core.data.procedural.noise import (
    Field,
    Generator,
    blurred,
    coordinates,
    curve,
    draw_curve,
    fractal,
    normal,
    smooth,
)

Image = Field  # (height, width, 3) in about [0, 1]
Defect = Callable[[Generator, Image, Field], tuple[Image, Field]]


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
    colour = np.ones(3, np.float32) if tint is None else tint
    return np.asarray(image + (alpha * np.float32(amount))[..., None] * colour, np.float32)


def paint(image: Image, alpha: Field, colour: Field) -> Image:
    weight = alpha[..., None]
    return np.asarray(image * (1 - weight) + colour * weight, np.float32)


def tint_of(random: Generator) -> Field:
    if random.random() < 0.5:
        return np.ones(3, np.float32)
    return random.uniform(0.3, 1.3, 3).astype(np.float32)


def scratch(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    size = max(part.shape)
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
    alpha *= np.clip(0.8 + 0.4 * smooth(random, *part.shape, 12), 0.3, 1)
    amount = strength(random, image, alpha, 0.15, 0.5)
    out = shade(image, alpha, amount, tint_of(random))
    if random.random() < 0.3:
        out = shade(out, np.roll(alpha, 1, int(random.integers(2))), -0.5 * amount)
    return out, alpha


def cut(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    alpha = np.zeros_like(part)
    points = curve(
        random, spot(random, part), random.uniform(0, 2 * np.pi), max(part.shape) * random.uniform(0.1, 0.45), 0.002
    )
    draw_curve(alpha, points, 1, int(random.integers(2, 5)))
    lip = blurred(alpha, 1.2) - alpha
    out = paint(image, alpha, np.full(3, random.uniform(0.0, 0.15), np.float32))
    return shade(out, np.clip(lip * 2, 0, 1), random.uniform(0.1, 0.4)), np.clip(alpha, 0, 1)


def crack(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
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


def pore(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    total = np.zeros_like(part)
    out = image
    unit = max(part.shape) / 160
    rim_light = random.uniform(0, 0.4) * (random.random() < 0.5)
    for _ in range(int(random.choice([1, 1, 1, 2, 3, 6]))):
        radius = unit * random.uniform(1.3, 7)
        alpha = blob(random, part, radius, 0.4, random.uniform(0.8, 2.0))
        out = paint(
            out,
            alpha * np.float32(random.uniform(0.6, 1)),
            image[alpha > 0.1].mean(0) * np.float32(random.uniform(0.0, 0.5))
            if (alpha > 0.1).any()
            else np.zeros(3, np.float32),
        )
        if rim_light:
            rim = np.clip(blurred(alpha, radius * 0.3) * 2, 0, 1) * (1 - alpha)
            out = shade(out, rim * (np.roll(alpha, int(radius), 0) > 0.1), rim_light)
        total = np.maximum(total, alpha)
    return out, total


def hole(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    alpha = blob(random, part, max(part.shape) * random.uniform(0.04, 0.16), 0.35, 1.2)
    ground = random.uniform(0, 0.2) if random.random() < 0.75 else random.uniform(0.85, 1)
    inner = np.full(3, ground, np.float32) + 0.05 * smooth(random, *part.shape, 10)[..., None]
    out = paint(image, alpha, inner)
    rim = np.clip(blurred(alpha, 2) * (1 - alpha) * 3, 0, 1)
    return shade(out, rim, random.uniform(-0.25, 0.25)), alpha


def stain(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    radius = max(part.shape) * random.uniform(0.06, 0.3)
    alpha = blob(random, part, radius, random.uniform(0.3, 1.2), radius * random.uniform(0.1, 0.7))
    if random.random() < 0.3:
        edge = np.clip(alpha * (1 - alpha) * 4, 0, 1)
        alpha = np.clip(0.5 * alpha + 0.6 * edge, 0, 1)
    colour = (
        random.uniform(0.2, 1.0, 3).astype(np.float32)
        if random.random() < 0.6
        else np.full(3, random.uniform(0.3, 0.8), np.float32)
    )
    amount = alpha * np.float32(random.uniform(0.4, 1.0))
    if image.mean() < 0.3 and random.random() < 0.6:
        return shade(image, amount, random.uniform(0.12, 0.4), tint_of(random)), alpha
    return np.asarray(image * (1 - amount[..., None] * (1 - colour)), np.float32), alpha


def discolouration(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    radius = max(part.shape) * random.uniform(0.15, 0.5)
    alpha = blob(random, part, radius, 0.5, radius * random.uniform(0.15, 0.6))
    amount = strength(random, image, alpha, 0.08, 0.28)
    return shade(image, alpha, np.clip(amount, -0.35, 0.35), tint_of(random)), alpha


def wear(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A large faint area whose texture is smoothed, roughened or bleached: rubbed, or finished unevenly."""
    height, width = part.shape
    shape = random.random()
    if shape < 0.35:
        radius = max(part.shape) * random.uniform(0.15, 0.5)
        alpha = blob(random, part, radius, 0.7, radius * random.uniform(0.08, 0.4))
    elif shape < 0.7:
        alpha = straight_sided(random, part)
    else:
        rows, columns = coordinates(height, width)
        x, y = spot(random, part)
        angle = random.choice([0, np.pi / 2]) + random.normal(0, 0.2)
        along = (columns - x) * np.cos(angle) + (rows - y) * np.sin(angle)
        across = np.abs((rows - y) * np.cos(angle) - (columns - x) * np.sin(angle)) + 2 * smooth(
            random, height, width, 8
        )
        half = random.uniform(0.05, 0.2) * max(height, width)
        alpha = np.clip((half - across) / (half * random.uniform(0.1, 0.5)), 0, 1)
        alpha = (alpha * np.clip((random.uniform(0.2, 0.7) * max(height, width) - np.abs(along)) / 6, 0, 1)).astype(
            np.float32
        )
    soft = cv2.GaussianBlur(image, (0, 0), random.uniform(1.5, 5))
    choice = random.random()
    if choice < 0.45:
        out = paint(image, alpha, soft)
    elif choice < 0.7:
        out = paint(image, alpha, soft + (image - soft) * np.float32(random.uniform(1.8, 3.5)))
    else:
        rough = fractal(random, height, width, random.uniform(15, 60), 3) * random.uniform(0.04, 0.14)
        out = paint(image, alpha, soft + rough[..., None])
    amount = np.clip(strength(random, image, alpha, 0.04, 0.25), -0.3, 0.3)
    return shade(out, alpha, float(amount)), alpha


def dent(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    height, width = part.shape
    radius = max(part.shape) * random.uniform(0.04, 0.18)
    bump = blurred(blob(random, part, radius, 0.3, radius), radius * 0.25)
    slope_y, slope_x = np.gradient(bump)
    angle = random.uniform(0, 2 * np.pi)
    relief = (slope_x * np.cos(angle) + slope_y * np.sin(angle)) * radius
    relief = relief / (np.abs(relief).max() + 1e-6)
    amount = abs(strength(random, image, bump, 0.15, 0.45))
    alpha = np.clip(np.abs(relief) * 1.6 + 0.35 * bump, 0, 1).astype(np.float32)
    return shade(image, relief.astype(np.float32), amount), alpha


def fold(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
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


def burr(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
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
    light = np.clip(0.6 + 0.4 * smooth(random, *part.shape, 40), 0, 1)
    out = shade(image, alpha * light, abs(strength(random, image, alpha, 0.2, 0.5)))
    return shade(out, np.roll(alpha, 2, 0) * (1 - alpha), -random.uniform(0.05, 0.3)), alpha


def broken_texture(random: Generator, image: Image) -> Image:
    """What shows where material is gone: rough, darker or brighter than the face."""
    height, width = image.shape[:2]
    level = float(np.clip(image.mean() + random.choice([-1, 1, -1]) * random.uniform(0.12, 0.5), 0.02, 0.95))
    rough = fractal(random, height, width, random.uniform(12, 60), 4) * random.uniform(0.03, 0.15)
    facet = smooth(random, height, width, random.uniform(3, 10)) * random.uniform(0.02, 0.12)
    tint = np.ones(3, np.float32) if random.random() < 0.6 else random.uniform(0.7, 1.2, 3).astype(np.float32)
    return np.asarray((level + rough + facet)[..., None] * tint, np.float32)


def edge_region(random: Generator, part: Field, depth: float) -> Field:
    """A jagged region that eats into the part from its border."""
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


def chip(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    alpha = edge_region(random, part, max(part.shape) * random.uniform(0.04, 0.15))
    return paint(image, alpha, broken_texture(random, image)), alpha


def missing(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    alpha = edge_region(random, part, max(part.shape) * random.uniform(0.15, 0.45))
    inner = broken_texture(random, image)
    if random.random() < 0.4:
        inner = inner * 0.2 + np.float32(random.choice([0.02, 0.05, 0.9]))
    out = paint(image, alpha, inner)
    lip = np.clip(blurred(alpha, 1.5) * (1 - alpha) * 4, 0, 1)
    return shade(out, lip, random.uniform(-0.3, 0.3)), alpha


def foreign_body(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    radius = max(part.shape) * random.uniform(0.03, 0.14)
    alpha = blob(random, part, radius, random.uniform(0, 0.6), 1.2)
    colour = (
        random.uniform(0, 1, 3).astype(np.float32)
        if random.random() < 0.6
        else np.full(3, random.uniform(0, 1), np.float32)
    )
    if abs(float(colour.mean() - image.mean())) < 0.15:
        colour = (colour + 0.4) % 1
    light = 1 + 0.3 * smooth(random, *part.shape, 6) + 0.08 * normal(random, *part.shape)
    shadow = np.roll(blurred(alpha, 2.5), (3, 3), (0, 1)) * (1 - alpha)
    out = shade(image, shadow, -random.uniform(0, 0.3))
    return paint(out, alpha, colour * light[..., None]), alpha


def fibre(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
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


def deformation(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    height, width = part.shape
    radius = max(part.shape) * random.uniform(0.1, 0.28)
    x, y = spot(random, part)
    rows, columns = coordinates(height, width)
    falloff = np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * (radius * 0.5) ** 2)).astype(np.float32)
    if random.random() < 0.5:
        twist = falloff * np.float32(random.choice([-1, 1]) * random.uniform(0.6, 1.6))
        dx, dy = columns - x, rows - y
        map_x = x + dx * np.cos(twist) - dy * np.sin(twist)
        map_y = y + dx * np.sin(twist) + dy * np.cos(twist)
    else:
        shift = random.normal(0, 1, 2)
        shift = shift / np.linalg.norm(shift) * radius * random.uniform(0.4, 0.9)
        map_x, map_y = columns + falloff * np.float32(shift[0]), rows + falloff * np.float32(shift[1])
    out = cv2.remap(
        image, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return out, (falloff > 0.3).astype(np.float32) * falloff


def corrosion(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    height, width = part.shape
    area = blob(random, part, max(part.shape) * random.uniform(0.08, 0.35), 1.0, 8)
    grain = fractal(random, height, width, random.uniform(20, 60), 4, 0.8)
    alpha = np.clip(area * (grain + random.uniform(0.2, 1.2)) * 2, 0, 1).astype(np.float32)
    rust = (
        np.array([0.45, 0.25, 0.12], np.float32) * random.uniform(0.6, 1.4)
        if random.random() < 0.6
        else np.full(3, random.uniform(0.05, 0.8), np.float32)
    )
    return paint(image, alpha * np.float32(0.85), rust * (1 + 0.25 * grain[..., None])), blurred(alpha, 1)


def bubble(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    total, out = np.zeros_like(part), image
    rows, columns = coordinates(*part.shape)
    for _ in range(int(random.choice([1, 1, 2, 4]))):
        x, y = spot(random, part)
        radius = max(part.shape) * random.uniform(0.02, 0.08)
        distance = np.hypot(rows - y, columns - x) / radius
        ring = np.exp(-(((distance - 0.9) / 0.18) ** 2)).astype(np.float32)
        glint = np.exp(
            -((np.hypot(rows - y + 0.4 * radius, columns - x + 0.4 * radius) / (0.25 * radius)) ** 2)
        ).astype(np.float32)
        amount = strength(random, image, ring, 0.15, 0.4)
        out = shade(shade(out, ring, amount), glint, random.uniform(0.1, 0.5))
        total = np.maximum(total, np.clip((1.25 - distance) * 4, 0, 1))
    return out, total.astype(np.float32)


def contamination(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    height, width = part.shape
    area = blob(random, part, max(part.shape) * random.uniform(0.08, 0.3), 0.5, 12)
    dots = (random.random((height, width)) < random.uniform(0.01, 0.12)).astype(np.float32)
    alpha = np.clip(blurred(dots, random.uniform(0.5, 1.4)) * 5, 0, 1) * (area > 0.3)
    out = shade(image, alpha, strength(random, image, alpha, 0.2, 0.5), tint_of(random))
    return out, (cv2.dilate(alpha.astype(np.float32), np.ones((5, 5), np.uint8)) > 0.3).astype(np.float32)


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
    out = paint(image, alpha, shifted if random.random() < 0.4 else cv2.GaussianBlur(image, (0, 0), 3))
    return shade(out, alpha, strength(random, image, alpha, 0.1, 0.4)), alpha


def foreign_texture(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    height, width = part.shape
    alpha = blob(
        random, part, max(part.shape) * 0.025 * 12 ** random.random(), random.uniform(0.3, 1.2), random.uniform(1, 5)
    )
    choice = random.random()
    if choice < 0.3:  # the same tones in another grain: nothing but the texture tells
        inside = image[alpha > 0.3] if (alpha > 0.3).any() else image.reshape(-1, 3)
        spread = max(float(inside.mean(-1).std()), 0.04)
        other = inside.mean(0) + smooth(random, height, width, max(height, width) / random.uniform(1, 6))[
            ..., None
        ] * np.float32(spread * random.uniform(0.8, 1.6))
    elif choice < 0.6:
        other = np.roll(
            image[::-1, ::-1], (int(random.integers(height)), int(random.integers(width))), (0, 1)
        ) * np.float32(random.uniform(0.5, 1.5))
    else:
        tone = random.uniform(0.1, 0.9, 3) if random.random() < 0.5 else np.full(3, random.uniform(0.1, 0.9))
        other = tone.astype(np.float32) + fractal(random, height, width, random.uniform(10, 70))[
            ..., None
        ] * random.uniform(0.03, 0.2)
    alpha = alpha * np.float32(random.uniform(0.5, 1))
    return paint(image, alpha, np.asarray(other, np.float32)), alpha


def dead_area(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A straight-sided region without signal, as broken cells and fingers give."""
    alpha = straight_sided(random, part)
    level = np.float32(random.uniform(0.1, 0.6))
    return paint(image, alpha, image * level), alpha


def straight_sided(random: Generator, part: Field) -> Field:
    """A region cut off by one to three nearly straight, nearly perpendicular edges."""
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


def smear(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    radius = max(part.shape) * random.uniform(0.08, 0.25)
    alpha = blob(random, part, radius, 0.4, radius * 0.3)
    length = int(random.integers(9, 25))
    kernel = np.zeros((length, length), np.float32)
    if random.random() < 0.5:
        kernel[length // 2] = 1 / length
    else:
        kernel[:, length // 2] = 1 / length
    moved = np.roll(cv2.filter2D(image, -1, kernel), (int(random.integers(-5, 6)), int(random.integers(-5, 6))), (0, 1))
    return shade(paint(image, alpha, moved), alpha, random.uniform(-0.2, 0.1)), alpha


DEFECT_FUNCTIONS: dict[str, Defect] = {
    "scratch": scratch,
    "crack": crack,
    "pore": pore,
    "hole": hole,
    "stain": stain,
    "dent": dent,
    "burr": burr,
    "chip": chip,
    "missing piece": missing,
    "foreign body": foreign_body,
    "fibre": fibre,
    "discolouration": discolouration,
    "fold": fold,
    "deformation": deformation,
    "wear": wear,
    "corrosion": corrosion,
    "bubble": bubble,
    "cut": cut,
    "contamination": contamination,
    "thread fault": thread_fault,
    "foreign texture": foreign_texture,
    "dead area": dead_area,
    "misprint": smear,
}
