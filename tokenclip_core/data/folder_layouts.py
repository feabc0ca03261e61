"""Labelled sets whose folders say what is good, what is defective, and where the masks are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from tokenclip_core.data.pairing import Masks
from tokenclip_core.data.samples import GOOD, LabelledSet, Sample, Split, masked_sample, told_of
from tokenclip_core.data.saturations import read_saturations
from tokenclip_core.errors import DataLayoutError
from tokenclip_core.files import is_there
from tokenclip_core.images.folders import LeftOut, find_images, image_names, looks_like_masks, natural_key
from tokenclip_core.images.names import is_defective, is_good, is_hidden, is_mask_folder, may_be_mask_folder
from tokenclip_core.languages import Phrase

_SPLIT_NAMES = {
    "test": frozenset({"test", "testing", "test_public", "tests"}),
    "train": frozenset({"train", "training"}),
}
# Folders of a category that have no part in either split, as the makers of the data sets mean it.
_OTHER_SPLITS = frozenset({"validation", "valid", "val"})
_UNLABELLED = frozenset({"test_private", "test_private_mixed"})
_SATURATION = "defects_config.json"


def fits_mvtec(root: Path) -> bool:
    """Whether a folder, or those right below it, have a test split of folders, or good parts to train with."""
    return any(
        _kinds(split)
        for category in _split_categories(root)
        for split in (*_splits(category, "test"), *_splits(category, "train"))
        if split.name.lower() in _SPLIT_NAMES["test"] or any(is_good(kind.name) for kind in _kinds(split))
    )


def read_mvtec(root: Path, split: Split) -> LabelledSet:
    """Read MVTec AD and all that copy it: AD 2, LOCO, BTAD, MPDD."""
    found = LabelledSet()
    for category in _split_categories(root):
        for place in _splits(category, split):
            kinds = _kinds(place)
            if not kinds:
                continue
            name = category.resolve().name
            first = len(found.samples)
            for kind in kinds:
                if is_good(kind.name):
                    _add_good(found, kind, name)
                else:
                    _add_defective(found, kind, name, kind.name, _mask_folders(category, place, kind))
            _take_saturations(found, category, first)
            _note_what_lies_about(found, category, place)
    return found


def fits_folder(root: Path) -> bool:
    """Whether a folder, or those right below it, have a folder of good or of defective parts."""
    return any(map(_known_kinds, _categories(root)))


def read_folder(root: Path, split: Split) -> LabelledSet:
    """Read one's own parts: good/, defect/ and masks/, also by other usual names."""
    # There is no split here: `split` is part of what every reader is called with.
    del split
    found = LabelledSet()
    for category in _categories(root):
        known = _known_kinds(category)
        if not known:
            continue
        name = category.resolve().name
        masks = [folder for folder in subfolders(category) if _is_mask_folder(folder)]
        for kind in known:
            if is_good(kind.name):
                _add_good(found, kind, name)
                continue
            for place, word in ((kind, kind.name), *((below, below.name) for below in _kinds(kind))):
                _add_defective(found, place, name, word, _roots_of(masks, kind, place), deep=place != kind)
        for other in subfolders(category):
            if other not in known and other not in masks and (count := _pictures(other)):
                found.notes.append(
                    Phrase(
                        "{folder}: {count} pictures left out, since the name says neither good nor defective; "
                        "move it below {category}/defect, or rename it",
                        folder=other,
                        count=count,
                        category=category.name,
                    )
                )
    return found


def subfolders(root: Path) -> list[Path]:
    """The folders right below one, in natural order, without hidden ones."""
    return sorted(
        (path for path in root.iterdir() if path.is_dir() and not is_hidden(path.name)),
        key=lambda path: natural_key(path.name),
    )


def _splits(category: Path, split: str) -> list[Path]:
    return [folder for folder in subfolders(category) if folder.name.lower() in _SPLIT_NAMES[split]]


def _kinds(place: Path) -> list[Path]:
    return [folder for folder in subfolders(place) if not _is_mask_folder(folder)]


def _split_categories(root: Path) -> list[Path]:
    """The folder itself and those below it that may have splits, by any name but that of masks."""
    return [root, *_below(root, is_category=any(_splits(root, split) for split in _SPLIT_NAMES))]


def _categories(root: Path) -> list[Path]:
    """The folder itself and those below it that may hold kinds of parts: neither masks, nor kinds of the folder."""
    kinds = _known_kinds(root)
    return [root, *(folder for folder in _below(root, is_category=bool(kinds)) if folder not in kinds)]


def _below(root: Path, *, is_category: bool) -> list[Path]:
    """The folders right below one, without those of masks.

    Beside the parts of a category `labels/` are its masks; beside other categories it may be one of photographs of
    labels, which its pictures tell.
    """
    return [
        folder
        for folder in subfolders(root)
        if not _is_mask_folder(folder) or not (is_category or looks_like_masks(str(folder)))
    ]


def _known_kinds(category: Path) -> list[Path]:
    """The folders of good and of defective parts; one that holds both is a category with a name that may mislead."""
    return [
        folder
        for folder in subfolders(category)
        if (is_good(folder.name) and not any(is_defective(below.name) for below in subfolders(folder)))
        or (is_defective(folder.name) and not any(is_good(below.name) for below in subfolders(folder)))
    ]


