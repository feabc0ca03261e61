"""A walk through the real program as a person takes it, on a virtual screen; keeps a picture of every step.

    python tests/e2e/walk.py FOLDER --pictures OUT [--size 1366x768] [--scale 1] [--theme light] [--language en]
    python tests/e2e/walk.py FOLDER --pictures OUT --all

FOLDER holds at least 20 parts. Needs Xvfb, xdotool and ImageMagick's ``import``. Prints the longest block of the
window's thread, and how long it computed at a time, which unlike the block does not grow on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 180.0
PARTS = 20


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


ALL = tuple(
    Setting(size, scale, theme, language)
    for size, scale in (("1366x768", "1"), ("2560x1440", "2"))
    for theme in ("light", "dark")
    for language in ("en", "zh_CN")
)


@contextmanager
def virtual_screen(size: str) -> Iterator[str]:
    """A virtual screen; its name for DISPLAY."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as stream:
        number = stream.readline().strip()
    try:
        if not number:
            raise RuntimeError("Xvfb did not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


class Walk:
    """The running program and the steps of the walk; other steps are methods added to `STEPS`."""

    def __init__(self, setting: Setting, screen: str, folder: Path, pictures: Path, own: Path) -> None:
        self.setting, self.folder, self.pictures = setting, folder, pictures
        self.number = 0
        config = own / "config"
        config.mkdir()
        settings = {"theme": setting.theme, "language": setting.language, "recent": [str(folder)]}
        (config / "window.json").write_text(json.dumps(settings), encoding="utf-8")
        self.trace_file = own / "trace.jsonl"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("QT_")},
            "DISPLAY": screen,
            "QT_QPA_PLATFORM": "xcb",
            "QT_SCALE_FACTOR": setting.scale,
            "TOKENCLIP_CONFIG_DIR": str(config),
            "TOKENCLIP_DATA_DIR": str(own / "data"),
            "TOKENCLIP_TRACE": str(self.trace_file),
        }
        self.process = subprocess.Popen([sys.executable, "main.py", "--demo"], cwd=ROOT, env=self.environment)

    def milestones(self) -> list[dict[str, object]]:
        """What the program traced so far."""
        lines = self.trace_file.read_text("utf-8").splitlines(keepends=True) if self.trace_file.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def wait_for(self, reached: Callable[[], bool]) -> None:
        """Wait until something is so."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not reached():
            if self.process.poll() is not None:
                raise RuntimeError(f"the program ended with {self.process.returncode}")
            if time.monotonic() > until:
                raise RuntimeError("nothing happened")
            time.sleep(0.05)

    def xdotool(self, *words: str) -> str:
        """Move, click and type as a person does."""
        ended = subprocess.run(["xdotool", *words], env=self.environment, check=True, capture_output=True, text=True)
        return ended.stdout.strip()

    def keys(self, *names: str, seconds: float = 0.4) -> None:
        """Press keys one after the other, and look for a moment."""
        for name in names:
            self.xdotool("key", name)
            time.sleep(seconds)

    def click(self, across: float, down: float) -> None:
        """Click at a place given in shares of the screen."""
        width, height = (int(side) for side in self.setting.size.split("x"))
        self.xdotool("mousemove", str(round(across * width)), str(round(down * height)), "click", "1")
        time.sleep(0.4)

    def picture(self, name: str) -> None:
        """Keep what is on the screen."""
        self.number += 1
        target = self.pictures / f"{self.number:02d}_{name}.png"
        subprocess.run(["import", "-window", "root", str(target)], env=self.environment, check=True, timeout=60)

    def samples(self) -> None:
        """The first sample shows its heatmap without a click."""
        self.wait_for(lambda: any(line["name"] == "window_shown" for line in self.milestones()))
        self.picture("start")
        self.wait_for(lambda: any(line["name"] == "first_heatmap" for line in self.milestones()))
        # Without a window manager, a window gets the keyboard by a click.
        self.click(0.45, 0.5)
        self.keys("Escape")
        self.picture("sample")

    def open_folder(self) -> None:
        """Open the folder among the recent places: File, recent, its first entry."""
        self.keys("alt+f", "r", "Return", seconds=0.8)
        time.sleep(3)
        self.picture("folder")

    def step_through(self) -> None:
        """Twenty parts with the arrow key."""
        for _ in range(PARTS):
            self.keys("Down", seconds=0.5)
        self.picture("after_20_parts")

    def change_threshold(self) -> None:
        """Next defect, then all layers."""
        self.keys("n", "3")
        self.picture("subspaces")
        self.keys("1")
        self.picture("original")
        self.keys("2", "g")
        self.picture("grid")
        self.keys("g")

    def pin_patch(self) -> None:
        """A click on the canvas pins the patch below it."""
        self.click(0.42, 0.45)
        self.picture("patch")

    def settings(self) -> None:
        """The settings dialog, and away again."""
        self.keys("ctrl+comma", seconds=1.0)
        self.picture("settings")
        self.keys("Escape")

    def shortcuts(self) -> None:
        """The list of keys."""
        self.click(0.06, 0.117)
        self.keys("F1", seconds=1.0)
        self.picture("shortcuts")
        self.keys("Escape")

    def close(self) -> dict[str, object]:
        """End the program; what it traced last."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        closed = self.milestones()[-1]
        if code != 0 or closed["name"] != "closed":
            raise RuntimeError(f"the program ended with {code}")
        return closed


STEPS: tuple[Callable[[Walk], None], ...] = (
    Walk.samples,
    Walk.open_folder,
    Walk.step_through,
    Walk.change_threshold,
    Walk.pin_patch,
    Walk.settings,
    Walk.shortcuts,
)
"""The walk; steps of further parts of the window are appended here."""


def walk(setting: Setting, folder: Path, pictures: Path) -> dict[str, object]:
    """Take the walk in one setting; the trace's last line."""
    target = pictures / setting.name
    target.mkdir(parents=True, exist_ok=True)
    with virtual_screen(setting.size) as screen, tempfile.TemporaryDirectory() as own:
        taken = Walk(setting, screen, folder.absolute(), target, Path(own))
        try:
            for step in STEPS:
                step(taken)
            return taken.close()
        finally:
            if taken.process.poll() is None:
                taken.process.kill()
                taken.process.wait(10)


def main() -> None:
    """Walk and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--size", default="1366x768")
    parser.add_argument("--scale", default="1")
    parser.add_argument("--theme", choices=["light", "dark"], default="light")
    parser.add_argument("--language", choices=["en", "zh_CN"], default="en")
    parser.add_argument("--all", action="store_true", help="both sizes, both themes, both languages")
    parser.add_argument("-v", action="store_true", help="what ran in the longest blocks")
    options = parser.parse_args()
    own = (Setting(options.size, options.scale, options.theme, options.language),)
    for setting in ALL if options.all else own:
        closed = walk(setting, options.folder, options.pictures)
        block, work = (1000 * float(str(closed[name])) for name in ("longest_block", "longest_work"))
        print(f"{setting.name:<34} longest block {block:4.0f} ms   work {work:4.0f} ms", flush=True)
        culprits = closed["culprits"]
        for culprit in culprits if options.v and isinstance(culprits, list) else []:
            print(culprit[1])


if __name__ == "__main__":
    main()
