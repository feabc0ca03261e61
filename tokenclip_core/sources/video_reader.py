"""The frames of a video file, one by one, with the times that the file gives them, and what of them is missing.

A frame that cannot be decoded ends nothing: it is left out and counted, and the next one is tried. A file that is cut
off, or gives fewer frames than it announces, is said to be that: half of a video is never taken for all of it.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import cv2
import numpy as np

from tokenclip_core.images.pixels import RgbImage
from tokenclip_core.sources.video_files import quiet_libraries, rgb

DEFAULT_RATE = 25.0
"""Frames a second of files that do not tell."""

_MOST_RATE = 1000.0
# After a frame that can't be decoded, so many are tried beyond those that the file announces.
_MORE_TRIES = 32
_MOST_TRIES = 1_000_000
# ISO 14496-12 and AVI count their frames; of other files the number is only computed from their duration.
_COUNTED_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".3gp", ".avi"})
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


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
        given: frames that were read.
        damaged: frames before the last one read that could not be decoded.
    """

    def __init__(self, path: Path) -> None:
        """Open a file; `is_open` says whether it is a video."""
        quiet_libraries()
        self.path = path
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        # Phones store pictures as the sensor has them, and a note on how they were held.
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 0 < rate <= _MOST_RATE else DEFAULT_RATE
        self.width = int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        self.height = int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        self.announced = max(0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)))
        self.given = 0
        self.damaged = 0
        self._number = 0
        self._first_damaged: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the file is a video that can be read."""
        return bool(self._capture.isOpened())

    @property
    def duration(self) -> float:
        """Seconds that the file says it lasts."""
        return self.announced / self.rate

    def read(self) -> VideoFrame | None:
        """The next frame that can be decoded; None if there is none any more."""
        first = self._number
        last = min(max(self.announced, first) + _MORE_TRIES, first + _MOST_TRIES)
        for number in range(first, last):
            arrived, pixels = self._capture.read()
            if not arrived or pixels is None:
                continue
            self._number = number + 1
            self.given += 1
            if number > first:
                self.damaged += number - first
                self._first_damaged = first if self._first_damaged is None else self._first_damaged
            milliseconds = self._capture.get(cv2.CAP_PROP_POS_MSEC)
            seconds = milliseconds / 1000 if milliseconds > 0 else number / self.rate if number else 0.0
            return VideoFrame(number, seconds, rgb(np.asarray(pixels, np.uint8)))
        return None

    def seek(self, seconds: float) -> None:
        """Go on at a time."""
        self._number = max(0, round(seconds * self.rate))
        self._capture.set(cv2.CAP_PROP_POS_MSEC, 1000 * max(0.0, seconds))

    def missing(self, *, to_the_end: bool) -> str | None:
        """What of the frames is missing, in words; None if all were there.

        Args:
            to_the_end: `read` was called until it said None.
        """
        reasons = []
        if self.damaged:
            reasons.append(
                f"{self.damaged} frame(s) could not be decoded, the first of them frame {self._first_damaged}"
            )
        if to_the_end:
            counted = self.path.suffix.lower() in _COUNTED_SUFFIXES and self._number < self.announced
            if is_cut_off(self.path):
                reasons.append(f"the file is cut off after frame {self._number - 1}")
            elif counted:
                reasons.append(f"it ends after frame {self._number - 1}, but announces {self.announced} frames")
        if not reasons:
            return None
        return f"{'; '.join(reasons)}: {self.given} frames were read; copy the video again from its source"

    def close(self) -> None:
        """Close the file."""
        self._capture.release()


def is_cut_off(path: Path) -> bool:
    """Whether the file of a video is shorter than its own structure says (MP4 and MOV, Matroska and WebM, AVI)."""
    try:
        length = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(12)
            if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
                return _boxes_exceed(stream, length)
            if head[:4] == b"RIFF":
                return 8 + int.from_bytes(head[4:8], "little") > length
            if head.startswith(_EBML):
                return _segment_exceeds(stream, length)
    except (OSError, struct.error, IndexError):
        return False
    return False


def _boxes_exceed(stream: IO[bytes], length: int) -> bool:
    """ISO 14496-12, 4.2: a box of size 0 reaches to the end of the file, 1 says that 64 bits follow."""
    place = 0
    while place < length:
        stream.seek(place)
        head = stream.read(16)
        if len(head) < 8:
            return True
        size = int.from_bytes(head[:4], "big")
        if size == 0:
            return False
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8:
            return False
        place += size
    return place > length


def _segment_exceeds(stream: IO[bytes], length: int) -> bool:
    """RFC 8794: the segment follows the header; a size of only ones is unknown, as in live recordings."""
    stream.seek(4)
    size, _, start = _variable_size(stream)
    stream.seek(start + size)
    if stream.read(4) != _SEGMENT:
        return False
    size, unknown, start = _variable_size(stream)
    return not unknown and start + size > length


def _variable_size(stream: IO[bytes]) -> tuple[int, bool, int]:
    """A variable-size integer: its value, whether it is of only ones, and where it ends."""
    first = stream.read(1)[0]
    octets = 9 - first.bit_length()
    rest = stream.read(octets - 1)
    value = int.from_bytes(bytes([first & (0xFF >> octets)]) + rest, "big")
    return value, value == 2 ** (7 * octets) - 1, stream.seek(0, os.SEEK_CUR)
