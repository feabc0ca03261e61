"""What readers say of odd or damaged files by themselves, kept from the user: warnings, and libtiff's own lines."""

from __future__ import annotations

import ctypes
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from importlib.util import find_spec


class _Silence:
    """Counts who wants warnings ignored, so that many threads can read at once and the last one restores the filters.

    `warnings.catch_warnings` alone changes state of the whole process and does not survive overlapping use.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._filters: AbstractContextManager[object] | None = None

    def enter(self) -> None:
        with self._lock:
            self._count += 1
            if self._count == 1:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.simplefilter("ignore")

    def leave(self) -> None:
        with self._lock:
            self._count -= 1
            if self._count == 0 and self._filters is not None:
                self._filters.__exit__(None, None, None)
                self._filters = None


_silence = _Silence()


@cache
def silence_libtiff() -> bool:
    """Let the libtiff that Pillow brings print nothing on the error stream: what is wrong is raised as an error anyway.

    Returns:
        Whether libtiff was silenced; a Pillow that has libtiff built in (on Windows) offers no way to do so.
    """
    try:
        # libtiff is found through the module of Pillow that depends on it.
        found = find_spec("PIL._imaging")
        library = ctypes.CDLL(None if found is None else found.origin)
        for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
            handler = getattr(library, name)
            handler.argtypes, handler.restype = [ctypes.c_void_p], ctypes.c_void_p
            handler(None)
    except (AttributeError, OSError):
        return False
    return True


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the readers' warnings about odd metadata from the user: what matters is raised as an error."""
    if getattr(sys.flags, "context_aware_warnings", 0):  # Newer Pythons keep the filters per thread.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
        return
    _silence.enter()
    try:
        yield
    finally:
        _silence.leave()
