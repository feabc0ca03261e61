"""What a file or folder is: parts, a video, a recipe, a calibration and so on; no Qt."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto
from pathlib import Path
from typing import Any

from tokenclip_core.images.folders import IMAGE_SUFFIXES
from tokenclip_core.images.names import UNREAD_SUFFIXES
from tokenclip_core.judgement.calibration import FORMAT as CALIBRATION_FORMAT
from tokenclip_core.judgement.calibration import MAX_FILE_BYTES
from tokenclip_core.model.folders import checkpoint_backbone, model_in
from tokenclip_core.recipes.recipe import FORMAT as RECIPE_FORMAT
from tokenclip_core.small_files import read_small_json
from tokenclip_core.sources.catalogue import VIDEO_SUFFIXES

MOST_AT_ONCE = 10_000
"""Files and folders of one drop that are looked at."""


class Kind(Enum):
    """What something is, in the order in which it is taken."""

    MODEL = auto()
    CHECKPOINT = auto()
    VOCABULARY = auto()
    RECIPE = auto()
    CALIBRATION = auto()
    PARTS = auto()
    VIDEO = auto()
    UNREAD = auto()
    MISSING = auto()
    NOTHING = auto()


ONE_ONLY = frozenset({Kind.MODEL, Kind.CHECKPOINT, Kind.VOCABULARY, Kind.RECIPE, Kind.CALIBRATION})
"""Kinds of which only one can be in force: the first one that was dropped is taken."""


def kind_of(path: Path) -> Kind:
    """What one file or folder is, by its name and, where that does not tell, by what it holds; never raises OSError."""
    try:
        if path.is_dir():
            return Kind.MODEL if model_in(path, path.name, str(path)) is not None else Kind.PARTS
        if not path.is_file():
            return Kind.NOTHING if path.exists() else Kind.MISSING
    except (OSError, ValueError):
        return Kind.MISSING
    suffix = path.suffix.lower()
    by_suffix = {Kind.PARTS: IMAGE_SUFFIXES, Kind.VIDEO: VIDEO_SUFFIXES, Kind.UNREAD: UNREAD_SUFFIXES}
    known = next((kind for kind, suffixes in by_suffix.items() if suffix in suffixes), None)
    if known is not None:
        return known
    if suffix == ".toml":
        return Kind.VOCABULARY
    if suffix == ".safetensors":
        return Kind.CHECKPOINT if checkpoint_backbone(path) is not None else Kind.NOTHING
    return _kind_of_json(path) if suffix == ".json" else Kind.NOTHING


def sorted_by_kind(paths: Iterable[Path]) -> dict[Kind, list[Path]]:
    """Files and folders by what they are, in the order in which kinds are taken; the first `MOST_AT_ONCE` of them."""
    found: dict[Kind, list[Path]] = {kind: [] for kind in Kind}
    for path, _ in zip(paths, range(MOST_AT_ONCE), strict=False):
        found[kind_of(path)].append(path)
    return {kind: those for kind, those in found.items() if those}


def _kind_of_json(path: Path) -> Kind:
    try:
        content: Any = read_small_json(path, MAX_FILE_BYTES)
    except (OSError, ValueError):
        return Kind.NOTHING
    name = content.get("format") if isinstance(content, dict) else None
    return {RECIPE_FORMAT: Kind.RECIPE, CALIBRATION_FORMAT: Kind.CALIBRATION}.get(str(name), Kind.NOTHING)
