"""Hold the arrow key over a folder of many parts, and print memory and the longest block of the window meanwhile.

    python tests/soak/held_key.py --parts 5000

The key repeats as a keyboard does, `--rate` times a second; parts are inspected as far as there is time. Memory is read
after the first tenth of the way and from then on; the window's caches, whose bounds are divided by `--share`, are full
by then. Exits with 1 if the key does not reach the last part, or memory is at last more than 30 MiB beside that of the
first tenth. With DISPLAY set the window is on screen.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from window_memory import SMALLEST, caches, ended, leave, make_parts, own_home, resident, wait_for

from app.settings.store import SettingsStore
from app.shell.assembly import Assembly
from app.shell.bootstrap import DEFAULT_MODEL, collect_in_this_thread
from app.tracing.watchdog import EventLoopWatchdog

SAYINGS = 20


def press(assembly: Assembly, *, repeated: bool) -> None:
    """Send what a held key sends to the list."""
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier, "", repeated)
    QApplication.postEvent(assembly.views.parts.view, event)


def held(assembly: Assembly, parts: int, rate: float) -> Iterator[int]:
    """Hold the key until the last part; yields how far it is, a few times on the way."""
    first, begun, sent, said = 0, time.monotonic(), 0, 0
    while sent < parts - 1:
        due = begun + (sent + 1) / rate
        wait_for(lambda due=due: time.monotonic() >= due)
        press(assembly, repeated=sent > first)
        sent += 1
        if sent * SAYINGS // parts > said:
            said += 1
            yield assembly.session.current or 0


def main() -> int:
    """Return 1 if it does not come to the end, or memory grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", type=int, default=5000)
    parser.add_argument("--rate", type=float, default=30.0, help="repetitions of the key a second")
    parser.add_argument("--side", type=int, default=224, help="of each part, in pixels")
    parser.add_argument("--share", type=int, default=16, help="by which the bounds of the caches are divided")
    chosen = parser.parse_args()
    found: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        own_home(place)
        make_parts(Path(place), chosen.parts, chosen.side)
        application = QApplication([sys.argv[0]])
        assembly = Assembly(application, SettingsStore(), model_name=DEFAULT_MODEL)
        collector = collect_in_this_thread()
        assembly.start([Path(place) / "parts"])
        wait_for(lambda: len(assembly.session.parts) == chosen.parts and assembly.models.facts is not None)
        wait_for(lambda: assembly.shown.result is not None and assembly.work.idle)
        for cache in caches():
            cache.shrink(max(SMALLEST, cache.capacity // chosen.share))
        assembly.views.parts.view.setFocus()
        watchdog = EventLoopWatchdog(assembly)
        watchdog.reset()
        for reached in held(assembly, chosen.parts, chosen.rate):
            found.append(resident())
            sys.stdout.write(f"part {reached + 1}: {found[-1]:.0f} MiB\n")
            sys.stdout.flush()
        wait_for(lambda: assembly.session.current == chosen.parts - 1 and assembly.shown.result is not None)
        # What is told at last is told of a window at rest.
        wait_for(lambda: assembly.work.idle)
        found.append(resident())
        inspected = sum(part.score is not None for part in assembly.session.parts)
        words = ended(assembly, watchdog)
        collector.stop()
    leave(found, f"{inspected} parts inspected; {words}")


if __name__ == "__main__":
    sys.exit(main())
