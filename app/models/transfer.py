"""A download in a thread of its own; how far it is can be asked at any time; no Qt."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from app.work.jobs import Cancellation

if TYPE_CHECKING:
    from tokenclip_core.model.catalog import KnownBackbone
    from tokenclip_core.model.downloads.progress import DownloadProgress, Listener

    Fetch = Callable[[KnownBackbone, str, Listener, threading.Event], "Got"]


class Got(Enum):
    """What a downloaded model was compared with; see `tokenclip_core.model.downloads.installing.Proof`."""

    PINNED = "pinned"
    KEPT = "kept"
    HUB = "hub"
    MIRROR = "mirror"


class Transfer:
    """The download of one model.

    Attributes:
        known: which.
        progress: how far it is; None until the first byte is counted. Replaced as a whole, so that any thread may read
            it.
    """

    def __init__(self, known: KnownBackbone, mirror: str, fetch: Fetch) -> None:
        """Nothing is asked of any network yet; `mirror` is asked instead of the hub, unless it is empty."""
        self.known = known
        self.progress: DownloadProgress | None = None
        self._mirror, self._fetch = mirror, fetch
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Stop the download soon, and keep the bytes that have arrived."""
        self._stopped.set()

    def run(self, _cancellation: Cancellation) -> Got:
        """Get the model; a job of the thread of downloads."""
        return self._fetch(self.known, self._mirror, self._note, self._stopped)

    def _note(self, progress: DownloadProgress) -> None:
        self.progress = progress


def fetched(known: KnownBackbone, mirror: str, listener: Listener, stopped: threading.Event) -> Got:
    """Get a model whole and checked, as `tokenclip models download` does."""
    # The libraries of downloads are not loaded while the window starts.
    from tokenclip_core.model.downloads.installing import DownloadOptions, download_model

    return Got(download_model(known, DownloadOptions(mirror or None), listener, stopped).proof.value)


def add_folder(folder: Path) -> tuple[str, Path]:
    """Copy a model folder to where models are kept; its name and its place there."""
    from tokenclip_core.model.downloads.installing import import_model

    return import_model(folder)
