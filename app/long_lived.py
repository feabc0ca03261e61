"""Spares full garbage collections the objects that stay for long; no Qt.

A full collection walks over everything it may have to free, and the interpreter, the window with it, stands still
meanwhile: with 100,000 parts listed that took 50 to 110 ms, and takes less than 1 ms since they are frozen. Nothing is
unfrozen, since torch's objects are frozen too (see `app.workers.heavy_imports`). Parts need no collection: they refer
to nothing that refers back to them, and are freed at once with their list.
"""

from __future__ import annotations

import gc

MANY = 5_000
"""New objects that are worth it; fewer cost a few milliseconds at most."""

_YOUNG = 1


def spare_collections() -> None:
    """Leave all objects there are out of later collections, but for young garbage, which is freed before."""
    if gc.isenabled():
        gc.collect(_YOUNG)
    gc.freeze()
