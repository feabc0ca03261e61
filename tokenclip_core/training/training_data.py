"""The training set: which parts can be used, what their masks say about each area, and in which order they come."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from tokenclip_core.data.layouts import Sample, load_mask
from tokenclip_core.errors import DataLayoutError, ImageError, ModelError
from tokenclip_core.images.pages import split_page
from tokenclip_core.images.reading import read_size
from tokenclip_core.inspection.preprocessing import target_size
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.fingerprint import file_sha256

_FULL = 255


@dataclass(frozen=True, eq=False)
class PartFile:
    """An image file that can be encoded; its pixels stay on disk.

    Attributes:
        image: the file.
        content_sha256: of the image file.
        size: (height, width) of the image in pixels.
        input_size: (h, w) that the backbone sees, in pixels.
        grid: (gh, gw) patches.
        bits: of 16-bit pictures, as in `load_image`.
    """

    image: Path
    content_sha256: str
    size: tuple[int, int]
    input_size: tuple[int, int]
    grid: tuple[int, int]
    bits: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True, eq=False)
class TrainingPart(PartFile):
    """One part of the training set.

    Attributes:
        label: 0 good, 1 defective.
        category: the kind of part.
        target: (gh * enlargement, gw * enlargement) uint8, defective share of each area in 255ths.
    """

    label: int
    category: str
    target: Tensor

    def share(self) -> Tensor:
        """The target as float32 in [0, 1]."""
        return self.target.float() / _FULL


def names_of(folder: str, samples: Iterable[Sample]) -> list[str]:
    """What a checkpoint says of a data set: ``FOLDER/CATEGORY`` for each category, in the order of the samples."""
    return [f"{folder}/{category}" for category in dict.fromkeys(sample.category for sample in samples)]


def read_file(image: Path, backbone: Backbone, image_size: int, bits: int | None = None) -> PartFile:
    """Look at an image file without decoding it.

    Args:
        image: the file.
        backbone: whose patches make the grid.
        image_size: side in pixels that a square part gets.
        bits: of 16-bit pictures, as in `load_image`.

    Raises:
        ImageError: it can't be read.
    """
    width, height = read_size(image)
    file, page = split_page(image)
    try:
        content = file_sha256(file) + (f"-{page}" if page > 1 else "")
    except ModelError as error:
        raise ImageError(str(error)) from error
    size = target_size(height, width, image_size, backbone.patch_size)
    return PartFile(image, content, (height, width), size, backbone.grid(*size), bits=bits)


def read_part(sample: Sample, backbone: Backbone, image_size: int, enlargement: int) -> TrainingPart:
    """Look at a sample without decoding its image.

    A mask is reduced by area and stays a share: no threshold decides whether an area with a small defect is good.

    Args:
        sample: of a data set.
        backbone: whose patches make the grid.
        image_size: side in pixels that a square part gets.
        enlargement: areas per patch and side.

    Raises:
        ImageError: the image or the mask can't be read.
        DataLayoutError: a defective part without a mask, with an empty one, or one of another size.
    """
    file = read_file(sample.image, backbone, image_size, sample.bits)
    mask = load_mask(sample, file.size)
    if mask is None:
        raise DataLayoutError(f"{sample.image}: a defective part without a mask can't be learned from; add its mask")
    if sample.label and not mask.any():
        raise DataLayoutError(f"{sample.mask}: the mask of a defective part is empty; mark its defect")
    gh, gw = file.grid
    areas = (gw * enlargement, gh * enlargement)
    share = cv2.resize(mask.astype(np.float32), areas, interpolation=cv2.INTER_AREA)
    target = torch.from_numpy(np.rint(np.clip(share, 0, 1) * _FULL).astype(np.uint8))
    known = {one.name: getattr(file, one.name) for one in fields(file)}
    return TrainingPart(**known, label=sample.label, category=sample.category, target=target)


def check_trainable(parts: Sequence[TrainingPart], unusable: int) -> None:
    """Refuse a set that nothing can be learned from.

    Raises:
        DataLayoutError: there is no defective part, or no part at all.
    """
    if not any(part.label for part in parts):
        left_out = f"; {unusable} parts could not be used" if unusable else ""
        raise DataLayoutError(
            f"there is no defective part with a mask among {len(parts)} parts{left_out}. Training needs some: choose "
            "another --split or --category, or add masks"
        )


def data_fingerprint(parts: Iterable[TrainingPart]) -> str:
    """SHA-256 of all images, labels and targets, in order."""
    digest = hashlib.sha256()
    for part in parts:
        depth = "" if part.bits is None else f" {part.bits} bits"
        digest.update(
            f"{part.content_sha256}{depth} {part.label} {part.input_size} {tuple(part.target.shape)}".encode()
        )
        digest.update(part.target.numpy().tobytes())
    return digest.hexdigest()


def split_parts(
    parts: Sequence[TrainingPart], share: float, seed: int
) -> tuple[list[TrainingPart], list[TrainingPart]]:
    """Split into parts to train and to validate with, the same share of good and of defective ones.

    Args:
        parts: the whole set.
        share: of each label, in [0, 1), rounded down; where that leaves no defective part, nothing is validated with.
        seed: of the choice.

    Returns:
        Training and validation parts, each in the given order.
    """
    generator = np.random.default_rng(seed)
    chosen: set[int] = set()
    for label in (0, 1):
        members = [index for index, part in enumerate(parts) if part.label == label]
        count = int(share * len(members))
        if label and not count:
            chosen.clear()
            break
        chosen.update(int(index) for index in generator.permutation(members)[:count])
    training = [part for index, part in enumerate(parts) if index not in chosen]
    return training, [part for index, part in enumerate(parts) if index in chosen]


def ordered_batches(parts: Sequence[TrainingPart], batch_size: int) -> list[list[int]]:
    """Batches of indices in the given order, each of one grid, so that its tokens can be stacked."""
    members: dict[tuple[int, int], list[int]] = {}
    for index, part in enumerate(parts):
        members.setdefault(part.grid, []).append(index)
    return [
        group[start : start + batch_size] for group in members.values() for start in range(0, len(group), batch_size)
    ]


def shuffled_batches(parts: Sequence[TrainingPart], batch_size: int, generator: torch.Generator) -> list[list[int]]:
    """Batches of one epoch: every part once, in random order, each batch of one grid.

    Args:
        parts: the training parts.
        batch_size: of all batches but the last of each grid.
        generator: on the CPU; it moves on by one epoch.
    """
    order = torch.randperm(len(parts), generator=generator).tolist()
    groups = ordered_batches([parts[index] for index in order], batch_size)
    sequence = torch.randperm(len(groups), generator=generator).tolist()
    return [[order[position] for position in groups[index]] for index in sequence]
