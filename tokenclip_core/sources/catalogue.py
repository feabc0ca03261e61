"""From what a person names to a source: a camera's number or name, an address, a file, a folder."""

from __future__ import annotations

from pathlib import Path

from tokenclip_core.sources.belt import BeltSource
from tokenclip_core.sources.camera import CameraEntry, CameraSource, number_name
from tokenclip_core.sources.frames import FrameSource
from tokenclip_core.sources.genicam import PREFIX, GenicamSource
from tokenclip_core.sources.network.source import NetworkSource
from tokenclip_core.sources.network.streams import is_stream
from tokenclip_core.sources.video import VideoFileSource
from tokenclip_core.sources.watched import WatchedFolderSource

DEMONSTRATION = "demo"

_DEVICES = Path("/dev")

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv"})
"""Lower-case suffixes of the files whose frames are inspected; a video must be named, folders give only images."""


def is_live(text: str) -> bool:
    """Whether a text names, by itself, what goes on sending: a camera's number, ``genicam:``, ``demo``, an address."""
    word, _, seed = text.partition(":")
    demonstration = word == DEMONSTRATION and (not seed or seed.isdecimal())
    return demonstration or text.startswith(PREFIX) or text.isdecimal() or is_stream(text)


def source_of(text: str, bits: int | None = None) -> FrameSource:
    """The source that a text names; it is not opened yet.

    Args:
        text: a number (camera), ``demo`` or ``demo:SEED`` (made-up parts on a belt), an address with a scheme such as
            ``rtsp://``, ``genicam:NAME``, a folder (its new images; one that is written as a path may come later), a
            file (a video), or else a camera's name.
        bits: that are used of a folder's 16-bit pictures; None for as many as it needs.
    """
    text = text.strip()
    word, _, seed = text.partition(":")
    if word == DEMONSTRATION and (not seed or seed.isdecimal()):
        return BeltSource(int(seed or 1))
    if text.startswith(PREFIX):
        return GenicamSource(text.removeprefix(PREFIX))
    if text.isdecimal():
        return CameraSource(CameraEntry(number_name(int(text)), int(text)))
    if is_stream(text):
        return NetworkSource(text)
    path = Path(text)
    if path.is_dir():
        return WatchedFolderSource(path, bits)
    if path.is_file() or path.suffix.lower() in VIDEO_SUFFIXES:
        return VideoFileSource(path)
    # A share that is not mounted yet; a device is a camera by another name.
    if len(path.parts) > 1 and not path.is_relative_to(_DEVICES):
        return WatchedFolderSource(path, bits)
    if path.suffix:
        return VideoFileSource(path)
    return CameraSource(CameraEntry(text, -1))
