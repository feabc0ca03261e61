"""Defects of shape: pits, holes, dents, broken edges, things that lie on the part and bent patterns."""

from __future__ import annotations

import cv2
import numpy as np

from tokenclip_core.data.procedural.drawing import (
    Image,
    blob,
    broken_texture,
    edge_region,
    paint,
    shade,
    spot,
    strength,
)
from tokenclip_core.data.procedural.noise import Field, Generator, blurred, coordinates, normal, smooth


def pore(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """One to six small dark pits with soft borders; some with a lit rim."""
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
    """An irregular opening that shows a flat dark, now and then bright, ground; its rim is shaded."""
    height, width = part.shape
    alpha = blob(random, part, max(part.shape) * random.uniform(0.04, 0.16), 0.35, 1.2)
    ground = random.uniform(0, 0.2) if random.random() < 0.75 else random.uniform(0.85, 1)
    inner = np.full(3, ground, np.float32) + 0.05 * smooth(random, height, width, 10)[..., None]
    out = paint(image, alpha, inner)
    rim = np.clip(blurred(alpha, 2) * (1 - alpha) * 3, 0, 1)
    return shade(out, rim, random.uniform(-0.25, 0.25)), alpha


def dent(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A hollow lit from one side: bright on one flank, dark on the other."""
    radius = max(part.shape) * random.uniform(0.04, 0.18)
    bump = blurred(blob(random, part, radius, 0.3, radius), radius * 0.25)
    slope_y, slope_x = np.gradient(bump)
    angle = random.uniform(0, 2 * np.pi)
    relief = (slope_x * np.cos(angle) + slope_y * np.sin(angle)) * radius
    relief = relief / (np.abs(relief).max() + 1e-6)
    amount = abs(strength(random, image, bump, 0.15, 0.45))
    alpha = np.clip(np.abs(relief) * 1.6 + 0.35 * bump, 0, 1).astype(np.float32)
    return shade(image, relief.astype(np.float32), amount), alpha


def chip(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A small bite out of the part's border that shows the rough inside."""
    alpha = edge_region(random, part, max(part.shape) * random.uniform(0.04, 0.15))
    return paint(image, alpha, broken_texture(random, image)), alpha


def missing(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A large piece gone from the part's border: rough inside or bare ground, with a shaded lip."""
    alpha = edge_region(random, part, max(part.shape) * random.uniform(0.15, 0.45))
    inner = broken_texture(random, image)
    if random.random() < 0.4:
        inner = inner * 0.2 + np.float32(random.choice([0.02, 0.05, 0.9]))
    out = paint(image, alpha, inner)
    lip = np.clip(blurred(alpha, 1.5) * (1 - alpha) * 4, 0, 1)
    return shade(out, lip, random.uniform(-0.3, 0.3)), alpha


def foreign_body(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """A lump of another colour that lies on the part and throws a soft shadow."""
    height, width = part.shape
    radius = max(part.shape) * random.uniform(0.03, 0.14)
    alpha = blob(random, part, radius, random.uniform(0, 0.6), 1.2)
    colour = (
        random.uniform(0, 1, 3).astype(np.float32)
        if random.random() < 0.6
        else np.full(3, random.uniform(0, 1), np.float32)
    )
    if abs(float(colour.mean() - image.mean())) < 0.15:
        colour = (colour + 0.4) % 1
    light = 1 + 0.3 * smooth(random, height, width, 6) + 0.08 * normal(random, height, width)
    shadow = np.roll(blurred(alpha, 2.5), (3, 3), (0, 1)) * (1 - alpha)
    out = shade(image, shadow, -random.uniform(0, 0.3))
    return paint(out, alpha, colour * light[..., None]), alpha


def deformation(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """The pattern twisted or pushed aside in one place; nothing is added or taken away."""
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
    return np.asarray(out, np.float32), (falloff > 0.3).astype(np.float32) * falloff


def bubble(random: Generator, image: Image, part: Field) -> tuple[Image, Field]:
    """One to four rings, brighter or darker than the part, each with a glint at its upper left."""
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
