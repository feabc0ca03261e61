"""Starts the real program on a virtual screen and looks at its pixels."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("PySide6", reason="the window needs PySide6")

CLOSING_SECONDS = 30.0
PATIENCE_SECONDS = 90.0

Trace = list[dict[str, object]]


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """A virtual screen of 1366 x 768; its name for DISPLAY."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is not installed: apt-get install -y xvfb")
    reader, writer = os.pipe()
    command = [server, "-displayfd", str(writer), "-screen", "0", "1366x768x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as stream:
        number = stream.readline().strip()
    if not number:
        process.wait(PATIENCE_SECONDS)
        pytest.skip("Xvfb did not start")
    yield f":{number}"
    process.terminate()
    process.wait(PATIENCE_SECONDS)


class Program:
    """The running program, what it traced, and its screen."""

    def __init__(self, root: Path, folder: Path, screen: str, *words: str) -> None:
        self.trace_file = folder / "trace.jsonl"
        self._picture = folder / "screen.png"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("QT_")},
            "DISPLAY": screen,
            "QT_QPA_PLATFORM": "xcb",
            "TOKENCLIP_CONFIG_DIR": str(folder / "config"),
            "TOKENCLIP_TRACE": str(self.trace_file),
        }
        self.started = time.time()
        self.process = subprocess.Popen(
            [sys.executable, "main.py", *words],
            cwd=root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def trace(self) -> Trace:
        if not self.trace_file.exists():
            return []
        lines = self.trace_file.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def milestone(self, *names: str) -> dict[str, object]:
        """Wait for one of some milestones."""
        found: list[dict[str, object]] = []

        def reached() -> bool:
            found.extend(line for line in self.trace() if line["name"] in names)
            return bool(found) or self.process.poll() is not None

        wait_until(reached)
        assert found, f"the program ended: {self.process.communicate()[0]}"
        return found[0]

    def picture(self) -> np.ndarray:
        """(H, W, 3) uint8 of the screen."""
        grabber = shutil.which("import")
        if grabber is None:
            pytest.skip("ImageMagick is not installed: apt-get install -y imagemagick")
        target = self._picture
        subprocess.run(
            [grabber, "-window", "root", str(target)], env=self.environment, check=True, timeout=PATIENCE_SECONDS
        )
        with Image.open(target) as image:
            return np.asarray(image.convert("RGB"))

    def close(self) -> float:
        """Ask the program to end; how many seconds it took."""
        asked = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        assert self.process.returncode == 0, output
        assert "Traceback" not in output, output
        return time.perf_counter() - asked


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        pause.wait(0.05)


@pytest.fixture
def start(project_root: Path, tmp_path: Path, screen: str) -> Iterator[Callable[..., Program]]:
    programs: list[Program] = []

    def make(*words: str) -> Program:
        folder = tmp_path / f"run{len(programs)}"
        folder.mkdir()
        programs.append(Program(project_root, folder, screen, *words))
        return programs[-1]

    yield make
    for program in programs:
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait(PATIENCE_SECONDS)


@pytest.fixture
def orange_parts(tmp_path: Path) -> Path:
    folder = tmp_path / "orange"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(np.full((200, 200, 3), (250, 120, 20 + number), np.uint8)).save(folder / f"{number}.png")
    return folder


def test_the_window_is_there_before_torch(start: Callable[..., Program]) -> None:
    program = start("--demo")
    shown = program.milestone("window_shown")
    assert shown["torch"] is False
    elapsed = float(str(shown["time"])) - program.started
    print(f"window painted {elapsed:.2f} s after the start of the process")
    picture = program.picture()
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20
    assert program.close() < CLOSING_SECONDS


def test_a_folder_is_shown_whatever_the_model_does(start: Callable[..., Program], orange_parts: Path) -> None:
    program = start(str(orange_parts))
    program.milestone("model_loaded", "model_failed")

    def orange_seen() -> bool:
        picture = program.picture().astype(int)
        orange = (picture[..., 0] > 1.5 * picture[..., 1]) & (picture[..., 1] > 1.5 * picture[..., 2])
        return bool(orange.sum() > 20_000)

    wait_until(orange_seen)
    assert program.close() < CLOSING_SECONDS


def test_the_first_sample_shows_its_heatmap_without_a_click(start: Callable[..., Program], bundled_model: str) -> None:
    program = start("--demo")
    # The bundled model needs no torch on a processor.
    assert program.milestone("first_heatmap")["torch"] is False
    assert program.close() < CLOSING_SECONDS
    closed = program.trace()[-1]
    assert closed["name"] == "closed"
    print(f"longest block of the window's thread: {1000 * float(str(closed['longest_block'])):.0f} ms")
    assert closed["automatic_collection"] is False
    assert closed["foreign_collections"] == 0, "garbage of Qt's objects belongs to the window's thread"


@pytest.mark.slow
@pytest.mark.parametrize("milestone", ["window_shown", "closed at once"])
def test_closing_early_is_clean(start: Callable[..., Program], milestone: str) -> None:
    for _ in range(3):
        program = start("--demo")
        program.milestone("window_shown")
        if milestone == "closed at once":
            program.picture()
        assert program.close() < CLOSING_SECONDS
