"""Write procedural parts to disk as a data set with masks, in the layout of MVTec AD."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tokenclip_core.data.procedural.generator import TRAINING_FAMILIES, ProceduralPart, generate, known_families
from tokenclip_core.errors import DataLayoutError, SettingsError
from tokenclip_core.files import write_atomically

TRAIN_SHARE = 0.4  # of the good parts, which go to train/good
_LEAST_PARTS = 4  # of a family
_SEED_STEP = 1_000_000
_MAX_ATTEMPTS = 100


def file_word(name: str) -> str:
    """A family or defect name as it stands in file names: ``missing piece`` becomes ``missing_piece``."""
    return name.replace(" ", "_")


def write_png(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write (h, w) or (h, w, 3) RGB as PNG, whole or not at all.

    Raises:
        DataLayoutError: the file can't be written.
    """
    ordered = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    _, coded = cv2.imencode(".png", ordered)
    try:
        write_atomically(path, coded.tobytes())
    except OSError as error:
        raise DataLayoutError(f"can't write {path}: {error.strerror}. Choose another folder or make room.") from error


def write_dataset(
    root: Path,
    *,
    count: int,
    seed: int = 0,
    size: int | tuple[int, int] = 256,
    families: Sequence[str] | None = None,
    defects: Sequence[str] | None = None,
) -> Iterator[Path]:
    """Write ``count`` parts, one category a family, yielding each image's path as it is done.

    Every family has at least two good parts and two defective ones: where there are fewer parts than that, they are of
    the first families alone.

    Images are ``CAT/train/good/NAME.png``, ``CAT/test/good/NAME.png`` and ``CAT/test/KIND/NAME.png``, masks
    ``CAT/ground_truth/KIND/NAME_mask.png`` (0 or 255). Of every family good and
    defective parts alternate, a good one first; the first visible defect is the kind. The same arguments write the
    same pixels.

    Args:
        root: folder to write to; made if missing.
        count: number of images, at least 1.
        seed: of the data set.
        size: side in pixels, or (height, width).
        families: names to draw from; None for those that training may use.
        defects: names to draw from; None for those that training may use.

    Raises:
        SettingsError: unknown names, or a count below 1.
        DataLayoutError: a file can't be written.
    """
    if count < 1:
        raise SettingsError(f"count is {count}; ask for at least one part.")
    names = known_families(families) if families is not None else TRAINING_FAMILIES
    names = names[: max(1, count // _LEAST_PARTS)]
    for index in range(count):
        family = names[index % len(names)]
        defective = (index // len(names)) % 2 == 1
        part = _part(seed * _SEED_STEP * 1000 + index, size, family, defects, defective)
        yield _write_part(root, part, index)


def _part(
    seed: int, size: int | tuple[int, int], family: str, defects: Sequence[str] | None, defective: bool
) -> ProceduralPart:
    """The first part from ``seed`` on that shows a defect, or none, as wanted."""
    for attempt in range(_MAX_ATTEMPTS):
        part = generate(
            seed + attempt * _SEED_STEP, size, families=[family], defects=defects, defect_probability=float(defective)
        )
        if bool(part.defects) == defective:
            return part
    raise SettingsError(f"{', '.join(defects or ())} can't be made visible on {family}; choose other defects.")


def _write_part(root: Path, part: ProceduralPart, index: int) -> Path:
    category = root / file_word(part.family)
    name = f"{index:06d}"
    if part.defects:
        kind = file_word(part.defects[0])
        path = category / "test" / kind / f"{name}.png"
        write_png(category / "ground_truth" / kind / f"{name}_mask.png", part.mask)
    else:
        split = "train" if np.random.default_rng(index).random() < TRAIN_SHARE else "test"
        path = category / split / "good" / f"{name}.png"
    write_png(path, part.image)
    return path
