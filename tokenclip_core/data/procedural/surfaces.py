"""Textures of surfaces: each returns a field of about zero mean and unit deviation, to be lit and coloured later."""

from __future__ import annotations

import cv2
import numpy as np

from tokenclip_core.data.procedural.noise import (
    Field,
    Generator,
    blurred,
    cells,
    coordinates,
    fractal,
    normal,
    rotated,
    smooth,
)


def brushed(random: Generator, height: int, width: int) -> Field:
    """Fine parallel lines of unequal length, as brushing leaves them on metal."""
    line = smooth(random, height, width, random.uniform(60, 200), random.uniform(15, 60))
    field = line + 0.3 * normal(random, height, width) + 0.5 * smooth(random, height, width, 30, 20)
    return turned(random, field)


def turned(random: Generator, field: Field) -> Field:
    """``field``, or its transpose half of the time where it is square: what runs across may run down."""
    return np.ascontiguousarray(field.T) if random.random() < 0.5 and field.shape[0] == field.shape[1] else field


def cast(random: Generator, height: int, width: int) -> Field:
    """Fine soft grain over faint clouds, as sand casting leaves it."""
    return blurred(normal(random, height, width), random.uniform(0.5, 1.6)) * 2 + 0.4 * fractal(
        random, height, width, 12
    )


def ground(random: Generator, height: int, width: int) -> Field:
    """Arcs around a centre that is mostly out of the picture, as face grinding leaves them."""
    rows, columns = coordinates(height, width)
    centre = random.uniform(-2.0, 3.0, 2) * [height, width]
    radius = np.hypot(rows - centre[0], columns - centre[1])
    profile: Field = blurred(random.standard_normal((1, 4 * (height + width) * 2)).astype(np.float32), 1.2)[0] * 2.0
    lines: Field = profile[(radius * 1.3).astype(int) % len(profile)]
    return lines + 0.4 * normal(random, height, width)


def striated(random: Generator, height: int, width: int) -> Field:
    """Lines across the whole part, each of its own brightness, as grinding leaves them on ceramic magnets."""
    profile = blurred(random.standard_normal((1, width)).astype(np.float32), random.uniform(0.6, 4)) * 2.0
    coarse = blurred(random.standard_normal((1, width)).astype(np.float32), random.uniform(6, 25)) * 5.0
    field = np.repeat(random.uniform(0.2, 1) * profile + random.uniform(0.2, 1.2) * coarse, height, 0)
    field = field + random.uniform(0.2, 1.0) * blurred(normal(random, height, width), random.uniform(0.5, 1.5))
    field = field + random.uniform(0, 0.6) * smooth(random, height, width, random.uniform(3, 8))
    if random.random() < 0.5:
        streaks = np.maximum(smooth(random, width, height, random.uniform(60, 150), random.uniform(8, 30)).T, 0.6) - 0.6
        field = field + random.uniform(0.5, 2.5) * streaks * np.clip(smooth(random, height, width, 3), 0, None)
    return turned(random, np.ascontiguousarray(field, np.float32))


def plain(random: Generator, height: int, width: int) -> Field:
    """Faint grain over broad shading, as moulded plastic has it."""
    return 0.5 * normal(random, height, width) + 0.6 * smooth(random, height, width, random.uniform(2, 6))


def orange_peel(random: Generator, height: int, width: int) -> Field:
    """Small soft bumps side by side, as sprayed paint dries."""
    return smooth(random, height, width, random.uniform(25, 60)) + 0.3 * normal(random, height, width)


