"""Keeps `True` and `False` alive under PySide 6.12 and Python 3.11.

`Signal.emit` of PySide 6.12 gives `True` back without taking a reference of its own. From Python 3.12 on the two never
die; before, every emitted signal brings the program nearer to the end of `True`, which is a fatal error after about ten
thousand of them. `None` was seen to wear out in the same way, by many painted frames.
"""

from __future__ import annotations

import ctypes
import sys

REFERENCES = 1 << 40
"""More than a program emits signals in years."""


def keep_booleans() -> None:
    """Give `True`, `False` and `None` more references than can be lost; does nothing where that is not needed."""
    if sys.implementation.name != "cpython" or sys.version_info >= (3, 12):
        return
    for value in (True, False, None):
        count = ctypes.c_ssize_t.from_address(id(value))
        # The count lies elsewhere in an interpreter that was built for debugging.
        if abs(count.value - sys.getrefcount(value)) <= 2 and count.value < REFERENCES:
            count.value += REFERENCES
