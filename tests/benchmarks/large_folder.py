"""A folder of 100,000 small images in the window: when it is listed, whether scrolling stalls, what memory it takes.

    python tests/benchmarks/large_folder.py [--count 100000] [--folder FOLDER]

Needs a display; without one, run it as ``xvfb-run -a python tests/benchmarks/large_folder.py``. The images are hard
links to a few files, made in a temporary folder unless a folder is given. "Block" is how long the window's thread was
held up, "work" how long it computed at a time: on a busy machine the first grows, the second does not.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from measure import make_folder, peak_memory
from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.process.prepare import prepare
from app.settings.store import SettingsStore
from app.shell.assembly import Assembly
from app.shell.bootstrap import DEFAULT_MODEL, collect_in_this_thread
from app.tracing.watchdog import EventLoopWatchdog

PATIENCE_SECONDS = 300.0
SCROLL_STEPS = 400
COLLECTIONS = 7
ARROW_KEYS = 20


def memory() -> float:
    """Resident memory in MiB; of the highest so far where the present one can't be read."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return peak_memory()


def wait_for(reached: Callable[[], bool]) -> float:
    """Run the event loop until something is so; the seconds it took."""
    started = time.perf_counter()
    while not reached():
        # The watchdog's beat keeps events coming.
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if time.perf_counter() - started > PATIENCE_SECONDS:
            raise RuntimeError("it took too long")
    return time.perf_counter() - started


def pause(seconds: float) -> None:
    """Run the event loop for a while."""
    until = time.perf_counter() + seconds
    wait_for(lambda: time.perf_counter() >= until)


class Bench:
    """The window with the bundled model, and the measurements in turn."""

    def __init__(self, folder: Path, count: int, config: Path) -> None:
        self.folder, self.count = folder, count
        self.application = QApplication([sys.argv[0]])
        self.collector = collect_in_this_thread()
        self.watchdog = EventLoopWatchdog()
        self.assembly = Assembly(self.application, SettingsStore(config), model_name=DEFAULT_MODEL)
        self.assembly.start([])
        wait_for(lambda: self.assembly.models.facts is not None)

    def measured(self, name: str, step: Callable[[], object]) -> None:
        """Run a step and print how long the window's thread was held up meanwhile."""
        self.watchdog.reset()
        step()
        pause(0.05)
        block, work = 1000 * self.watchdog.longest_block, 1000 * self.watchdog.longest_work
        print(f"{name:<34} longest block {block:6.0f} ms   work {work:6.0f} ms", flush=True)
        for seconds, account in self.watchdog.culprits[:3] if "-v" in sys.argv else []:
            print(f"    {1000 * seconds:.0f} ms {account}")

    def run(self) -> None:
        """Measure everything."""
        parts = self.assembly.session.parts
        start = memory()
        self.measured("listing", self._list)
        parts = self.assembly.session.parts
        panel = self.assembly.views.parts
        self._collect()
        self.measured("scrolling", self._scroll)
        self.measured("to the end", panel.view.scrollToBottom)
        self.measured("filter by text", lambda: panel._filter.setText("99"))
        self.measured("filter taken back", panel._filter.clear)
        self.measured("sort by score", lambda: panel._sort.setCurrentIndex(1))
        self.measured("sort by name", lambda: panel._sort.setCurrentIndex(0))
        self.measured("only defects", lambda: panel._verdicts.setCurrentIndex(1))
        self.measured("all verdicts", lambda: panel._verdicts.setCurrentIndex(0))
        self.measured("next defect", lambda: self.assembly.library.step_to_defect(1))
        self.measured("threshold", lambda: self.assembly.judging.set_threshold(0.4))
        self.assembly.shown.show(0)
        self.measured("arrow keys", self._arrows)
        print(f"{'memory':<34} {memory() - start:.0f} MiB above the start's {start:.0f} MiB, {len(parts):,} parts")

    def close(self) -> None:
        """Close the window."""
        self.watchdog.stop()
        self.assembly.window.close()
        self.assembly.shut_down(5)

    def _list(self) -> None:
        session = self.assembly.session
        self.assembly.open([self.folder])
        usable = wait_for(lambda: bool(session.parts) and self.assembly.shown.picture is not None)
        whole = usable + wait_for(lambda: len(session.parts) == self.count)
        print(f"{'list usable, first part on screen':<34} {usable:.2f} s\n{'all listed':<34} {whole:.2f} s", flush=True)

    def _collect(self) -> None:
        seconds = []
        for _ in range(COLLECTIONS):
            started = time.perf_counter()
            gc.collect()
            seconds.append(time.perf_counter() - started)
        low, high = 1000 * min(seconds), 1000 * max(seconds)
        median = 1000 * statistics.median(seconds)
        print(f"{'full garbage collection':<34} median {median:.1f} ms ({low:.1f} to {high:.1f})", flush=True)

    def _scroll(self) -> None:
        bar = self.assembly.views.parts.view.verticalScrollBar()
        for step in range(SCROLL_STEPS):
            bar.setValue(bar.maximum() * step // SCROLL_STEPS)
            pause(0.01)

    def _arrows(self) -> None:
        inspection = self.assembly.shown
        canvas = self.assembly.views.canvas
        seconds = []
        for _ in range(ARROW_KEYS):
            wait_for(lambda: all(thread.idle for thread in (self.assembly.work.inference, self.assembly.work.display)))
            pause(0.3)
            started = time.perf_counter()
            QTest.keyClick(self.assembly.window, Qt.Key.Key_Down)
            if inspection.picture is None or inspection.result is None:
                print("a part was not prefetched")
            canvas.viewport().repaint()
            seconds.append(time.perf_counter() - started)
        low, high = 1000 * min(seconds), 1000 * max(seconds)
        median = 1000 * statistics.median(seconds)
        print(f"{'arrow key to a prefetched part':<34} median {median:.1f} ms ({low:.1f} to {high:.1f})", flush=True)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="a folder made by an earlier run; made anew if it does not exist")
    parser.add_argument("-v", action="store_true", help="what ran in the longest blocks")
    options = parser.parse_args()
    prepare()
    with tempfile.TemporaryDirectory() as own:
        folder = options.folder or Path(own, "parts", "all")
        if not folder.exists():
            folder.mkdir(parents=True)
            make_folder(folder, options.count)
        bench = Bench(folder, options.count, Path(own, "config"))
        try:
            bench.run()
        finally:
            bench.close()
    sys.stdout.flush()
    # The interpreter's end could crash beneath a thread that is still inside native code.
    os._exit(0)


if __name__ == "__main__":
    main()