def weave(random: Generator, height: int, width: int) -> Field:
    """Threads that go over and under each other at right angles, straight or turned."""
    angle = random.uniform(-0.3, 0.3) if random.random() < 0.7 else random.uniform(0, np.pi)
    along, across = rotated(random, height, width, angle)
    wobble = smooth(random, height, width, 5) * random.uniform(0, 1.2)
    period = random.uniform(3, 14)
    phase_x, phase_y = (along + wobble) / period * np.pi, (across - wobble) / period * random.uniform(0.8, 1.25) * np.pi
    over = np.sign(np.sin(phase_x) * np.sin(phase_y))
    field = np.where(over > 0, np.abs(np.sin(phase_x)), np.abs(np.sin(phase_y)) * random.uniform(0.5, 1.0))
    return np.asarray((field - field.mean()) * 3 + 0.3 * normal(random, height, width), np.float32)


def twill(random: Generator, height: int, width: int) -> Field:
    """Diagonal ribs across finer threads."""
    along, across = rotated(random, height, width)
    wobble = smooth(random, height, width, 6) * random.uniform(0, 1.0)
    period = random.uniform(4, 12)
    diagonal = np.sin((along + 0.5 * across + wobble) / period * 2 * np.pi)
    thread = np.sin(across / period * 4 * np.pi)
    return np.asarray(diagonal + 0.5 * thread + 0.3 * normal(random, height, width), np.float32)


def knit(random: Generator, height: int, width: int) -> Field:
    """Rows of V-shaped loops."""
    rows, columns = coordinates(height, width)
    period = random.uniform(6, 18)
    column = columns / period
    sway = np.abs(column % 1 - 0.5) * 2
    field = np.sin((rows / period + 0.8 * sway + 0.1 * smooth(random, height, width, 6)) * 2 * np.pi)
    return turned(random, (field - 1.2 * sway + 0.25 * normal(random, height, width)).astype(np.float32))


def leather(random: Generator, height: int, width: int) -> Field:
    """Small rounded cells with dark creases between them."""
    _, distance = cells(random, height, width, int(height * width / random.uniform(25, 160)))
    relief: Field = 2 * (distance.mean() - distance) / (distance.std() + 1e-3)
    return relief * 0.5 + 0.4 * fractal(random, height, width, 8)


def wood(random: Generator, height: int, width: int) -> Field:
    """Wavy growth rings along one side, with fine fibres."""
    rows, _ = coordinates(height, width)
    bend = smooth(random, height, width, random.uniform(2, 4), 1.5) * random.uniform(4, 20)
    rings = np.sin((rows + bend) / random.uniform(3, 12) * 2 * np.pi)
    fibre = smooth(random, height, width, random.uniform(60, 140), 25)
    return turned(
        random, (rings * random.uniform(0.3, 1) + fibre * 0.6 + 0.2 * normal(random, height, width)).astype(np.float32)
    )


def stone(random: Generator, height: int, width: int) -> Field:
    """Grains that each have a tone of their own, as in granite."""
    labels, _ = cells(random, height, width, int(random.uniform(100, 2500)))
    tone = random.standard_normal(int(labels.max()) + 1).astype(np.float32)
    return blurred(tone[labels], random.uniform(0.5, 1.5)) + 0.5 * fractal(random, height, width, 5)


def concrete(random: Generator, height: int, width: int) -> Field:
    """Clouds and grain of every size."""
    return fractal(random, height, width, random.uniform(3, 8), 6, 0.75) + 0.3 * normal(random, height, width)


def marble(random: Generator, height: int, width: int) -> Field:
    """Soft clouds crossed by thin dark veins."""
    base = fractal(random, height, width, 3, 5)
    veins = np.exp(-np.abs(fractal(random, height, width, 4, 4)) * random.uniform(6, 15))
    return base * 0.6 - 1.2 * veins.astype(np.float32)


def tiles(random: Generator, height: int, width: int) -> Field:
    """Square tiles with straight joints, darker or brighter than the glaze."""
    rows, columns = coordinates(height, width)
    period = random.uniform(0.25, 0.7) * max(height, width)
    joint = random.uniform(1, 4)
    offset = random.uniform(0, period, 2)
    across = np.minimum((rows + offset[0]) % period, (columns + offset[1]) % period)
    lines = (across < joint).astype(np.float32) * random.choice([-3, 3])
    return blurred(lines, 0.7) + 0.4 * fractal(random, height, width, 10)


