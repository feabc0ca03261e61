"""Industrial cameras by GenICam: through `harvesters`, and the producers (.cti) that the cameras' makers give out.

Both are optional: the package is the extra ``genicam``, and `PRODUCERS_VARIABLE` names the producers' folders; the
makers' installers set it.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from tokenclip_core.images.pixels import to_rgb
from tokenclip_core.sources.frames import (
    PATIENCE_SECONDS,
    Fault,
    Frame,
    FrameSource,
    RgbArray,
    SourceFacts,
    StreamError,
    not_taken,
)
from tokenclip_core.sources.video_files import rgb

PRODUCERS_VARIABLE = "GENICAM_GENTL64_PATH"
PREFIX = "genicam:"
"""Prefix of a camera's name in a text that names a source."""

# harvesters 1.4 loses the highest bits of two pixels in four of these formats.
_UNPACKED_WRONGLY = "14p"
_NODES = {"width": "Width", "height": "Height", "rate": "AcquisitionFrameRate", "exposure": "ExposureTime"}
_BITS = (10, 12, 14, 16)
# What the library raises while it unpacks a format that it does not know, or whose lines are padded to an odd
# length; what a device reports has other kinds.
_UNPACKING_ERRORS = (KeyError, ValueError, IndexError, TypeError, AssertionError, NotImplementedError)
_lock = threading.Lock()


class Missing(StrEnum):
    """What GenICam cameras still need."""

    NOTHING = ""
    PACKAGE = "package"
    PRODUCER = "producer"


def missing() -> Missing:
    """What is to be installed before GenICam cameras are found."""
    if importlib.util.find_spec("harvesters") is None:
        return Missing.PACKAGE
    return Missing.NOTHING if producers() else Missing.PRODUCER


def producers() -> list[Path]:
    """The producers of the folders that the system names."""
    folders = [Path(word) for word in os.environ.get(PRODUCERS_VARIABLE, "").split(os.pathsep) if word]
    return sorted({file for folder in folders if folder.is_dir() for file in folder.glob("*.cti")})


def list_genicam_cameras() -> list[str]:
    """Names of the cameras that are connected now; none without the package or a producer. Not for the GUI thread."""
    if missing():
        return []
    harvester = _harvester()
    try:
        return [_name(info) for info in harvester.device_info_list]
    finally:
        harvester.reset()


class GenicamSource(FrameSource):
    """A camera by its name; formats other than 8-bit are brought to it by their highest value, never stretched."""

    def __init__(self, camera: str) -> None:
        """Name a camera as `list_genicam_cameras` does."""
        super().__init__(camera)
        self._harvester: Any = None
        self._acquirer: Any = None
        self._timeout: type[Exception] = TimeoutError
        self._own: dict[str, float] = {}

    def open(self) -> SourceFacts:
        """Find the camera and start it; see `FrameSource`."""
        lacking = missing()
        if lacking is Missing.PACKAGE:
            raise StreamError(Fault.SETUP, f"{self.name} needs the package harvesters: pip install harvesters")
        if lacking is Missing.PRODUCER:
            raise StreamError(
                Fault.SETUP,
                f"{self.name} needs its maker's GenICam producer (.cti); name the folder in {PRODUCERS_VARIABLE}",
            )
        self._timeout = importlib.import_module("genicam.gentl").TimeoutException
        self._harvester = _harvester()
        names = [_name(info) for info in self._harvester.device_info_list]
        if self.name not in names:
            raise StreamError(Fault.ABSENT, f"{self.name} is not connected; plug it in, it is then found by itself")
        try:
            self._acquirer = self._harvester.create(names.index(self.name))
        except Exception as error:
            # The producers' errors have no common kind; that the camera is in use is by far the most frequent.
            raise StreamError(
                Fault.BUSY, f"{self.name} can't be opened ({type(error).__name__}); close other programs that use it"
            ) from None
        self._own = self.controls()
        for name, value in self.wanted.items():
            self._give(name, value)
        self._acquirer.start()
        controls = self.controls()
        size = int(controls.get("width", 0)), int(controls.get("height", 0))
        # No rate: whether a camera that waits for its trigger has stalled, nobody can tell.
        return SourceFacts(*size, controls=controls, refused=not_taken(self.wanted, controls))

    def read(self) -> Frame | None:
        """The next picture, copied, since its memory goes back to the camera."""
        if self._acquirer is None:
            return None
        try:
            buffer = self._acquirer.fetch(timeout=PATIENCE_SECONDS)
        except self._timeout:
            return None
        except _UNPACKING_ERRORS:
            raise self._unknown_pixels() from None
        except Exception as error:
            raise StreamError(Fault.LOST, f"{self.name} has gone ({type(error).__name__}); it is tried again") from None
        captured = time.monotonic()
        with buffer:
            component = next(iter(buffer.payload.components), None)
            if component is None:
                raise self._unknown_pixels()
            height, width, format_name = int(component.height), int(component.width), str(component.data_format)
            data = _without_padding(np.array(component.data), height, width * _channels(format_name))
        if data is None or _UNPACKED_WRONGLY in format_name:
            raise self._unknown_pixels(format_name)
        return Frame(lambda: picture(data, height, width, format_name), captured=captured)

    def close(self) -> None:
        """Give the camera back."""
        acquirer, self._acquirer = self._acquirer, None
        harvester, self._harvester = self._harvester, None
        for give_back in _endings(acquirer, harvester):
            # What is unplugged can't be stopped, but what it held must go all the same.
            with suppress(Exception):
                give_back()

    def set_control(self, name: str, value: float) -> None:
        """Set width, height, rate or exposure (in microseconds); kept for the next time the camera is opened."""
        self.wanted[name] = value
        self._give(name, value)

    def reset_controls(self) -> None:
        """Exposure is automatic again, size and rate are those of the start."""
        wanted, self.wanted = self.wanted, {}
        for name in wanted.keys() & self._own.keys():
            self._give(name, self._own[name])
        if "exposure" in wanted and self._acquirer is not None:
            with suppress(Exception):
                self._acquirer.remote_device.node_map.ExposureAuto.value = "Continuous"

    def controls(self) -> dict[str, float]:
        """What the camera has of size, rate and exposure."""
        return {name: known for name in _NODES if (known := self._value(name)) is not None}

    def _unknown_pixels(self, format_name: str | None = None) -> StreamError:
        if format_name is None:
            try:
                format_name = str(self._acquirer.remote_device.node_map.PixelFormat.value)
            except Exception:
                format_name = "that the library does not know"
        return StreamError(
            Fault.PIXELS, f"{self.name} sends pixels of the format {format_name}; set it to Mono8 or RGB8"
        )

    def _give(self, name: str, value: float) -> None:
        if self._acquirer is None or name not in _NODES:
            return
        nodes = self._acquirer.remote_device.node_map
        sending = name in {"width", "height"} and self._acquirer.is_acquiring()
        if sending:
            self._acquirer.stop()
        # A value that the camera does not take leaves it as it was.
        with suppress(Exception):
            if name == "exposure" and hasattr(nodes, "ExposureAuto"):
                nodes.ExposureAuto.value = "Off"
            node = getattr(nodes, _NODES[name])
            node.value = type(node.value)(value)
        if sending:
            self._acquirer.start()

    def _value(self, name: str) -> float | None:
        try:
            return float(getattr(self._acquirer.remote_device.node_map, _NODES[name]).value)
        except Exception:
            return None


