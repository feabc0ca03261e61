"""The live view, measured in the real window: rates, age of what is shown, shares, memory, and coming back.

    python tests/benchmarks/live.py rate            # the bundled model on one camera: inspections a second
    python tests/benchmarks/live.py slow --seconds 600    # a model 10 x slower than the camera: age, memory, blocks
    python tests/benchmarks/live.py shares          # four streams of 640 x 480 at 30 a second
    python tests/benchmarks/live.py replug --cycles 100   # a camera that is killed and comes back (--rtsp: by RTSP)

Without a display: QT_QPA_PLATFORM=offscreen. Prints figures; never fails on time.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "app"))

from live_server import NetworkCamera
from pools import begin_as_programs_do
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from rtsp_server import RtspServer
from window_fakes import FakeInspector

from app.parts.state import ModelChoice
from app.process.prepare import prepare
from app.settings.store import SettingsStore
from app.shell.assembly import Assembly
from app.shell.bootstrap import collect_in_this_thread
from app.tracing.watchdog import EventLoopWatchdog
from app.work.engine import ModelOptions, load_inspector

FRAME = 1 / 30
SLOW_SECONDS = 10 * FRAME

COMPACT = ModelChoice("compact", "compact")


class SlowInspector(FakeInspector):
    """Takes as long as ten frames, without computing: the time another program's model would take on a GPU."""

    seconds = SLOW_SECONDS

    def encode(self, images: Sequence[npt.NDArray[np.uint8]]) -> list[Any]:
        """Wait, then do what the stand-in does."""
        threading.Event().wait(self.seconds)
        return super().encode(images)


def resident() -> float:
    """Resident memory of this process in MiB (Linux), else 0."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if status.exists() else 0.0


def open_files() -> int:
    """Open files and sockets of this process (Linux), else 0."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


