"""Notices that the shown part's file was replaced or removed while it is looked at."""

from __future__ import annotations

from PySide6.QtCore import QFileSystemWatcher, QObject

from app.parts.shown import ShownPart
from app.parts.state import Session
from app.shell.views import Views
from app.work.order_of_work import later
from tokenclip_core.images.pages import split_page

_SETTLED_MILLISECONDS = 400
"""A file that is being written changes many times; it is read when it has been quiet for this long."""


class WatchingController(QObject):
    """Watches the one file that is shown; a new one is inspected at once, and the status line says so."""

    def __init__(self, session: Session, views: Views, shown: ShownPart) -> None:
        super().__init__(views)
        self._session, self._views, self._shown = session, views, shown
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._on_change)
        self._settled = later(self, self._look, _SETTLED_MILLISECONDS)

    def stop(self) -> None:
        """Watch nothing any more."""
        self._settled.stop()
        if self._watcher.files():
            self._watcher.removePaths(self._watcher.files())

    def watch(self) -> None:
        """Watch the file of the shown part."""
        part = self._session.current_part
        watched = self._watcher.files()
        if part is None:
            return
        # A page of a file changes with its file.
        file, _ = split_page(part.path)
        if watched == [str(file)]:
            return
        if watched:
            self._settled.stop()
            self._watcher.removePaths(watched)
        if file.is_file():
            self._watcher.addPath(str(file))

    def _on_change(self, _path: str) -> None:
        self._settled.start()

    def _look(self) -> None:
        part = self._session.current_part
        if part is None:
            return
        file, _ = split_page(part.path)
        if not file.exists():
            text = self.tr("{name} was removed; what was read of it is still shown").format(name=part.name)
            self._views.status.show_activity(text)
            return
        # The watcher forgets a file that was replaced instead of rewritten, so it is named again.
        self._watcher.addPath(str(file))
        name = part.name
        self._shown.inspect_again()
        self._views.status.show_activity(self.tr("{name} changed and was inspected again").format(name=name))
