"""A folder that another program writes pictures into, such as a line camera's."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tokenclip_core.errors import ImageError
from tokenclip_core.images.settled import SettledFiles, Signature, is_whole
from tokenclip_core.sources.frames import (
    PATIENCE_SECONDS,
    Fault,
    Frame,
    FrameSource,
    RgbArray,
    SourceFacts,
    StreamError,
)


class WatchedFolderSource(FrameSource):
    """Gives every image that is new in a folder, in the order of the names; none is left out.

    A file is taken when it has stayed the same for a while and can be read, so that none is taken half-written. One
    that can't be read is waited for, and given as it is, with its error, when nothing has changed it for long enough.

    How many of 16 bits are used is decided once for the folder: by what the user says, else by the pictures that are
    there when the first new one comes, that one included. A later picture with greater values is refused.
    """

    def __init__(self, folder: Path, bits: int | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Name a folder; what is in it when it is opened is not new.

        Args:
            folder: its place.
            bits: of 16-bit pictures, 8 to 16; None for the rule of `tokenclip_core.images.depth`.
            clock: seconds that only go forward.
        """
        super().__init__(folder.name or str(folder))
        self._bits, self._is_chosen = bits, bits is not None
        self.every_frame = True
        self.folder = folder
        self._known: dict[str, Signature] | None = None
        self._waited_for = SettledFiles(clock)
        self._unreadable: dict[str, Signature] = {}
        self._quiet: deque[tuple[str, Signature]] = deque()

    def open(self) -> SourceFacts:
        """Look what is there already; after an interruption, files that came meanwhile are new."""
        found = self._look()
        if self._known is None:
            self._known = found
        return SourceFacts()

    def read(self) -> Frame | None:
        """The next new image that is whole, or that was waited for long enough."""
        if not self._quiet:
            self._find_quiet()
        while self._quiet:
            name, signature = self._quiet.popleft()
            frame = self._frame(name, signature)
            if frame is not None and self._known is not None:
                self._known[name] = signature
                return frame
        self.interrupted.wait(PATIENCE_SECONDS)
        return None

    def close(self) -> None:
        """Nothing is held open."""

    def _chosen_bits(self, new: str) -> int | None:
        from tokenclip_core.images.depth import choose_depth

        if not self._is_chosen:
            self._is_chosen = True
            self._bits = choose_depth([self.folder / name for name in (*(self._known or {}), new)]).bits
        return self._bits

    def _look(self) -> dict[str, Signature]:
        from tokenclip_core.images.names import is_hidden
        from tokenclip_core.images.reading import IMAGE_SUFFIXES

        found: dict[str, Signature] = {}
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    if is_hidden(entry.name):
                        continue
                    if Path(entry.name).suffix.lower() in IMAGE_SUFFIXES and entry.is_file():
                        status = entry.stat()
                        found[entry.name] = (status.st_size, status.st_mtime_ns)
        except FileNotFoundError:
            raise StreamError(Fault.ABSENT, f"{self.folder} is not there; make it, or choose another folder") from None
        except PermissionError:
            raise StreamError(Fault.DENIED, f"{self.folder} may not be read; ask for the right to read it") from None
        except OSError as error:
            raise StreamError(Fault.LOST, f"{self.folder} can't be read ({error.strerror})") from None
        return found

    def _find_quiet(self) -> None:
        """Look which new files may be read, in natural order."""
        from tokenclip_core.images.reading import natural_key

        found = self._look()
        known = self._known if self._known is not None else {}
        # What was deleted is forgotten, so that a name may come again.
        self._known = known = {name: known[name] for name in known if name in found}
        changed = {name: signature for name, signature in found.items() if known.get(name) != signature}
        self._unreadable = {name: signature for name, signature in self._unreadable.items() if name in changed}
        quiet = sorted(self._waited_for.quiet(changed), key=natural_key)
        self._quiet.extend((name, changed[name]) for name in quiet)

    def _frame(self, name: str, signature: Signature) -> Frame | None:
        """A file's picture; None while it may still be written."""
        path = self.folder / name
        if self._waited_for.is_late(name):
            bits = self._chosen_bits(name)
            return Frame(lambda: _loaded(path, bits), name=name)
        # What could not be read is read again only when it has changed.
        if self._unreadable.get(name) == signature:
            return None
        try:
            # Half a picture must not decide how the others are read.
            pixels = _loaded(path, self._chosen_bits(name) if self._is_chosen or is_whole(path) else None)
        except ImageError:
            self._unreadable[name] = signature
            return None
        return Frame(lambda: pixels, name=name)


def _loaded(path: Path, bits: int | None) -> RgbArray:
    from tokenclip_core.images.reading import load_image

    return np.asarray(load_image(path, bits=bits), np.uint8)
