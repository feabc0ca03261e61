"""What a real camera does to a picture: geometry, light, focus, sensor and compression, good or defective alike."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tokenclip_core.data.procedural.noise import Field, Generator, coordinates, rotated, smooth


def photograph(
    random: Generator, image: Field, labels: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Take the picture: (h, w, 3) float32 in about [0, 1] and its labels, to uint8 of both with the same geometry."""
    image, labels = _perspective(random, image, labels)
    image = _light(random, image)
    if random.random() < 0.5:
        image = np.clip(image, 0, 1) ** np.float32(np.exp(random.normal(0, 0.25)))
    if random.random() < 0.35:
        image = np.repeat(image.mean(-1, keepdims=True), 3, -1)
    elif random.random() < 0.3:
        image = image * (1 + random.normal(0, 0.06, 3)).astype(np.float32)
    image = _focus(random, np.ascontiguousarray(image, np.float32))
    noise = random.exponential(0.012)
    shape = image.shape if random.random() < 0.5 else (*image.shape[:2], 1)
    image = image + random.standard_normal(shape, dtype=np.float32) * np.float32(min(noise, 0.06))
    if random.random() < 0.06:
        along, _ = rotated(random, *labels.shape)
        image = image + (np.sin(along / random.uniform(1.2, 4) * 2 * np.pi) * random.uniform(0.01, 0.05))[..., None]
    pixels = np.clip(image * 255, 0, 255).astype(np.uint8)
    if random.random() < 0.5:
        _, coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(45, 96))])
        pixels = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return pixels, labels


def _perspective(random: Generator, image: Field, labels: NDArray[np.uint8]) -> tuple[Field, NDArray[np.uint8]]:
    choice = random.random()
    if choice < 0.4:
        return image, labels
    height, width = labels.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    zoom = random.uniform(0.85, 1.3)
    angle = random.normal(0, 0.06) if choice < 0.75 else random.uniform(-np.pi, np.pi)
    centre = np.array([width / 2, height / 2])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = (corners - centre) @ turn.T * zoom + centre + random.normal(0, 0.03 * width, 2)
    moved = moved + random.normal(0, 0.025 * width, (4, 2))
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    border = cv2.BORDER_REFLECT_101 if choice >= 0.75 or random.random() < 0.7 else cv2.BORDER_CONSTANT
    tone = float(random.choice([0.0, 0.02, 0.5, 1.0]))
    seen = cv2.warpPerspective(
        image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=border, borderValue=(tone, tone, tone)
    )
    seen_labels = cv2.warpPerspective(
        labels, matrix, (width, height), flags=cv2.INTER_NEAREST, borderMode=border, borderValue=0
    )
    return np.asarray(seen, np.float32), np.asarray(seen_labels, np.uint8)


def _light(random: Generator, image: Field) -> Field:
    height, width = image.shape[:2]
    along, _ = rotated(random, height, width)
    light = np.float32(1) + (along / max(height, width) - 0.5) * np.float32(random.normal(0, 0.25))
    rows, columns = coordinates(height, width)
    if random.random() < 0.4:
        radius = np.hypot(rows / height - 0.5, columns / width - 0.5)
        light = light * (1 - random.uniform(0, 0.9) * radius**2)
    if random.random() < 0.3:
        light = light * (1 + random.uniform(0.03, 0.15) * smooth(random, height, width, 2))
    if random.random() < 0.2:  # a part rounded about one axis falls off to both sides
        offset = (columns / width if random.random() < 0.5 else rows / height) - random.uniform(0.35, 0.65)
        light = light * (1 - random.uniform(0.3, 1.0) * np.abs(2 * offset) ** random.uniform(1.5, 4)) + 0.1
    image = image * np.clip(light, 0.2, 2)[..., None].astype(np.float32)
    if random.random() < 0.12:
        distance = (along - random.uniform(0.1, 0.9) * width) / random.uniform(1.5, 15)
        shadow = 0.5 + 0.5 * np.tanh(distance / 2)  # the logistic function, which can't overflow this way
        image = image * (1 - random.uniform(0.1, 0.5) * shadow)[..., None].astype(np.float32)
    if random.random() < 0.15:
        centre, spread = random.uniform(-0.1, 1.1, 2) * [height, width], random.uniform(0.08, 0.4, 2) * [height, width]
        glow = np.exp(-(((rows - centre[0]) / spread[0]) ** 2 + ((columns - centre[1]) / spread[1]) ** 2))
        image = image + (glow * random.uniform(0.08, 0.5))[..., None].astype(np.float32)
    return image


def _focus(random: Generator, image: Field) -> Field:
    choice = random.random()
    if choice < 0.5:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(0.3, 1.3)), np.float32)
    if choice < 0.57:
        length = int(random.integers(3, 7))
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1 / length
        return np.asarray(cv2.filter2D(image, -1, kernel if random.random() < 0.5 else kernel.T), np.float32)
    if choice < 0.67:
        soft = cv2.GaussianBlur(image, (0, 0), 1.2)
        return np.asarray(image + random.uniform(0.3, 1) * (image - soft), np.float32)
    return image
