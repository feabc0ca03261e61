"""Files through the model, in order and in batches, for commands that want results rather than rows."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tokenclip_core.commands.progress import Progress
from tokenclip_core.errors import ImageError
from tokenclip_core.process.ahead import in_advance, read_ahead

if TYPE_CHECKING:
    from tokenclip_core.images.reading import RgbImage
    from tokenclip_core.inspection.encoded_part import EncodedPart
    from tokenclip_core.inspection.encoding import PreparedPart
    from tokenclip_core.inspection.inspector import Inspector
    from tokenclip_core.inspection.result import InspectionResult
    from tokenclip_core.inspection.tiled_part import TiledPart
    from tokenclip_core.inspection.tiling import Tiling


BATCH_BYTES = 2**26
"""Bytes of the pictures that go through the model at once; the picture that reaches it still goes with them."""

_READ_AHEAD_BYTES = 2**27


@dataclass(frozen=True)
class Inspected:
    """A file and what came of it: a result, or the reason why there is none; and the results of further inspectors."""

    path: Path
    result: InspectionResult | None
    error: str | None
    others: tuple[InspectionResult, ...] = ()


@dataclass(frozen=True)
class _Files:
    """A batch of files: read, and then what each inspector will score; a reason where there is nothing."""

    paths: list[Path] = field(default_factory=list)
    images: list[RgbImage | PreparedPart | str] = field(default_factory=list)
    encoded: list[list[EncodedPart | TiledPart | str]] = field(default_factory=list)


def inspect_files(
    inspector: Inspector,
    paths: Sequence[Path],
    batch_size: int,
    progress: Progress,
    others: Sequence[Inspector] = (),
    tiling: Tiling | None = None,
    bits: int | None = None,
) -> Iterator[Inspected]:
    """Yield every file's result in order, reading and encoding ahead, and counting progress.

    Args:
        inspector: does the work.
        paths: image files.
        batch_size: how many go through the model at once.
        progress: advanced by each file.
        others: further inspectors of the same backbone, taps and image size, which score what the first has encoded.
        tiling: how large parts are cut; None for not at all.
        bits: of 16-bit pictures, as in `load_image`.
    """

    def encoded() -> Generator[_Files, None, None]:
        for files in _batches(inspector, paths, batch_size, tiling, bits):
            files.encoded.extend(_encode_for_all(inspector, others, files.images, tiling))
            yield files

    with closing(in_advance(encoded())) as batches:
        for files in batches:
            scored = [score_batch(one, parts) for one, parts in zip((inspector, *others), files.encoded, strict=True)]
            for path, first, *more in zip(files.paths, *scored, strict=True):
                reason = next((found for found in (first, *more) if isinstance(found, str)), None)
                results = [found for found in (first, *more) if not isinstance(found, str)]
                yield (
                    Inspected(path, None, reason)
                    if reason is not None
                    else Inspected(path, results[0], None, tuple(results[1:]))
                )
                progress.advance()


def prepare(inspector: Inspector, image: RgbImage, tiling: Tiling | None) -> RgbImage | PreparedPart:
    """The picture as it waits for the model: resized in the reader's thread, unless it is to be cut.

    Raises:
        ImageError: it is no RGB image.
    """
    return image if tiling is not None and tiling.cuts(*image.shape[:2]) else inspector.prepare(image)


def reason_of(path: str | Path, error: Exception) -> str:
    """Why a file can't be inspected, in words; a library may raise anything on one file, and the others go on."""
    if isinstance(error, ImageError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{path}: there is not enough memory for it"
    return str(ImageError(f"{path}: it cannot be read ({type(error).__name__}: {error})"))


def encode_batch(
    inspector: Inspector, images: Sequence[RgbImage | PreparedPart], tiling: Tiling | None = None
) -> list[EncodedPart | TiledPart | str]:
    """Encode images as one batch; where the model refuses one, one by one, with the reason in its place."""
    return _each_or_reason(lambda some: inspector.encode_batch(some, tiling=tiling), images)


def score_batch(inspector: Inspector, encoded: Sequence[EncodedPart | TiledPart | str]) -> list[InspectionResult | str]:
    """Results of what `encode_batch` gave, reasons in their places."""
    results = iter(inspector.score_batch([part for part in encoded if not isinstance(part, str)]))
    return [part if isinstance(part, str) else next(results) for part in encoded]


def inspect_batch(
    inspector: Inspector, images: Sequence[RgbImage | PreparedPart], tiling: Tiling | None = None
) -> list[InspectionResult | str]:
    """Results of images as one batch, in their order; where the model refuses one, the reason."""
    return score_batch(inspector, encode_batch(inspector, images, tiling))


def _batches(
    inspector: Inspector, paths: Sequence[Path], batch_size: int, tiling: Tiling | None, bits: int | None
) -> Generator[_Files, None, None]:
    """Files that were read, a batch after the other."""
    files, held = _Files(), 0
    load = partial(_load, inspector, tiling, bits)
    for path, image, size in read_ahead(
        paths, load, ahead=2 * batch_size, size=lambda loaded: loaded[2], max_bytes=_READ_AHEAD_BYTES
    ):
        files.paths.append(path)
        files.images.append(image)
        held += size
        # Of large parts fewer go through at once: the model sees them small, but their maps have their own size.
        if len(files.paths) == batch_size or held >= BATCH_BYTES:
            yield files
            files, held = _Files(), 0
    if files.paths:
        yield files


def _load(
    inspector: Inspector, tiling: Tiling | None, bits: int | None, path: Path
) -> tuple[Path, RgbImage | PreparedPart | str, int]:
    """A file's picture and its bytes, which its map will have too."""
    from tokenclip_core.images.reading import load_image

    try:
        image = load_image(path, bits=bits)
        return path, prepare(inspector, image, tiling), image.nbytes
    except Exception as error:
        return path, reason_of(path, error), 0


def _encode_for_all(
    inspector: Inspector,
    others: Sequence[Inspector],
    images: Sequence[RgbImage | PreparedPart | str],
    tiling: Tiling | None,
) -> list[list[EncodedPart | TiledPart | str]]:
    """What every inspector will score of each image; the first one encodes for all, but for tiles."""
    there = [image for image in images if not isinstance(image, str)]
    if not others:
        each = [encode_batch(inspector, there, tiling)]
    elif tiling is not None:
        # Tiles keep no visual tokens, which other subspaces are compared with.
        each = [encode_batch(one, there, tiling) for one in (inspector, *others)]
    else:
        same = all(one.subspaces.fingerprint == inspector.subspaces.fingerprint for one in others)
        each = [_each_or_reason(partial(inspector.encode, for_texts=not same), there)] * (1 + len(others))
    return [_with_reasons(images, found) for found in each]


def _with_reasons(
    images: Sequence[RgbImage | PreparedPart | str], encoded: Sequence[EncodedPart | TiledPart | str]
) -> list[EncodedPart | TiledPart | str]:
    found = iter(encoded)
    return [image if isinstance(image, str) else next(found) for image in images]


def _each_or_reason(
    encode: Callable[[Sequence[RgbImage | PreparedPart]], Sequence[EncodedPart | TiledPart]],
    images: Sequence[RgbImage | PreparedPart],
) -> list[EncodedPart | TiledPart | str]:
    """Encode all at once; where the model refuses one, one by one, with the reason in its place."""
    if not images:
        return []
    try:
        return list(encode(images))
    except ImageError as error:
        if len(images) == 1:
            return [str(error)]
        return [outcome for image in images for outcome in _each_or_reason(encode, [image])]