def mesh(random: Generator, height: int, width: int) -> Field:
    """A lattice of bars with open squares, upright or diagonal."""
    along, across = rotated(random, height, width, random.choice([0, np.pi / 4]) + random.uniform(-0.1, 0.1))
    period, bar = random.uniform(8, 24), random.uniform(0.15, 0.4)
    bars = ((along / period % 1) < bar) | ((across / period % 1) < bar)
    return blurred(bars.astype(np.float32) * 3 - 1.5, 0.8) + 0.2 * normal(random, height, width)


def perforated(random: Generator, height: int, width: int) -> Field:
    """Round holes, or studs, in a regular grid."""
    along, across = rotated(random, height, width)
    period = random.uniform(10, 30)
    radius = np.hypot((along / period) % 1 - 0.5, (across / period) % 1 - 0.5)
    dots = 1 / (1 + np.exp((radius - random.uniform(0.18, 0.36)) * 25))
    return np.asarray(dots * random.choice([-3, 3]) + 0.3 * normal(random, height, width), np.float32)


def ribbed(random: Generator, height: int, width: int) -> Field:
    """Straight parallel ribs, from rounded to almost square in section."""
    along, _ = rotated(random, height, width)
    period = random.uniform(4, 30)
    wave = np.sin(along / period * 2 * np.pi)
    section = np.sign(wave) * np.abs(wave) ** random.uniform(0.3, 1.5)
    return np.asarray(section + 0.3 * normal(random, height, width), np.float32)


def solar_cell(random: Generator, height: int, width: int) -> Field:
    """Electroluminescence of a cell: crystal grains with dark dislocations, or one crystal; busbars; a darker rim."""
    rows, columns = coordinates(height, width)
    field = random.uniform(0.2, 0.6) * smooth(random, height, width, 3) + 0.2 * normal(random, height, width)
    rim = np.minimum.reduce([rows, columns, height - 1 - rows, width - 1 - columns])
    if random.random() < 0.6:
        labels, _ = cells(random, height, width, int(random.uniform(15, 150)))
        tone = random.standard_normal(int(labels.max()) + 1).astype(np.float32)
        field += blurred(tone[labels], random.uniform(1, 3)) * random.uniform(0.0, 0.7)
        dislocations = np.maximum(
            fractal(random, height, width, random.uniform(6, 25), 3) - random.uniform(0.7, 1.6), 0
        )
        field -= random.uniform(0, 2.5) * np.minimum(dislocations, 1.2)
    elif random.random() < 0.7:
        corner = np.abs(rows - height / 2) / height + np.abs(columns - width / 2) / width
        field[corner > random.uniform(0.88, 0.95)] -= 4
    field += random.uniform(0, 0.3) * np.sin(rows / random.uniform(1.5, 3) * np.pi)
    count = int(random.integers(2, 6))
    half, depth = random.uniform(0.7, 2.2) * height / 160, random.uniform(1.2, 3)
    for position in (np.arange(count) + 0.5) / count:
        inside = np.abs(rows - position * height) < half
        if random.random() < 0.4:  # solder pads: the bar is wider in places
            pads = np.sin(columns / width * random.uniform(3, 9) * 2 * np.pi) > 0.6
            inside |= (np.abs(rows - position * height) < 1.8 * half) & pads
        field[inside] -= depth
    if random.random() < 0.7:
        field -= 2.5 * np.exp(-rim / random.uniform(1, 5))
    return turned(random, field.astype(np.float32))


