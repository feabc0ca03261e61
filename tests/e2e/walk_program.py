"""The real program on a virtual screen, found and used as a person does; see `walk`."""

from __future__ import annotations

import compileall
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 300.0
"""So long something may take of the time in which the program could go on; see `Patience`."""


@dataclass(frozen=True)
class Setting:
    """How the program is shown."""

    size: str = "1366x768"
    scale: str = "1"
    theme: str = "light"
    language: str = "en"

    @property
    def name(self) -> str:
        """For the pictures' folder."""
        return f"{self.size}_{self.scale}_{self.theme}_{self.language}"


@dataclass(frozen=True)
class VirtualScreen:
    """An X server without a monitor.

    Attributes:
        display: its name for DISPLAY.
        managed: whether a window manager has its windows.
        frame: the file that is its picture, an XWD dump that the server writes into; to read it costs the server and
            the program under test nothing, which asking the server would.
    """

    display: str
    frame: Path
    managed: bool = False

    def pixels(self) -> npt.NDArray[np.uint8]:
        """(H, W, 3) of what is on the screen, RGB."""
        header = np.fromfile(self.frame, ">u4", 25)
        length, width, height, bits, row_bytes, colours = (int(header[index]) for index in (0, 4, 5, 11, 12, 19))
        if bits != 32:
            raise WalkError(f"the screen has {bits} bits a pixel, not 32")
        # 12 bytes for each entry of the colour table, which lies between header and pixels.
        dump = np.memmap(self.frame, np.uint8, "r", length + 12 * colours, (height, row_bytes))
        return np.ascontiguousarray(dump[:, : 4 * width].reshape(height, width, 4)[..., 2::-1])


@contextmanager
def virtual_screen(size: str, manager: str = "") -> Iterator[VirtualScreen]:
    """A screen of so many pixels while the block runs, with a window manager by its command if there shall be one."""
    reader, writer = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{size}x24", "-fbdir", folder]
        server = subprocess.Popen([*command, "-nolisten", "tcp"], pass_fds=[writer], stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader) as stream:
            number = stream.readline().strip()
        try:
            if not number:
                raise RuntimeError("Xvfb did not start")
            with _managed(f":{number}", manager):
                yield VirtualScreen(f":{number}", Path(folder) / "Xvfb_screen0", bool(manager))
        finally:
            server.terminate()
            server.wait(10)


