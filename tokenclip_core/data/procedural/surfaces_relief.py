"""More textures: foam, hammered, terrazzo, swirled and grained plastics, halftone print, interlaced strips."""

from __future__ import annotations

import numpy as np

from tokenclip_core.data.procedural.noise import Field, Generator, blurred, cells, fractal, normal, rotated, smooth


def _scaled(field: Field) -> Field:
    """The field at zero mean and unit deviation."""
    return np.asarray((field - field.mean()) / (field.std() + 1e-3), np.float32)


def _lit(random: Generator, relief: Field) -> Field:
    """A relief under light from one side: its slope along a direction."""
    angle = random.uniform(0, 2 * np.pi)
    rows, columns = np.gradient(relief)
    return _scaled(np.asarray(columns * np.cos(angle) + rows * np.sin(angle), np.float32))


def foam(random: Generator, height: int, width: int) -> Field:
    """Pores of many sizes side by side, dark inside: foam, sponge, sintered material."""
    threshold = random.uniform(0.2, 1.0)
    coarse = fractal(random, height, width, random.uniform(12, 40), 2)
    fine = smooth(random, height, width, random.uniform(40, 80))
    holes = np.clip((np.maximum(coarse, fine - 0.3) - threshold) * 3, 0, 1)
    return blurred(-2.5 * holes.astype(np.float32), 0.6) + 0.3 * normal(random, height, width)


def hammered(random: Generator, height: int, width: int) -> Field:
    """Shallow round dimples that overlap, lit from one side."""
    _, distance = cells(random, height, width, int(height * width / random.uniform(60, 600)))
    return 1.5 * _lit(random, blurred(distance, random.uniform(1, 3))) + 0.15 * normal(random, height, width)


def terrazzo(random: Generator, height: int, width: int) -> Field:
    """Chips of several tones scattered in a plain matrix."""
    labels, _ = cells(random, height, width, int(random.uniform(80, 900)))
    count = int(labels.max()) + 1
    tone = random.standard_normal(count).astype(np.float32) * 2
    tone[random.random(count) < random.uniform(0.4, 0.85)] = 0
    return blurred(tone[labels], random.uniform(0.5, 1.2)) + 0.25 * normal(random, height, width)


def swirled(random: Generator, height: int, width: int) -> Field:
    """Bands of two tones drawn into each other, as in mixed plastics, agate and rubber."""
    bend = smooth(random, height, width, random.uniform(2, 6)) * random.uniform(5, 30)
    along, _ = rotated(random, height, width)
    bands = np.sin((along + bend) / random.uniform(5, 25) * 2 * np.pi + fractal(random, height, width, 6, 3))
    return np.asarray(bands * random.uniform(0.4, 1.5) + 0.2 * normal(random, height, width), np.float32)


def grained(random: Generator, height: int, width: int) -> Field:
    """Moulded grain of one size, matt or lit from one side."""
    size = random.uniform(0.8, 4)
    grain = blurred(normal(random, height, width), size) - blurred(normal(random, height, width), 2 * size)
    return _lit(random, grain) if random.random() < 0.5 else _scaled(grain)


def halftone(random: Generator, height: int, width: int) -> Field:
    """Printed dots whose size follows a picture of soft shapes."""
    along, across = rotated(random, height, width)
    period = random.uniform(3, 9)
    screen = np.cos(along / period * 2 * np.pi) + np.cos(across / period * 2 * np.pi)
    ink = screen > 2 * np.tanh(fractal(random, height, width, random.uniform(2, 5), 2) * random.uniform(0.2, 0.9))
    return blurred(ink.astype(np.float32) * 3 - 1.5, 0.6) + 0.15 * normal(random, height, width)


def interlaced(random: Generator, height: int, width: int) -> Field:
    """Flat strips in a chequered or herringbone pattern, each row sheened its own way."""
    along, across = rotated(random, height, width)
    period = random.uniform(8, 40)
    step = np.floor(across / period)
    shifted = along + period * random.choice([0.5, 1.0]) * step
    square = ((np.floor(shifted / period) % 2) == 0).astype(np.float32)
    direction = np.where(step % 2 == 0, along + across, along - across)
    fibre = np.sin(direction / random.uniform(1.5, 5) * 2 * np.pi)
    field = random.uniform(0.2, 2) * (square - 0.5) + random.uniform(0.2, 1) * fibre
    return blurred(field.astype(np.float32), 0.6) + 0.2 * normal(random, height, width)
