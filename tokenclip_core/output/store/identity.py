"""Which part a result is about: its path, and the content of its file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Self

from tokenclip_core.small_files import open_regular

_CHUNK = 1 << 20


class FileIdentity:
    """Which part a row is about.

    Attributes:
        path: absolute, or as given where there is no file.
        sha256: of the content, or "".
        size: in bytes, or 0.
        modified: nanoseconds since 1970, or 0.
    """

    def __init__(self, path: str, sha256: str = "", size: int = 0, modified: int = 0) -> None:
        self.path, self.sha256, self.size, self.modified = path, sha256, size, modified

    @classmethod
    def of(cls, path: str, file: Path | None) -> Self:
        """Identity of a picture; one that can't be read has no SHA-256."""
        if file is None:
            return cls(path)
        try:
            with open_regular(file) as stream:
                digest = hashlib.sha256()
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
            facts = file.stat()
        except (OSError, ValueError):
            return cls(str(file.absolute()))
        return cls(str(file.absolute()), digest.hexdigest(), facts.st_size, facts.st_mtime_ns)
