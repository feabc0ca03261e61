"""Videos and watched folders as sources of frames."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from watched import Watched

from tokenclip_core.sources.capture import CaptureState
from tokenclip_core.sources.frames import Fault, Frame, SourceEndedError, StreamError
from tokenclip_core.sources.video import VideoFileSource
from tokenclip_core.sources.watched import WatchedFolderSource


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Twelve frames of 64 x 48 at 12 a second; frame n is about 20 n bright."""
    path = tmp_path / "belt.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 12, (64, 48))
    for number in range(12):
        writer.write(np.full((48, 64, 3), 20 * number, np.uint8))
    writer.release()
    return path


def brightness(frame: Frame) -> int:
    return round(float(frame.pixels().mean()) / 20)


def test_every_frame_of_a_video_in_order(video: Path) -> None:
    source = VideoFileSource(video, loop=False, every_frame=True)
    watched = Watched(source)
    seen = [brightness(watched.next_frame()) for _ in range(12)]
    assert seen == list(range(12))
    watched.wait_for(CaptureState.ENDED)
    assert watched.thread.dropped == 0
    watched.thread.retry()
    assert brightness(watched.next_frame()) == 0
    watched.end()


def test_a_video_stands_still_steps_and_is_sought(video: Path) -> None:
    watched = Watched(VideoFileSource(video, every_frame=True))
    assert brightness(watched.next_frame()) == 0
    watched.thread.hold(True)
    watched.thread.step()
    first = brightness(watched.next_frame())
    watched.thread.step()
    assert brightness(watched.next_frame()) == first + 1
    watched.thread.seek(9 / 12)
    frame = watched.next_frame()
    assert brightness(frame) == 9
    assert frame.position == pytest.approx(0.75)
    assert watched.thread.take() is None
    watched.thread.hold(False)
    assert brightness(watched.next_frame()) == 10
    watched.end()


def test_a_video_is_played_at_its_own_rate_and_again(video: Path) -> None:
    watched = Watched(VideoFileSource(video))
    began = time.monotonic()
    positions = [watched.next_frame().position or 0.0, watched.next_frame().position or 0.0]
    while positions[-1] > positions[-2]:
        positions.append(watched.next_frame().position or 0.0)
    assert time.monotonic() - began >= 0.8
    watched.end()


def test_a_video_of_one_frame_is_a_still_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenclip_core.sources.video.STILL_SECONDS", 0.0)
    path = tmp_path / "one.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    writer.write(np.full((48, 64, 3), 90, np.uint8))
    writer.release()
    source = VideoFileSource(path)
    source.open()
    frames = [source.read() for _ in range(6)]
    source.close()
    shown = [frame.pixels() for frame in frames if frame is not None]
    assert len(shown) == 3
    assert all(np.array_equal(pixels, shown[0]) for pixels in shown)
    # Without a loop it ends.
    once = VideoFileSource(path, loop=False)
    once.open()
    assert once.read() is not None
    with pytest.raises(SourceEndedError):
        once.read()
    once.close()


def test_videos_that_are_none(tmp_path: Path) -> None:
    def fault_of(path: Path) -> Fault:
        with pytest.raises(StreamError) as caught:
            VideoFileSource(path).open()
        return caught.value.fault

    assert fault_of(tmp_path / "missing.mp4") is Fault.ABSENT
    (tmp_path / "words.mp4").write_text("no video")
    assert fault_of(tmp_path / "words.mp4") is Fault.UNSUPPORTED
    (tmp_path / "nothing.mp4").touch()
    assert fault_of(tmp_path / "nothing.mp4") is Fault.UNSUPPORTED


def test_the_end_of_a_source_is_told(video: Path) -> None:
    source = VideoFileSource(video, loop=False, every_frame=True)
    with pytest.raises(SourceEndedError):
        source.read()


def test_a_watched_folder_gives_new_whole_images_in_order(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (9, 9, 9)).save(tmp_path / "old.png")
    source = WatchedFolderSource(tmp_path)
    watched = Watched(source)
    watched.wait(lambda: source._known is not None)
    for number in (2, 10, 1):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / f"part{number}.png")
    (tmp_path / "notes.txt").write_text("not for us")
    (tmp_path / "._part1.png").write_bytes(b"not for us either")
    assert sorted(int(watched.next_frame().pixels()[0, 0, 0]) for _ in range(3)) == [1, 2, 10]
    Image.new("RGB", (8, 8), (77, 0, 0)).save(tmp_path / "part1.png")
    frame = watched.next_frame()
    assert (frame.name, int(frame.pixels()[0, 0, 0])) == ("part1.png", 77)
    watched.end()


@pytest.mark.parametrize(("bits", "value"), [(None, 2000 >> 4), (16, 2000 >> 8), (11, 2000 >> 3)])
def test_a_watched_folder_is_read_by_one_rule(tmp_path: Path, bits: int | None, value: int) -> None:
    deep = np.full((8, 8), 4000 if bits != 11 else 2000, np.uint16)
    assert cv2.imwrite(str(tmp_path / "old.png"), deep)
    source = WatchedFolderSource(tmp_path, bits)
    watched = Watched(source)
    watched.wait(lambda: source._known is not None)
    assert cv2.imwrite(str(tmp_path / "new.png"), np.full((8, 8), 2000, np.uint16))
    assert int(watched.next_frame().pixels().max()) == value
    watched.end()


def test_a_folder_that_is_gone_is_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "line"
    watched = Watched(WatchedFolderSource(folder))
    watched.wait_for(CaptureState.WAITING, Fault.ABSENT)
    folder.mkdir()
    watched.wait(lambda: watched.thread.report.error is None or watched.thread.report.attempts > 1)
    watched.end()
