"""What a recipe compares parts with, as a file beside it: the tokens of its pools and of its good parts.

One safetensors file of float32 tokens, so that the same recipe gives the same distances to the last bit. Which parts
they are from, the recipe itself says, by name and hash; the file's own hash stands there too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.consensus import MOST_POOL_BYTES, ConsensusPool, PoolPart
from tokenclip_core.evidence.evidence import Evidence
from tokenclip_core.evidence.reference import ReferenceShelf
from tokenclip_core.evidence.typical import Typical
from tokenclip_core.files import replacing
from tokenclip_core.model.fingerprint import file_sha256
from tokenclip_core.model.safetensors_header import read_header
from tokenclip_core.recipes.recipe import Reference

if TYPE_CHECKING:
    from tokenclip_core.recipes.recipe import Recipe

FORMAT = "tokenclip-evidence"
VERSION = 2
SUFFIX = ".evidence.safetensors"
MOST_BYTES = 2 * MOST_POOL_BYTES

_LENGTH_TOLERANCE = 1e-3
_MOST_ROWS = 1 << 20
Arrays = dict[str, npt.NDArray[Any]]


def saved_beside(recipe: Recipe, place: Path) -> Reference | None:
    """Write what a recipe compares with beside the place where it is saved; None where no tokens are in memory.

    Raises:
        SettingsError: it can't be written, or the file that the recipe was read with is damaged.
    """
    held = recipe.held
    if held is None and recipe.tokens is None:
        return None
    if held is None:
        pools, shelf = evidence_of(recipe)
        held = Evidence(pools=pools, shelf=shelf)
    name = place.name
    for ending in (".json", ".recipe"):
        name = name.removesuffix(ending)
    file = place.with_name(name + SUFFIX)
    write_evidence(file, held.pools if recipe.pools else (), held.shelf if recipe.references else None)
    return Reference(file.name, file_sha256(file))


def evidence_of(recipe: Recipe) -> tuple[tuple[ConsensusPool, ...], ReferenceShelf | None]:
    """The pools and good parts of a recipe, from memory or from the file beside it.

    Raises:
        SettingsError: the file beside the recipe is missing, or holds other parts.
    """
    if not recipe.pools and not recipe.references:
        return (), None
    if recipe.held is not None:
        return recipe.held.pools if recipe.pools else (), recipe.held.shelf if recipe.references else None
    if recipe.tokens is None or recipe.file is None:
        raise SettingsError(
            "the recipe names parts to compare with, but nothing of them is kept with it; save it again where they are."
        )
    file = recipe.file.absolute().parent / recipe.tokens.name
    if not file.is_file():
        raise SettingsError(f"{file.name}, which the recipe compares parts with, is missing; put it beside the recipe.")
    if file_sha256(file) != recipe.tokens.sha256:
        raise SettingsError(f"{file} is not the file that the recipe was saved with; save the recipe again.")
    names = [reference.name for reference in recipe.references]
    return read_evidence(file, recipe.pools, names, [reference.sha256 for reference in recipe.references])


def write_evidence(file: Path, pools: Sequence[ConsensusPool], shelf: ReferenceShelf | None) -> None:
    """Write the tokens of pools and good parts, in one step.

    Raises:
        SettingsError: it can't be written.
    """
    arrays: Arrays = {}
    for number, pool in enumerate(pools):
        arrays[f"pool{number}.tokens"] = np.concatenate([part.tokens for part in pool.parts])
        arrays[f"pool{number}.counts"] = np.array([len(part.tokens) for part in pool.parts], np.int64)
        arrays[f"pool{number}.features"] = np.stack([part.global_feature for part in pool.parts])
        grids = [part.grid for part in pool.parts if part.grid is not None]
        if len(grids) == len(pool.parts):
            arrays[f"pool{number}.grids"] = np.array(grids, np.int64)
    if shelf is not None:
        arrays["shelf.tokens"], arrays["shelf.features"] = shelf.tokens, shelf.global_features
        arrays["shelf.owners"] = shelf.owners.astype(np.int64)
        arrays["shelf.seen"] = np.array([shelf.seen], np.int64)
        if shelf.places is not None:
            arrays["shelf.places"] = shelf.places
    try:
        with replacing(file) as partial:
            typical = json.dumps([pool.typical.to_mapping() for pool in pools])
            metadata = {"format": FORMAT, "format_version": str(VERSION), "typical": typical}
            save_file(arrays, partial, metadata=metadata)
    except (OSError, SafetensorError) as error:
        raise SettingsError(f"{file} cannot be written ({error}); choose another place.") from error


def read_evidence(
    file: Path, pools: Sequence[Sequence[str]], names: Sequence[str], hashes: Sequence[str]
) -> tuple[tuple[ConsensusPool, ...], ReferenceShelf | None]:
    """Read the file that belongs to a recipe.

    Args:
        file: that `write_evidence` wrote.
        pools: hashes of the parts of each pool.
        names: of the good parts.
        hashes: of the good parts.

    Raises:
        SettingsError: it is missing, too large, damaged, or of other parts.
    """
    try:
        header = read_header(file, MOST_BYTES)
        if (header.metadata.get("format"), header.metadata.get("format_version")) != (FORMAT, str(VERSION)):
            raise ValueError("it is no evidence of a recipe of this version")
        if sum(entry.nbytes for entry in header.tensors.values()) != header.data_bytes:
            raise ValueError("its size does not match its header")
        with safe_open(file, framework="numpy") as opened:
            arrays: Arrays = {name: opened.get_tensor(name) for name in header.tensors}
        typical = json.loads(header.metadata["typical"])
        found = tuple(_pool(arrays, number, parts, typical[number]) for number, parts in enumerate(pools))
        shelf = _shelf(arrays, names, hashes) if names else None
        if len({tokens.shape[1] for name, tokens in arrays.items() if name.endswith(".tokens")}) > 1:
            raise ValueError("its tokens have several widths")
    except OSError as error:
        raise SettingsError(f"{file} cannot be read ({error.strerror or error}); put it beside its recipe.") from error
    except (
        SafetensorError,
        SettingsError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        RecursionError,
    ) as error:
        raise SettingsError(f"{file} is not what its recipe compares with ({error}); save the recipe again.") from error
    return found, shelf


def _pool(
    arrays: Mapping[str, npt.NDArray[Any]], number: int, hashes: Sequence[str], typical: Mapping[str, Any]
) -> ConsensusPool:
    counts = arrays[f"pool{number}.counts"].astype(np.int64)
    tokens, features = _units(arrays[f"pool{number}.tokens"]), _units(arrays[f"pool{number}.features"])
    if not len(hashes) == len(counts) == len(features) or counts.min() < 1 or counts.sum() != len(tokens):
        raise ValueError("a pool has other parts")
    ends = np.cumsum([0, *counts])
    grids = _grids(arrays.get(f"pool{number}.grids"), counts)
    return ConsensusPool(
        tuple(
            PoolPart(sha256, tokens[start:end], feature, grid)
            for sha256, feature, (start, end), grid in zip(hashes, features, pairwise(ends), grids, strict=True)
        ),
        Typical.from_mapping(typical),
    )


def _shelf(arrays: Mapping[str, npt.NDArray[Any]], names: Sequence[str], hashes: Sequence[str]) -> ReferenceShelf:
    tokens, features = _units(arrays["shelf.tokens"]), _units(arrays["shelf.features"])
    owners = arrays["shelf.owners"].astype(np.intp)
    owned = owners.shape == (len(tokens),) and owners.min() >= 0 and owners.max() < len(names)
    if len(features) != len(names) or not owned:
        raise ValueError("the good parts are others")
    places = arrays.get("shelf.places")
    placed = places is None or (
        places.shape == (len(tokens), 2) and places.dtype == np.float32 and bool(((places > 0) & (places < 1)).all())
    )
    if not placed:
        raise ValueError("the places of the good parts' patches lie outside them")
    return ReferenceShelf(tuple(names), tuple(hashes), tokens, owners, features, int(arrays["shelf.seen"][0]), places)


def _grids(grids: npt.NDArray[Any] | None, counts: npt.NDArray[np.int64]) -> Sequence[tuple[int, int] | None]:
    """The grid of each part of a pool; None where the file of an earlier version does not say it."""
    if grids is None:
        return [None] * len(counts)
    if (
        grids.shape != (len(counts), 2)
        or grids.min() < 1
        or grids.max() > _MOST_ROWS
        or (grids.prod(axis=1) != counts).any()
    ):
        raise ValueError("the grids of a pool's parts have other patches")
    return [(int(gh), int(gw)) for gh, gw in grids]


def _units(values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """(M, W) float32 of unit length.

    Raises:
        ValueError: they are something else.
    """
    if values.ndim != 2 or values.dtype != np.float32 or not len(values):
        raise ValueError(f"tokens have shape {values.shape} and type {values.dtype}")
    lengths = np.linalg.norm(values, axis=1)
    if not bool((np.abs(lengths - 1) < _LENGTH_TOLERANCE).all()):
        raise ValueError("tokens are not of unit length")
    return np.ascontiguousarray(values)
