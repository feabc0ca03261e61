"""Seeded changes of training parts: mirrored, turned, lighter or darker, with more or less contrast.

They change pixels, so changed parts go through the encoder in every epoch: the token cache does not hold them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from tokenclip_core.errors import SettingsError
from tokenclip_core.images.pixels import RgbImage

_MIDDLE = 127.5


@dataclass(frozen=True)
class Augmentation:
    """How parts may be changed.

    Attributes:
        flips: whether they are mirrored left to right, or top to bottom.
        turns: whether they are turned by a quarter (parts with a square grid only) or by half.
        light: how far brightness and contrast may change, as a share of the full range; 0 for not at all.
    """

    flips: bool = False
    turns: bool = False
    light: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.light < 1:
            raise SettingsError(f"augmentation light is {self.light!r}; it must be from 0 to less than 1.")

    def __bool__(self) -> bool:
        return self.flips or self.turns or self.light > 0


@dataclass(frozen=True)
class Change:
    """What is done to one part in one epoch.

    Attributes:
        mirrored: left to right.
        quarters: turns by 90 degrees against the clock, after that.
        contrast: factor of the distance to the middle grey.
        brightness: added to it, as a share of the full range.
    """

    mirrored: bool = False
    quarters: int = 0
    contrast: float = 1.0
    brightness: float = 0.0

    @classmethod
    def draw(cls, augmentation: Augmentation, grid: tuple[int, int], *, seed: int, epoch: int, content: str) -> Self:
        """A change that depends on nothing but these arguments, so that a resumed training draws the same.

        Args:
            augmentation: what may be changed.
            grid: (gh, gw) of the part; it stays the same, so that only a square one is turned by a quarter.
            seed: of the training.
            epoch: from 0.
            content: of the part, its hash.
        """
        digest = hashlib.sha256(f"{seed} {epoch} {content}".encode()).digest()
        random = np.random.default_rng(int.from_bytes(digest[:8], "little"))
        # All are drawn, whichever are used, so that each choice is the same with and without the others.
        mirrored, upside_down, turn, contrast, brightness = random.random(5)
        quarters = 0
        if augmentation.turns:
            quarters = int(4 * turn) if grid[0] == grid[1] else 2 * int(2 * turn)
        flipped = augmentation.flips and upside_down < 0.5
        # Top to bottom is left to right, turned by half.
        return cls(
            mirrored=flipped != (augmentation.flips and mirrored < 0.5),
            quarters=(quarters + 2 * flipped) % 4,
            contrast=1 + augmentation.light * (2 * contrast - 1),
            brightness=augmentation.light * (brightness - 0.5),
        )

    def image(self, image: RgbImage) -> RgbImage:
        """The changed (H, W, 3) uint8 image; a quarter turn exchanges its sides."""
        turned = np.rot90(image[:, ::-1] if self.mirrored else image, self.quarters)
        if self.contrast == 1 and self.brightness == 0:
            return np.ascontiguousarray(turned)
        levels = (turned.astype(np.float32) - _MIDDLE) * self.contrast + _MIDDLE + 255 * self.brightness
        return np.asarray(np.rint(levels.clip(0, 255)), np.uint8)

    def target(self, target: Tensor) -> Tensor:
        """The (h, w) target, mirrored and turned like the image."""
        return torch.rot90(target.flip(1) if self.mirrored else target, self.quarters, (0, 1))