def picture(data: np.ndarray[Any, Any], height: int, width: int, format_name: str) -> RgbArray:
    """A component's data as (H, W, 3) uint8 RGB.

    Args:
        data: flat, as it came.
        height: in pixels.
        width: in pixels.
        format_name: of the pixels, as GenICam's naming convention says (Mono8, BayerRG8, RGB8, …).
    """
    import cv2

    data = _eight_bits(data, format_name)
    channels = _channels(format_name)
    if channels >= 3:
        # How opaque a pixel is says nothing about a part.
        colour = data.reshape(height, width, channels)[..., :3]
        return np.ascontiguousarray(colour if format_name.startswith("RGB") else colour[..., ::-1])
    grey = np.ascontiguousarray(data.reshape(height, width))
    if format_name.startswith("Mono"):
        return rgb(grey)
    # OpenCV names the second row's pixels, GenICam the first row's.
    code = {
        "BayerRG": cv2.COLOR_BayerBG2RGB,
        "BayerGR": cv2.COLOR_BayerGB2RGB,
        "BayerGB": cv2.COLOR_BayerGR2RGB,
        "BayerBG": cv2.COLOR_BayerRG2RGB,
    }[format_name[:7]]
    return np.asarray(cv2.cvtColor(grey, code), np.uint8)


def _eight_bits(data: np.ndarray[Any, Any], format_name: str) -> RgbArray:
    """The 8 highest bits of the format, as `load_image` takes them of a file of so many bits."""
    if data.dtype.kind == "u" and data.dtype != np.uint8:
        bits = next((bits for bits in _BITS if str(bits) in format_name), _BITS[-1])
        return np.asarray(np.minimum(data, 2**bits - 1) >> (bits - 8), np.uint8)
    return to_rgb(data[:, np.newaxis])[:, 0, 0]


def _without_padding(data: np.ndarray[Any, Any], height: int, values: int) -> np.ndarray[Any, Any] | None:
    """The values of a picture, flat, without those that fill up its lines; None if that does not come out even.

    The library hands over lines as they were sent (GigE Vision and CoaXPress pad them to a multiple of some bytes).
    """
    if height < 1 or values < 1 or data.size % height or data.size < height * values:
        return None
    return data.reshape(height, -1)[:, :values].reshape(-1)


def _channels(format_name: str) -> int:
    """Values a pixel; 0 if the format is unknown."""
    if format_name.startswith(("RGBa", "BGRa")):
        return 4
    return 3 if format_name.startswith(("RGB", "BGR")) else int(format_name.startswith(("Mono", "Bayer")))


def _harvester() -> Any:
    """A new harvester that has looked for cameras; the producers' libraries allow one look at a time."""
    harvester = importlib.import_module("harvesters.core").Harvester()
    for file in producers():
        harvester.add_file(str(file))
    with _lock:
        harvester.update()
    return harvester


def _name(info: Any) -> str:
    words = [str(info.property_dict.get(key) or "") for key in ("user_defined_name", "vendor", "model")]
    own, name = words[0], " ".join(word for word in words[1:] if word)
    serial = str(info.property_dict.get("serial_number") or "")
    return own or " ".join(word for word in (name, serial) if word) or str(info.property_dict.get("id_"))


def _endings(acquirer: Any, harvester: Any) -> list[Callable[[], object]]:
    found: list[Callable[[], object]] = [] if acquirer is None else [acquirer.stop, acquirer.destroy]
    return found if harvester is None else [*found, harvester.reset]
