"""A folder of parts inspected together: its pools are gathered first, then each part is inspected in its order."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tokenclip_core.errors import ImageError
from tokenclip_core.evidence.consensus import ConsensusPool
from tokenclip_core.images.folders import find_images
from tokenclip_core.images.reading import load_image
from tokenclip_core.inspection.gathering import pools_of_files, with_pools_of, with_references_of
from tokenclip_core.inspection.tiled_part import TiledResult
from tokenclip_core.inspection.tiling import Tiling

if TYPE_CHECKING:
    from tokenclip_core.inspection.encoding import RgbImage
    from tokenclip_core.inspection.inspector import Inspector
    from tokenclip_core.inspection.result import InspectionResult


@dataclass(frozen=True, eq=False)
class FolderPart:
    """One image of a folder, and what came of it.

    Attributes:
        path: of the image.
        result: what inspection says, or None.
        error: why there is no result, or None.
        note: why consensus is silent about it, as a sentence; "" where it speaks or was not asked.
    """

    path: Path
    result: InspectionResult | None
    error: str | None = None
    note: str = ""


def inspected_folder(
    inspector: Inspector,
    folder: str | os.PathLike[str],
    references: Sequence[str | os.PathLike[str]],
    pool: Sequence[ConsensusPool] | None,
    tiling: Tiling | None,
    bits: int | None,
    batch_size: int,
) -> Iterator[FolderPart]:
    """Inspect the images of a folder in natural order; arguments as of `Inspector.inspect_folder`.

    Results come a batch at a time, as they are asked for; what can't be read costs itself only.

    Raises:
        ImageError: there are no images.
        SettingsError: no good part can be read, or evidence that the model has no constants for.
    """
    files = list(find_images([Path(folder)]))
    if not files:
        raise ImageError(f"there are no images in {folder}; name another folder")
    if references:
        inspector = with_references_of(inspector, list(find_images([Path(one) for one in references])), bits)
    if pool is not None:
        inspector = inspector.with_evidence(pools=pool, frozen=True)
    elif inspector.evidence.asks("consensus") and not inspector.evidence.frozen:
        inspector = with_pools_of(inspector, pools_of_files(inspector, files, tiling=tiling, bits=bits))
    return _parts(inspector, files, tiling, bits, max(1, batch_size))


def _parts(
    inspector: Inspector, files: Sequence[Path], tiling: Tiling | None, bits: int | None, batch_size: int
) -> Iterator[FolderPart]:
    for start in range(0, len(files), batch_size):
        images: list[RgbImage] = []
        errors: dict[Path, str] = {}
        batch = files[start : start + batch_size]
        for file in batch:
            try:
                images.append(load_image(file, bits=bits))
            except ImageError as error:
                errors[file] = str(error)
        results = iter(inspect_each(inspector, images, tiling))
        for file in batch:
            found = errors[file] if file in errors else next(results)
            if isinstance(found, str):
                yield FolderPart(file, None, found)
            else:
                yield FolderPart(file, found, None, silence_of(inspector, found))


def inspect_each(
    inspector: Inspector, images: Sequence[RgbImage], tiling: Tiling | None = None
) -> list[InspectionResult | str]:
    """Inspect images as one batch; where the model refuses one, one by one, with the reason in its place.

    They are compared with the inspector's pools alone, and not with each other.
    """
    if not images:
        return []
    try:
        return list(inspector.inspect_batch(images, tiling=tiling, consensus=False))
    except ImageError as error:
        if len(images) == 1:
            return [str(error)]
        return [outcome for image in images for outcome in inspect_each(inspector, [image], tiling)]


def silence_of(inspector: Inspector, result: InspectionResult) -> str:
    """Why consensus is silent about a part, as a sentence; "" where it speaks or was not asked.

    Args:
        inspector: that made the result.
        result: of the part.
    """
    silence = inspector.evidence.silence(result.channels)
    if silence and isinstance(result, TiledResult):
        return "it was cut into tiles, which are compared with no other parts, so consensus is silent"
    return silence
