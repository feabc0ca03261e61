"""Hashes that say which weights a result, a checkpoint or a cached embedding belongs to."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from tokenclip_core.errors import ModelError

if TYPE_CHECKING:
    from tokenclip_core.model.backbone import Backbone

_CHUNK = 1 << 20
_lock = threading.Lock()
_of_backbones: WeakKeyDictionary[Backbone, str] = WeakKeyDictionary()
_of_files: dict[tuple[str, int, int], str] = {}


def file_sha256(path: Path) -> str:
    """SHA-256 of a file; computed once per process for the same path, size and time of change.

    Raises:
        ModelError: the file can't be read.
    """
    try:
        status = path.stat()
        key = (str(path.resolve()), status.st_size, status.st_mtime_ns)
        with _lock:
            known = _of_files.get(key)
        if known is not None:
            return known
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise ModelError(f"{path}: can't be read ({error.strerror or error}).") from error
    with _lock:
        _of_files[key] = digest.hexdigest()
    return digest.hexdigest()


def remember_fingerprint(backbone: Backbone, sha256: str) -> None:
    """Note the hash of the file that a backbone's weights came from."""
    with _lock:
        _of_backbones[backbone] = sha256


def backbone_fingerprint(backbone: Backbone) -> str:
    """SHA-256 of the weights file of a backbone, or of its weights in memory where there was no file."""
    with _lock:
        known = _of_backbones.get(backbone)
    if known is not None:
        return known
    digest = hashlib.sha256()
    for name, tensor in sorted(backbone.model.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().float().numpy().tobytes())
    remember_fingerprint(backbone, digest.hexdigest())
    return digest.hexdigest()
