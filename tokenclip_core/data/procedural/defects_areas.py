"""Defects that change an area but not its shape: stains, wear, corrosion, dirt, wrong textures and prints."""

from __future__ import annotations

import cv2
import numpy as np

from tokenclip_core.data.procedural.drawing import Image, blob, paint, shade, spot, straight_sided, strength, tint_of
from tokenclip_core.data.procedural.noise import Field, Generator, blurred, coordinates, fractal, normal, smooth


def stain(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A soft blotch that tints what lies under it; some with a darker border, as dried liquids leave."""
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
    """A large faint patch, lighter, darker or of another hue, with very soft borders."""
    radius = max(part.shape) * random.uniform(0.15, 0.5)
    alpha = blob(random, part, radius, 0.5, radius * random.uniform(0.15, 0.6))
    amount = strength(random, image, alpha, 0.08, 0.28)
    return shade(image, alpha, np.clip(amount, -0.35, 0.35), tint_of(random)), alpha


def wear(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A large faint area whose texture is smoothed, roughened or bleached: rubbed, or finished unevenly."""
    height, width = part.shape
    if random.random() < 0.4:
        return _uneven_finish(random, image, part)
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
    soft = np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(1.5, 5)), np.float32)
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


def _uneven_finish(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """An area whose tool marks are stronger, weaker or missing, up to a border that runs across them.

    The tool marks are found by blurring the picture along its lines. The area keeps the part's own marks, so that the
    defect shows by where they change, not by what they look like.
    """
    height, width = part.shape
    grey = image.mean(-1)
    down = np.abs(np.diff(grey, axis=0)).mean() < np.abs(np.diff(grey, axis=1)).mean()  # the marks run down
    rows, columns = coordinates(height, width)
    along, across = (rows, columns) if down else (columns, rows)
    length, breadth = (height, width) if down else (width, height)
    ripple = smooth(random, height, width, random.uniform(2, 8)) * random.uniform(0, 0.03) * length
    tilt = random.normal(0, 0.08) * (across - breadth / 2)
    start = random.uniform(0, 0.85) * length
    end = start + random.uniform(0.06, 0.6) * length
    if random.random() < 0.6:  # to the end of the part
        start, end = (-length, min(end - start, 0.7 * length)) if random.random() < 0.5 else (start, 2 * length)
    edge = random.uniform(0.8, 8)
    alpha = np.clip((along + ripple + tilt - start) / edge, 0, 1) * np.clip((end - along - ripple - tilt) / edge, 0, 1)
    if random.random() < 0.4:  # and not over the whole breadth
        sides = np.sort(random.uniform(-0.2, 1.2, 2)) * breadth
        alpha = alpha * np.clip((across + ripple - sides[0]) / edge, 0, 1)
        alpha = alpha * np.clip((sides[1] - across - ripple) / edge, 0, 1)
    alpha = np.asarray(alpha, np.float32)
    long, short = 0.12 * length, 0.4
    marks = cv2.GaussianBlur(image, (0, 0), sigmaX=short if down else long, sigmaY=long if down else short)
    base = cv2.GaussianBlur(image, (0, 0), 0.05 * max(height, width))
    if random.random() < 0.25:  # marks of a tool that left none elsewhere
        line = smooth(random, 1, breadth, 1, breadth / random.uniform(1.5, 4))
        line = line if down else line.T
        marks = base + line[..., None] * np.float32(random.uniform(0.04, 0.15))
    gain = np.float32(random.uniform(1.4, 4.0) if random.random() < 0.75 else random.uniform(0, 0.4))
    grain = (image - marks) * np.float32(random.uniform(0.2, 1.1))
    out = paint(image, alpha, np.asarray(base + (marks - base) * gain + grain, np.float32))
    amount = abs(strength(random, image, alpha, 0.02, 0.2)) * (1 if random.random() < 0.75 else -1)
    return shade(out, alpha, float(np.clip(amount, -0.25, 0.25))), alpha


def corrosion(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A grainy patch with frayed borders, rust-brown or grey."""
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


def contamination(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A cloud of fine specks, darker or brighter than the part."""
    height, width = part.shape
    area = blob(random, part, max(part.shape) * random.uniform(0.08, 0.3), 0.5, 12)
    dots = (random.random((height, width)) < random.uniform(0.01, 0.12)).astype(np.float32)
    alpha = np.clip(blurred(dots, random.uniform(0.5, 1.4)) * 5, 0, 1) * (area > 0.3)
    out = shade(image, alpha, strength(random, image, alpha, 0.2, 0.5), tint_of(random))
    return out, (cv2.dilate(alpha.astype(np.float32), np.ones((5, 5), np.uint8)) > 0.3).astype(np.float32)


def foreign_texture(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A patch of another texture: the same tones in another grain, another place of the picture, or other tones.

    Two in five are a small patch whose grain is gone: the same mean and spread, but pixels independent of each other.
    """
    height, width = part.shape
    if random.random() < 0.4:
        return _without_grain(random, image, part)
    alpha = blob(
        random, part, max(part.shape) * 0.025 * 12 ** random.random(), random.uniform(0.3, 1.2), random.uniform(1, 5)
    )
    choice = random.random()
    if choice < 0.3:  # the same tones in another grain: only the texture differs
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


def _without_grain(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    height, width = part.shape
    alpha = blob(random, part, max(2.5, max(part.shape) * random.uniform(0.012, 0.05)), random.uniform(0.3, 1.5), 0.5)
    inside = image[alpha > 0.3] if (alpha > 0.3).any() else image.reshape(-1, 3)
    spread = max(float(image.mean(-1).std()), 0.05) * random.uniform(0.7, 1.8)
    other = inside.mean(0) + normal(random, height, width)[..., None] * np.float32(spread)
    return paint(image, alpha, np.asarray(other, np.float32)), alpha


def dead_area(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A straight-sided area without signal, as broken cells and fingers give."""
    alpha = straight_sided(random, part)
    level = np.float32(random.uniform(0.1, 0.6))
    return paint(image, alpha, image * level), alpha


def smear(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A patch dragged along one axis and shifted, as wiped ink looks."""
    radius = max(part.shape) * random.uniform(0.08, 0.25)
    alpha = blob(random, part, radius, 0.4, radius * 0.3)
    length = int(random.integers(9, 25))
    kernel = np.zeros((length, length), np.float32)
    if random.random() < 0.5:
        kernel[length // 2] = 1 / length
    else:
        kernel[:, length // 2] = 1 / length
    dragged = np.asarray(cv2.filter2D(image, -1, kernel), np.float32)
    moved = np.roll(dragged, (int(random.integers(-5, 6)), int(random.integers(-5, 6))), (0, 1))
    return shade(paint(image, alpha, moved), alpha, random.uniform(-0.2, 0.1)), alpha