def _is_mask_folder(folder: Path) -> bool:
    return is_mask_folder(folder.name) or may_be_mask_folder(folder.name)


def _mask_folders(category: Path, place: Path, kind: Path) -> list[Path]:
    """Where the masks of a kind may be: below ground_truth/KIND of the category or of the split."""
    roots = [folder for parent in (category, place) for folder in subfolders(parent) if _is_mask_folder(folder)]
    return [folder for root in roots for folder in subfolders(root) if folder.name.casefold() == kind.name.casefold()]


def _roots_of(masks: Sequence[Path], kind: Path, place: Path) -> list[Path]:
    """Where the masks of a kind may be in the layout `folder`, the likelier ones first."""
    names = {kind.name.casefold(), place.name.casefold()}
    below = [folder for root in masks for folder in subfolders(root) if folder.name.casefold() in names]
    deeper = [
        folder for root in below for folder in subfolders(root) if folder.name.casefold() == place.name.casefold()
    ]
    return [*deeper, *below, *masks]


def _add_good(found: LabelledSet, folder: Path, category: str) -> None:
    left_out = LeftOut()
    found.samples += [Sample(image, None, 0, category, GOOD) for image in find_images([folder], left_out)]
    _note_unread(found, folder, left_out)


def _add_defective(
    found: LabelledSet, folder: Path, category: str, kind: str, mask_folders: Sequence[Path], *, deep: bool = True
) -> None:
    """Add the parts of a folder with their masks; of the first mask folder that has any for them."""
    left_out = LeftOut()
    images = list(_images(folder, left_out, deep=deep))
    _note_unread(found, folder, left_out)
    parts: list[tuple[PurePath, Path]] = [(image.relative_to(folder), image) for image in images]
    pairs: dict[Path, tuple[Path, ...]] = {}
    unmatched: Path | None = None
    for place in (*mask_folders, folder):
        masks = Masks()
        if place == folder:
            masks.add_beside(folder)
        else:
            masks.add_folder(place)
        pairing = masks.pair([part for part in parts if part[1] not in pairs])
        pairs |= pairing.by_part
        if masks.files and not pairing.by_part:
            unmatched = unmatched or masks.files[0][1]
        if pairing.shared:
            found.notes.append(
                Phrase(
                    "{folder}: {count} parts have no mask of their own, for example {example}: the mask of that name "
                    "was given to the first part that has it; sort masks into folders like the parts",
                    **told_of(folder, pairing.shared),
                )
            )
    if images and not pairs and unmatched is not None:
        found.notes.append(
            Phrase(
                "{folder}: masks are there, but none matches a part; for example {mask} and {example}; "
                "name a mask like its part, or NAME_mask",
                folder=folder,
                mask=unmatched,
                example=images[0],
            )
        )
    found.samples += [masked_sample(image, pairs.get(image, ()), category, kind) for image in images]


def _images(folder: Path, left_out: LeftOut, *, deep: bool) -> Iterator[Path]:
    """The parts below a folder, or right in it, where those further below are of another kind."""
    if deep:
        yield from find_images([folder], left_out)
        return
    others = set(subfolders(folder))
    for image in find_images([folder], left_out):
        if not others.intersection(image.parents):
            yield image


def _note_unread(found: LabelledSet, folder: Path, left_out: LeftOut) -> None:
    left_out.masks.clear()
    found.notes += [f"{folder}: {words}" for words in left_out.words()]


def _take_saturations(found: LabelledSet, category: Path, first: int) -> None:
    """Let regions of a category's samples count as found when so much of them is as its file says."""
    file = category / _SATURATION
    if not is_there(file):
        return
    try:
        saturations = read_saturations(file)
    except DataLayoutError as error:
        found.notes.append(Phrase("{error}; every connected region counts as a whole", error=error))
        return
    found.samples[first:] = [replace(sample, saturations=saturations) for sample in found.samples[first:]]
    found.notes.append(
        Phrase(
            "{folder}: in AUPRO each mask is a region, found when so much of it is as {file} says",
            folder=category,
            file=file.name,
        )
    )


def _note_what_lies_about(found: LabelledSet, category: Path, place: Path) -> None:
    """Say what of a category is not counted."""
    loose = image_names(place)
    if loose:
        found.notes.append(
            Phrase(
                "{folder}: {count} pictures in no folder of a kind left out, for example {example}",
                **told_of(place, loose),
            )
        )
    if not any(is_good(kind.name) for kind in _kinds(place)):
        names = ", ".join(kind.name for kind in _kinds(place))
        found.notes.append(
            Phrase(
                "{folder} has no good parts: none of its folders ({names}) is named good, ok or normal",
                folder=place,
                names=names,
            )
        )
    known = set().union(*_SPLIT_NAMES.values(), _OTHER_SPLITS)
    for folder in subfolders(category):
        name = folder.name.lower()
        if name in known or _is_mask_folder(folder) or not (count := _pictures(folder)):
            continue
        words = "{folder}: {count} pictures left out, since it is no split"
        if name in _UNLABELLED:
            words = "{folder}: {count} pictures left out, since they have no labels"
        found.notes.append(Phrase(words, folder=folder, count=count))


def _pictures(folder: Path) -> int:
    return sum(1 for _ in find_images([folder]))
