"""Which files of a folder are good parts: what `calibrate` may learn a threshold from."""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePath

from tokenclip_core.images.folders import LeftOut, find_images
from tokenclip_core.images.names import is_defective, is_good

_SPLITS = frozenset({"train", "test", "training", "testing", "validation", "valid", "val", "test_public"})


def good_parts(folder: Path) -> tuple[list[Path], list[str]]:
    """Find the good parts in a folder, and say what of it is left out.

    Where some folders below it are named good, ok, normal or the like, only their pictures are taken; else all but
    those in folders that are named defective. Masks are never taken.

    Args:
        folder: or one image.

    Returns:
        The files in natural order, and notes in words.
    """
    left_out = LeftOut()
    files = list(find_images([folder], left_out))
    notes = left_out.words()
    if not folder.is_dir():
        return files, notes
    if is_defective(folder.resolve().name):
        notes.append(f"{folder} is named like a folder of defective parts; a threshold is learned from good ones")
    places = {file: file.relative_to(folder).parent for file in files}
    named = {place for place in places.values() if any(map(is_good, place.parts))}
    taken = [file for file in files if _is_taken(places[file], bool(named))]
    others = Counter(str(_kind(places[file])) for file in files if not _is_taken(places[file], bool(named)))
    if others:
        kinds = ", ".join(f"{count} in {place}" for place, count in sorted(others.items()))
        why = "beside folders of good parts" if named else "named as defective"
        notes.append(f"pictures {why} are left out of the good parts: {kinds}")
    return taken, notes


def _is_taken(place: PurePath, only_named: bool) -> bool:
    if any(map(is_defective, place.parts)):
        return False
    return not only_named or any(map(is_good, place.parts))


def _kind(place: PurePath) -> PurePath:
    """A folder as it is told: down to the first name that is not a split's."""
    for depth, name in enumerate(place.parts, start=1):
        if name.lower() not in _SPLITS:
            return PurePath(*place.parts[:depth])
    return place
