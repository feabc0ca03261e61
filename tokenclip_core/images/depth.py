"""How many of 16 bits a camera uses: one answer for all pictures of a run, never one for each.

Cameras of 10, 12 or 14 bits are often stored in 16, and nothing in the file says so: such pictures are nearly black if
all 16 bits are taken for the range. The rule of `auto`: the fewest of 8, 10, 12, 14 and 16 bits that hold every value
of all pictures looked at, at most `LOOKED_AT` of them, evenly spread over the run. Files that state their depth, and
pictures of 8 bits or floats, are not asked and not changed. A later picture with greater values is refused, since it
would be cut to white.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tokenclip_core.errors import ImageError

LOOKED_AT = 64
"""Pictures of 16 bits whose values decide."""

CHOICES = (8, 10, 12, 14, 16)
"""Bits that `auto` chooses from."""

_ALL = 16
# Suffixes, in lower case, of the formats that hold 16 bits; a file of another format under such a name is no harm.
_DEEP_SUFFIXES = (".png", ".tif", ".tiff", ".pgm", ".ppm", ".pnm", ".jp2", ".j2k", ".j2c", ".jpf", ".jpx")
_PAGE_MARK = "#page="


@dataclass(frozen=True)
class Depth:
    """How 16-bit pictures are read.

    Attributes:
        bits: for `load_image`; None if all bits are used, or there are no such pictures.
        note: what a person should know of it, in words; None if nothing.
        needed: bits that hold every value of the pictures looked at; None if nothing need be said.
    """

    bits: int | None = None
    note: str | None = None
    needed: int | None = None


def choose_depth(paths: Sequence[Path], bits: int | None = None) -> Depth:
    """Decide how many bits of 16-bit pictures are used.

    Args:
        paths: the pictures of a run; what can't be read is passed over.
        bits: what the user says, 8 to 16; None for the rule of this module.
    """
    enough = _ALL if bits is None else bits
    largest = _largest_sample(paths, 2 ** (_fewer(enough)))
    if largest is None:
        return Depth(bits)
    needed = next(choice for choice in CHOICES if largest < 2**choice)
    if bits is None:
        if needed == _ALL:
            return Depth()
        return Depth(
            needed,
            f"16-bit pictures are read as {needed} bits, since their largest value is {largest}; "
            f"--bits 16 keeps their whole range, --bits {needed} says that this is right",
            needed,
        )
    if needed < bits:
        return Depth(
            bits,
            f"the pictures use only {needed} of {bits} bits (their largest value is {largest}) and look dark; "
            f"--bits {needed} reads them so",
            needed,
        )
    return Depth(bits)


def _fewer(bits: int) -> int:
    """The next smaller choice: a value that it does not hold ends the search."""
    return max((choice for choice in CHOICES if choice < bits), default=0)


def _largest_sample(paths: Sequence[Path], enough: int) -> int | None:
    """The largest value of the pictures looked at, or one of at least `enough`; None without 16-bit pictures."""
    # Imported here: the window opens before it reads a picture.
    from tokenclip_core.images.reading import may_leave_bits_unused, read_samples

    deep = [path for path in paths if path.name.lower().partition(_PAGE_MARK)[0].endswith(_DEEP_SUFFIXES)]
    count = min(len(deep), LOOKED_AT)
    largest: int | None = None
    for index in range(count):
        path = deep[index * (len(deep) - 1) // max(count - 1, 1)]
        try:
            if not may_leave_bits_unused(path):
                continue
            samples = read_samples(path)
        except ImageError:
            continue
        if samples.values.dtype == np.uint16 and samples.bits is None and samples.palette is None:
            largest = max(largest or 0, int(samples.values.max()))
            if largest >= enough:
                break
    return largest
