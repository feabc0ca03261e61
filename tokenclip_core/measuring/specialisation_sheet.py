"""A picture of what each subspace picks: one row for each, with crops around its best patches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tokenclip_core.images.pixels import RgbImage
from tokenclip_core.images.reading import load_image
from tokenclip_core.output.pictures import save_picture
from tokenclip_core.subspaces.textual import Subspace

# Sides in pixels.
_CROP, _GAP, _NAME_WIDTH, _BORDER = 96, 6, 150, 3
# A crop shows so many patches down and across, the picked one in the middle.
_PATCHES = 7
_PAPER, _INK = (255, 255, 255), (20, 20, 20)
_DEFECT = (200, 0, 40)


@dataclass(frozen=True)
class Pick:
    """A patch that suits a subspace.

    Attributes:
        image: the file.
        position: (row, column) of the patch.
        grid: (gh, gw) patches of the part.
        gain: how much nearer it is to the subspace than to the subspaces on average.
        defective: whether the mask marks it.
    """

    image: Path
    position: tuple[int, int]
    grid: tuple[int, int]
    gain: float
    defective: bool


def save_sheet(path: Path, picks: Sequence[Sequence[Pick]], subspaces: Sequence[Subspace]) -> None:
    """Write the sheet as a picture.

    Each row begins with the subspace's colour and name; crops of patches that the mask marks have a red border, and
    the picked patch has a frame.

    Args:
        path: the file to write, its type by its suffix.
        picks: of each subspace, best first.
        subspaces: their names and colours.

    Raises:
        ImageError: an image can't be read any more.
    """
    columns = max(1, *(len(row) for row in picks))
    width = _NAME_WIDTH + columns * (_CROP + _GAP) + _GAP
    sheet = np.full((len(picks) * (_CROP + _GAP) + _GAP, width, 3), _PAPER, np.uint8)
    for number, (row, subspace) in enumerate(zip(picks, subspaces, strict=True)):
        top = _GAP + number * (_CROP + _GAP)
        sheet[top : top + _CROP, _GAP : 3 * _GAP] = subspace.colour
        for column, pick in enumerate(row):
            left = _NAME_WIDTH + column * (_CROP + _GAP)
            sheet[top : top + _CROP, left : left + _CROP] = crop(pick)
    picture = Image.fromarray(sheet)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default()
    for number, subspace in enumerate(subspaces):
        top = _GAP + number * (_CROP + _GAP)
        # Pillow's built-in font has Latin letters only.
        name = subspace.name.encode("latin-1", "replace").decode("latin-1")
        draw.text((4 * _GAP, top), f"{number + 1}\n{name}", fill=_INK, font=font)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_picture(path, np.asarray(picture))


def crop(pick: Pick) -> RgbImage:
    """The (96, 96, 3) surroundings of a patch, with a frame around it; parts beyond the image's edge are grey."""
    image = load_image(pick.image)
    patch_height, patch_width = (side / patches for side, patches in zip(image.shape[:2], pick.grid, strict=True))
    half = _PATCHES / 2
    centre = ((pick.position[0] + 0.5) * patch_height, (pick.position[1] + 0.5) * patch_width)
    scale_down, scale_across = _CROP / (_PATCHES * patch_height), _CROP / (_PATCHES * patch_width)
    shift = np.array(
        [
            [scale_across, 0, -(centre[1] - half * patch_width) * scale_across],
            [0, scale_down, -(centre[0] - half * patch_height) * scale_down],
        ]
    )
    found = np.asarray(cv2.warpAffine(image, shift, (_CROP, _CROP), borderValue=(128, 128, 128)), np.uint8)
    start = round(_CROP * (half - 0.5) / _PATCHES)
    end = round(_CROP * (half + 0.5) / _PATCHES)
    cv2.rectangle(found, (start, start), (end, end), (255, 255, 255), 1)
    if pick.defective:
        cv2.rectangle(found, (0, 0), (_CROP - 1, _CROP - 1), _DEFECT, _BORDER)
    return found
