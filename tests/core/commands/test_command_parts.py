"""What the commands are made of: naming the inputs, reading ahead, progress, and the pictures."""

from __future__ import annotations

import io
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tokenclip_core.commands.inputs import find_sources, pictures_of
from tokenclip_core.commands.progress import Progress, duration
from tokenclip_core.errors import ImageError
from tokenclip_core.images.reading import load_image
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.judgement.findings import SubspaceResult
from tokenclip_core.output.pictures import map_picture, overlay_picture, save_picture, subspace_picture
from tokenclip_core.process.ahead import read_ahead
from tokenclip_core.process.interruption import stop_on_interrupt


def names(*paths: Path) -> list[str]:
    return [str(source.name) for source in find_sources(paths)]


def test_names_keep_the_folders(make_parts: Callable[..., Path]) -> None:
    root = make_parts("a/1.png", "b/1.png", "2.png")
    assert names(root) == ["2", "a/1", "b/1"]
    assert names(root / "a" / "1.png") == ["1"]


def test_names_stay_unlike(make_parts: Callable[..., Path]) -> None:
    root = make_parts("1.png", "1.jpg", "X.png", "x.bmp")
    other = make_parts("1.png", folder="others")
    assert sorted(names(root)) == ["1.jpg", "1.png", "X.png", "x.bmp"]
    assert names(root / "1.png", other / "1.png") == ["parts/1.png", "others/1.png"]
    assert names(root / "X.png", root / "X.png") == ["parts/X.png", "parts/X.png~2"]


@given(st.lists(st.sampled_from(["a/1.png", "a/1.jpg", "A/1.png", "1.png", "1~2.png"]), max_size=8))
def test_names_never_collide(files: list[str]) -> None:
    found = [source.name for source in find_sources([Path("parts") / file for file in files])]
    assert len({str(name).casefold() for name in found}) == len(files)


def test_results_in_the_folder_are_not_inspected(make_parts: Callable[..., Path]) -> None:
    root = make_parts("1.png", "results/maps/1.png")
    assert [source.path.name for source in find_sources([root], leave_out=root / "results")] == ["1.png"]
    named = root / "results" / "maps" / "1.png"
    assert [source.path for source in find_sources([named], leave_out=root / "results")] == [named]


def write_video(file: Path, frames: int) -> None:
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for number in range(frames):
        writer.write(np.full((48, 64, 3), 40 * number, np.uint8))
    writer.release()


def test_a_video_is_its_frames(tmp_path: Path) -> None:
    write_video(tmp_path / "belt.avi", 3)
    pictures = list(pictures_of(find_sources([tmp_path / "belt.avi"])))
    assert [picture.path.removeprefix(str(tmp_path)) for picture in pictures] == [
        f"{'/' if sys.platform != 'win32' else chr(92)}belt.avi#frame={number}" for number in range(3)
    ]
    assert [picture.name for picture in pictures] == [PurePosixPath(f"belt/frame_{n:06}") for n in range(3)]
    assert [round(float(picture.load().mean()) / 40) for picture in pictures] == [0, 1, 2]
    assert [picture.seconds for picture in pictures] == [0.0, 0.1, 0.2]


def test_a_broken_video_is_one_row(tmp_path: Path) -> None:
    (tmp_path / "belt.avi").write_bytes(b"RIFF")
    (picture,) = pictures_of(find_sources([tmp_path / "belt.avi"]))
    with pytest.raises(ImageError, match="no frame that can be read"):
        picture.load()
    (picture,) = pictures_of(find_sources([tmp_path / "lost.mp4"]))
    with pytest.raises(ImageError, match="no such file"):
        picture.load()


# --- reading ahead -----------------------------------------------------------------------------------------------


@given(st.lists(st.integers()), st.integers(1, 5), st.integers(1, 3))
def test_reading_ahead_keeps_the_order(items: list[int], ahead: int, readers: int) -> None:
    assert list(read_ahead(items, str, ahead=ahead, size=len, readers=readers)) == [str(item) for item in items]


def test_reading_ahead_is_bounded() -> None:
    begun: list[int] = []
    reader = read_ahead(range(100), lambda item: begun.append(item) or item, ahead=4, size=lambda _: 0)
    assert next(reader) == 0
    reader.close()
    assert len(begun) <= 5


