"""Parts that people decided about, as labelled parts for the trainer; no Qt."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from app.review.model import NO_REVIEW, Decision, Review, review_key
from app.training.model import DecidedParts, LearningChoice
from tokenclip_core.judgement.areas import Areas

if TYPE_CHECKING:
    from tokenclip_core.data.layouts import LabelledSet

CATEGORY = "parts"


def decided_parts(
    paths: Iterable[str], reviews: Mapping[str, Review], marks: Mapping[str, Areas], bits: int | None
) -> DecidedParts:
    """Sort parts by what was decided about them.

    Args:
        paths: of the list's parts.
        reviews: by `review_key`.
        marks: areas that mark defects, likewise.
        bits: of 16-bit pictures, as in `load_image`.
    """
    good: list[Path] = []
    defective: list[tuple[Path, Areas]] = []
    unmarked = contradicting = 0
    for path in paths:
        key = review_key(path)
        decision, marked = reviews.get(key, NO_REVIEW).decision, marks.get(key)
        if decision is Decision.ACCEPTED:
            if marked:
                contradicting += 1
            else:
                good.append(Path(path))
        elif decision is Decision.REJECTED:
            if marked:
                defective.append((Path(path), marked))
            else:
                unmarked += 1
    place = _place([*good, *(path for path, _ in defective)])
    return DecidedParts(place, tuple(good), tuple(defective), unmarked, contradicting, bits)


def _place(files: list[Path]) -> str:
    """The name of the folder that all files are from."""
    try:
        return Path(os.path.commonpath([file.parent for file in files])).name or CATEGORY
    except ValueError:
        # No files at all, or those of several drives.
        return CATEGORY


def labelled(choice: LearningChoice, parts: DecidedParts) -> LabelledSet:
    """Write what is marked as masks beside the checkpoint, and list the parts with them.

    Parts whose picture can't be read get no mask; the trainer says what is wrong with them.

    Raises:
        DataLayoutError: a mask can't be written.
    """
    import numpy as np

    from tokenclip_core.data.layouts import GOOD, LabelledSet, Sample
    from tokenclip_core.data.procedural.dataset import write_png
    from tokenclip_core.errors import ImageError
    from tokenclip_core.images.reading import read_size
    from tokenclip_core.languages import Phrase

    found, folder = LabelledSet(), choice.out.with_suffix(".masks")
    for path in parts.good:
        found.samples.append(Sample(path, None, 0, CATEGORY, GOOD, bits=parts.bits))
    for number, (path, areas) in enumerate(parts.defective, 1):
        mask: Path | None = folder / f"{number:05}.png"
        try:
            width, height = read_size(path)
        except ImageError:
            mask = None
        else:
            write_png(folder / f"{number:05}.png", areas.defective(height, width).astype(np.uint8) * 255)
        found.samples.append(Sample(path, mask, 1, CATEGORY, "defect", bits=parts.bits))
    for count, words in (
        (
            parts.unmarked,
            "{count} rejected parts are left out, since no defect is marked on them; mark it with Areas, Defect",
        ),
        (parts.contradicting, "{count} accepted parts are left out, since a defect is marked on them"),
    ):
        if count:
            found.notes.append(Phrase(words, count=count))
    return found
