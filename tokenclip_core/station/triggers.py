"""What a trigger is, and how it is read from a line, a POST or a message."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokenclip_core.errors import SettingsError
from tokenclip_core.output.store.events import new_uid
from tokenclip_core.small_files import parse_json

LONGEST_TEXT = 200
"""Letters of a part's identifier, a key or a camera's name."""

MOST_BYTES = 1 << 16
"""Bytes of a trigger's JSON at the most."""


@dataclass(frozen=True)
class Request:
    """What somebody asks for: one part, seen by one camera.

    Attributes:
        part: its identifier; "" for one that has none, and gets one.
        camera: name; "" where there is only one.
        key: what repeats of the request are known by; "" for the part and the camera.
    """

    part: str = ""
    camera: str = ""
    key: str = ""

    @classmethod
    def read(cls, text: str | bytes) -> Request:
        """From a line or a message: a part's identifier, or JSON such as ``{"part": "A17", "camera": "left"}``.

        Raises:
            SettingsError: it is too long, or JSON of another kind.
        """
        if len(text) > MOST_BYTES:
            raise SettingsError(f"a trigger has at most {MOST_BYTES >> 10} KB")
        words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        words = words.strip()
        if not words.startswith("{"):
            return cls._checked(words, "", "")
        try:
            values = parse_json(words)
        except ValueError as error:
            raise SettingsError('a trigger is a part\'s identifier, or JSON such as {"part": "A17"}') from error
        return cls.of(values)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Request:
        """From plain values: `part`, `camera` and `id`, each of which may be missing.

        Raises:
            SettingsError: one of them is no text, or too long.
        """
        return cls._checked(*(values.get(name, "") for name in ("part", "camera", "id")))

    @classmethod
    def _checked(cls, part: object, camera: object, key: object) -> Request:
        texts = []
        for name, value in (("part", part), ("camera", camera), ("id", key)):
            if isinstance(value, int) and not isinstance(value, bool):
                value = str(value)
            if not isinstance(value, str) or len(value) > LONGEST_TEXT or not value.isprintable():
                raise SettingsError(
                    f"the {name} of a trigger is {value!r:.40}; it is a text of {LONGEST_TEXT} letters at most"
                )
            texts.append(value)
        return cls(*texts)

    def named(self, cameras: Sequence[str]) -> Request:
        """The request with its camera, part and key filled in.

        Raises:
            SettingsError: there is no such camera, or several of which none is named.
        """
        camera = self.camera or (cameras[0] if len(cameras) == 1 else "")
        if camera not in cameras:
            known = ", ".join(cameras)
            raise SettingsError(
                f"a trigger names one of the cameras {known}"
                if not camera
                else f"there is no camera {camera!r}; there are {known}"
            )
        part = self.part or new_uid()
        return Request(part, camera, f"id {self.key}" if self.key else f"part {camera} {part}")


class Ticket:
    """The promise of one part's result.

    Attributes:
        part: its identifier.
        camera: that sees it.
        content: of the result as JSON, once it is there.
    """

    def __init__(self, part: str, camera: str, content: str | None = None) -> None:
        self.part, self.camera, self.content = part, camera, content
        self._there = threading.Event()
        if content is not None:
            self._there.set()

    def give(self, content: str) -> None:
        """The result is there."""
        self.content = content
        self._there.set()

    def wait(self, seconds: float) -> str | None:
        """The result as JSON, once it is there; None if it takes longer."""
        self._there.wait(seconds)
        return self.content
