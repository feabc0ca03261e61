"""What a folder's parts are compared with, made from its files: pools of consensus, and a shelf of good parts.

Pools are gathered first and then frozen, so that no result depends on what comes after it. What was encoded for them is
kept, so that a part is encoded once.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tokenclip_core.errors import ImageError, ModelError, SettingsError
from tokenclip_core.evidence.consensus import FEWEST_ALIKE, ConsensusPool, PoolGathering, seeded_order
from tokenclip_core.images.reading import load_image, read_size
from tokenclip_core.inspection.comparing import pool_part
from tokenclip_core.inspection.encoded_part import EncodedPart
from tokenclip_core.inspection.tiling import Tiling
from tokenclip_core.model.fingerprint import file_sha256

if TYPE_CHECKING:
    from tokenclip_core.inspection.inspector import Inspector

    Some = TypeVar("Some", bound=Inspector)

MOST_WALKED = 400
"""Parts of a folder that are looked at for its pools at most."""

MOST_HASHED = 1000
"""Files of a folder that are read for choosing among them: of more, those are taken that their names decide."""

KEPT_BYTES = 256 * 2**20
"""Bytes of the encoded parts that are kept until they are inspected; parts beyond them are encoded again then."""

_BATCH = 8


@dataclass(frozen=True, eq=False)
class GatheredPools:
    """Pools of a folder, and what they were made from.

    Attributes:
        pools: one for each kind of part that has enough; empty where consensus is silent.
        files: SHA-256 of the files that were looked at, in their order.
        encoded: the parts that were looked at by the hash of their content, up to `KEPT_BYTES` of them.
    """

    pools: tuple[ConsensusPool, ...] = ()
    files: tuple[str, ...] = ()
    encoded: Mapping[str, EncodedPart] = field(default_factory=dict)


def pools_of_files(
    inspector: Inspector,
    files: Sequence[Path],
    *,
    chosen: Sequence[str] | None = None,
    tiling: Tiling | None = None,
    bits: int | None = None,
    seed: int = 0,
) -> GatheredPools:
    """Gather the pools of a folder; what can't be read is left out.

    Args:
        inspector: encodes, and says what looks alike.
        files: the folder's images, in any order.
        chosen: SHA-256 of the files that an earlier run looked at; None to choose by content and seed.
        tiling: how large parts are cut; those that it cuts are left out, since tiles are not compared.
        bits: of 16-bit pictures, as in `load_image`.
        seed: of the choice.

    Raises:
        SettingsError: files that an earlier run looked at are gone.
    """
    steps = pool_steps(inspector, files, chosen=chosen, tiling=tiling, bits=bits, seed=seed)
    return next(gathered for gathered in steps if gathered is not None)


def pool_steps(
    inspector: Inspector,
    files: Sequence[Path],
    *,
    chosen: Sequence[str] | None = None,
    tiling: Tiling | None = None,
    bits: int | None = None,
    seed: int = 0,
    together: int = _BATCH,
) -> Iterator[GatheredPools | None]:
    """The same a step after the other, so that something else may come between.

    The arguments are those of `pools_of_files`; `together` is how many parts are encoded in one step.

    Yields:
        None after each step, and the pools at the end.
    """
    scale = inspector.evidence.scale
    if scale is None or len(files) <= FEWEST_ALIKE:
        yield GatheredPools()
        return
    by_hash: dict[str, Path] = {}
    wanted = set(chosen or ())
    for number, file in enumerate(_in_order_of_names(files)):
        # What an earlier run looked at is nearly always among the first; others come where files were added since.
        if number >= MOST_HASHED and wanted <= by_hash.keys():
            break
        try:
            if tiling is None or not tiling.cuts(*read_size(file)):
                by_hash.setdefault(file_sha256(file), file)
        except (ImageError, ModelError):
            continue
        yield None
    order = seeded_order(by_hash, seed) if chosen is None else [one for one in chosen if one in by_hash]
    if chosen is not None and len(order) < len(chosen):
        raise SettingsError("parts that the run compared with are gone; leave --resume, or put them back")
    gathering = PoolGathering(scale.alike_cosine)
    walked: list[str] = []
    kept: dict[str, EncodedPart] = {}
    pooled: list[EncodedPart] = []
    held = 0
    hashes = {by_hash[sha256]: sha256 for sha256 in order}
    walk = [by_hash[sha256] for sha256 in order[:MOST_WALKED]]
    for file, part in encoded_files(inspector, walk, bits, together):
        walked.append(hashes[file])
        if gathering.add(pool_part(part)):
            pooled.append(part)
        if held + part.nbytes <= KEPT_BYTES:
            held += part.nbytes
            kept[part.sha256] = part
        if gathering.is_full:
            break
        yield None
    yield GatheredPools(inspector.with_typical(gathering.pools(), pooled), tuple(walked), kept)


def _in_order_of_names(files: Sequence[Path]) -> Sequence[Path]:
    """The files as they are; more than are read, in an order that their names decide and no neighbour changes."""
    if len(files) <= MOST_HASHED:
        return files
    return sorted(files, key=lambda file: (hashlib.sha256(os.fsencode(file.name)).digest(), file))


def with_pools_of(inspector: Some, gathered: GatheredPools) -> Some:
    """The inspector that compares parts with gathered pools; parts of the pools are not encoded a second time.

    Args:
        inspector: that gathered them.
        gathered: pools and encoded parts.
    """
    found = inspector.with_evidence(pools=gathered.pools)
    found.encoded_before = gathered.encoded
    return found


def with_references_of(inspector: Some, files: Sequence[Path], bits: int | None = None) -> Some:
    """The inspector that compares parts with good ones too; those that can't be read are left out.

    Raises:
        SettingsError: none can be read.
    """
    names: list[str] = []
    good: list[EncodedPart] = []
    for path, part in encoded_files(inspector, files, bits):
        names.append(path.name)
        good.append(part)
    if not good:
        where = files[0].parent if files else "the folder"
        raise SettingsError(f"there are no images that can be read in {where}; name a folder of good parts")
    return inspector.with_references(good, names)


def encoded_files(
    inspector: Inspector, files: Sequence[Path], bits: int | None = None, together: int = _BATCH
) -> Iterator[tuple[Path, EncodedPart]]:
    """Encode files to be compared, in their order; those that can't be read are left out.

    Args:
        inspector: encodes them.
        files: images.
        bits: of 16-bit pictures, as in `load_image`.
        together: how many are encoded at a time.
    """
    for start in range(0, len(files), together):
        read: list[tuple[Path, Any]] = []
        for file in files[start : start + together]:
            try:
                read.append((file, load_image(file, bits=bits)))
            except ImageError:
                continue
        encoded = inspector.encode([image for _, image in read], for_texts=False)
        yield from zip([file for file, _ in read], encoded, strict=True)
