"""In what order the threads do what they are asked, and which parts are likely to be looked at next."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

# Priorities, the most urgent first: the shown part; what is seen beside it; what is done ahead; the rest of the folder.
URGENT, BESIDE, AHEAD, LAST = 0, 1, 2, 3

SMALL_FOLDER = 64
"""Folders up to this many parts are inspected as a whole while nothing else is asked for."""


def later(owner: QObject, begin: Callable[[], object], milliseconds: int = 0) -> QTimer:
    """A timer that, each time it is started, begins something once; at 0, as soon as the window is painted.

    (Qt's event loop on Linux and macOS paints before a timer of 0 is due; on Windows it may begin a little sooner.)

    Work in a thread that begins while the window has much to paint makes the painting wait for the processor and for
    the interpreter lock, and hardly ends sooner itself.
    """
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(begin)
    return timer


def likely_next(current: int, count: int) -> list[int]:
    """Indices of the parts that a person is likely to look at after ``current`` of ``count``, the likeliest first."""
    near = [number for number in (current + 1, current - 1, current + 2) if 0 <= number < count]
    if count <= SMALL_FOLDER:
        others = sorted(range(count), key=lambda number: abs(number - current))
        near += [number for number in others if number != current and number not in near]
    return near
