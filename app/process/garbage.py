"""Cyclic garbage: when it is collected, in which thread, and among what; no Qt.

Python collects in whichever thread happens to allocate. A worker would then free the wrappers of Qt's objects while
the window uses them, which Qt does not allow. So the program turns automatic collection off, and a timer of the
window's thread does what is due by Python's own thresholds (see `app.shell.bootstrap`).

A full collection walks over everything it may have to free, and the interpreter, the window with it, stands still
meanwhile: with 100,000 parts listed that took 50 to 110 ms, and takes less than 1 ms since they are frozen. Nothing is
unfrozen, since torch's objects are frozen too (see `app.process.heavy_imports`). Parts need no collection: they refer
to nothing that refers back to them, and are freed at once with their list. It can go when Python collects without
stopping all threads, in the thread that made the objects.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

MANY = 5_000
"""New objects that are worth freezing; fewer cost a few milliseconds at most."""

INTERVAL_MILLISECONDS = 200
"""Milliseconds between two looks at which collection is due."""

_YOUNG, _OLDEST = 1, 2

_loading = threading.Lock()


def collect_what_is_due() -> None:
    """Collect in the calling thread what Python's thresholds say is due; nothing while much is being loaded."""
    if not _loading.acquire(blocking=False):
        return
    try:
        counts, thresholds = gc.get_count(), gc.get_threshold()
        if thresholds[_OLDEST] == 0:
            # An incremental collector (Python 3.14): every young collection takes a share of the old objects along.
            due = [_YOUNG] if counts[0] > thresholds[0] > 0 else []
        else:
            due = [generation for generation in range(_OLDEST + 1) if counts[generation] > thresholds[generation] > 0]
        if due:
            gc.collect(max(due))
    finally:
        _loading.release()


@contextmanager
def put_off() -> Iterator[None]:
    """Within this block nothing is collected, and then all objects there are left out of later collections.

    Those that nothing refers to any more are still freed, unless they refer to each other.
    """
    with _loading:
        collecting = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            gc.freeze()
            if collecting:
                gc.enable()


def spare_collections() -> None:
    """Leave all objects there are out of later collections, but for young garbage, which is freed before.

    In the window's thread.
    """
    if not _loading.acquire(blocking=False):
        return
    try:
        gc.collect(_YOUNG)
        gc.freeze()
    finally:
        _loading.release()
