"""Pictures in object stores and on distributed file systems, by the file systems that Ray Data's readers use.

An address such as ``s3://bucket/folder/part.png`` is taken as it is written, without signs in percent. Who may read is
known by the environment, as each store's own tools know it; an address never holds a password.
"""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from tokenclip_core.errors import ImageError, SettingsError
from tokenclip_core.extras import import_extra
from tokenclip_core.images.folders import IMAGE_SUFFIXES, natural_key
from tokenclip_core.images.names import is_hidden, is_mask_folder
from tokenclip_core.images.reading import RgbImage, load_image
from tokenclip_core.images.settled import Signature
from tokenclip_core.output.store.identity import FileIdentity

SCHEMES = ("s3", "gs", "gcs", "abfs", "abfss", "hdfs", "file")
MOST_BYTES = 2 << 30
"""Bytes of the largest file that is copied; larger ones are refused before."""

MOST_SAMPLED_BYTES = 4 << 30
"""Bytes of all copies together that parts are compared with."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_ADDRESS = re.compile(rf"^({'|'.join(SCHEMES)})://([^/]*)(?:/(.*))?$", re.IGNORECASE | re.DOTALL)
_CHUNK = 1 << 20


class NoRoomError(SettingsError):
    """There is no room on this machine's disk for a copy."""


def is_stored(words: str) -> bool:
    """Whether words are an address in an object store."""
    return _ADDRESS.match(words) is not None


def listed(address: str) -> list[str]:
    """The addresses of the images below a folder, in natural order, without masks and hidden ones; or that of a file.

    Raises:
        SettingsError: there is nothing, it may not be read, or it holds a password.
    """
    system, place, root = _opened(address)
    with _in_words(address):
        facts = system.get_file_info(place)
        kinds = import_extra("pyarrow.fs", "cluster", "object stores")
        if facts.type == kinds.FileType.File:
            return [address]
        if facts.type == kinds.FileType.NotFound:
            raise SettingsError(f"{address} is not there; look at the address")
        found = system.get_file_info(kinds.FileSelector(place, recursive=True))
    below = [one.path for one in found if one.type == kinds.FileType.File and _is_part(one.path[len(place) :])]
    return [f"{root}/{path.removeprefix(_base(root)).lstrip('/')}" for path in sorted(below, key=natural_key)]


def signatures(addresses: Sequence[str]) -> list[Signature | None]:
    """Size and time of change of files, as their store knows them; None for those that are gone."""
    if not addresses:
        return []
    system = _opened(addresses[0])[0]
    with _in_words(addresses[0]):
        facts = system.get_file_info([_opened(address)[1] for address in addresses])
    return [None if one.size is None else (int(one.size), int(one.mtime_ns or 0)) for one in facts]


def load_stored(address: str, bits: int | None = None) -> tuple[RgbImage, FileIdentity]:
    """Read an image, and what identifies its content.

    Raises:
        ImageError: it is gone, may not be read, or is no image.
    """
    with tempfile.TemporaryDirectory(prefix="tokenclip-part-") as folder:
        file = Path(folder) / f"part{Path(address).suffix.lower()}"
        try:
            identity = _copy(address, file)
            return load_image(file, bits=bits), identity
        except NoRoomError as error:
            raise ImageError(str(error)) from error
        except ImageError as error:
            raise ImageError(str(error).replace(str(file), address)) from None


def sampled(addresses: Sequence[str], count: int, folder: Path) -> list[Path]:
    """Copies of some files in a folder, always the same ones of the same addresses; what can't be read is left out.

    Args:
        addresses: of all files.
        count: so many are copied at most, and `MOST_SAMPLED_BYTES` of them.
        folder: for the copies.

    Raises:
        NoRoomError: the disk is full. With fewer parts to compare with, scores would be others.
    """
    order = sorted(addresses, key=lambda address: hashlib.sha256(address.encode("utf-8", "backslashreplace")).digest())
    files: list[Path] = []
    left = MOST_SAMPLED_BYTES
    for number, address in enumerate(order[:count]):
        file = folder / f"{number:06}{Path(address).suffix.lower()}"
        try:
            left -= _copy(address, file).size
        except ImageError:
            continue
        files.append(file)
        if left <= 0:
            break
    return files


def _is_part(below: str) -> bool:
    *folders, name = below.split("/")
    hidden = any(map(is_hidden, (*filter(None, folders), name)))
    return name.lower().endswith(tuple(IMAGE_SUFFIXES)) and not hidden and not any(map(is_mask_folder, folders))


def _copy(address: str, file: Path) -> FileIdentity:
    try:
        system, place, _ = _opened(address)
        with _in_words(address):
            facts = system.get_file_info(place)
            if facts.size is None:
                raise ImageError(f"{address}: it is not there")
            if facts.size > MOST_BYTES:
                raise ImageError(f"{address}: it has more than {MOST_BYTES >> 30} GB")
            digest = hashlib.sha256()
            with system.open_input_stream(place) as stream, file.open("wb") as copy:
                shutil.copyfileobj(stream, copy, _CHUNK)
            with file.open("rb") as copied:
                while chunk := copied.read(_CHUNK):
                    digest.update(chunk)
    except NoRoomError:
        raise
    except SettingsError as error:
        raise ImageError(str(error)) from error
    return FileIdentity(address, digest.hexdigest(), int(facts.size), int(facts.mtime_ns or 0))


def _opened(address: str) -> tuple[Any, str, str]:
    """The file system, the place in it, and the address of its root."""
    found = _ADDRESS.match(address)
    if found is None or "@" in found[2]:
        raise SettingsError(
            f"{found[1] if found else address}://…: an address is such as s3://bucket/folder; who may read is "
            "known by the environment"
        )
    root = f"{found[1].lower()}://{found[2]}"
    return _system(root), f"{_base(root)}/{(found[3] or '').rstrip('/')}".rstrip("/") or "/", root


def _base(root: str) -> str:
    """What stands before a path below the root, as its file system names it."""
    scheme, _, host = root.partition("://")
    return "" if scheme in ("file", "hdfs") else host


@lru_cache(maxsize=16)
def _system(root: str) -> Any:
    kinds = import_extra("pyarrow.fs", "cluster", "object stores")
    with _in_words(root):
        return kinds.FileSystem.from_uri(f"{root}/")[0]


@contextmanager
def _in_words(address: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            words = f"{address} can't be copied: the disk is full; make room, or set TMPDIR to a folder with room"
            raise NoRoomError(words) from error
        reason = " ".join(str(error).split())[:200]
        raise SettingsError(f"{address} can't be read ({reason}); look at the address and at who may read") from error
