"""The structure of a JPEG file, as far as it tells whether pixels are missing at its end."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

# Markers of ITU-T T.81, table B.1.
_SEQUENTIAL_FRAMES = (0xC0, 0xC1)
_OTHER_FRAMES = (0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
_RESTART_INTERVAL, _SCAN, _END = 0xDD, 0xDA, 0xD9
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_IN_SCAN = re.compile(rb"\xff+([^\x00\xff])")
_RESTARTS = range(0xD0, 0xD8)
_BLOCK = 8


@dataclass(frozen=True)
class _Frame:
    width: int
    height: int
    sampling: dict[int, tuple[int, int]]

    def units(self, components: list[int]) -> int:
        """How many minimum coded units a scan of these components has."""
        widest = max(across for across, _ in self.sampling.values())
        highest = max(down for _, down in self.sampling.values())
        if len(components) > 1:
            return -(-self.width // (_BLOCK * widest)) * -(-self.height // (_BLOCK * highest))
        across, down = self.sampling[components[0]]
        return -(-self.width * across // (_BLOCK * widest)) * -(-self.height * down // (_BLOCK * highest))


def has_all_scans(data: bytes) -> bool:
    """Whether a sequential JPEG has a scan of each component, and all restart markers in the last one.

    A file may lack its end marker and yet have every pixel. What is cut between two scans, or at a restart marker,
    has not: a decoder fills the rest without noticing. Progressive and damaged files are never said to be whole.

    Args:
        data: the file, which may end anywhere.
    """
    try:
        return _has_all_scans(data)
    except (struct.error, IndexError, KeyError, ZeroDivisionError, ValueError):
        return False


def _has_all_scans(data: bytes) -> bool:
    frame: _Frame | None = None
    interval = 0
    seen: set[int] = set()
    complete = False
    place = 2
    while place < len(data) - 1:
        if data[place] != 0xFF:
            return False
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        if marker == _END:
            break
        if marker in _WITHOUT_LENGTH:
            place += 2
            continue
        (length,) = struct.unpack_from(">H", data, place + 2)
        body = data[place + 4 : place + 2 + length]
        place += 2 + length
        if marker in _OTHER_FRAMES:
            return False
        if marker in _SEQUENTIAL_FRAMES:
            height, width, count = struct.unpack_from(">HHB", body, 1)
            parts = (body[6 + 3 * index : 9 + 3 * index] for index in range(count))
            frame = _Frame(width, height, {part[0]: (part[1] >> 4, part[1] & 15) for part in parts})
        elif marker == _RESTART_INTERVAL:
            (interval,) = struct.unpack_from(">H", body)
        elif marker == _SCAN:
            if frame is None or not frame.height:
                return False
            components = [body[1 + 2 * index] for index in range(body[0])]
            seen.update(components)
            restarts, place = _restarts(data, place)
            wanted = -(-frame.units(components) // interval) - 1 if interval else 0
            complete = restarts == wanted
    return complete and frame is not None and seen >= set(frame.sampling)


def _restarts(data: bytes, place: int) -> tuple[int, int]:
    """How many restart markers a scan's data holds from a place on, and where the next other marker is."""
    count = 0
    for found in _IN_SCAN.finditer(data, place):
        if found[1][0] not in _RESTARTS:
            return count, found.end() - 2
        count += 1
    return count, len(data)
