"""`inspect` on a live stream: the newest frames as rows, every way it ends, and no password anywhere."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from live_server import NetworkCamera, jpeg, numbered

from tokenclip_core.commands.cli import main
from tokenclip_core.commands.inputs import Limits, Source, find_sources
from tokenclip_core.commands.live_pictures import live_pictures
from tokenclip_core.sources.network import mjpeg

HIDDEN = "s3cret"
PATIENCE = 120.0


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine, this process's own camera may be slow to send.
    for name in ("OPEN_SECONDS", "STALL_SECONDS", "FRAME_SECONDS"):
        monkeypatch.setattr(mjpeg, name, PATIENCE)


@pytest.fixture
def camera() -> Iterator[NetworkCamera]:
    camera = NetworkCamera(credentials=("me", HIDDEN))
    camera.start()
    yield camera
    camera.stop()


@pytest.fixture
def inspect(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, list[dict[str, Any]], str]]:
    """Runs the command; its exit code, its rows and what it said. No word of it holds the password."""

    def run(*words: str) -> tuple[int, list[dict[str, Any]], str]:
        results = tmp_path / "r"
        code = main(["inspect", *words, "--model", str(tiny_model), "--out", str(results)])
        said = capsys.readouterr()
        written = [file.read_text("utf-8") for file in results.iterdir() if file.is_file()] if results.exists() else []
        assert not [text for text in (*written, said.out, said.err) if HIDDEN in text]
        return code, rows_in(results) if results.exists() else [], said.err

    return run


def rows_in(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "results.jsonl").read_text("utf-8").splitlines()]


def shown(camera: NetworkCamera) -> str:
    return f"http://127.0.0.1:{camera.port}/video"


def test_a_row_for_each_inspected_frame_with_its_time(camera: NetworkCamera, inspect: Callable[..., Any]) -> None:
    before = time.time()
    code, rows, _ = inspect(camera.address, "--max-frames", "3", "--threshold", "0.5", "--save", "maps")
    assert code == 0
    assert len(rows) == 3
    numbers = [int(row["path"].removeprefix(f"{shown(camera)}#frame=")) for row in rows]
    assert numbers == sorted(set(numbers))
    seconds = [row["seconds"] for row in rows]
    assert seconds[0] == 0
    assert seconds == sorted(set(seconds))
    times = [datetime.fromisoformat(row["captured"]).timestamp() for row in rows]
    assert before - 1 < times[0] < times[2] < time.time() + 1
    assert times[2] - times[0] == pytest.approx(seconds[2], abs=0.1)
    assert all(row["verdict"] in {"good", "defect"} and (row["width"], row["height"]) == (640, 480) for row in rows)


def test_seconds_are_a_limit_too(camera: NetworkCamera, inspect: Callable[..., Any]) -> None:
    code, rows, _ = inspect(camera.address, "--max-seconds", "0.5")
    assert code == 0
    assert rows
    assert max(row["seconds"] for row in rows) <= 0.5


def test_the_newest_frame_wins(camera: NetworkCamera) -> None:
    camera.rate = 100
    frame, mark, passed = camera.frame, [10**9], threading.Event()

    def counted(number: int) -> bytes:
        if number >= mark[0]:
            passed.set()
        return frame(number)

    camera.frame = counted
    (source,) = find_sources([camera.address])
    pictures = live_pictures(source, Limits(), lambda: False)
    first = int(next(pictures).path.rpartition("=")[2])
    mark[0] = camera.sent + 40
    assert passed.wait(PATIENCE)
    # What came meanwhile was left out; a queue would give the frame after the first.
    second = int(next(pictures).path.rpartition("=")[2])
    assert second >= first + 20
    pictures.close()
    assert HIDDEN not in repr(source)


def test_the_end_of_a_stream_ends_the_run(camera: NetworkCamera, inspect: Callable[..., Any], tmp_path: Path) -> None:
    frame = jpeg(numbered(1))

    def six_frames(number: int) -> bytes:
        if number > 6:
            raise ConnectionError
        return frame

    camera.frame = six_frames
    code, rows, _ = inspect(camera.address)
    assert code == 0
    assert 1 <= len(rows) <= 6
    assert json.loads((tmp_path / "r" / "run.json").read_text("utf-8"))["finished"] is True


@pytest.mark.parametrize("fault", ["absent", "password", "stalled"])
def test_a_stream_that_fails_is_a_row_that_says_why(
    camera: NetworkCamera,
    inspect: Callable[..., Any],
    fault: str,
    make_parts: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = camera.address
    if fault == "absent":
        camera.stop()
    elif fault == "password":
        camera.credentials = ("me", "another")
    else:
        monkeypatch.setattr(mjpeg, "STALL_SECONDS", 0.5)
        camera.stalled.set()
    code, rows, said = inspect(address, str(make_parts("1.png")))
    reason = {"absent": "the connection was refused", "password": "user name or password", "stalled": "no more frames"}
    assert code == 3
    assert rows[0]["path"] == shown(camera)
    assert reason[fault] in rows[0]["error"]
    assert rows[0]["error"] in said
    # The inputs behind it have their turn.
    assert rows[1]["error"] is None
    assert len(rows) == 2


def test_what_is_no_use_with_a_stream(
    camera: NetworkCamera, inspect: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert inspect(camera.address, "--resume")[0] == 2
    assert inspect(camera.address, "--max-seconds", "0")[0] == 2
    code, rows, said = inspect(f"rtsp://me:{HIDDEN}@")
    assert (code, rows) == (2, [])
    assert "is no address of a stream" in said
    assert main([f"rtsp://me:{HIDDEN}@127.0.0.1/x"]) == 2
    assert HIDDEN not in capsys.readouterr().err


def test_names_of_streams() -> None:
    found = find_sources(["rtsp://me:s3cret@10.0.0.2:554/a b?key=s3cret", "rtsp://10.0.0.2:554/a b", Path("x.png")])
    names = [source.name for source in found]
    assert names == [PurePosixPath(name) for name in ("streams/10_0_0_2_554_a_b", "streams/10_0_0_2_554_a_b~2", "x")]
    assert found[2] == Source(Path("x.png"), PurePosixPath("x"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows delivers Ctrl-C to consoles, not to processes")
def test_ctrl_c_ends_it_at_once_also_while_nothing_comes(
    camera: NetworkCamera, tiny_model: Path, project_root: Path, tmp_path: Path
) -> None:
    results = tmp_path / "r"
    line = [sys.executable, "main.py", "inspect", camera.address, "--model", str(tiny_model)]
    line += ["--out", str(results), "--json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, cwd=project_root, stdout=pipe, stderr=pipe, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        assert "#frame=" in process.stdout.readline()
        camera.stalled.set()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "stopped" in said
    assert "Traceback" not in said
    assert HIDDEN not in said
    rows = rows_in(results)
    assert all(row["error"] is None for row in rows)
    assert json.loads((results / "run.json").read_text("utf-8"))["finished"] is False
    assert main(["inspect", camera.address, "--model", str(tiny_model), "--out", str(results)]) == 1
    assert rows_in(results) == rows, "the rows of a stopped run must not be overwritten"
