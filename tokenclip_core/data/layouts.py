"""The folder layouts of data sets with good and defective parts, read into one list of samples.

`mvtec` (MVTec AD and all that copy it)::

    ROOT/CATEGORY/train/good/NAME.png
    ROOT/CATEGORY/test/good/NAME.png
    ROOT/CATEGORY/test/KIND/NAME.png
    ROOT/CATEGORY/ground_truth/KIND/NAME_mask.png

`visa` (VisA): a table, `ROOT/split_csv/1cls.csv` or the only `.csv` in ROOT, with the columns object, split, label
(normal or anomaly), image and mask, whose paths begin at ROOT.

`folder`, for one's own parts; there is no split, all are tested::

    ROOT/good/NAME.png
    ROOT/defect/NAME.png          or ROOT/defect/KIND/NAME.png
    ROOT/masks/NAME.png           if there are masks; also NAME_mask.png, and below KIND/

In `mvtec` and `folder`, ROOT may also be a single category, and in `folder` it may hold several.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from tokenclip_core.errors import DataLayoutError
from tokenclip_core.images.reading import IMAGE_SUFFIXES, find_images, load_image, natural_key

Split = Literal["train", "test"]

GOOD = "good"
"""The kind of parts without a defect."""

_DEFECT = "defect"
_MASK_SUFFIX = "_mask"
_VISA_COLUMNS = ("object", "split", "label", "image", "mask")
_VISA_LABELS = {"normal": 0, "anomaly": 1}
_SHOWN_NAMES = 8


@dataclass(frozen=True)
class Sample:
    """One image of a data set.

    Attributes:
        image: the file.
        mask: the file that marks its defect (anything but 0); None for a good part, or if there is none.
        label: 0 good, 1 defective.
        category: the kind of part.
        kind: the kind of defect, or "good".
    """

    image: Path
    mask: Path | None
    label: Literal[0, 1]
    category: str
    kind: str


def load_layout(root: Path, layout: str = "auto", split: Split = "test") -> list[Sample]:
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
    chosen = layout
    if layout == "auto":
        fitting = [name for name, (fits, _, _) in LAYOUTS.items() if fits(root)]
        if not fitting:
            expected = "; ".join(f"{name}: {words}" for name, (_, _, words) in LAYOUTS.items())
            raise DataLayoutError(f"{root} follows no known layout. Expected {expected}. Found {_contents(root)}")
        chosen = fitting[0]
    fits, read, words = LAYOUTS[chosen]
    if not fits(root):
        raise DataLayoutError(f"{root} does not follow the layout {chosen}. Expected {words}. Found {_contents(root)}")
    samples = sorted(read(root, split), key=_order)
    if not samples:
        raise DataLayoutError(f"{root} (layout {chosen}) has no images to {split} with. Expected {words}")
    return samples


def load_mask(sample: Sample, size: tuple[int, int]) -> npt.NDArray[np.bool_] | None:
    """Read the mask of a sample.

    Args:
        sample: of a data set.
        size: (height, width) that it must have.

    Returns:
        (height, width) bool, True where defective; all False for a good part; None for a defective one without mask.

    Raises:
        ImageError: the file cannot be read.
        DataLayoutError: its size is another.
    """
    if sample.mask is None:
        return np.zeros(size, bool) if sample.label == 0 else None
    mask = load_image(sample.mask).any(axis=2)
    if mask.shape != size:
        raise DataLayoutError(
            f"{sample.mask}: the mask has {mask.shape[1]} x {mask.shape[0]} pixels, its image {size[1]} x {size[0]}; "
            "make them equal"
        )
    return np.asarray(mask, np.bool_)


def _order(sample: Sample) -> tuple[object, ...]:
    return (
        natural_key(sample.category),
        sample.kind != GOOD,
        natural_key(sample.kind),
        natural_key(sample.image.as_posix()),
    )


def _folders(root: Path) -> list[Path]:
    return sorted(
        (path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")),
        key=lambda path: natural_key(path.name),
    )


def _categories(root: Path, *marks: str) -> list[Path]:
    """Return the folders that hold all the marks: the root itself, or those right below it."""
    return [folder for folder in (root, *_folders(root)) if all((folder / mark).is_dir() for mark in marks)]


def _fits_mvtec(root: Path) -> bool:
    return bool(_categories(root, "train/good") or _categories(root, "test"))


def _read_mvtec(root: Path, split: Split) -> Iterator[Sample]:
    for category in _categories(root, split):
        for kind in _folders(category / split):
            label: Literal[0, 1] = 0 if kind.name == GOOD else 1
            masks = _masks_in(category / "ground_truth" / kind.name) if label else {}
            for image in find_images([kind]):
                yield Sample(image, masks.get(image.stem), label, category.resolve().name, kind.name)


def _visa_table(root: Path) -> Path | None:
    preferred = root / "split_csv" / "1cls.csv"
    if preferred.is_file():
        return preferred
    tables = list(root.glob("*.csv"))
    return tables[0] if len(tables) == 1 else None


def _fits_visa(root: Path) -> bool:
    table = _visa_table(root)
    if table is None:
        return False
    with table.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        return set(_VISA_COLUMNS) <= set(next(csv.reader(stream), []))


def _read_visa(root: Path, split: Split) -> Iterator[Sample]:
    table = _visa_table(root)
    if table is None:
        return
    with table.open(encoding="utf-8-sig", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), start=2):
            label = _VISA_LABELS.get(row["label"])
            if label is None or None in row.values():
                raise DataLayoutError(
                    f"{table}, line {number}: expected {', '.join(_VISA_COLUMNS)}, with normal or anomaly as the label"
                )
            if row["split"] != split:
                continue
            mask = root / row["mask"] if row["mask"] and label else None
            kind = GOOD if label == 0 else "anomaly"
            yield Sample(root / row["image"], mask, 1 if label else 0, row["object"], kind)


def _fits_folder(root: Path) -> bool:
    return bool(_categories(root, GOOD) or _categories(root, _DEFECT))


def _read_folder(root: Path, split: Split) -> Iterator[Sample]:
    # There is no split here: `split` is part of what every reader is called with.
    del split
    for category in dict.fromkeys((*_categories(root, GOOD), *_categories(root, _DEFECT))):
        name = category.resolve().name
        for image in find_images([category / GOOD] if (category / GOOD).is_dir() else []):
            yield Sample(image, None, 0, name, GOOD)
        defects = category / _DEFECT
        kinds = (
            [(defects, _DEFECT), *((folder, folder.name) for folder in _folders(defects))] if defects.is_dir() else []
        )
        for folder, kind in kinds:
            masks = _masks_in(category / "masks") | (_masks_in(category / "masks" / kind) if folder != defects else {})
            for image in sorted(folder.iterdir(), key=lambda path: natural_key(path.name)):
                if image.suffix.lower() in IMAGE_SUFFIXES and image.is_file():
                    yield Sample(image, masks.get(image.stem), 1, name, kind)


def _masks_in(folder: Path) -> dict[str, Path]:
    """Return the mask files right in a folder by the stem of their image; none if there is no such folder."""
    if not folder.is_dir():
        return {}
    files = [file for file in folder.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES and file.is_file()]
    return {file.stem.removesuffix(_MASK_SUFFIX): file for file in files}


def _contents(root: Path) -> str:
    """Return what a folder holds, in words, for an error."""
    names = sorted((path.name + "/" * path.is_dir() for path in root.iterdir()), key=natural_key)
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return (", ".join(names[:_SHOWN_NAMES]) + more) if names else "an empty folder"


_Reader = Callable[[Path, Split], Iterator[Sample]]
LAYOUTS: dict[str, tuple[Callable[[Path], bool], _Reader, str]] = {
    "visa": (_fits_visa, _read_visa, "split_csv/1cls.csv with the columns " + ", ".join(_VISA_COLUMNS)),
    "mvtec": (_fits_mvtec, _read_mvtec, "CATEGORY/test/good/ and CATEGORY/test/KIND/ with images"),
    "folder": (_fits_folder, _read_folder, "good/ and defect/ with images"),
}
"""Every layout by name: whether a folder follows it, its reader, and what it looks like in words; "auto" tries them in
this order."""
