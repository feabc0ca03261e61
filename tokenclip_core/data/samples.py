"""The samples of a labelled set: parts, what they are, and which masks mark their defects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tokenclip_core.errors import DataLayoutError
from tokenclip_core.images.masks import read_mask
from tokenclip_core.images.reading import read_samples
from tokenclip_core.languages import Phrase

_MOST_OF_A_PART = 0.75

Split = Literal["train", "test"]

GOOD = "good"
"""The kind of parts without a defect, whatever their folder is called."""


@dataclass(frozen=True)
class Saturation:
    """How much of a region of one kind must be found for it to count as found (Bergmann et al., IJCV 2022).

    Attributes:
        value: of the pixels in the mask that mark such a region.
        threshold: in pixels, or in shares of the region.
        relative: it is a share.
    """

    value: int
    threshold: float
    relative: bool

    def pixels(self, area: int) -> int:
        """How many pixels of a region of this area are enough."""
        wanted = int(self.threshold * area) if self.relative else int(min(self.threshold, area))
        return min(max(1, wanted), area)


@dataclass(frozen=True)
class Sample:
    """One image of a data set.

    Attributes:
        image: the file.
        mask: the file that marks its defect; None for a good part, or if there is none.
        label: 0 good, 1 defective.
        category: the kind of part.
        kind: the kind of defect, or "good".
        more_masks: further files that mark defects of the same part; all together are its mask.
        bits: of 16-bit pictures, as in `load_image`.
        saturations: of the kinds of regions; where there are some, each mask is one region.
    """

    image: Path
    mask: Path | None
    label: Literal[0, 1]
    category: str
    kind: str
    more_masks: tuple[Path, ...] = ()
    bits: int | None = None
    saturations: tuple[Saturation, ...] = ()

    @property
    def masks(self) -> tuple[Path, ...]:
        """All files that mark its defects."""
        return () if self.mask is None else (self.mask, *self.more_masks)


@dataclass
class LabelledSet:
    """The samples of a data set, and what a person should know of it.

    Attributes:
        samples: by category, then kind, then name, in natural order.
        notes: what was left out or looks wrong, in words.
    """

    samples: list[Sample] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """How many parts and masks there are, in words, with one of the masks."""
        defective = [sample for sample in self.samples if sample.label]
        masks = [mask for sample in self.samples for mask in sample.masks]
        words = "{good} good and {defective} defective parts, {masks} masks"
        return Phrase(
            words + ", for example {example}" if masks else words,
            good=len(self.samples) - len(defective),
            defective=len(defective),
            masks=len(masks),
            **({"example": masks[0]} if masks else {}),
        )


def told_of(folder: Path, files: Sequence[object]) -> dict[str, Any]:
    """Values of a note about some files of a folder: ``folder``, ``count``, and the first one as ``example``."""
    return {"folder": folder, "count": len(files), "example": files[0]}


@dataclass
class MaskCensus:
    """Counts masks that look wrong: those that mark nothing, all, or so much that they may be turned over."""

    empty: list[Path] = field(default_factory=list)
    full: list[Path] = field(default_factory=list)
    most: list[Path] = field(default_factory=list)

    def add(self, sample: Sample, mask: npt.NDArray[np.bool_]) -> None:
        """Look at the mask of a defective part."""
        if sample.mask is None:
            return
        if not mask.any():
            self.empty.append(sample.mask)
        elif mask.all():
            self.full.append(sample.mask)
        elif mask.mean() > _MOST_OF_A_PART:
            self.most.append(sample.mask)

    def notes(self) -> list[str]:
        """What was found, in words."""
        return [
            f"{len(files)} {'masks mark' if len(files) > 1 else 'mask marks'} {what}, for example {files[0]}; check it"
            for what, files in (
                ("nothing", self.empty),
                ("the whole part", self.full),
                ("most of the part, as if black were the mark", self.most),
            )
            if files
        ]


def load_mask(sample: Sample, size: tuple[int, int]) -> npt.NDArray[np.bool_] | None:
    """Read the mask of a sample; several masks of one part are united.

    Args:
        sample: of a data set.
        size: (height, width) that it must have.

    Returns:
        (height, width) bool, True where defective; all False for a good part; None for a defective one without mask.

    Raises:
        ImageError: the file cannot be read.
        DataLayoutError: its size is another.
    """
    if not sample.masks:
        return np.zeros(size, bool) if sample.label == 0 else None
    united = np.zeros(size, bool)
    for file in sample.masks:
        mask = read_mask(file)
        if mask.shape != size:
            raise DataLayoutError(
                f"{file}: the mask has {mask.shape[1]} x {mask.shape[0]} pixels, its image {size[1]} x {size[0]}; "
                "make them equal"
            )
        united |= mask
    return united


def load_regions(sample: Sample) -> list[tuple[npt.NDArray[np.bool_], int]] | None:
    """Read the regions of a sample one by one, where its data set says how much of each must be found.

    Returns:
        (height, width) bool of each, and how many of its pixels are enough; None where any connected area is a region.

    Raises:
        ImageError: a mask cannot be read.
    """
    if not sample.saturations or not sample.masks:
        return None
    known = {saturation.value: saturation for saturation in sample.saturations}
    regions = []
    for file in sample.masks:
        mask = read_mask(file)
        area = int(mask.sum())
        if area:
            saturation = known.get(int(read_samples(file).values.max()))
            regions.append((mask, area if saturation is None else saturation.pixels(area)))
    return regions


def masked_sample(image: Path, masks: Sequence[Path], category: str, kind: str) -> Sample:
    """A defective part with the masks that were found for it, perhaps none."""
    return Sample(image, masks[0] if masks else None, 1, category, kind, tuple(masks[1:]))
