"""Videos with damage, gaps, variable rates and turned pictures: what is there is read, what is missing is said."""

from __future__ import annotations

import random
from pathlib import Path

import cv2
import numpy as np
import pytest

from tokenclip_core.commands.inputs import Limits, Source, pictures_of
from tokenclip_core.errors import ImageError
from tokenclip_core.sources.network.streams import Fault, StreamError
from tokenclip_core.sources.video import VideoFileSource
from tokenclip_core.sources.video_child import about_pixels
from tokenclip_core.sources.video_containers import is_cut_off
from tokenclip_core.sources.video_reader import VideoFrame, VideoReader

VIDEOS = Path(__file__).parent / "videos"


def frames_of(path: Path) -> tuple[list[VideoFrame], VideoReader]:
    reader = VideoReader(path)
    frames = []
    while (frame := reader.read()) is not None:
        frames.append(frame)
    reader.close()
    return frames, reader


@pytest.fixture
def hurt(tmp_path: Path) -> Path:
    """The whole video with random bytes in its middle."""
    data = bytearray((VIDEOS / "whole.mp4").read_bytes())
    source = random.Random(1)
    for place in range(len(data) // 2, len(data) * 6 // 10):
        data[place] = source.randrange(256)
    (tmp_path / "hurt.mp4").write_bytes(data)
    return tmp_path / "hurt.mp4"


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    data = (VIDEOS / "whole.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    return tmp_path / "cut.mp4"


def test_a_whole_video_lacks_nothing() -> None:
    frames, reader = frames_of(VIDEOS / "whole.mp4")
    assert [frame.number for frame in frames] == list(range(100))
    assert reader.missing(to_the_end=True) is None


def test_frames_that_cannot_be_decoded_are_left_out_and_counted(hurt: Path) -> None:
    frames, reader = frames_of(hurt)
    whole, _ = frames_of(VIDEOS / "whole.mp4")
    assert 50 < len(frames) < 100
    assert reader.damaged == 100 - len(frames)
    # Behind the damage, the last frames are those of the whole video again, at their own times.
    assert frames[-1].number == 99
    assert frames[-1].seconds == pytest.approx(whole[-1].seconds)
    np.testing.assert_array_equal(frames[-1].pixels, whole[-1].pixels)
    assert f"{reader.damaged} frame(s) could not be decoded" in str(reader.missing(to_the_end=True))


@pytest.mark.parametrize("name", ["whole.mp4", "variable_rate.mkv"])
def test_damage_that_the_decoder_conceals_is_said(tmp_path: Path, name: str) -> None:
    data = bytearray((VIDEOS / name).read_bytes())
    source = random.Random(2)
    for _ in range(12):
        data[source.randrange(len(data) // 4, len(data) // 2)] ^= 0xFF
    (tmp_path / name).write_bytes(data)
    frames, reader = frames_of(tmp_path / name)
    whole, _ = frames_of(VIDEOS / name)
    pixels = {round(frame.seconds, 3): frame.pixels for frame in whole}
    wrong = [np.abs(pixels[round(frame.seconds, 3)] - frame.pixels.astype(int)).mean() > 2 for frame in frames]
    assert any(wrong)
    assert reader.doubtful
    assert "frames from there on may be wrong" in (reader.missing(to_the_end=True) or "")


def test_notes_beside_the_pixels_are_no_damage() -> None:
    said = (
        b"[h264 @ 0x1] SEI type 5 size 312 truncated at 304\n[mjpeg @ 0x2] unable to decode APP fields: Invalid data\n"
    )
    assert about_pixels(said) == b""
    damage = b"[h264 @ 0x1] error while decoding MB 8 0, bytestream 1874"
    assert about_pixels(said + damage) == damage


def test_interlaced_frames_are_right_or_refused_in_words() -> None:
    frames, reader = frames_of(VIDEOS / "interlaced.mp4")
    if reader.failure is None:
        assert len(frames) == 10
        assert min(frame.pixels.max() for frame in frames) > 200
    else:
        assert not frames
        assert "interlaced" in (reader.missing(to_the_end=True) or "")
        assert "progressive" in reader.advice
        source = VideoFileSource(VIDEOS / "interlaced.mp4")
        source.open()
        with pytest.raises(StreamError) as raised:
            source.read()
        assert raised.value.fault is Fault.UNSUPPORTED
        source.close()


def test_frames_that_an_edit_list_leaves_out_are_not_missing() -> None:
    frames, reader = frames_of(VIDEOS / "trimmed.mp4")
    assert 0 < len(frames) < reader.announced
    assert reader.missing(to_the_end=True) is None


def test_a_video_that_is_cut_off_is_not_taken_for_whole(cut: Path) -> None:
    frames, reader = frames_of(cut)
    assert 20 < len(frames) < 60
    assert "cut off after frame" in str(reader.missing(to_the_end=True))
    # Who wanted only the first frames misses nothing.
    first = VideoReader(cut)
    assert first.read() is not None
    assert first.missing(to_the_end=False) is None
    first.close()


def test_rows_of_a_video_end_in_one_that_says_what_is_missing(hurt: Path, cut: Path) -> None:
    for path in (hurt, cut):
        pictures = list(pictures_of([Source(path, path)]))
        assert all(picture.is_whole for picture in pictures[:-1])
        assert not pictures[-1].is_whole
        with pytest.raises(ImageError, match=path.name):
            pictures[-1].load()
    assert all(picture.is_whole for picture in pictures_of([Source(cut, cut)], Limits(frames=3)))


def test_times_are_those_of_the_file_with_a_variable_rate_too() -> None:
    path = VIDEOS / "variable_rate.mkv"
    frames, reader = frames_of(path)
    expected = [0.2 * number if number < 25 else 5 + 0.04 * (number - 25) for number in range(50)]
    assert [frame.seconds for frame in frames] == pytest.approx(expected, abs=0.002)
    # This file states no number of frames, only a duration: what is computed from it is no promise.
    assert reader.announced > 50
    assert reader.missing(to_the_end=True) is None
    assert len(list(pictures_of([Source(path, path)], Limits(seconds=3)))) == 16


def test_the_live_view_has_the_same_times() -> None:
    source = VideoFileSource(VIDEOS / "variable_rate.mkv", loop=False, every_frame=True)
    source.open()
    positions = [frame.position for frame in (source.read() for _ in range(50)) if frame is not None]
    source.close()
    frames, _ = frames_of(VIDEOS / "variable_rate.mkv")
    assert positions == [frame.seconds for frame in frames]


def test_the_live_view_goes_on_behind_damage(hurt: Path) -> None:
    source = VideoFileSource(hurt, loop=False, every_frame=True)
    source.open()
    frames, _ = frames_of(hurt)
    positions = [frame.position for frame in (source.read() for _ in range(len(frames))) if frame is not None]
    source.close()
    assert positions == [frame.seconds for frame in frames]


def test_turned_videos_are_upright() -> None:
    frames, _ = frames_of(VIDEOS / "turned.mp4")
    pixels = frames[0].pixels
    assert pixels.shape == (64, 48, 3)
    # The blue corner at the top left of what the sensor saw is at the top right.
    assert pixels[3, -3, 2] > 200
    assert pixels[3, 3, 0] > 200


@pytest.mark.parametrize("name", ["whole.mp4", "variable_rate.mkv", "belt.avi"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.97])
def test_every_container_knows_when_it_is_cut_off(tmp_path: Path, name: str, share: float) -> None:
    whole = VIDEOS / name
    if not whole.exists():
        whole = tmp_path / name
        writer = cv2.VideoWriter(str(whole), cv2.VideoWriter.fourcc(*"MJPG"), 12, (64, 48))
        for number in range(12):
            writer.write(np.full((48, 64, 3), 20 * number, np.uint8))
        writer.release()
    assert not is_cut_off(whole)
    data = whole.read_bytes()
    part = tmp_path / f"part{whole.suffix}"
    part.write_bytes(data[: int(len(data) * share)])
    assert is_cut_off(part)
