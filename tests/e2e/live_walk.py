"""Pictures of the live view as the real program shows it on a virtual screen: one camera, a grid, and the faults.

    python tests/e2e/live_walk.py --pictures OUT [--size 1366x768] [--theme light] [--language en] [--only grid]

The cameras are made-up belts: the program's own, one that is sent as motion JPEG, and one that is a video; ``rtsp`` is
GStreamer's server (see `tests/rtsp_server.py`), left out where there is none. Needs Xvfb and xdotool.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from live_server import NetworkCamera, jpeg
from rtsp_server import RtspServer, why_not
from walk_program import Setting, Walk, compile_program, virtual_screen
from walk_steps import end

from tokenclip_core.sources.belt import BeltSource

RATE = 10
SECONDS = 12


def belt_frames(seed: int) -> list[Any]:
    """(480, 640, 3) uint8 BGR each, of a belt that moves."""
    belt = BeltSource(seed)
    belt.open()
    frames = []
    for number in range(RATE * SECONDS):
        position = 4 + number / RATE
        frames.append(cv2.cvtColor(belt._drawn(position), cv2.COLOR_RGB2BGR))
    return frames


def video(folder: Path, seed: int) -> Path:
    """A video of a belt."""
    path = folder / "line 3.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), RATE, (640, 480))
    for frame in belt_frames(seed):
        writer.write(frame)
    writer.release()
    return path


@contextmanager
def network_camera(seed: int) -> Iterator[NetworkCamera]:
    """A belt by motion JPEG."""
    frames = [jpeg(frame) for frame in belt_frames(seed)]
    camera = NetworkCamera(rate=RATE, frame=lambda number: frames[number % len(frames)])
    camera.start()
    try:
        yield camera
    finally:
        camera.stop()


@contextmanager
def program(setting: Setting, pictures: Path, cameras: Sequence[str]) -> Iterator[Walk]:
    """The program, with its live view open on these cameras."""
    remembered = {"threshold": 0.5, "live": {"cameras": [{"text": text} for text in cameras[:-1]]}}
    with virtual_screen(setting.size) as screen, tempfile.TemporaryDirectory() as own:
        words = ("--camera", cameras[-1])
        walk = Walk(setting, screen, pictures, pictures, Path(own), words=words, remembered=remembered)
        try:
            walk.until("the window is seen", lambda facts: len(facts["live"]) == len(cameras))
            walk.fill_screen()
            yield walk
            end(walk)
        finally:
            if walk.process.poll() is None:
                walk.process.kill()
                walk.process.wait(10)


def one_camera(setting: Setting, pictures: Path, _folder: Path) -> None:
    """One belt, with a defect on it."""
    with program(setting, pictures, ["demo:1"]) as walk:
        walk.until("a defect is seen", lambda facts: [camera["verdict"] for camera in facts["live"]] == ["defect"])
        walk.keys("space")
        walk.shot("one_camera")


def grid(setting: Setting, pictures: Path, folder: Path) -> None:
    """Four cameras of four kinds."""
    with network_camera(4) as camera:
        cameras = ["demo:1", camera.address, str(video(folder, 2)), "demo:6"]
        with program(setting, pictures, cameras) as walk:
            walk.until(
                "all four are inspected, and one has a defect",
                lambda facts: (
                    min(camera["inspected"] for camera in facts["live"]) > 2
                    and any(camera["verdict"] == "defect" for camera in facts["live"])
                ),
            )
            walk.shot("grid")


def faults(setting: Setting, pictures: Path, folder: Path) -> None:
    """A wrong password, a camera that went silent, one that is gone, and one that works."""
    with network_camera(4) as locked, network_camera(5) as silent, network_camera(3) as gone:
        locked.credentials = ("someone", "else")
        gone.stop()
        addresses = [f"http://127.0.0.1:{camera.port}/video" for camera in (locked, silent, gone)]
        with program(setting, pictures, [*addresses, "demo:1"]) as walk:
            walk.until("the belt is inspected", lambda facts: facts["live"][-1]["inspected"] > 1)
            silent.stalled.set()
            wanted = ["access", "stalled", "unreachable", None]
            walk.until("faults are told", lambda facts: [camera["fault"] for camera in facts["live"]] == wanted)
            walk.shot("faults")


def rtsp(setting: Setting, pictures: Path, _folder: Path) -> None:
    """Streams that run, and then: one whose server was killed, one that is stalled, and one with a wrong password."""
    if why_not():
        print(why_not())
        return
    killed, stalled, locked = (RtspServer(rate=10), RtspServer(rate=10), RtspServer(("me", "s3cret"), rate=10))
    for server in (killed, stalled, locked):
        server.start()
    wrong = locked.address.replace("s3cret", "wr0ng")
    try:
        with program(setting, pictures, [killed.address]) as walk:
            walk.until("the stream is inspected", lambda facts: facts["live"][0]["inspected"] > 2)
            walk.shot("rtsp_running")
            killed.stop()
            walk.until("it is told that it is gone", lambda facts: facts["live"][0]["fault"] == "unreachable")
            walk.shot("rtsp_killed")
            killed.start()
            walk.until("it is back", lambda facts: facts["live"][0]["fault"] is None)
        with program(setting, pictures, [killed.address, stalled.address, "demo:1", wrong]) as walk:
            walk.until("the others are inspected", lambda facts: facts["live"][1]["inspected"] > 2)
            killed.stop()
            stalled.stall(True)
            wanted = ["unreachable", "stalled", None, "access"]
            walk.until("faults are told", lambda facts: [camera["fault"] for camera in facts["live"]] == wanted)
            walk.shot("rtsp_faults")
    finally:
        for server in (killed, stalled, locked):
            server.stop()


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--size", default="1366x768")
    parser.add_argument("--theme", choices=["light", "dark"], default="light")
    parser.add_argument("--language", choices=["en", "zh_CN"], default="en")
    pictures = {"one_camera": one_camera, "grid": grid, "faults": faults, "rtsp": rtsp}
    parser.add_argument("--only", choices=pictures, help="one of the pictures alone")
    options = parser.parse_args()
    compile_program()
    setting = Setting(options.size, "1", options.theme, options.language)
    target = options.pictures / setting.name
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, take in pictures.items():
            if options.only in (None, name):
                take(setting, target, Path(folder))


if __name__ == "__main__":
    main()
