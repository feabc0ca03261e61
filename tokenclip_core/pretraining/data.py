"""Procedural batches for pretraining: chunks of parts made by a worker process while the last chunk trains."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tokenclip_core.data.procedural import DEFECTS, generate
from tokenclip_core.data.procedural.phrases import defect_phrase, defect_words, normal_phrase
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary

DEFECT_PROBABILITY = 0.7
GREY_PROBABILITY = 0.35
INVERT_PROBABILITY = 0.1
ASPECTS = (1.0, 1.0, 1.5, 1.0, 2.4)


@dataclass(frozen=True)
class Chunk:
    """Procedural parts of one size.

    Attributes:
        images: (n, h, w, 3) uint8 RGB.
        defect_maps: (n, h, w) uint8, 0 normal, i + 1 for DEFECTS[i].
        captions: one per part.
        families: one per part.
    """

    images: NDArray[np.uint8]
    defect_maps: NDArray[np.uint8]
    captions: list[str]
    families: list[str]


@dataclass(frozen=True)
class Batch:
    """One training batch on the compute device.

    Attributes:
        pixels: (B, 3, h, w) float32, normalised.
        token_labels: (B, N, 1 + len(DEFECTS)) float32, the share of each patch that is normal or shows each defect.
        captions: one per image.
    """

    pixels: Tensor
    token_labels: Tensor
    captions: list[str]


def make_chunk(seed: int, count: int, size: tuple[int, int], families: tuple[str, ...] | None = None) -> Chunk:
    """Generate ``count`` parts from consecutive seeds; runs in a worker process.

    Args:
        seed: of the first part.
        count: number of parts.
        size: (height, width) in pixels.
        families: to draw from; None for all training families.
    """
    cv2.setNumThreads(1)
    parts = [
        generate(seed + index, size, families=families, defect_probability=DEFECT_PROBABILITY) for index in range(count)
    ]
    return Chunk(
        np.stack([part.image for part in parts]),
        np.stack([part.defect_map for part in parts]),
        [part.caption for part in parts],
        [part.family for part in parts],
    )


@dataclass(frozen=True)
class Sides:
    """Sides of the parts in pixels, whole numbers of patches.

    Attributes:
        usual: of most chunks.
        large: of the others, so that attention sees more tokens.
        large_every: one chunk in so many is of the large side.
        aspects: width over height, one after the other, at the same area; parts are turned in training.
    """

    usual: int
    large: int
    large_every: int
    aspects: tuple[float, ...] = ASPECTS

    def is_large(self, index: int) -> bool:
        """Whether chunk ``index`` is of the large side."""
        return index % self.large_every == self.large_every - 1

    def of(self, index: int, patch: int) -> tuple[int, int]:
        """(height, width) of chunk ``index`` in pixels, whole numbers of patches."""
        earlier_large = index // self.large_every
        # Small and large chunks each take every aspect in turn.
        side, turn = (self.large, earlier_large) if self.is_large(index) else (self.usual, index - earlier_large)
        aspect = self.aspects[turn % len(self.aspects)]
        across = side * math.sqrt(aspect) / patch
        return max(1, round(side * side / (patch * patch) / round(across))) * patch, round(across) * patch


def chunks(seed: int, first: int, count: int, workers: int, sides: Sides, patch: int) -> Iterator[Chunk]:
    """Yield chunks from number ``first`` on without end; the same arguments give the same chunks.

    Args:
        seed: of the whole run; parts of different chunks never share a seed.
        first: number of the first chunk wanted, to resume.
        count: parts a chunk (those of the large side have half as many).
        workers: processes that generate ahead.
        sides: of the parts.
        patch: side of a patch in pixels.
    """

    def submit(pool: ProcessPoolExecutor, index: int) -> Future[Chunk]:
        parts = count // 2 if sides.is_large(index) else count
        return pool.submit(make_chunk, seed * 100_000_000 + index * count, parts, sides.of(index, patch))

    # Spawned, not forked: a fork after torch has started its threads can hang.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = [submit(pool, first + ahead) for ahead in range(workers + 1)]
        index = first + workers + 1
        while True:
            chunk = waiting.pop(0).result()
            waiting.append(submit(pool, index))
            index += 1
            yield chunk


def token_shares(defect_maps: NDArray[np.uint8], patch: int) -> Tensor:
    """Share of every patch that is normal or shows each defect.

    Args:
        defect_maps: (B, h, w) uint8 of 0 or 1 + defect index.
        patch: side of a patch in pixels, dividing h and w.

    Returns:
        (B, N, 1 + len(DEFECTS)) float32, rows sum to 1.
    """
    batch, height, width = defect_maps.shape
    cells = defect_maps.reshape(batch, height // patch, patch, width // patch, patch).transpose(0, 1, 3, 2, 4)
    cells = cells.reshape(batch, -1, patch * patch)
    shares = np.stack([(cells == label).mean(-1) for label in range(1 + len(DEFECTS))], axis=-1)
    return torch.from_numpy(shares.astype(np.float32))


def batches(chunk: Chunk, size: int, patch: int, passes: int, generator: np.random.Generator) -> Iterator[Batch]:
    """Shuffled, augmented batches of a chunk: flips, quarter turns, grey, inversion, contrast.

    Args:
        chunk: the parts.
        size: parts a batch.
        patch: side of a patch in pixels.
        passes: times every part is used, differently augmented.
        generator: the only source of randomness.
    """
    count = len(chunk.captions)
    for _ in range(passes):
        order = generator.permutation(count)
        for start in range(0, count - size + 1, size):
            picked = order[start : start + size]
            images = chunk.images[picked].astype(np.float32) / 255
            maps = chunk.defect_maps[picked]
            turns = int(generator.integers(4))
            images, maps = np.rot90(images, turns, (1, 2)), np.rot90(maps, turns, (1, 2))
            if generator.random() < 0.5:
                images, maps = images[:, :, ::-1], maps[:, :, ::-1]
            grey = generator.random(size) < GREY_PROBABILITY
            images = np.where(grey[:, None, None, None], images.mean(-1, keepdims=True), images)
            inverted = generator.random(size) < INVERT_PROBABILITY
            images = np.where(inverted[:, None, None, None], 1 - images, images)
            contrast = generator.uniform(0.6, 1.4, (size, 1, 1, 1)).astype(np.float32)
            shift = generator.uniform(-0.15, 0.15, (size, 1, 1, 1)).astype(np.float32)
            mean = images.mean((1, 2, 3), keepdims=True)
            images = np.clip((images - mean) * contrast + mean + shift, 0, 1)
            pixels = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32)) * 2 - 1
            yield Batch(pixels, token_shares(np.ascontiguousarray(maps), patch), [chunk.captions[i] for i in picked])


@dataclass(frozen=True)
class StepTexts:
    """Texts sampled for one step.

    Attributes:
        anomalous: per defect, phrases that name it.
        normal: per defect, phrases that deny it or praise the part.
    """

    anomalous: list[list[str]]
    normal: list[list[str]]


_DENIALS = ("without {}", "free of {}", "no {}", "a part without {}", "a surface with no {}", "an object free of {}")

# Families of the bundled vocabulary whose words describe a defect type; the others take its general words.
VOCABULARY_FAMILIES = {
    "scratch": "scratch",
    "cut": "scratch",
    "crack": "crack",
    "pore": "hole",
    "hole": "hole",
    "stain": "stain",
    "dent": "dent",
    "chip": "missing part",
    "missing piece": "missing part",
    "foreign body": "contamination",
    "fibre": "contamination",
    "contamination": "contamination",
    "discolouration": "discolouration",
    "corrosion": "discolouration",
    "fold": "deformation",
    "deformation": "deformation",
    "wear": "wear",
    "thread fault": "weave fault",
    "misprint": "misprint",
}
VOCABULARY_SHARE = 0.4


def sample_texts(generator: np.random.Generator, families: list[str], vocabulary: DescriptorVocabulary) -> StepTexts:
    """Draw two phrases per defect and state, so that wordings, not fixed vectors, are learned.

    Args:
        generator: the only source of randomness.
        families: of the surfaces in the chunk, which some phrases name.
        vocabulary: descriptors that people will use, mixed in.
    """
    described = {family.name: family for family in vocabulary.families}

    def pick(words: Sequence[str]) -> str:
        return words[int(generator.integers(len(words)))]

    anomalous, normal = [], []
    for defect in DEFECTS:
        surface = pick(families)
        known = described.get(VOCABULARY_FAMILIES.get(defect, ""))
        words = defect_words(defect)
        phrase = defect_phrase(defect, surface if generator.random() < 0.3 else None, generator)
        if generator.random() < VOCABULARY_SHARE:
            phrase = pick(vocabulary.templates).format(pick(known.anomalous if known else vocabulary.anomalous_words))
        anomalous.append([phrase, pick(words)])
        praise = normal_phrase(pick(families), generator)
        if generator.random() < VOCABULARY_SHARE:
            good_words = known.normal if known and known.normal else vocabulary.normal_words
            praise = pick(vocabulary.templates).format(pick(good_words))
        normal.append([praise, pick(_DENIALS).format(pick(words))])
    return StepTexts(anomalous, normal)
