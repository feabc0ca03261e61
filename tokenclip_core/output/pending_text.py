"""Texts that are written in many steps, and are whole or not there."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from typing_extensions import override

from tokenclip_core.files import PendingFile


class PendingText(PendingFile):
    """A UTF-8 text that is not yet in its place; a context manager that leaves nothing unless `commit` was called."""

    def __init__(self, path: Path) -> None:
        """Begin to write.

        Raises:
            OSError: nothing can be written there.
        """
        super().__init__(path)
        self._stream = self.partial.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def write(self, text: str) -> None:
        """Append a text.

        Raises:
            OSError: the disk is full or gone.
        """
        self._stream.write(text)

    @override
    def commit(self, *, durable: bool = False) -> None:
        self._stream.close()
        super().commit(durable=durable)

    @override
    def discard(self) -> None:
        try:
            self._stream.close()
        finally:
            super().discard()
