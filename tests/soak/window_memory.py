"""Walk through many parts in the window, each looked at once, and print the memory that it takes meanwhile.

    python tests/soak/window_memory.py --parts 600

The window's caches are bounded; until they are full, memory grows with every new part. So that it is seen within
minutes whether anything else grows, their bounds are divided by 16 here (`--share 1` leaves them as they are).
Exits with 1 if memory beyond what the caches hold still grows in the second half of the walk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.process.prepare import prepare
from app.settings.store import SettingsStore
from app.shell.assembly import Assembly
from app.shell.bootstrap import DEFAULT_MODEL, collect_in_this_thread
from app.tracing.watchdog import EventLoopWatchdog
from tokenclip_core.commands.cli import main as command
from tokenclip_core.lru import LruCache

SECONDS = 900
DIFFERENT = 12
SMALLEST = 2**20
MOST_GROWTH = 0.05
"""MiB a part, of a second half."""

MOST_BESIDE = 30.0
"""MiB between the first tenth and the end."""


def resident() -> float:
    """MiB of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


_made: list[LruCache[Any, Any]] = []


def note_caches() -> None:
    """Know every cache from its first moment; the collector does not tell of what it was told to spare."""
    begin = LruCache.__init__

    def noted(cache: LruCache[Any, Any], capacity: int) -> None:
        begin(cache, capacity)
        _made.append(cache)

    LruCache.__init__ = noted


def caches() -> list[LruCache[Any, Any]]:
    """All bounded caches that hold bytes."""
    return [found for found in _made if found.capacity >= SMALLEST]


def wait_for(condition: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Let the window work until a condition holds.

    Raises:
        TimeoutError: it does not, for so long.
    """
    loop, late = QEventLoop(), []
    look, limit = QTimer(), QTimer()
    look.timeout.connect(lambda: loop.quit() if condition() else None)
    limit.setSingleShot(True)
    limit.timeout.connect(lambda: (late.append(True), loop.quit()))
    look.start(2)
    limit.start(round(1000 * seconds))
    if not condition():
        loop.exec()
    look.stop()
    limit.stop()
    if late:
        raise TimeoutError("the window did not come to rest")


def ended(assembly: Assembly, watchdog: EventLoopWatchdog) -> str:
    """End the window; how long its event loop was blocked, in words."""
    block, work = 1000 * watchdog.longest_block, 1000 * watchdog.longest_work
    watchdog.stop()
    assembly.shut_down(5)
    return f"longest block {block:.0f} ms, longest work {work:.0f} ms, load {os.getloadavg()[0]:.1f}"


def leave(found: Sequence[float], words: str) -> NoReturn:
    """Print what was seen, and exit with 1 if memory has moved away from where it was.

    Args:
        found: MiB, read evenly over the whole time; what comes after the first tenth counts.
        words: what else was seen.
    """
    first, last = found[max(0, len(found) // 10 - 1)], found[-1]
    sys.stdout.write(
        f"{first:.0f} MiB after the first tenth, {max(found):.0f} at most, {last:.0f} at the end; {words}\n"
    )
    sys.stdout.flush()
    # Without the finalisers of native libraries, as the program itself leaves.
    os._exit(int(abs(last - first) > MOST_BESIDE))


def make_parts(folder: Path, count: int, side: int) -> None:
    """So many files, of which only some differ: what is kept of a part is kept by its name."""
    command(["samples", str(folder / "made"), "--count", str(DIFFERENT), "--size", str(side)])
    made = sorted((folder / "made").rglob("*.png"))
    made = [file for file in made if "mask" not in str(file)]
    (folder / "parts").mkdir()
    for number in range(count):
        shutil.copyfile(made[number % len(made)], folder / "parts" / f"part{number:05}.png")


def walk(assembly: Assembly, parts: int, share: int, step: int) -> Iterator[tuple[int, float, float]]:
    """Show part after part; yields how many were seen, the memory, and what the caches hold, in MiB."""
    wait_for(lambda: len(assembly.session.parts) == parts and assembly.models.facts is not None)
    wait_for(lambda: assembly.shown.result is not None and assembly.work.idle)
    for cache in caches():
        cache.shrink(max(SMALLEST, cache.capacity // share))
    for number in range(parts):
        assembly.shown.show(number)
        wait_for(lambda: assembly.shown.result is not None and assembly.shown.threshold_view is not None)
        if (number + 1) % step == 0:
            wait_for(lambda: assembly.work.idle)
            yield number + 1, resident(), sum(cache.size for cache in caches()) / 2**20


def own_home(place: str) -> None:
    """Let nothing that a person has be read or written; before there is an application."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    prepare()
    note_caches()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        os.environ[name] = place


def main() -> int:
    """Return 1 if memory grows beyond the caches."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", type=int, default=600)
    parser.add_argument("--side", type=int, default=448, help="of each part, in pixels")
    parser.add_argument("--lines", type=int, default=12, help="how often memory is printed")
    parser.add_argument("--share", type=int, default=16, help="by which the bounds are divided")
    chosen = parser.parse_args()
    found: list[tuple[int, float, float]] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        own_home(place)
        make_parts(folder, chosen.parts, chosen.side)
        application = QApplication([sys.argv[0]])
        assembly = Assembly(application, SettingsStore(), model_name=DEFAULT_MODEL)
        collector = collect_in_this_thread()
        assembly.start([folder / "parts"])
        for seen, memory, kept in walk(assembly, chosen.parts, chosen.share, max(1, chosen.parts // chosen.lines)):
            found.append((seen, memory, kept))
            sys.stdout.write(f"{seen} parts: {memory:.0f} MiB, of which {kept:.0f} in caches\n")
            sys.stdout.flush()
        assembly.shut_down(5)
        collector.stop()
    half = found[len(found) // 2 :]
    # What fills the caches ends by itself.
    beyond = [memory - kept for _, memory, kept in half]
    growth = (beyond[-1] - beyond[0]) / (half[-1][0] - half[0][0])
    sys.stdout.write(f"beyond the caches, the second half grew by {growth:.3f} MiB a part\n")
    sys.stdout.flush()
    # Without the finalisers of native libraries, as the program itself leaves.
    os._exit(int(growth > MOST_GROWTH))


if __name__ == "__main__":
    sys.exit(main())
