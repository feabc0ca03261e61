"""The hashes that a model folder keeps of its files, as the program ``sha256sum`` writes and checks them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tokenclip_core.errors import ModelError
from tokenclip_core.files import write_atomically
from tokenclip_core.model.fingerprint import file_sha256
from tokenclip_core.model.folders import WEIGHTS_FILES
from tokenclip_core.small_files import read_small

HASHES_FILE = "SHA256SUMS"
# What decides results; documents and pictures do not.
HASHED_SUFFIXES = frozenset({".json", ".safetensors", ".onnx", ".xml", ".bin", ".txt", ".model", ".toml"})
_MAX_BYTES = 1 << 18
_LINE = re.compile(r"([0-9a-f]{64}) [ *]([^/\\]+)")


def read_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of each file as it is kept in a model folder; empty where none are kept.

    Raises:
        ModelError: the list is there, but can't be read.
    """
    file = folder / HASHES_FILE
    if not file.exists():
        return {}
    try:
        lines = read_small(file, _MAX_BYTES).decode("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise ModelError(f"{file}: can't be read ({error}); install the model again.") from error
    found = [_LINE.fullmatch(line) for line in lines if line.strip()]
    if not all(found):
        raise ModelError(f"{file}: is not a list of hashes and names; install the model again.")
    return {match[2]: match[1] for match in found if match is not None}


def hashed_files(folder: Path) -> list[Path]:
    """The files of a model folder that decide results, by name."""
    return sorted(file for file in folder.iterdir() if file.suffix in HASHED_SUFFIXES and file.is_file())


def keep_hashes(folder: Path) -> None:
    """Write the list of a model folder from the files that lie there now.

    Raises:
        ModelError: a file can't be read.
        OSError: the list can't be written.
    """
    lines = "".join(f"{file_sha256(file)}  {file.name}\n" for file in hashed_files(folder))
    write_atomically(folder / HASHES_FILE, lines.encode("utf-8"))


def renew_hashes(folder: Path) -> None:
    """Write the list anew where a model folder has one, after something in it was made again.

    Raises:
        ModelError: a file can't be read.
        OSError: the list can't be written.
    """
    if (folder / HASHES_FILE).is_file():
        keep_hashes(folder)


def differences(folder: Path, hashes: Mapping[str, str]) -> Iterator[str]:
    """What is otherwise than a list says, in words; nothing where all is as it was.

    Raises:
        ModelError: a file can't be read.
    """
    for name, expected in sorted(hashes.items()):
        if not (folder / name).is_file():
            yield f"{name} is missing"
        elif (found := file_sha256(folder / name)) != expected:
            yield f"{name} has changed (sha256 {found[:12]}…, kept {expected[:12]}…)"
    for file in hashed_files(folder):
        # Learned subspaces and vocabularies may be added to a model at any time.
        added = file.suffix in (".safetensors", ".toml") and file.name not in WEIGHTS_FILES
        if file.name not in hashes and not added:
            yield f"{file.name} is not in the list"
