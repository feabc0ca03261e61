"""Labelled sets whose masks alone say which part is defective: KolektorSDD and SDD2, and DAGM."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tokenclip_core.data.folder_layouts import subfolders
from tokenclip_core.data.pairing import Masks, Pairing
from tokenclip_core.data.samples import GOOD, LabelledSet, Sample, Split, masked_sample, told_of
from tokenclip_core.errors import ImageError
from tokenclip_core.images.folders import find_images, image_names
from tokenclip_core.images.masks import read_mask
from tokenclip_core.images.names import is_mask_folder, may_be_mask_folder
from tokenclip_core.languages import Phrase

_KIND = "defect"
_SPLITS = {"train": "train", "training": "train", "test": "test", "testing": "test"}


def fits_dagm(root: Path) -> bool:
    """Whether a folder, or those right below it, have Train/ or Test/ with pictures and their Label/."""
    return any(True for _ in _dagm_places(root))


def read_dagm(root: Path, split: Split) -> LabelledSet:
    """Read DAGM: a part that has a mask in Label/ is defective, every other one is good."""
    found = LabelledSet()
    for category, place, labels in _dagm_places(root):
        if _SPLITS[place.name.lower()] != split:
            continue
        masks = Masks()
        masks.add_folder(labels)
        images = [image for image in find_images([place]) if image.parent == place]
        pairing = masks.pair([(image.relative_to(place), image) for image in images])
        for image in images:
            files = pairing.by_part.get(image, ())
            name = category.resolve().name
            found.samples.append(
                masked_sample(image, files, name, _KIND) if files else Sample(image, None, 0, name, GOOD)
            )
        unused = len(masks.files) - len(pairing.by_part)
        if unused > 0:
            found.notes.append(
                Phrase(
                    "{folder}: {count} masks belong to no part, for example {example}",
                    folder=labels,
                    count=unused,
                    example=masks.files[0][1],
                )
            )
    return found


def fits_kolektor(root: Path) -> bool:
    """Whether pictures lie beside masks of their own: in train/ and test/ (SDD2), or in a folder each (SDD)."""
    return any(_beside(place).files for place in _kolektor_places(root))


def read_kolektor(root: Path, split: Split) -> LabelledSet:
    """Read KolektorSDD and SDD2: a part is defective if the mask beside it marks anything."""
    found = LabelledSet()
    category = root.resolve().name
    for place in _kolektor_places(root):
        if _SPLITS.get(place.name.lower(), split) != split:
            continue
        images = list(find_images([place]))
        pairing = _beside(place).pair([(image.relative_to(place), image) for image in images])
        without = [image for image in images if image not in pairing.by_part]
        if without:
            found.notes.append(
                Phrase(
                    "{folder}: {count} parts have no mask beside them and are left out, for example {example}",
                    **told_of(place, without),
                )
            )
        found.samples += [_labelled(image, pairing, category, found) for image in images if image in pairing.by_part]
    return found


def _labelled(image: Path, pairing: Pairing, category: str, found: LabelledSet) -> Sample:
    files = pairing.by_part[image]
    try:
        defective = any(read_mask(file).any() for file in files)
    except ImageError as error:
        # Whether the part is defective is not known; the mask is read again, and is then an error of this part.
        found.notes.append(Phrase("{error}; its part is counted as defective", error=error))
        defective = True
    return masked_sample(image, files, category, _KIND) if defective else Sample(image, None, 0, category, GOOD)


def _dagm_places(root: Path) -> Iterator[tuple[Path, Path, Path]]:
    for category in (root, *subfolders(root)):
        for place in subfolders(category):
            if place.name.lower() not in _SPLITS:
                continue
            below = subfolders(place)
            labels = [folder for folder in below if is_mask_folder(folder.name) or may_be_mask_folder(folder.name)]
            if len(labels) == 1 and len(below) == 1 and image_names(place):
                yield category, place, labels[0]


def _kolektor_places(root: Path) -> list[Path]:
    """train/ and test/, where they are; else the folders of the parts, of which the first decides."""
    folders = subfolders(root)
    splits = [folder for folder in folders if folder.name.lower() in _SPLITS]
    return splits or [folder for folder in folders if image_names(folder)] or ([root] if image_names(root) else [])


def _beside(place: Path) -> Masks:
    masks = Masks()
    masks.add_beside(place)
    return masks
