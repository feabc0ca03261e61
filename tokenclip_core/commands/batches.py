"""Files through the model, in order and in batches, for commands that want results rather than rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tokenclip_core.commands.progress import Progress
from tokenclip_core.commands.reading import read_ahead
from tokenclip_core.errors import ImageError

if TYPE_CHECKING:
    from tokenclip_core.images.reading import RgbImage
    from tokenclip_core.inspection.inspector import Inspector
    from tokenclip_core.inspection.result import InspectionResult
    from tokenclip_core.inspection.tiling import Tiling


_BATCH_BYTES = 2**26
_READ_AHEAD_BYTES = 2**27


@dataclass(frozen=True)
class Inspected:
    """A file and what came of it: a result, or the reason why there is none; and the results of further inspectors."""

    path: Path
    result: InspectionResult | None
    error: str | None
    others: tuple[InspectionResult, ...] = ()


def inspect_files(
    inspector: Inspector,
    paths: Sequence[Path],
    batch_size: int,
    progress: Progress,
    others: Sequence[Inspector] = (),
    tiling: Tiling | None = None,
    bits: int | None = None,
) -> Iterator[Inspected]:
    """Yield every file's result in order, reading ahead and counting progress.

    Args:
        inspector: does the work.
        paths: image files.
        batch_size: how many go through the model at once.
        progress: advanced by each file.
        others: further inspectors of the same backbone, taps and image size, which score what the first has encoded.
        tiling: how large parts are cut; None for not at all.
        bits: of 16-bit pictures, as in `load_image`.
    """
    batch: list[tuple[Path, RgbImage | str]] = []
    held = 0
    for loaded in read_ahead(
        paths, partial(_load, bits=bits), ahead=2 * batch_size, size=_bytes, max_bytes=_READ_AHEAD_BYTES
    ):
        batch.append(loaded)
        held += _bytes(loaded)
        # Of large parts fewer go through at once: the model sees them small, but their maps have their own size.
        if len(batch) == batch_size or held >= _BATCH_BYTES:
            yield from _inspect(inspector, batch, progress, others, tiling)
            batch, held = [], 0
    yield from _inspect(inspector, batch, progress, others, tiling)


def _bytes(loaded: tuple[Path, RgbImage | str]) -> int:
    return 0 if isinstance(loaded[1], str) else loaded[1].nbytes


def _load(path: Path, bits: int | None = None) -> tuple[Path, RgbImage | str]:
    from tokenclip_core.images.reading import load_image

    try:
        return path, load_image(path, bits=bits)
    except ImageError as error:
        return path, str(error)


def _inspect(
    inspector: Inspector,
    batch: Sequence[tuple[Path, RgbImage | str]],
    progress: Progress,
    others: Sequence[Inspector],
    tiling: Tiling | None,
) -> Iterator[Inspected]:
    images = [image for _, image in batch if not isinstance(image, str)]
    outcomes = iter(_inspect_with_all(inspector, images, others, tiling))
    for path, image in batch:
        if isinstance(image, str):
            yield Inspected(path, None, image)
        else:
            found = next(outcomes)
            if isinstance(found, str):
                yield Inspected(path, None, found)
            else:
                yield Inspected(path, found[0], None, tuple(found[1:]))
        progress.advance()


def _inspect_with_all(
    inspector: Inspector, images: Sequence[RgbImage], others: Sequence[Inspector], tiling: Tiling | None
) -> list[list[InspectionResult] | str]:
    """The results of every inspector for each image, or why there are none; the first one alone encodes."""
    if not others:
        return [found if isinstance(found, str) else [found] for found in inspect_batch(inspector, images, tiling)]
    if not images:
        return []
    if tiling is not None:
        # Tiles keep no visual tokens, which other subspaces are compared with.
        each = [inspect_batch(one, images, tiling) for one in (inspector, *others)]
        return [_all_or_reason(found) for found in zip(*each, strict=True)]
    try:
        encoded = inspector.encode(images)
    except ImageError as error:
        if len(images) == 1:
            return [str(error)]
        return [found for image in images for found in _inspect_with_all(inspector, [image], others, tiling)]
    return [[one.score(part) for one in (inspector, *others)] for part in encoded]


def _all_or_reason(found: Sequence[InspectionResult | str]) -> list[InspectionResult] | str:
    results = []
    for one in found:
        if isinstance(one, str):
            return one
        results.append(one)
    return results


def inspect_batch(
    inspector: Inspector, images: Sequence[RgbImage], tiling: Tiling | None = None
) -> list[InspectionResult | str]:
    """Inspect images as one batch; where the model refuses one, one by one, with the reason in its place."""
    if not images:
        return []
    try:
        return list(inspector.inspect_batch(images, tiling=tiling, consensus=False))
    except ImageError as error:
        if len(images) == 1:
            return [str(error)]
        return [outcome for image in images for outcome in inspect_batch(inspector, [image], tiling)]
