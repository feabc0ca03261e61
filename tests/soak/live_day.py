"""Let the live view look at a made-up belt for very many frames, and print the memory that it takes meanwhile.

    python tests/soak/live_day.py --frames 1000000

Frames come `--rate` times a second, ten times as fast as a camera's; each is drawn and handed over, and as many are
inspected and shown as there is time for. Exits with 1 if memory at the end is more than 30 MiB beside that after the
first tenth. With DISPLAY set the window is on screen.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator

from PySide6.QtWidgets import QApplication
from typing_extensions import override
from window_memory import ended, leave, own_home, resident, wait_for

from app.settings.store import SettingsStore
from app.shell.assembly import Assembly
from app.shell.bootstrap import DEFAULT_MODEL, collect_in_this_thread
from app.tracing.watchdog import EventLoopWatchdog
from tokenclip_core.sources.belt import BeltSource
from tokenclip_core.sources.frames import Frame

SAYINGS = 20
LONGEST = 24 * 3600.0
"""Seconds in which one twentieth of the frames has to come."""


class CountingBelt(BeltSource):
    """A belt that knows how many frames were read.

    Attributes:
        count: of them.
    """

    count = 0

    @override
    def read(self) -> Frame | None:
        frame = super().read()
        self.count += frame is not None
        return frame


def looked(belt: CountingBelt, frames: int) -> Iterator[float]:
    """Wait for the frames; yields the memory, after each twentieth of them."""
    for number in range(1, SAYINGS + 1):
        wait_for(lambda number=number: belt.count >= frames * number // SAYINGS, LONGEST)
        yield resident()


def main() -> int:
    """Return 1 if memory grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=300.0, help="frames a second")
    chosen = parser.parse_args()
    found: list[float] = []
    shown: list[object] = []
    with tempfile.TemporaryDirectory() as place:
        own_home(place)
        application = QApplication([sys.argv[0]])
        assembly = Assembly(application, SettingsStore(), model_name=DEFAULT_MODEL)
        collector = collect_in_this_thread()
        assembly.start([])
        assembly.live.enter()
        wait_for(lambda: assembly.models.facts is not None)
        belt = CountingBelt(1, rate=chosen.rate)
        camera = assembly.live.live.add(lambda: belt)
        camera.tile.canvas.painted.connect(lambda *_when: shown.append(None))
        wait_for(lambda: camera.latest is not None and camera.latest.result is not None)
        watchdog = EventLoopWatchdog(assembly)
        watchdog.reset()
        for memory in looked(belt, chosen.frames):
            found.append(memory)
            sys.stdout.write(f"{belt.count} frames, {len(shown)} shown: {memory:.0f} MiB\n")
            sys.stdout.flush()
        words = ended(assembly, watchdog)
        collector.stop()
    leave(found, words)


if __name__ == "__main__":
    sys.exit(main())
