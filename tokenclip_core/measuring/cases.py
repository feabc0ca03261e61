"""Pictures of the best and the worst cases of a model on a data set with masks, for a model card.

Two rows for each kind of defect (and for good parts): the parts, defects outlined, over their anomaly maps on the
absolute scale. Left the best, right the worst: by pixel AUROC within the part; good parts by their score, the lowest
first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tokenclip_core.data.layouts import Sample, load_mask
from tokenclip_core.errors import ImageError
from tokenclip_core.images.pixels import RgbImage
from tokenclip_core.images.reading import load_image
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.measuring.metrics import image_metrics
from tokenclip_core.output.pictures import overlay_picture

GOOD = "good"

# Sides in pixels.
_TILE, _GAP, _HEAD = 112, 4, 14
_PAPER, _INK, _OUTLINE = (255, 255, 255), (20, 20, 20), (255, 60, 60)


@dataclass(frozen=True)
class Case:
    """A part and how well the model did on it.

    Attributes:
        sample: its files.
        score: of the image, in [0, 1].
        quality: pixel AUROC within a defective part, or minus the score of a good one; more is better.
        picture: (112, 112, 3) uint8, the part with its defects outlined.
        overlay: (112, 112, 3) uint8, the part under its anomaly map.
    """

    sample: Sample
    score: float
    quality: float
    picture: RgbImage
    overlay: RgbImage


def cases(
    inspector: Inspector, samples: Sequence[Sample], tell: Callable[[str], object] = lambda _reason: None
) -> Iterator[Case]:
    """Inspect samples; those without a defect that their mask shows, and files that can't be read, are left out.

    Args:
        inspector: does the work.
        samples: with masks.
        tell: is called with the reason for each file that can't be read.
    """
    for sample in samples:
        try:
            image = load_image(sample.image)
            height, width = image.shape[:2]
            mask = load_mask(sample, (height, width))
        except ImageError as error:
            tell(str(error))
            continue
        result = inspector.inspect(image)
        quality: float | None = -result.score
        if sample.label:
            found = mask if mask is not None else np.zeros((height, width), np.bool_)
            quality = image_metrics(found.ravel().astype(int), result.anomaly_map.ravel())["image_auroc"]
        if quality is None:
            continue
        picture = image.copy()
        if mask is not None:
            outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            cv2.drawContours(picture, outlines, -1, _OUTLINE, max(1, round(max(height, width) / 160)))
        yield Case(sample, result.score, quality, _small(picture), _small(overlay_picture(image, result)))


def sheet(found: Sequence[Case], each: int) -> RgbImage:
    """Lay out the best and the worst cases of every kind.

    Args:
        found: any order.
        each: so many best and so many worst, at most.

    Returns:
        (h, w, 3) uint8.

    Raises:
        ImageError: there are no cases.
    """
    if not found:
        raise ImageError("no part has both a picture and a mask that can be read; there is nothing to show.")
    kinds = [
        (kind, sorted(group, key=lambda case: -case.quality))
        for kind, group in groupby(sorted(found, key=_kind), key=_kind)
    ]
    step = _TILE + _GAP
    row = _HEAD + 2 * step
    picture = np.full((len(kinds) * row + _GAP, 2 * each * step + 3 * _GAP, 3), _PAPER, np.uint8)
    labels: list[tuple[int, int, str]] = []
    for number, (kind, ordered) in enumerate(kinds):
        top = _GAP + number * row
        half = min(each, (len(ordered) + 1) // 2)
        best, worst = ordered[:half], ordered[max(half, len(ordered) - each) :]
        for start, word, part in ((_GAP, "best", best), (2 * _GAP + each * step, "worst", worst)):
            labels.append((start, top, f"{kind}: {word}, scores {', '.join(f'{case.score:.2f}' for case in part)}"))
            for column, case in enumerate(part):
                left = start + column * step
                for line, tile in enumerate((case.picture, case.overlay)):
                    at = top + _HEAD + line * step
                    picture[at : at + _TILE, left : left + _TILE] = tile
    drawn = Image.fromarray(picture)
    draw, font = ImageDraw.Draw(drawn), ImageFont.load_default()
    for left, top, text in labels:
        draw.text((left, top), text.encode("latin-1", "replace").decode("latin-1"), fill=_INK, font=font)
    return np.asarray(drawn)


def _kind(case: Case) -> str:
    return case.sample.kind if case.sample.label else GOOD


def _small(image: RgbImage) -> RgbImage:
    """The picture on a square of 112 pixels, its aspect kept."""
    height, width = image.shape[:2]
    scale = _TILE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    tile = np.full((_TILE, _TILE, 3), _PAPER, np.uint8)
    top, left = (_TILE - size[1]) // 2, (_TILE - size[0]) // 2
    tile[top : top + size[1], left : left + size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return tile