@given(st.integers(1, 4), st.integers(1, 60))
def test_reading_ahead_is_bounded_by_memory(readers: int, max_bytes: int) -> None:
    loaded, asked_for = [0], [0]
    most = [0]
    lock = threading.Lock()

    def load(item: int) -> int:
        with lock:
            loaded[0] += 1
            most[0] = max(most[0], loaded[0] - asked_for[0])
        return item

    for expected, item in enumerate(
        read_ahead(range(60), load, ahead=50, size=lambda _: 10, readers=readers, max_bytes=max_bytes)
    ):
        assert item == expected
        with lock:
            asked_for[0] += 1
    # One more stands for the item that has been handed over but not counted here yet.
    assert most[0] <= -(-max_bytes // 10) + readers + 1


def test_large_items_neither_pile_up_nor_block() -> None:
    # The second finishes first and fills the allowance; the first must be let through all the same.
    second_done = threading.Event()

    def load(item: int) -> int:
        if item == 0:
            second_done.wait(60)
        else:
            second_done.set()
        return item

    assert list(read_ahead(range(9), load, ahead=8, size=lambda _: 100, readers=2, max_bytes=1)) == list(range(9))


def test_reading_ahead_happens_while_the_caller_works() -> None:
    second_begun = threading.Event()
    reader = read_ahead([1, 2], lambda item: second_begun.set() if item == 2 else None, ahead=2, size=lambda _: 0)
    next(reader)
    assert second_begun.wait(60)
    reader.close()


def test_errors_of_a_reader_come_in_their_place() -> None:
    reader = read_ahead([1, 0, 2], lambda item: 1 // item, ahead=3, size=lambda _: 0)
    assert next(reader) == 1
    with pytest.raises(ZeroDivisionError):
        next(reader)


# --- progress and interruption -----------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal_is_one_live_line() -> None:
    now = [0.0]
    stream = Terminal()
    progress = Progress(10, stream=stream, clock=lambda: now[0])
    for _ in range(4):
        now[0] += 0.5
        progress.advance()
    assert "\n" not in stream.getvalue()
    assert stream.getvalue().endswith("inspected 4 of 10 (40 %) · 2.0/s · 3 s left")
    progress.clear()
    assert stream.getvalue().endswith("\r")


def test_progress_elsewhere_is_a_line_now_and_then() -> None:
    now = [0.0]
    stream = io.StringIO()
    progress = Progress(100, stream=stream, clock=lambda: now[0])
    for _ in range(60):
        now[0] += 0.2
        progress.advance()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("inspected 25 of 100 (25 %) · 5.0/s · 15 s left")


def test_progress_without_a_total_tells_the_rate() -> None:
    now = [0.0]
    progress = Progress(None, stream=io.StringIO(), clock=lambda: now[0])
    assert progress.line() == "inspected 0 · 0.0/s"
    now[0] = 2
    progress.advance(4)
    assert progress.line() == "inspected 4 · 2.0/s"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (59.4, "59 s"), (61, "1 min 01 s"), (3600, "1 h 00 min"), (90_000, "25 h 00 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_the_first_interruption_is_a_wish_the_second_an_order() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stop_on_interrupt() as wish:
        assert not wish.is_set()
        signal.raise_signal(signal.SIGINT)
        assert wish.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


# --- pictures ----------------------------------------------------------------------------------------------------


def make_result(anomaly_map: np.ndarray) -> InspectionResult:
    assignment = np.array([[[1, 0], [0.5, 0.5]]], np.float32)
    subspaces = tuple(
        SubspaceResult(name, colour, 0.5, 0.5, 0.5) for name, colour in (("crack", (255, 0, 0)), ("hole", (0, 0, 255)))
    )
    empty = np.zeros((1, 2), np.float32)
    return InspectionResult(
        score=0.5,
        anomaly_map=anomaly_map.astype(np.float32),
        token_map=empty,
        assignment=assignment,
        transport_plan=np.full((2, 2), 0.25, np.float32),
        similarities=np.zeros((1, 2, 2, 2), np.float32),
        layer_similarities=np.zeros((1, 1, 2, 2, 2), np.float32),
        subspace_maps=np.zeros((1, 2, 2), np.float32),
        subspaces=subspaces,
        components={"peak": 0.5},
        layers=(1,),
    )


def test_maps_are_65535_times_the_value(tmp_path: Path) -> None:
    values = np.linspace(0, 1, 48, dtype=np.float32).reshape(6, 8)
    save_picture(tmp_path / "maps" / "1.png", map_picture(make_result(values)))
    with Image.open(tmp_path / "maps" / "1.png") as image:
        stored = np.asarray(image)
    assert stored.dtype == np.uint16
    np.testing.assert_array_equal(stored, np.rint(values.astype(np.float64) * 65535))


def test_a_good_part_stays_a_photograph() -> None:
    image = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    np.testing.assert_array_equal(overlay_picture(image, make_result(np.zeros((6, 8)))), image)


def test_the_same_value_has_the_same_colour_in_every_overlay() -> None:
    image = np.full((6, 8, 3), 100, np.uint8)
    weak, strong = np.full((6, 8), 0.3), np.full((6, 8), 0.3)
    strong[0, 0] = 1
    assert (overlay_picture(image, make_result(weak))[3, 3] == overlay_picture(image, make_result(strong))[3, 3]).all()


def test_subspaces_are_coloured_as_sure_as_they_are(tmp_path: Path) -> None:
    image = np.full((6, 8, 3), 100, np.uint8)
    picture = subspace_picture(image, make_result(np.zeros((6, 8))), opacity=1.0)
    assert picture.shape == (6, 8, 3)
    assert tuple(picture[0, 0]) == (255, 0, 0)
    unsure = picture[0, 7].astype(int)
    assert np.ptp(unsure) < 40
    save_picture(tmp_path / "1.png", picture)
    np.testing.assert_array_equal(load_image(tmp_path / "1.png"), picture)