def directional(random: Generator, height: int, width: int) -> Field:
    """Grain drawn out along one direction, as nonwovens, felts and rolled paper show it."""
    side = int(1.5 * max(height, width))
    grain = smooth(random, side, side, side / random.uniform(1, 4), random.uniform(2, 9))
    turn = np.asarray(cv2.getRotationMatrix2D((side / 2, side / 2), float(random.uniform(0, 180)), 1), np.float64)
    turn[:, 2] -= np.array([(side - width) / 2, (side - height) / 2])
    field = cv2.warpAffine(grain, turn, (width, height), flags=cv2.INTER_LINEAR)
    return np.asarray(field + random.uniform(0, 0.7) * normal(random, height, width), np.float32)


def board(random: Generator, height: int, width: int) -> Field:
    """Pads, chips and straight tracks at right angles, each of one tone."""
    plane = np.zeros((height, width), np.float32)
    for _ in range(int(random.integers(8, 24))):
        x, y = int(random.integers(width)), int(random.integers(height))
        size = int(random.uniform(3, 0.15 * width))
        tone, shape = float(random.uniform(-2.5, 2.5)), random.integers(4)
        if shape == 0:
            cv2.rectangle(plane, (x, y), (x + size, y + int(size * random.uniform(0.4, 2))), tone, -1)
        elif shape == 1:
            cv2.circle(plane, (x, y), max(2, size // 3), tone, -1, cv2.LINE_AA)
        else:
            end = (x, int(random.integers(height))) if shape == 2 else (int(random.integers(width)), y)
            cv2.line(plane, (x, y), end, tone, int(random.integers(1, 4)), cv2.LINE_AA)
    return plane + 0.2 * normal(random, height, width)


def printed(random: Generator, height: int, width: int) -> Field:
    """A few lines of print, all dark or all bright, on a plain ground."""
    plane = 0.15 * normal(random, height, width)
    tone = float(random.choice([-3.0, 3.0]))
    for _ in range(int(random.integers(2, 8))):
        write(random, plane, tone)
    return plane


def write(random: Generator, plane: Field, tone: float) -> None:
    """Letters and digits, as stamps and labels have them."""
    alphabet = np.array(list("ABCDEFGHKLMNPRSTUVXYZ0123456789-./"))
    text = "".join(random.choice(alphabet, int(random.integers(2, 9))))
    height, width = plane.shape
    scale = random.uniform(0.3, 1.4) * max(height, width) / 160
    position = (int(random.integers(-10, width)), int(random.integers(5, height)))
    font = int(random.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_PLAIN]))
    ink = np.zeros((height, width), np.uint8)
    cv2.putText(ink, text, position, font, scale, 255, int(random.integers(1, 4)), cv2.LINE_AA)
    plane += ink.astype(np.float32) * np.float32(tone / 255)


def gloss(random: Generator, height: int, width: int) -> Field:
    """Glass, foil, lacquer: soft bands of reflected light, next to no grain."""
    along, _ = rotated(random, height, width)
    bend = smooth(random, height, width, 3) * random.uniform(2, 20)
    bands = sum(
        random.uniform(0.5, 2)
        * np.exp(-(((along + bend - random.uniform(-0.2, 1.2) * width) / random.uniform(2, 20)) ** 2))
        for _ in range(int(random.integers(1, 4)))
    )
    return (bands + 0.3 * smooth(random, height, width, 3) + 0.08 * normal(random, height, width)).astype(np.float32)


def rings(random: Generator, height: int, width: int) -> Field:
    """Concentric rings with a two-winged sheen, as turning leaves them on a disc."""
    rows, columns = coordinates(height, width)
    radius = np.hypot(rows - height * random.uniform(0.35, 0.65), columns - width * random.uniform(0.35, 0.65))
    profile = (
        blurred(random.standard_normal((1, 2 * (height + width))).astype(np.float32), random.uniform(0.6, 3))[0] * 2.5
    )
    angle = np.arctan2(rows - height / 2, columns - width / 2)
    sheen = np.cos(2 * (angle - random.uniform(0, np.pi))) * random.uniform(0, 1.5)
    return np.asarray(profile[radius.astype(int)] + sheen + 0.2 * normal(random, height, width), np.float32)
