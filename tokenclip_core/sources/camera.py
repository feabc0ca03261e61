"""Cameras of this machine, by name, through OpenCV."""

from __future__ import annotations

import importlib
import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tokenclip_core.sources.frames import Fault, Frame, FrameSource, SourceFacts, StreamError, not_taken
from tokenclip_core.sources.video_files import quiet_libraries, rgb

if TYPE_CHECKING:
    import cv2

LINUX_DEVICES, LINUX_NODES = Path("/sys/class/video4linux"), Path("/dev")
"""The kernel's list of cameras, and where each is opened."""

_CONTROLS = {
    "width": "CAP_PROP_FRAME_WIDTH",
    "height": "CAP_PROP_FRAME_HEIGHT",
    "rate": "CAP_PROP_FPS",
    "exposure": "CAP_PROP_EXPOSURE",
}
_CONSENT = r"Software\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore\webcam"
_SIDES = ("width", "height")


@dataclass(frozen=True)
class CameraEntry:
    """A camera that the system knows: its name, and OpenCV's number and backend (0 for the system's usual one)."""

    name: str
    index: int
    backend: int = 0


def list_cameras() -> list[CameraEntry]:
    """The cameras that are connected now, in the system's order; slow on some systems, so not for the GUI thread."""
    return _linux_cameras(LINUX_DEVICES) if sys.platform.startswith("linux") else _other_cameras()


def _linux_cameras(folder: Path) -> list[CameraEntry]:
    """The kernel's own list; a camera has several entries, of which the one with index 0 gives pictures."""
    found = []
    try:
        devices = sorted(folder.iterdir(), key=lambda device: int(re.sub(r"\D", "", device.name) or 0))
    except OSError:
        return []
    for device in devices:
        number = re.fullmatch(r"video(\d+)", device.name)
        try:
            first = (device / "index").read_text("ascii", "replace").strip() in {"", "0"}
            name = (device / "name").read_text("utf-8", "replace").strip()
        except OSError:
            continue
        if number is not None and first:
            found.append(CameraEntry(name or device.name, int(number[1])))
    return found


def _other_cameras() -> list[CameraEntry]:
    """Windows and macOS, by the optional package cv2-enumerate-cameras; without it there are numbers only."""
    try:
        enumerate_cameras = importlib.import_module("cv2_enumerate_cameras").enumerate_cameras
    except ImportError:
        return [CameraEntry(f"Camera {index}", index) for index in range(2)]
    import cv2

    backend = cv2.CAP_MSMF if sys.platform == "win32" else cv2.CAP_AVFOUNDATION
    return [CameraEntry(str(entry.name), int(entry.index), backend) for entry in enumerate_cameras(backend)]


