"""Cameras and options as they were at the last start; passwords are asked for again."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.live.camera import LiveCamera
from app.live.cameras import LiveCameras
from app.live.recording import LiveRecording
from app.live.settings import LiveMemory, LiveOptions, RememberedCamera
from app.settings.store import SettingsStore
from app.shell.views import Views
from tokenclip_core.sources.catalogue import source_of
from tokenclip_core.sources.frames import FrameSource, Orientation
from tokenclip_core.sources.network.streams import is_stream
from tokenclip_core.sources.video import VideoFileSource

if TYPE_CHECKING:
    from app.live.access_dialog import AccessDialog


class LiveRemembering(QObject):
    """Adds cameras so that they come back at the next start."""

    def __init__(self, views: Views, live: LiveCameras, recording: LiveRecording, store: SettingsStore) -> None:
        super().__init__(views)
        self._views, self._live, self._recording, self._store = views, live, recording, store
        self._memory = LiveMemory.from_mapping(store.values.live)
        self._known: dict[int, RememberedCamera] = {}
        self._locked: list[RememberedCamera] = []
        self._texts: dict[int, str] = {}
        self._removed: tuple[RememberedCamera, str] | None = None
        self._replaced: LiveCamera | None = None
        self._restored = False
        self._restoring = False
        self._dialog: AccessDialog | None = None
        options = self._memory.options
        recording.take_options(dataclasses.replace(options, folder=options.folder or recording.options.folder))
        views.live.enlarged.connect(self._keep)

    def restore(self, named: Sequence[str] = ()) -> None:
        """Show the cameras of the last start again, once.

        Args:
            named: cameras that are about to be added, with their passwords; they are not restored as well.
        """
        if self._restored:
            return
        self._restored = self._restoring = True
        also = {RememberedCamera.of(text).text for text in named}
        numbers: list[int | None] = []
        for camera in self._memory.cameras:
            wanted = camera.text not in also
            if wanted and camera.locked:
                self._locked.append(camera)
            numbers.append(self._show(camera, camera.text).number if wanted and not camera.locked else None)
        place = self._memory.enlarged
        number = numbers[place] if place is not None else None
        if number is not None:
            self._views.live.enlarge(number)
        self._restoring = False
        self._ask()

    def add(self, text: str, *, every_frame: bool = False, loop: bool = True) -> LiveCamera:
        """Add a camera by what names it."""
        return self._show(RememberedCamera.of(text, every_frame=every_frame, loop=loop), text)

    @property
    def can_bring_back(self) -> bool:
        """Whether a removed camera can be shown again."""
        return self._removed is not None

    def bring_back(self) -> None:
        """Show the camera again that was removed last, as it was."""
        removed, self._removed = self._removed, None
        if removed is not None:
            self._show(*removed)

    def sign_in(self, camera: LiveCamera) -> bool:
        """Ask for user name and password of a network camera; whether it is one."""
        known = self._known.get(camera.number)
        if known is None or not is_stream(known.text) or self._dialog is not None:
            return False
        self._replaced = camera
        self._locked.insert(0, known)
        self._ask()
        return True

    def set_orientation(self, camera: LiveCamera, orientation: Orientation) -> None:
        """Turn a camera's picture, also after the next start."""
        self._live.set_orientation(camera, orientation)
        known = self._known.get(camera.number)
        if known is not None:
            known.quarter_turns, known.mirrored = orientation.quarter_turns, orientation.mirrored
            self._keep()

    def set_control(self, camera: LiveCamera, name: str, value: float) -> None:
        """Set exposure, size or rate of a camera, also after the next start."""
        if camera.capture is not None:
            camera.capture.set_control(name, value)
        known = self._known.get(camera.number)
        if known is not None:
            known.controls[name] = value
            self._keep()

    def reset_controls(self, camera: LiveCamera) -> None:
        """Let a camera choose exposure, size and rate by itself again."""
        if camera.capture is not None:
            camera.capture.reset_controls()
        known = self._known.get(camera.number)
        if known is not None:
            known.controls.clear()
            self._keep()

    def take_options(self, options: LiveOptions) -> None:
        """Take what a person chose for all cameras."""
        self._recording.take_options(options)
        self._memory.options = options
        self._keep()

    def _show(self, known: RememberedCamera, text: str) -> LiveCamera:
        camera = self._live.add(partial(_source, text, known, self._store.values.used_bits))
        self._known[camera.number], self._texts[camera.number] = known, text
        self._live.set_orientation(camera, Orientation(known.quarter_turns % 4, known.mirrored))
        self._keep()
        return camera

    def forget(self, number: int) -> None:
        """A camera was removed: it does not come back at the next start, unless it is brought back."""
        known, text = self._known.pop(number, None), self._texts.pop(number, "")
        if known is not None:
            self._removed = (known, text)
        self._keep()

    def _ask(self) -> None:
        """Ask for one password after the other."""
        from app.live.access_dialog import AccessDialog, with_access

        if not self._locked or self._dialog is not None:
            return
        camera = self._locked.pop(0)
        dialog = self._dialog = AccessDialog(camera.text, self._views.live.window())

        def take(address: str, user: str, password: str) -> None:
            replaced, self._replaced = self._replaced, None
            if replaced is not None and replaced.number in self._known:
                self._live.remove(replaced)
                self._removed = None
            text = with_access(address, user, password)
            self._show(RememberedCamera.of(text, every_frame=camera.every_frame, loop=camera.loop), text)

        def leave() -> None:
            replaced, self._replaced = self._replaced, None
            if replaced is None:
                self._show(camera, camera.text)

        dialog.given.connect(take)
        dialog.refused.connect(leave)
        dialog.finished.connect(self._on_answered)
        dialog.open()

    def _on_answered(self, _result: int) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.deleteLater()
        self._ask()

    def _keep(self, _enlarged: object = None) -> None:
        """Put the cameras into the settings, which are written soon."""
        if self._restoring:
            return
        if self._restored:
            numbers = list(self._known)
            self._memory.cameras = [*self._known.values(), *self._locked]
            large = self._views.live.large
            self._memory.enlarged = numbers.index(large) if large in self._known else None
        self._store.values.live = self._memory.to_mapping()


def _source(text: str, known: RememberedCamera, bits: int | None) -> FrameSource:
    source = source_of(text, bits)
    source.wanted = dict(known.controls)
    if isinstance(source, VideoFileSource):
        source.loop, source.every_frame = known.loop, known.every_frame
    return source
