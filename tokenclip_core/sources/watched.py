"""A folder that another program writes pictures into, such as a line camera's."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path

import numpy as np

from tokenclip_core.sources.frames import (
    PATIENCE_SECONDS,
    Fault,
    Frame,
    FrameSource,
    RgbArray,
    SourceFacts,
    StreamError,
)

_Signature = tuple[int, int]


class WatchedFolderSource(FrameSource):
    """Gives every image that is new in a folder, in the order of the names; none is left out.

    A file is taken when its size and time have stayed the same between two looks, so that none is read half-written.

    How many of 16 bits are used is decided once for the folder: by what the user says, else by the pictures that are
    there when the first new one comes, that one included. A later picture with greater values is refused.
    """

    def __init__(self, folder: Path, bits: int | None = None) -> None:
        """Name a folder; what is in it when it is opened is not new.

        Args:
            folder: its place.
            bits: of 16-bit pictures, 8 to 16; None for the rule of `tokenclip_core.images.depth`.
        """
        super().__init__(folder.name or str(folder))
        self._bits, self._is_chosen = bits, bits is not None
        self.every_frame = True
        self.folder = folder
        self._known: dict[str, _Signature] | None = None
        self._growing: dict[str, _Signature] = {}
        self._ready: deque[str] = deque()

    def open(self) -> SourceFacts:
        """Look what is there already; after an interruption, files that came meanwhile are new."""
        found = self._look()
        if self._known is None:
            self._known = found
        return SourceFacts()

    def read(self) -> Frame | None:
        """The next new image, decoded when somebody looks at it."""
        if not self._ready:
            self._find_new()
        if not self._ready:
            self.interrupted.wait(PATIENCE_SECONDS)
            return None
        path = self.folder / self._ready.popleft()
        bits = self._chosen_bits()
        return Frame(lambda: _loaded(path, bits), name=path.name)

    def close(self) -> None:
        """Nothing is held open."""

    def _chosen_bits(self) -> int | None:
        from tokenclip_core.images.depth import choose_depth

        if not self._is_chosen:
            self._is_chosen = True
            self._bits = choose_depth([self.folder / name for name in self._known or {}]).bits
        return self._bits

    def _look(self) -> dict[str, _Signature]:
        from tokenclip_core.images.names import is_hidden
        from tokenclip_core.images.reading import IMAGE_SUFFIXES

        found: dict[str, _Signature] = {}
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

    def _find_new(self) -> None:
        from tokenclip_core.images.reading import natural_key

        found = self._look()
        known = self._known if self._known is not None else {}
        changed = {name: signature for name, signature in found.items() if known.get(name) != signature}
        steady = [name for name, signature in changed.items() if self._growing.get(name) == signature and signature[0]]
        self._growing = {name: signature for name, signature in changed.items() if name not in steady}
        self._ready.extend(sorted(steady, key=natural_key))
        # What was deleted is forgotten, so that a name may come again.
        self._known = {name: known[name] for name in known if name in found} | {name: found[name] for name in steady}


def _loaded(path: Path, bits: int | None) -> RgbArray:
    from tokenclip_core.images.reading import load_image

    return np.asarray(load_image(path, bits=bits), np.uint8)
