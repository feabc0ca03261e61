"""The layouts of data sets with good and defective parts, read into one list of samples.

========= ================================================== ==========================================================
layout    read                                               looks like
========= ================================================== ==========================================================
visa      VisA                                               `split_csv/1cls.csv`, or the only `.csv` in ROOT, with the
                                                             columns object, split, label, image and mask
real-iad  Real-IAD                                           JSON files with meta, train and test, and the pictures in
                                                             `CATEGORY/` or `realiad_1024/CATEGORY/`
mvtec     MVTec AD, AD 2 (`test_public/`), LOCO (a folder of `CATEGORY/train/good/`, `CATEGORY/test/KIND/NAME.png`,
          masks for each part), BTAD (`ok/`, `ko/`), MPDD    `CATEGORY/ground_truth/KIND/NAME_mask.png`
dagm      DAGM 2007                                          `CATEGORY/Test/NAME.PNG`, `CATEGORY/Test/Label/`
folder    one's own parts, without a split                   `good/`, `defect/` or `defect/KIND/`, and `masks/`
kolektor  KolektorSDD, SDD2                                  `NAME.png` beside `NAME_GT.png`; a mask that marks nothing
                                                             means a good part
========= ================================================== ==========================================================

ROOT may be a single category, but in `visa` and `real-iad`. Which names mean good, defective or masks is a table of
its own, `tokenclip_core.images.names`; how masks find their parts is said in `pairing`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenclip_core.data.folder_layouts import fits_folder, fits_mvtec, read_folder, read_mvtec
from tokenclip_core.data.listed_layouts import (
    VISA_COLUMNS,
    columns_found,
    fits_real_iad,
    fits_visa,
    read_real_iad,
    read_visa,
)
from tokenclip_core.data.marked_layouts import fits_dagm, fits_kolektor, read_dagm, read_kolektor
from tokenclip_core.data.samples import GOOD, LabelledSet, MaskCensus, Sample, Split, load_mask, load_regions
from tokenclip_core.errors import DataLayoutError
from tokenclip_core.images.folders import natural_key
from tokenclip_core.languages import Phrase

__all__ = [
    "GOOD",
    "LAYOUTS",
    "LabelledSet",
    "MaskCensus",
    "Sample",
    "Split",
    "load_layout",
    "load_mask",
    "load_regions",
    "read_layout",
]

_SHOWN_NAMES = 8


@dataclass(frozen=True)
class Layout:
    """One way to lay out a data set.

    Attributes:
        fits: whether a folder follows it.
        read: its samples of one split.
        words: what it looks like.
    """

    fits: Callable[[Path], bool]
    read: Callable[[Path, Split], LabelledSet]
    words: str


LAYOUTS: dict[str, Layout] = {
    "visa": Layout(fits_visa, read_visa, "split_csv/1cls.csv with the columns " + ", ".join(VISA_COLUMNS)),
    "real-iad": Layout(fits_real_iad, read_real_iad, "JSON files with meta, train and test"),
    "mvtec": Layout(fits_mvtec, read_mvtec, "CATEGORY/test/good/ and CATEGORY/test/KIND/ with images"),
    "dagm": Layout(fits_dagm, read_dagm, "CATEGORY/Test/ with images and Label/"),
    "folder": Layout(fits_folder, read_folder, "good/ and defect/ with images"),
    "kolektor": Layout(fits_kolektor, read_kolektor, "NAME.png beside NAME_GT.png or NAME_label.png"),
}
"""Every layout by name; "auto" tries them in this order."""


def load_layout(root: Path, layout: str = "auto", split: Split = "test") -> list[Sample]:
    """List the samples of a data set; see `read_layout`, which also says what was left out."""
    return read_layout(root, layout, split).samples


def read_layout(root: Path, layout: str = "auto", split: Split = "test") -> LabelledSet:
    """List the samples of a data set, by category, then kind, then name, in natural order.

    Args:
        root: its folder.
        layout: one of `LAYOUTS`, or "auto" for the first that fits.
        split: "test", or "train" (good parts only in `mvtec`; in `folder` the same as "test").

    Raises:
        DataLayoutError: no such folder or layout, the folder does not follow it, or there is nothing in the split.
    """
    if not root.is_dir():
        raise DataLayoutError(f"{root} is not a folder; name the folder of a data set")
    if layout != "auto" and layout not in LAYOUTS:
        raise DataLayoutError(f"there is no layout {layout!r}; choose from auto, {', '.join(LAYOUTS)}")
    try:
        return _read(root, layout, split)
    except OSError as error:
        raise DataLayoutError(f"{error.filename or root} can't be listed ({error.strerror}); check it") from error


def _read(root: Path, layout: str, split: Split) -> LabelledSet:
    chosen = layout
    if layout == "auto":
        fitting = next((name for name, one in LAYOUTS.items() if one.fits(root)), None)
        if fitting is None:
            expected = "; ".join(f"{name}: {one.words}" for name, one in LAYOUTS.items())
            raise DataLayoutError(
                f"{root} follows no known layout. Expected {expected}. Found {_contents(root)}{columns_found(root)}"
            )
        chosen = fitting
    one = LAYOUTS[chosen]
    if not one.fits(root):
        table = columns_found(root) if chosen == "visa" else ""
        raise DataLayoutError(
            f"{root} does not follow the layout {chosen}. Expected {one.words}. Found {_contents(root)}{table}"
        )
    found = one.read(root, split)
    found.samples.sort(key=_order)
    found.notes += _notes_on_shared_masks(found.samples)
    if not found.samples:
        raise DataLayoutError(f"{root} (layout {chosen}) has no images to {split} with. Expected {one.words}")
    return found


def _notes_on_shared_masks(samples: Sequence[Sample]) -> list[str]:
    """Say that parts have one mask in common, as two pictures of one name in different formats do."""
    parts: dict[Path, list[Path]] = {}
    for sample in samples:
        for mask in sample.masks:
            parts.setdefault(mask, []).append(sample.image)
    shared = {mask: images for mask, images in parts.items() if len(images) > 1}
    if not shared:
        return []
    mask, images = next(iter(shared.items()))
    words = "masks that belong to more than one part: {count}, for example {mask} to {one} and {other}; check it"
    return [Phrase(words, count=len(shared), mask=mask, one=images[0], other=images[1])]


def _order(sample: Sample) -> tuple[object, ...]:
    return (
        natural_key(sample.category),
        sample.kind != GOOD,
        natural_key(sample.kind),
        natural_key(sample.image.as_posix()),
    )


def _contents(root: Path) -> str:
    """Return what a folder holds, in words, for an error."""
    names = sorted((path.name + "/" * path.is_dir() for path in root.iterdir()), key=natural_key)
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return (", ".join(names[:_SHOWN_NAMES]) + more) if names else "an empty folder"
