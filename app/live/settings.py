"""What the live view remembers between starts; never a password."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tokenclip_core.sources.network.streams import is_stream, without_credentials

MOST_CAMERAS = 16

_Values = TypeVar("_Values", "RememberedCamera", "LiveOptions")


@dataclass
class RememberedCamera:
    """A camera to show again.

    Attributes:
        text: as `tokenclip_core.sources.catalogue.source_of` takes it, without user name and password.
        locked: it had a user name or password, which is asked for again.
        every_frame, loop: of a video.
        quarter_turns, mirrored: how its picture is turned.
        controls: what was set of its exposure, size and rate,
            as `tokenclip_core.sources.frames.SourceFacts.controls` names them.
    """

    text: str = ""
    locked: bool = False
    every_frame: bool = False
    loop: bool = True
    quarter_turns: int = 0
    mirrored: bool = False
    controls: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, *, every_frame: bool = False, loop: bool = True) -> RememberedCamera:
        """What is to be remembered of a camera that was named like this."""
        if not is_stream(text):
            return cls(text, every_frame=every_frame, loop=loop)
        shown = without_credentials(text)
        # The scheme may be written in capitals; that hides nothing.
        return cls(shown, locked=shown.partition("://")[2] != text.partition("://")[2])


@dataclass(frozen=True)
class LiveOptions:
    """What a person chose for all cameras.

    Attributes:
        smoothing: so many results decide the verdict together (their median score); 1 for each on its own.
        sound: a signal when a defect begins.
        everything: recordings have every inspected frame, instead of the defective ones.
        seconds_before: of frames kept from before a defect.
        most_bytes: at which a recording ends.
        folder: of snapshots and recordings; "" for the usual one.
        video: whether recordings have a video with the overlays too.
    """

    smoothing: int = 1
    sound: bool = False
    everything: bool = False
    seconds_before: float = 3.0
    most_bytes: int = 2 * 2**30
    folder: str = ""
    video: bool = False

    def within_limits(self) -> LiveOptions:
        """The same, with numbers that the dialog could show too."""
        return dataclasses.replace(
            self,
            smoothing=min(99, max(1, self.smoothing)),
            seconds_before=min(30.0, max(0.0, self.seconds_before)),
            most_bytes=max(2**20, self.most_bytes),
        )


@dataclass
class LiveMemory:
    """All that is remembered.

    Attributes:
        cameras: in the order in which they were added.
        enlarged: place in `cameras` of the one that is shown alone, or None.
        options: of all of them.
    """

    cameras: list[RememberedCamera] = field(default_factory=list)
    enlarged: int | None = None
    options: LiveOptions = LiveOptions()

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> LiveMemory:
        """Read plain values; what is unknown, of a wrong type or out of range falls back to its default."""
        entries = values.get("cameras")
        entries = entries[:MOST_CAMERAS] if isinstance(entries, list) else []
        cameras = [_taken(RememberedCamera(), entry) for entry in entries if isinstance(entry, dict)]
        cameras = [camera for camera in cameras if camera.text]
        for camera in cameras:
            camera.controls = _numbers(camera.controls)
        options = _taken(LiveOptions(), values.get("options")).within_limits()
        enlarged = values.get("enlarged")
        inside = isinstance(enlarged, int) and not isinstance(enlarged, bool) and 0 <= enlarged < len(cameras)
        return cls(cameras, enlarged if inside else None, options)


def _taken(values: _Values, given: Any) -> _Values:
    """The values with those given ones that are of the right type."""
    taken: dict[str, Any] = {}
    for entry in dataclasses.fields(values) if isinstance(given, dict) else ():
        value, default = given.get(entry.name), getattr(values, entry.name)
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        if type(value) is type(default):
            taken[entry.name] = value
    return dataclasses.replace(values, **taken)


def _numbers(given: dict[Any, Any]) -> dict[str, float]:
    """The entries that are numbers by a name."""
    return {
        name: float(value)
        for name, value in given.items()
        if isinstance(name, str) and type(value) in {int, float} and math.isfinite(value)
    }
