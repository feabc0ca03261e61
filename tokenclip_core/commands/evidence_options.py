"""Which evidence decides: the options of several commands, good parts from a folder, and a pool of the folder's parts.

The pool is encoded first and frozen: rows are final, and a run that is gone on with takes the same pool.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenclip_core.commands.command import UsageError
from tokenclip_core.errors import ImageError, SettingsError

if TYPE_CHECKING:
    from tokenclip_core.inspection.encoded_part import EncodedPart
    from tokenclip_core.inspection.inspector import Inspector

MOST_WALKED = 400
"""Parts of a folder that are looked at for its pools at most."""

_BATCH = 8


def add_evidence_options(parser: ArgumentParser) -> None:
    """Declare what decides beside the text; see `with_evidence_of`."""
    from tokenclip_core.evidence.channels import EVIDENCE_KINDS

    group = parser.add_argument_group("evidence")
    group.add_argument(
        "--evidence",
        choices=EVIDENCE_KINDS,
        default="fused",
        help="what decides: the words alone, the part's own patches, the other parts, good parts, or all that speak "
        "(default: fused)",
    )
    group.add_argument(
        "--reference", type=Path, metavar="DIR", help="folder of good parts to compare with (recursive), or one image"
    )


def check_evidence_options(arguments: Namespace) -> None:
    """Refuse reference evidence without good parts.

    Raises:
        UsageError: there are none named.
    """
    if arguments.evidence == "reference" and arguments.reference is None and not getattr(arguments, "shots", None):
        raise UsageError("--evidence reference needs --reference DIR, a folder of good parts")


def with_evidence_of(
    inspector: Inspector, arguments: Namespace, files: Sequence[Path], pool_files: Sequence[str] | None = None
) -> tuple[Inspector, list[str]]:
    """The inspector with the evidence that the arguments describe.

    Args:
        inspector: loaded.
        arguments: of the command.
        files: the folder's images, which consensus compares with each other.
        pool_files: SHA-256 of the files that an earlier run looked at for its pools; None to choose.

    Returns:
        The inspector, and the SHA-256 of the files that were looked at for the pools.

    Raises:
        SettingsError: the model has no constants for this evidence, or no good part can be read.
    """
    bits = getattr(arguments, "bits", None)
    inspector = inspector.with_evidence(arguments.evidence)
    if arguments.reference is not None:
        inspector = _with_references(inspector, arguments.reference, bits)
    if arguments.evidence not in ("fused", "consensus") or inspector.evidence.scale is None:
        return inspector, []
    return _with_pools(inspector, files, pool_files, bits)


def _with_references(inspector: Inspector, folder: Path, bits: int | None) -> Inspector:
    from tokenclip_core.images.reading import find_images

    names: list[str] = []
    good: list[EncodedPart] = []
    for path, part in _encoded(inspector, list(find_images([folder])), bits):
        names.append(path.name)
        good.append(part)
    if not good:
        raise SettingsError(f"there are no images that can be read in {folder}; name a folder of good parts")
    found = inspector.with_references(good, names)
    shelf = found.evidence.shelf
    if shelf is not None:
        held = f"{len(shelf.tokens)} of {shelf.seen} patches, {shelf.nbytes / 2**20:.0f} MiB"
        sys.stderr.write(f"compared with {len(names)} good parts ({held})\n")
    return found


def _with_pools(
    inspector: Inspector, files: Sequence[Path], pool_files: Sequence[str] | None, bits: int | None
) -> tuple[Inspector, list[str]]:
    from tokenclip_core.evidence.consensus import FEWEST_ALIKE, PoolGathering, seeded_order
    from tokenclip_core.inspection.comparing import pool_part
    from tokenclip_core.model.fingerprint import file_sha256

    scale = inspector.evidence.scale
    if scale is None or len(files) <= FEWEST_ALIKE:
        return inspector, []
    by_hash: dict[str, Path] = {}
    for file in files:
        try:
            by_hash.setdefault(file_sha256(file), file)
        except OSError:
            continue  # its row says so
    order = seeded_order(by_hash) if pool_files is None else [one for one in pool_files if one in by_hash]
    if pool_files is not None and len(order) < len(pool_files):
        raise SettingsError("parts that the run compared with are gone; leave --resume, or put them back")
    gathering = PoolGathering(scale.alike_cosine)
    walked: list[str] = []
    kept: list[EncodedPart] = []
    for sha256, (_, part) in _walk(inspector, order[:MOST_WALKED], by_hash, bits):
        walked.append(sha256)
        if gathering.add(pool_part(part)):
            kept.append(part)
        if gathering.is_full:
            break
    return inspector.with_evidence(pools=inspector.with_rises(gathering.pools(), kept)), walked


def _walk(
    inspector: Inspector, order: Sequence[str], by_hash: dict[str, Path], bits: int | None
) -> Iterator[tuple[str, tuple[Path, EncodedPart]]]:
    names = {by_hash[sha256]: sha256 for sha256 in order}
    for path, part in _encoded(inspector, [by_hash[sha256] for sha256 in order], bits):
        yield names[path], (path, part)


def _encoded(inspector: Inspector, files: Sequence[Path], bits: int | None) -> Iterator[tuple[Path, EncodedPart]]:
    """Encode files in their order, leaving out those that can't be read."""
    from tokenclip_core.images.reading import load_image

    for start in range(0, len(files), _BATCH):
        read: list[tuple[Path, Any]] = []
        for file in files[start : start + _BATCH]:
            try:
                read.append((file, load_image(file, bits=bits)))
            except ImageError:
                continue
        yield from zip([file for file, _ in read], inspector.encode([image for _, image in read]), strict=True)
