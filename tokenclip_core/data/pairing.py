"""Which mask belongs to which part: by the path below the folder of their kind, never by the name alone.

A part `cam2/000.png` has the masks `cam2/000.png`, `cam2/000_mask.png` (also `_GT`, `_label` and the like, in front or
behind, in any case) or all that lie in the folder `cam2/000/`. Of `000.png` and `000_mask.png` the one named as a mask
is taken, and `000.png_mask.png` before both. Only if there is none, a mask that lies in a folder further up belongs to
the part, and to no other one. The pages of a TIFF have the pages of its mask, in their order.
"""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from tokenclip_core.images.folders import IMAGE_SUFFIXES, image_names, natural_key
from tokenclip_core.images.names import is_hidden, stem_of, without_mask_word
from tokenclip_core.images.pages import TIFF_SUFFIXES, page_names, split_page

_Key = tuple[tuple[str, ...], str]
_Index = tuple[dict[_Key, list[Path]], dict[_Key, list[Path]], dict[tuple[str, ...], list[Path]]]


@dataclass
class Pairing:
    """Masks by the part they belong to.

    Attributes:
        by_part: masks of each part that has some.
        shared: parts of one name in several folders, or pages, of which only the first got the mask that there is.
    """

    by_part: dict[Path, tuple[Path, ...]] = field(default_factory=dict)
    shared: list[Path] = field(default_factory=list)


class Masks:
    """The mask files below some folders, by where they lie and what they are called."""

    def __init__(self) -> None:
        """Start without masks."""
        self.files: list[tuple[PurePath, Path]] = []

    def add_folder(self, folder: Path) -> None:
        """Add all pictures below a folder, by their paths below it."""
        self.files += [(file.relative_to(folder), file) for file in pictures_below(folder)]

    def add_beside(self, folder: Path) -> None:
        """Add the pictures below a folder that are named as masks of others in it."""
        found = pictures_below(folder)
        known = {file.with_name(stem_of(file.name, IMAGE_SUFFIXES).casefold()) for file in found}
        whole = {file.with_name(file.name.casefold()) for file in found}
        for file in found:
            part = without_mask_word(stem_of(file.name, IMAGE_SUFFIXES))
            if part is not None and file.with_name(part.casefold()) in known | whole:
                self.files.append((file.relative_to(folder), file))

    def pair(self, parts: Sequence[tuple[PurePath, Path]]) -> Pairing:
        """Find the masks of parts.

        Args:
            parts: path below the folder of their kind, and file, of each, in order.
        """
        keys = [(_key(relative), _whole_key(relative), file) for relative, file in parts]
        whole, rest = self._by_whole_names({key for _, key, _ in keys})
        named, plain, folders = _index(rest, {key for key, _, _ in keys})
        pairing = Pairing()
        without: list[tuple[_Key, Path]] = []
        for (parents, stem), name, file in keys:
            found = (
                whole.get(name)
                or named.get((parents, stem))
                or plain.get((parents, stem))
                or folders.get((*parents, stem))
            )
            if own := _of_its_page(found or (), file):
                pairing.by_part[file] = own
            elif found:
                pairing.shared.append(file)
            else:
                without.append(((parents, stem), file))
        self._look_above(without, (named, plain, folders), pairing)
        return pairing

    def _look_above(self, without: Sequence[tuple[_Key, Path]], index: _Index, pairing: Pairing) -> None:
        """Give parts that have no mask beside them one that lies further up, if no other file's part has it."""
        named, plain, folders = index
        taken = {split_page(mask)[0]: split_page(part)[0] for part, masks in pairing.by_part.items() for mask in masks}
        for (parents, stem), file in without:
            whole = split_page(file)[0]
            for length in range(len(parents) - 1, -1, -1):
                above = parents[:length]
                found = named.get((above, stem)) or plain.get((above, stem)) or folders.get((*above, stem)) or []
                free = tuple(mask for mask in found if taken.get(mask, whole) == whole)
                if own := _of_its_page(free, file):
                    pairing.by_part[file] = own
                    taken |= dict.fromkeys(free, whole)
                    break
                if found:
                    pairing.shared.append(file)
                    break

    def _by_whole_names(self, parts: set[_Key]) -> tuple[dict[_Key, list[Path]], list[tuple[PurePath, Path]]]:
        """Masks that name a part with its suffix (`000.png_mask.png`), which are of no other part, and the others."""
        whole: dict[_Key, list[Path]] = defaultdict(list)
        rest: list[tuple[PurePath, Path]] = []
        for relative, file in self.files:
            named = _whole_key(relative.with_suffix(""))
            key = next((key for key in (named, (named[0], without_mask_word(named[1]) or "")) if key in parts), None)
            if key is None:
                rest.append((relative, file))
            else:
                whole[key].append(file)
        return whole, rest


def _index(files: Sequence[tuple[PurePath, Path]], parts: set[_Key]) -> _Index:
    """Masks by the name of a part that they have a mask's word beside, by their own name, and by their folder."""
    named: dict[_Key, list[Path]] = defaultdict(list)
    plain: dict[_Key, list[Path]] = defaultdict(list)
    folders: dict[tuple[str, ...], list[Path]] = defaultdict(list)
    for relative, file in files:
        parents, stem = _key(relative)
        plain[parents, stem].append(file)
        folders[parents].append(file)
        part = without_mask_word(stem)
        # A part may itself be called `label_01`: a mask of exactly its name is its own.
        if part is not None and (parents, stem) not in parts:
            named[parents, part].append(file)
    return named, plain, folders


def _of_its_page(masks: Sequence[Path], part: Path) -> tuple[Path, ...]:
    """What of the masks of a file belongs to one of its pages; all pages of them where the file has only one.

    A mask of a single page belongs to the first page.
    """
    file, page = split_page(part)
    found: list[Path] = []
    for mask in masks:
        names = page_names(str(mask)) if mask.name.lower().endswith(TIFF_SUFFIXES) else [str(mask)]
        found += map(Path, names if file == part else names[page - 1 : page])
    return tuple(found)


def pictures_below(folder: Path) -> list[Path]:
    """All picture files below a folder, masks too, without hidden ones, in natural order."""
    found: list[Path] = []
    for place, folders, _ in os.walk(folder):
        folders[:] = sorted((name for name in folders if not is_hidden(name)), key=natural_key)
        found += [Path(place, name) for name in image_names(Path(place))]
    return found


def _key(relative: PurePath) -> _Key:
    stem = stem_of(split_page(relative)[0].name, IMAGE_SUFFIXES)
    return tuple(map(_folded, relative.parent.parts)), _folded(stem)


def _whole_key(relative: PurePath) -> _Key:
    """As `_key`, with the suffix."""
    return tuple(map(_folded, relative.parent.parts)), _folded(split_page(relative)[0].name)


def _folded(name: str) -> str:
    """A name without regard to case, and to the two ways in which systems write accents."""
    return unicodedata.normalize("NFC", name).casefold()
