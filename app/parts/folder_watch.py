"""Notices that files come, go or are renamed in the open folders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer

from app.parts.folder import FolderChanges, FolderReader, folders_below
from app.work.bridge import WorkerBridge
from app.work.jobs import Cancellation, Outcome

MOST_FOLDERS = 256
"""Folders that are watched; systems allow only so many."""

MOST_PARTS = 20_000
"""Above so many parts a folder is not read again by itself: that would be work for the disk again and again."""

LOOK_MILLISECONDS = 1000
"""Changes within this time are looked at together."""


_Lane = Enum("_Lane", "LOOK FOLDERS")


class FolderWatch(QObject):
    """Reads the open places again in a thread whenever something changed in them, and says what is new and gone."""

    def __init__(
        self,
        files: WorkerBridge,
        known: Callable[[], Sequence[str]],
        failed: Callable[[], Sequence[str]],
        changed: Callable[[FolderChanges], object],
        parent: QObject,
    ) -> None:
        """Watch nothing yet.

        Args:
            files: the thread that reads folders.
            known: gives the images in the list.
            failed: gives those of them that can't be read.
            changed: is told what is otherwise, in the window's thread.
            parent: owns it.
        """
        super().__init__(parent)
        self._files, self._known, self._failed, self._changed = files, known, failed, changed
        self._reader = FolderReader()
        self._paths: tuple[Path, ...] = ()
        self._request = self._finding = 0
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(self._look_soon)
        self._look_due = False

    def stop(self) -> None:
        """Watch nothing any more."""
        self._paths = ()
        self._files.cancel(*_Lane)
        if self._watcher.directories():
            self._watcher.removePaths(self._watcher.directories())

    def watch(self, paths: Sequence[Path]) -> None:
        """Watch places that were opened, with the folders below them."""
        self.stop()
        if len(self._known()) > MOST_PARTS:
            return
        self._paths, self._reader = tuple(paths), FolderReader()
        self._find_folders()

    def _find_folders(self) -> None:
        paths = self._paths

        def find(cancellation: Cancellation) -> tuple[str, ...]:
            return folders_below(paths, MOST_FOLDERS, lambda: cancellation.requested)

        self._finding = self._files.submit(find, lane=_Lane.FOLDERS, then=self._on_folders)

    def _on_folders(self, outcome: Outcome) -> None:
        if outcome.request != self._finding or not isinstance(outcome.value, tuple) or not self._paths:
            return
        watched = set(self._watcher.directories())
        new = sorted(set(outcome.value) - watched)
        if new:
            self._watcher.addPaths(new)
        if new and watched:
            # Something may have come into a new folder before it was watched.
            self._look_soon()

    def look_soon(self) -> None:
        """Look whether what can't be read is still being written."""
        if self._paths:
            self._look_soon()

    def _look_soon(self, _folder: str = "") -> None:
        if not self._look_due:
            self._look_due = True
            QTimer.singleShot(LOOK_MILLISECONDS, self, self._look)

    def _look(self) -> None:
        self._look_due = False
        paths, known, failed, reader = self._paths, tuple(self._known()), tuple(self._failed()), self._reader
        if not paths:
            return

        def look(cancellation: Cancellation) -> FolderChanges:
            return reader.changes(paths, known, failed, lambda: cancellation.requested)

        self._request = self._files.submit(look, lane=_Lane.LOOK, then=self._on_looked)

    def _on_looked(self, outcome: Outcome) -> None:
        if outcome.request != self._request or not isinstance(outcome.value, FolderChanges) or not self._paths:
            return
        self._changed(outcome.value)
        self._find_folders()
        if outcome.value.unfinished:
            self._look_soon()
