"""Small pictures of every format, damaged by rules from a fixed seed: they are made when a test runs, never kept."""

from __future__ import annotations

import random
from collections.abc import Iterator

from truncations import FORMATS

_EXTREMES = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\0\1\0\0", b"\xff\xff")
_HEADER = 96


def damaged(count: int, seed: int = 1, side: int = 24) -> Iterator[tuple[str, bytes]]:
    """Yield (format, file), the formats in turn: bytes changed, the end cut off, numbers of the header made extreme.

    Args:
        count: of files.
        seed: of the random numbers.
        side: of the pictures, in pixels.
    """
    chance = random.Random(seed)
    names = list(FORMATS)
    whole = {name: FORMATS[name](side) for name in names}
    for index in range(count):
        name = names[index % len(names)]
        data = bytearray(whole[name])
        kind = chance.randrange(3)
        if kind == 0:
            for _ in range(chance.randint(1, 12)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        elif kind == 1:
            del data[chance.randrange(1, len(data)) :]
        else:
            number = chance.choice(_EXTREMES)
            place = chance.randrange(4, min(_HEADER, len(data) - 4))
            data[place : place + len(number)] = number
        yield name, bytes(data)