class Window:
    """The window with its live view open."""

    def __init__(self, factory: Callable[..., Any]) -> None:
        self.application = QApplication.instance() or QApplication(sys.argv[:1])
        self.collector = collect_in_this_thread()
        self.folder = tempfile.TemporaryDirectory()
        store = SettingsStore(Path(self.folder.name))
        self.assembly = Assembly(self.application, store, model_name="compact", factory=factory)
        self.assembly.window.resize(1366, 768)
        self.assembly.start([], camera=None)
        self.until(lambda: self.assembly.models.facts is not None, 120)
        self.assembly.live.enter()

    @property
    def cameras(self) -> list[Any]:
        """The cameras."""
        return list(self.assembly.live.live.cameras.values())

    def run(self, seconds: float) -> None:
        """Let the event loop work."""
        loop = QEventLoop()
        QTimer.singleShot(int(1000 * seconds), loop.quit)
        loop.exec()

    def until(self, condition: Callable[[], bool], seconds: float) -> float:
        """Let the event loop work until something is so; seconds it took, or nan."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > seconds:
                return float("nan")
            self.run(0.02)
        return time.monotonic() - began

    def close(self) -> None:
        """End everything."""
        began = time.monotonic()
        self.assembly.window.close()
        ended = self.assembly.shut_down(5)
        print(f"closed in {time.monotonic() - began:.2f} s, all threads ended: {ended}")


def cameras(count: int) -> list[NetworkCamera]:
    """Started cameras."""
    made = [NetworkCamera() for _ in range(count)]
    for camera in made:
        camera.start()
    return made


def rate(options: argparse.Namespace) -> None:
    """Inspections a second of the bundled model, with the heatmap shown, and what encoding alone takes at that hour."""
    window = Window(lambda choice, *_given: load_inspector(choice, None, ModelOptions(image_size=options.image_size)))
    window.assembly.live.add_named("demo:1")
    window.until(lambda: window.cameras[0].inspected.total > 5, 120)
    before, began, ages = window.cameras[0].inspected.total, time.monotonic(), []
    while time.monotonic() - began < options.seconds:
        window.run(0.1)
        ages.append(window.cameras[0].age)
    count = window.cameras[0].inspected.total - before
    print(f"{count / options.seconds:.1f} inspections/s, age median {1000 * statistics.median(ages):.0f} ms")
    pixels = window.cameras[0].latest.frame.pixels()
    window.close()
    inspector, times = (
        load_inspector(COMPACT, None, ModelOptions(image_size=options.image_size)),
        [],
    )
    for _ in range(20):
        began = time.monotonic()
        inspector.encode([pixels])
        times.append(time.monotonic() - began)
    print(f"encoding alone: {1000 * statistics.median(times):.0f} ms, {1 / statistics.median(times):.1f}/s")


def slow(options: argparse.Namespace) -> None:
    """Age of results, memory and blocks of the GUI thread with a model ten times slower than the camera."""
    window = Window(lambda *_given: SlowInspector())
    servers = cameras(1)
    window.assembly.live.add_named(servers[0].address)
    camera = window.cameras[0]
    window.until(lambda: camera.inspected.total > 5, 60)
    watchdog, start = EventLoopWatchdog(), resident()
    ages: list[float] = []
    beyond: list[float] = []
    memory: list[float] = []
    began = time.monotonic()
    while time.monotonic() - began < options.seconds:
        shown = camera.inspected.total
        window.until(lambda shown=shown: camera.inspected.total > shown, 5)
        window.run(0.05)
        beyond.append(camera.age - camera.latest.result.milliseconds / 1000)
        ages.append(camera.age)
        memory.append(resident())
    watchdog.stop()
    limit = FRAME + 0.05
    print(f"age: median {1000 * statistics.median(ages):.0f}, longest {1000 * max(ages):.0f} ms")
    print(f"of that beyond the inference: longest {1000 * max(beyond):.0f} ms; limit {1000 * limit:.0f}")
    print(f"over the limit: {sum(age > limit for age in beyond)} of {len(beyond)}")
    print(f"memory: {start:.0f} MiB at the beginning, {min(memory):.0f} to {max(memory):.0f} afterwards")
    print(f"longest block of the GUI thread {1000 * watchdog.longest_block:.0f} ms")
    window.close()
    servers[0].stop()


def shares(options: argparse.Namespace) -> None:
    """Four streams: capture at full rate, inspection shared equally."""
    window = Window(lambda *_given: SlowInspector() if options.stand_in else load_inspector(COMPACT))
    servers = cameras(4)
    for server in servers:
        window.assembly.live.add_named(server.address)
    window.until(lambda: min(camera.inspected.total for camera in window.cameras) > 2, 60)
    before = [(camera.capture.rate.total, camera.inspected.total) for camera in window.cameras]
    window.run(options.seconds)
    for camera, (captured, inspected) in zip(window.cameras, before, strict=True):
        frames, results = camera.capture.rate.total - captured, camera.inspected.total - inspected
        print(f"{camera.name}: {frames / options.seconds:.1f} captured/s, {results} inspected")
    window.close()
    for server in servers:
        server.stop()


def replug(options: argparse.Namespace) -> None:
    """A camera that is killed and started again: time until it is shown, threads, files and memory."""
    window = Window(lambda *_given: FakeInspector())
    server = RtspServer() if options.rtsp else NetworkCamera()
    server.start()
    window.assembly.live.add_named(server.address)
    camera = window.cameras[0]
    window.until(lambda: camera.inspected.total > 5, 60)
    times: list[float] = []
    for cycle in range(options.cycles):
        server.stop()
        window.until(lambda: camera.tile.notice.isVisible(), 20)
        window.run(options.pause)
        server.start()
        shown = camera.inspected.total
        times.append(window.until(lambda shown=shown: camera.inspected.total > shown, 20))
        if cycle in {0, options.cycles // 2, options.cycles - 1}:
            gc.collect()
            counts = f"{threading.active_count()} threads, {open_files()} files, {resident():.0f} MiB"
            print(f"cycle {cycle + 1}: back after {times[-1]:.2f} s; {counts}", flush=True)
    print(f"back after {statistics.median(times):.2f} s in the median, {max(times):.2f} at the longest")
    window.close()
    server.stop()


def main() -> None:
    """Run one measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tasks = {"rate": rate, "slow": slow, "shares": shares, "replug": replug}
    parser.add_argument("task", choices=tasks)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--cycles", type=int, default=100)
    parser.add_argument("--pause", type=float, default=0.3, help="seconds that a killed camera stays away")
    parser.add_argument("--image-size", type=int, help="side in pixels that the model sees; its own by default")
    parser.add_argument("--rtsp", action="store_true", help="a real RTSP server instead of motion JPEG, to be killed")
    parser.add_argument("--stand-in", action="store_true", help="a slow stand-in instead of the bundled model")
    options = parser.parse_args()
    begin_as_programs_do()
    prepare()
    tasks[options.task](options)


if __name__ == "__main__":
    main()
