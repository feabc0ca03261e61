"""Visual tokens on disk: encoded once, read by every epoch and every later training of the same parts.

One safetensors file per part, in half precision and memory-mapped when read. Files are written beside their place and
then moved there, so that a kill leaves whole ones only; whatever is not whole, or not what its name says, counts as
missing and is made again.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from tokenclip_core.errors import SettingsError
from tokenclip_core.files import PARTIAL_SUFFIX, replacing

APPLICATION = "tokenclip-inspector"
FORMAT = "tokenclip-tokens"
FORMAT_VERSION = "1"
DEFAULT_MAX_BYTES = 4 * 2**30
FEATURES, GLOBAL_FEATURE = "features", "global_feature"
# An upper bound of the bytes that a file needs besides its tensors.
_OVERHEAD_BYTES = 1024
_SUFFIX = ".tokens.safetensors"
# A file that is being written is younger than this; an older one was left by a kill.
_ABANDONED_SECONDS = 3600.0


@dataclass(frozen=True, eq=False)
class PartTokens:
    """Visual tokens of one part, on the CPU.

    Attributes:
        features: (L, N, D) float16 or float32, unit length.
        global_feature: (D,) of the same type, unit length.
    """

    features: Tensor
    global_feature: Tensor

    @property
    def nbytes(self) -> int:
        """Memory they take, in bytes."""
        return sum(tensor.numel() * tensor.element_size() for tensor in (self.features, self.global_feature))

    def half(self) -> PartTokens:
        """The same tokens in half precision: cosines differ by some 1e-4."""
        return PartTokens(self.features.half(), self.global_feature.half())


def default_cache_folder() -> Path:
    """Where this user's visual tokens are kept unless told otherwise; it may not exist yet."""
    return Path(platformdirs.user_cache_dir(APPLICATION, appauthor=False)) / "tokens"


def token_key(recipe: str, content_sha256: str) -> str:
    """Name of an entry: a hash of how tokens are made and of the image file's content."""
    return hashlib.sha256(f"{FORMAT_VERSION}\n{recipe}\n{content_sha256}".encode()).hexdigest()


class TokenCache:
    """A folder of visual tokens, no larger than a bound; entries out of use make room for new ones, oldest first.

    Several processes may share one: a file that another one has removed is only a missing one.

    Attributes:
        folder: where the files are.
        max_bytes: bound of their sum.
    """

    def __init__(
        self, folder: Path, max_bytes: int = DEFAULT_MAX_BYTES, *, clock: Callable[[], float] = time.time
    ) -> None:
        """Open or make the folder and clear away what a kill left half-written.

        Args:
            folder: made if missing.
            max_bytes: >= 0.
            clock: seconds since the epoch, for tests.

        Raises:
            SettingsError: the folder can't be made or read.
        """
        self.folder = folder
        self.max_bytes = max_bytes
        self._sizes: dict[str, int] = {}
        ages: dict[str, float] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for file in folder.iterdir():
                with suppress(FileNotFoundError):
                    status = file.stat()
                    if file.name.endswith(_SUFFIX):
                        self._sizes[file.name.removesuffix(_SUFFIX)] = status.st_size
                        ages[file.name.removesuffix(_SUFFIX)] = status.st_mtime
                    elif file.name.endswith(PARTIAL_SUFFIX) and clock() - status.st_mtime > _ABANDONED_SECONDS:
                        file.unlink()
        except OSError as error:
            raise SettingsError(
                f"{folder}: the token cache can't be used ({error.strerror or error}); name another folder, or do "
                "without one."
            ) from error
        self._sizes = {key: self._sizes[key] for key in sorted(self._sizes, key=lambda key: ages[key])}

    @property
    def nbytes(self) -> int:
        """Bytes of all entries."""
        return sum(self._sizes.values())

    def get(self, key: str, shape: tuple[int, int, int]) -> PartTokens | None:
        """Memory-mapped tokens of an entry, or None if there is none that is whole; a damaged one is removed.

        Args:
            key: from `token_key`.
            shape: (L, N, D) that the features must have.
        """
        path = self._path(key)
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                if metadata.get("format") != FORMAT or metadata.get("key") != key:
                    raise ValueError("not this entry")
                tokens = PartTokens(file.get_tensor(FEATURES), file.get_tensor(GLOBAL_FEATURE))
            for tensor, expected in ((tokens.features, shape), (tokens.global_feature, shape[2:])):
                if tensor.dtype != torch.float16 or tuple(tensor.shape) != expected:
                    raise ValueError("not of the expected shape")
                # After a power cut a file may read as zeros, which no unit vector is.
                if not bool(torch.isfinite(tensor).all()) or not bool(tensor.any(dim=-1).all()):
                    raise ValueError("not unit vectors")
        except FileNotFoundError:
            self._sizes.pop(key, None)
            return None
        except (OSError, SafetensorError, ValueError, RuntimeError):
            self._remove(key)
            return None
        return tokens

    def put(self, key: str, tokens: PartTokens, in_use: Collection[str] = ()) -> bool:
        """Keep tokens, in half precision.

        Args:
            key: from `token_key`.
            tokens: finite, unit length.
            in_use: keys that must not make room.

        Returns:
            False if there is no room: the bound is reached with entries in use, or the disk is full.
        """
        half = tokens.half()
        size = half.nbytes + _OVERHEAD_BYTES
        if not self.make_room(size, in_use):
            return False
        tensors = {FEATURES: half.features.contiguous(), GLOBAL_FEATURE: half.global_feature.contiguous()}
        try:
            with replacing(self._path(key)) as partial:
                save_file(tensors, partial, metadata={"format": FORMAT, "key": key})
                size = partial.stat().st_size
        except (OSError, SafetensorError):
            return False
        self._sizes[key] = size
        return True

    def make_room(self, size: int, in_use: Collection[str] = ()) -> bool:
        """Remove the oldest entries that are not in use until ``size`` more bytes fit; False if they can't.

        Nothing is removed where that would not be enough.
        """
        used = self.nbytes
        removable = [key for key in self._sizes if key not in in_use]
        if used - sum(self._sizes[key] for key in removable) + size > self.max_bytes:
            return False
        for key in removable:
            if self.nbytes + size <= self.max_bytes:
                break
            self._remove(key)
        return True

    def touch(self, key: str) -> None:
        """Mark an entry as used now, so that others make room before it."""
        if key in self._sizes:
            self._sizes[key] = self._sizes.pop(key)
            with suppress(OSError):
                os.utime(self._path(key))

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _remove(self, key: str) -> None:
        self._sizes.pop(key, None)
        with suppress(OSError):
            self._path(key).unlink(missing_ok=True)
