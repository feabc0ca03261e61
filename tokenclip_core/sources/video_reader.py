"""The frames of a video file, one by one, with the times that the file gives them, and what of them is missing.

A frame that cannot be decoded ends nothing: it is left out and counted, and the next one is tried. A file that is cut
off, or gives fewer frames than it announces, is said to be that: half of a video is never taken for all of it. Where
the decoder found damage and made up what is missing, frames are kept, and it is said that they may be wrong.

Frames are decoded in a process of their own, one for each open video, which decodes one frame ahead: a decoder that
crashes, hangs or takes too much memory ends the video, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenclip_core.images.pixels import RgbImage
from tokenclip_core.process.child import Answer, Child, ChildError, python_module
from tokenclip_core.sources.video_containers import is_cut_off, movie_seconds

DEFAULT_RATE = 25.0
"""Frames a second of files that do not tell."""

SECONDS = 30.0
"""The longest that opening a file, or a frame and its damaged neighbours, may take."""

COMMAND = python_module("tokenclip_core.sources.video_child")
"""The program that is started for each video, and its words."""

_MOST_RATE = 1000.0
_TRIES_AT_ONCE = 64
# After a frame that can't be decoded, so many are tried beyond those that the file announces.
_MORE_TRIES = 32
_MOST_TRIES = 1_000_000
# ISO 14496-12 and AVI count their frames; of other files the number is only computed from their duration.
_COUNTED_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".3gp", ".avi"})
# What times in a header are off at most, in frames.
_ROUNDING = 0.1


@dataclass(frozen=True)
class VideoFrame:
    """One frame.

    Attributes:
        number: in the file, from 0; those that can't be decoded count too.
        seconds: since the beginning, as the file says.
        pixels: (H, W, 3) uint8 RGB, upright.
    """

    number: int
    seconds: float
    pixels: RgbImage


class VideoReader:
    """Reads one file.

    Attributes:
        width, height: in pixels.
        rate: mean frames a second.
        announced: frames that the file says it has; 0 if it does not tell.
        is_open: whether the file is a video that can be read.
        failure: what the decoder's process came to, as the half of a sentence; None if all is well.
        given: frames that were read.
        damaged: frames before the last one read that could not be decoded.
        doubtful: frames at which the decoder found damage that it concealed.
    """

    def __init__(self, path: Path) -> None:
        """Open a file; `is_open` says whether it is a video."""
        self.path = path
        self.failure: str | None = None
        self.given = 0
        self.damaged = self.doubtful = 0
        self._number = 0
        self._first_damaged: int | None = None
        self._first_doubtful: int | None = None
        self._asked = False
        self._child: Child | None = None
        facts: dict[str, Any] = {}
        try:
            self._child = Child(COMMAND)
            facts, _ = self._answer({"task": "open", "path": str(path)})
        except ChildError as error:
            self._fail(error)
        rate = float(facts.get("rate", 0))
        self.rate = rate if 0 < rate <= _MOST_RATE else DEFAULT_RATE
        self.width, self.height = int(facts.get("width", 0)), int(facts.get("height", 0))
        self.announced = int(facts.get("announced", 0))
        self.is_open = bool(facts.get("opened"))

    @property
    def duration(self) -> float:
        """Seconds that the file says it lasts."""
        return self.announced / self.rate

    @property
    def advice(self) -> str:
        """What to do where something is wrong."""
        return "save it as a progressive video" if self.is_unsupported else "copy the video again from its source"

    @property
    def is_unsupported(self) -> bool:
        """Whether the file may be whole, but its frames can't be made pictures of."""
        return self.failure is not None and "interlaced" in self.failure

    @property
    def _shown(self) -> int:
        """Frames that the file means to show: an edit list leaves out some of those that it counts."""
        frames = movie_seconds(self.path) * self.rate
        return int(frames) if 0 < frames < self.announced - _ROUNDING else self.announced

    def read(self) -> VideoFrame | None:
        """The next frame that can be decoded; None if there is none any more."""
        first = number = self._number
        last = min(max(self.announced, first) + _MORE_TRIES, first + _MOST_TRIES)
        while self.is_open and self.failure is None and number < last:
            try:
                facts, pixels = self._next(min(last - number, _TRIES_AT_ONCE))
            except ChildError as error:
                self._fail(error)
                break
            number += facts["skipped"]
            if facts.get("doubtful"):
                self.doubtful += 1
                self._first_doubtful = number if self._first_doubtful is None else self._first_doubtful
            if pixels is None:
                continue
            self._number = number + 1
            self.given += 1
            if number > first:
                self.damaged += number - first
                self._first_damaged = first if self._first_damaged is None else self._first_damaged
            milliseconds = facts["milliseconds"]
            seconds = milliseconds / 1000 if milliseconds > 0 else number / self.rate if number else 0.0
            return VideoFrame(number, seconds, pixels)
        return None

    def seek(self, seconds: float) -> None:
        """Go on at a time."""
        self._number = max(0, round(seconds * self.rate))
        try:
            if self._asked:
                # What was decoded ahead is of no use any more.
                self._asked = False
                self._living().receive(SECONDS)
            self._answer({"task": "seek", "milliseconds": 1000 * max(0.0, seconds)})
        except ChildError as error:
            self._fail(error)

    def interrupt(self) -> None:
        """From any thread: let `read` return soon; there are no more frames then."""
        if self._child is not None:
            self._child.kill()

    def missing(self, *, to_the_end: bool) -> str | None:
        """What of the frames is missing, in words; None if all were there.

        Args:
            to_the_end: `read` was called until it said None.
        """
        reasons = []
        if self.failure is not None:
            place = f" after frame {self._number - 1}" if self._number else ""
            reasons.append(f"its decoder {self.failure}{place}")
        if self.damaged:
            reasons.append(
                f"{self.damaged} frame(s) could not be decoded, the first of them frame {self._first_damaged}"
            )
        if self.doubtful:
            reasons.append(
                f"damage was found at {self.doubtful} place(s), the first of them about frame {self._first_doubtful}, "
                "and frames from there on may be wrong"
            )
        if to_the_end and self.failure is None:
            counted = self.path.suffix.lower() in _COUNTED_SUFFIXES and self._number < self._shown
            if is_cut_off(self.path):
                reasons.append(f"the file is cut off after frame {self._number - 1}")
            elif counted:
                reasons.append(f"it ends after frame {self._number - 1}, but announces {self.announced} frames")
        if not reasons:
            return None
        return f"{'; '.join(reasons)}: {self.given} frames were read; {self.advice}"

    def close(self) -> None:
        """Close the file."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def _next(self, tries: int) -> Answer:
        """The next frame, which may have been decoded meanwhile; the one after it is asked for."""
        child = self._living()
        request = {"task": "next", "tries": tries}
        if not self._asked:
            child.send(request, SECONDS)
        self._asked = False
        answer = _checked(child.receive(SECONDS))
        if answer[1] is not None:
            child.send({"task": "next", "tries": 1}, SECONDS)
            self._asked = True
        return answer

    def _answer(self, request: Mapping[str, Any]) -> Answer:
        return _checked(self._living().ask(request, SECONDS))

    def _living(self) -> Child:
        if self._child is None:
            raise ChildError("was closed")
        return self._child

    def _fail(self, error: ChildError) -> None:
        self.failure = str(error)
        self.close()


def _checked(answer: Answer) -> Answer:
    if "error" in answer[0]:
        raise ChildError(answer[0]["error"])
    return answer