@contextmanager
def _managed(display: str, manager: str) -> Iterator[None]:
    """A window manager on a screen while the block runs; "" for none."""
    if not manager:
        yield
        return
    running = subprocess.Popen([manager], env={**os.environ, "DISPLAY": display}, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        running.terminate()
        running.wait(10)


def compile_program() -> None:
    """Compile the program's modules, as pip does where it is installed: a first start shall not do it meanwhile."""
    for package in ("app", "tokenclip_core"):
        compileall.compile_dir(ROOT / package, quiet=1)


class WalkError(RuntimeError):
    """A step did not do what it should."""


class Patience:
    """How long a program was waited for, without the time in which it stood in the queue for a processor.

    On a machine that is busy with other things, a program that does its work may take many times as long; one that
    hangs stands in no queue.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process, self._began, self._queued = process, time.monotonic(), _queued(process.pid)

    @property
    def spent(self) -> float:
        """Seconds."""
        queued = (seconds - self._queued.get(thread, 0.0) for thread, seconds in _queued(self._process.pid).items())
        return time.monotonic() - self._began - max(queued, default=0.0)

    @property
    def is_over(self) -> bool:
        """Whether it was too long."""
        return self.spent > PATIENCE_SECONDS


def _queued(process: int) -> dict[str, float]:
    """Seconds that each thread of a process was ready to run and had no processor; empty where Linux does not tell."""
    found = {}
    for file in Path(f"/proc/{process}/task").glob("*/schedstat"):
        # A thread may end while it is read about.
        with suppress(OSError):
            found[file.parent.name] = int(file.read_text("ascii").split()[1]) / 1e9
    return found


class Walk:
    """The running program, what it answers, and what a person does with it."""

    def __init__(
        self,
        setting: Setting,
        screen: VirtualScreen,
        folder: Path,
        pictures: Path,
        own: Path,
        *,
        words: Sequence[str] = ("--demo",),
        remembered: Mapping[str, Any] | None = None,
    ) -> None:
        """Start it; `words` are those of its command line, `remembered` are more settings."""
        self.setting, self.screen, self.folder, self.pictures, self.own = setting, screen, folder, pictures, own
        self.number = self.asked = 0
        self.before: np.ndarray | None = None
        self.block = self.work = 0.0
        self.steps: dict[str, tuple[float, float]] = {}
        self.culprits: list[str] = []
        config = own / "config"
        config.mkdir()
        settings = {"theme": setting.theme, "language": setting.language, "recent": [str(folder)], **(remembered or {})}
        (config / "window.json").write_text(json.dumps(settings), encoding="utf-8")
        self.trace_file = own / "trace.jsonl"
        self._traced, self._milestones = 0, list[dict[str, Any]]()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("QT_", "PYTHON"))},
            "DISPLAY": screen.display,
            "QT_QPA_PLATFORM": "xcb",
            "QT_SCALE_FACTOR": setting.scale,
            "TOKENCLIP_CONFIG_DIR": str(config),
            "TOKENCLIP_DATA_DIR": str(own / "data"),
            "TOKENCLIP_TRACE": str(self.trace_file),
        }
        self.process = subprocess.Popen([sys.executable, "main.py", *words], cwd=ROOT, env=self.environment)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """A step, whose longest block and work are noted apart."""
        block, work, self.block, self.work = self.block, self.work, 0.0, 0.0
        known = len(self.culprits)
        yield
        self.ask()
        self.steps[name] = self.block, self.work
        self.culprits[known:] = [f"{name}, {account}" for account in self.culprits[known:]]
        self.block, self.work = max(block, self.block), max(work, self.work)

    def milestones(self) -> list[dict[str, Any]]:
        """What the program traced so far; only what is new is read."""
        if self.trace_file.exists():
            with self.trace_file.open("rb") as trace:
                trace.seek(self._traced)
                whole = trace.read().rpartition(b"\n")[0]
            if whole:
                self._traced += len(whole) + 1
                self._milestones += [json.loads(line) for line in whole.splitlines()]
        return self._milestones

    def wait_for(self, reached: Callable[[], bool], what: str) -> None:
        """Wait until something is so."""
        patience = Patience(self.process)
        while not reached():
            if self.process.poll() is not None:
                raise WalkError(f"{what}: the program ended with {self.process.returncode}")
            if patience.is_over:
                raise WalkError(f"{what}: not so after {PATIENCE_SECONDS:.0f} s; {self.ask()['facts']}")
            time.sleep(0.05)

    def ask(self) -> dict[str, Any]:
        """Where things are and what is shown now; see `app.tracing.observer`."""
        self.asked += 1
        question = self.trace_file.with_name(self.trace_file.name + ".ask")
        draft = question.with_suffix(".draft")
        draft.write_text(str(self.asked), encoding="utf-8")
        draft.replace(question)
        patience = Patience(self.process)
        while not patience.is_over and self.process.poll() is None:
            for line in reversed(self.milestones()):
                if line["name"] == "asked" and line["question"] == self.asked:
                    self.block, self.work = max(self.block, line["block"]), max(self.work, line["work"])
                    self.culprits += [account for _, account in line["culprits"]]
                    return line
            time.sleep(0.02)
        raise WalkError("the program does not answer")

    def until(self, what: str, so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the program's facts say that something is so; the facts."""
        latest: dict[str, Any] = {}

        def reached() -> bool:
            latest.update(self.ask()["facts"])
            return so(latest)

        self.wait_for(reached, what)
        return latest

    def xdotool(self, *words: str) -> str:
        """Move, click and type as a person does."""
        ended = subprocess.run(["xdotool", *words], env=self.environment, check=True, capture_output=True, text=True)
        return ended.stdout.strip()

    def asked_of_manager(self, *words: str) -> str:
        """Ask the window manager for something, or about its windows, with `wmctrl`."""
        ended = subprocess.run(["wmctrl", *words], env=self.environment, check=True, capture_output=True, text=True)
        return ended.stdout

    def fill_screen(self) -> None:
        """What a window manager does with a maximised window."""
        width, height = self.setting.size.split("x")
        window = self.xdotool("search", "--onlyvisible", "--name", "TokenCLIP Inspector").split()[-1]
        if self.screen.managed:
            self.asked_of_manager("-i", "-r", window, "-b", "add,maximized_vert,maximized_horz")
            self.asked_of_manager("-i", "-a", window)
            self.wait_for(lambda: self.ask()["places"]["window"][2] >= int(width) - 4, "it is as wide as the screen")
            return
        self.xdotool("windowmove", window, "0", "0", "windowsize", window, width, height)
        self.wait_for(lambda: self.ask()["places"]["window"] == [0, 0, int(width), int(height)], "it fills the screen")

    def shot(self, name: str) -> None:
        """Keep what is on the screen at this moment, moving or not."""
        self._save(self.screen.pixels(), name)

    def keys(self, *names: str) -> None:
        """Press keys one after the other."""
        for name in names:
            self.xdotool("key", name)

    def write(self, text: str) -> None:
        """Type a text."""
        self.xdotool("type", "--delay", "5", text)

    def answer_place(self, file: Path) -> None:
        """Type where something is saved into the dialog that asks for it."""
        self.keys("ctrl+a")
        self.write(str(file))
        asked = True
        while asked:
            # Names that the dialog offers lie over its field, and may take the key for themselves.
            self.keys("Return")
            asked = self.until("no names are offered", lambda facts: not facts["popup"])["dialog"] == "QFileDialog"

    def windows(self) -> dict[str, tuple[int, int, int, int]]:
        """Left, top, width and height of all windows that the window manager has, by their titles."""
        lines = (line.split(None, 7) for line in self.asked_of_manager("-l", "-G").splitlines())
        return {line[7]: (int(line[2]), int(line[3]), int(line[4]), int(line[5])) for line in lines if len(line) > 7}

    def place(self, name: str, across: float = 0.5, down: float = 0.5) -> tuple[int, int]:
        """A point in a named place, in shares of its sides."""
        places = self.ask()["places"]
        if name not in places:
            raise WalkError(f"{name} is not to be seen; there are {', '.join(places)}")
        left, top, width, height = places[name]
        right, bottom = (int(side) for side in self.setting.size.split("x"))
        if width < 4 or height < 4 or left < 0 or top < 0 or left + width > right or top + height > bottom:
            raise WalkError(f"{name} is cut off: {width} x {height} pixels at {left}, {top}")
        return round(left + across * width), round(top + down * height)

    def click(self, name: str, across: float = 0.5, down: float = 0.5) -> None:
        """Click into a named place."""
        x, y = self.place(name, across, down)
        self.xdotool("mousemove", str(x), str(y), "click", "1")

    def drag(self, name: str, start: tuple[float, float], end: tuple[float, float], steps: int = 12) -> None:
        """Drag with the left button within a named place."""
        (x, y), (to_x, to_y) = self.place(name, *start), self.place(name, *end)
        self.xdotool("mousemove", str(x), str(y), "mousedown", "1")
        for step in range(1, steps + 1):
            share = step / steps
            self.xdotool("mousemove", str(round(x + share * (to_x - x))), str(round(y + share * (to_y - y))))
        self.xdotool("mouseup", "1")

    def picture(self, name: str) -> None:
        """Keep what is on the screen, once it rests; it must differ from the picture before."""
        self.number += 1
        now = self.screen.pixels()
        for _ in range(40):
            time.sleep(0.25)
            earlier, now = now, self.screen.pixels()
            if np.array_equal(now, earlier):
                break
        self._save(now, f"{self.number:02d}_{name}")
        if self.before is not None and np.array_equal(now, self.before):
            raise WalkError(f"{name}: nothing changed on the screen")
        self.before = now

    def _save(self, pixels: npt.NDArray[np.uint8], name: str) -> None:
        Image.fromarray(pixels).save(self.pictures / f"{name}.png")