class CameraSource(FrameSource):
    """A camera of this machine."""

    def __init__(self, entry: CameraEntry) -> None:
        """Name a camera; after it was unplugged, it is found again by its name, whatever number it has then."""
        super().__init__(entry.name)
        self._entry = entry
        self._capture: cv2.VideoCapture | None = None
        self._own: dict[str, float] = {}
        self._proven = True
        self._fruitless = False

    def open(self) -> SourceFacts:
        """Open the device; see `FrameSource`."""
        quiet_libraries()
        import cv2

        entry = self._found()
        capture = cv2.VideoCapture(entry.index, entry.backend)
        if not capture.isOpened():
            capture.release()
            raise _why_not(entry)
        # One frame in the driver's queue: what is read next is what is there now.
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._capture = capture
        self._own = self.controls()
        # Values with which no picture came last time, as of two cameras on one cable, are left out.
        wanted = {} if self._fruitless else self.wanted
        self._fruitless = False
        self._give(wanted)
        self._proven = not wanted
        found = self.controls()
        width, height, rate = (max(0.0, found.get(name, 0.0)) for name in (*_SIDES, "rate"))
        return SourceFacts(int(width), int(height), rate, controls=found, refused=not_taken(self.wanted, found))

    def read(self) -> Frame | None:
        """The next frame; OpenCV ends the read by itself when a device sends nothing."""
        capture = self._capture
        if capture is None:
            return None
        arrived, pixels = capture.read()
        captured = time.monotonic()
        if not arrived or pixels is None:
            self._fruitless = not self._proven
            raise StreamError(Fault.LOST, f"{self.name} gives no more frames; is it still plugged in?")
        self._proven = True
        image = np.asarray(pixels, np.uint8)
        return Frame(lambda: rgb(image), captured=captured)

    def close(self) -> None:
        """Give the device back."""
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()

    def set_control(self, name: str, value: float) -> None:
        """Set width, height, rate or exposure; kept for the next time the device is opened."""
        self.wanted[name] = value
        names = _SIDES if name in _SIDES else (name,)
        self._give({each: self.wanted[each] for each in names if each in self.wanted})

    def reset_controls(self) -> None:
        """Exposure is automatic again, size and rate are those of the start."""
        wanted, self.wanted = self.wanted, {}
        self._give({name: value for name, value in self._own.items() if name in wanted and name != "exposure"})
        if "exposure" in wanted:
            self._expose_by_hand(False)

    def controls(self) -> dict[str, float]:
        """What the device tells of itself; OpenCV gives 0 or -1 for values that the device lacks."""
        if self._capture is None:
            return {}
        import cv2

        values = {name: float(self._capture.get(getattr(cv2, prop))) for name, prop in _CONTROLS.items()}
        return {name: value for name, value in values.items() if value not in {0.0, -1.0}}

    def _give(self, values: dict[str, float]) -> None:
        """Set values of the device, as far as it takes them."""
        if self._capture is None:
            return
        import cv2

        if values.keys() & set(_SIDES):
            # By V4L, a side alone is put off until the other one is set.
            values = {side: value for side, value in self.controls().items() if side in _SIDES} | values
        if "exposure" in values:
            self._expose_by_hand(True)
        for name, prop in _CONTROLS.items():
            if name in values:
                self._capture.set(getattr(cv2, prop), values[name])

    def _expose_by_hand(self, by_hand: bool) -> None:
        """Set exposure by hand, or let the camera choose it: by the ways of V4L and DirectShow, ignored elsewhere."""
        if self._capture is None:
            return
        import cv2

        manual, automatic = (1, 3) if sys.platform.startswith("linux") else (0.25, 0.75)
        self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, manual if by_hand else automatic)

    def _found(self) -> CameraEntry:
        known = list_cameras()
        named = [entry for entry in known if entry.name == self._entry.name]
        same_number = [entry for entry in named if entry.index == self._entry.index]
        if same_number or named:
            return (same_number or named)[0]
        if self._entry.name == number_name(self._entry.index):
            return self._entry
        raise StreamError(Fault.ABSENT, f"{self.name} is not connected; plug it in, it is then found by itself")


def number_name(index: int) -> str:
    """What a camera is called that is known by its number only."""
    return f"Camera {index}"


def _why_not(entry: CameraEntry) -> StreamError:
    """Why a device could not be opened, which OpenCV does not tell."""
    if sys.platform.startswith("linux"):
        device = LINUX_NODES / f"video{entry.index}"
        if not device.exists():
            return StreamError(Fault.ABSENT, f"{entry.name} is not connected; plug it in, it is then found by itself")
        if not os.access(device, os.R_OK | os.W_OK):
            return StreamError(Fault.DENIED, f"{entry.name} may not be used; add your account to the group video")
    # There cameras are shared, so that one that does not open is not allowed.
    if sys.platform == "darwin":
        return StreamError(
            Fault.DENIED,
            f"{entry.name} may not be used; allow it in System Settings, Privacy & Security, Camera, and start again",
        )
    if _refused_by_windows():
        return StreamError(
            Fault.DENIED,
            f"{entry.name} may not be used; let desktop apps use it in Settings, Privacy & security, Camera",
        )
    return StreamError(Fault.BUSY, f"{entry.name} can't be opened; close other programs that use it")


def _refused_by_windows() -> bool:
    """Whether this account does not let desktop programs use cameras."""
    try:
        registry = importlib.import_module("winreg")
    except ImportError:
        return False
    for place in (_CONSENT, rf"{_CONSENT}\NonPackaged"):
        try:
            with registry.OpenKey(registry.HKEY_CURRENT_USER, place) as key:
                if registry.QueryValueEx(key, "Value")[0] == "Deny":
                    return True
        except OSError:
            # A choice that nobody has made has no entry.
            continue
    return False
