"""Sources of frames and the capture thread: what they give, and what they say when something is wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from live_server import NetworkCamera, jpeg, numbered
from PIL import Image

from app.sources import camera as camera_module
from app.sources.belt import BeltSource
from app.sources.camera import CameraSource, list_cameras
from app.sources.catalogue import source_of
from app.sources.frames import Fault, Frame, FrameSource, Orientation, SourceEndedError, SourceFacts, StreamError
from app.sources.network import NetworkSource
from app.sources.video import VideoFileSource
from app.sources.watched import WatchedFolderSource
from app.workers.capture import CaptureReport, CaptureState, CaptureThread
from tokenclip_core.streams import is_stream, without_credentials

PATIENCE = 5.0


_watched: list[Watched] = []


@pytest.fixture(autouse=True)
def no_thread_outlives_a_failure() -> Iterator[None]:
    yield
    while _watched:
        _watched.pop().thread.stop()


class Watched:
    """A capture thread and what it reported."""

    def __init__(self, source: FrameSource) -> None:
        self.reports: list[CaptureReport] = []
        self._changed = threading.Condition()
        self.thread = CaptureThread(source, arrived=self._wake, changed=self._note)
        self.thread.start()
        _watched.append(self)

    def wait(self, condition: object) -> None:
        assert callable(condition)
        with self._changed:
            assert self._changed.wait_for(lambda: bool(condition()), PATIENCE), self.reports

    def wait_for(self, state: CaptureState, fault: Fault | None = None) -> CaptureReport:
        def reached() -> bool:
            report = self.thread.report
            return report.state is state and (
                fault is None or (report.error is not None and report.error.fault is fault)
            )

        self.wait(reached)
        return self.thread.report

    def next_frame(self) -> Frame:
        found: list[Frame] = []

        def taken() -> bool:
            frame = self.thread.take()
            if frame is not None:
                found.append(frame)
            return bool(found)

        self.wait(taken)
        return found[0]

    def end(self) -> None:
        self.thread.stop()
        assert self.thread.join(2)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _note(self, report: CaptureReport) -> None:
        self.reports.append(report)
        self._wake()


@pytest.fixture
def network_camera() -> Iterator[NetworkCamera]:
    camera = NetworkCamera()
    camera.start()
    yield camera
    camera.stop()


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


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://me:s3cret@cam.local:8554/one", "rtsp://cam.local:8554/one"),
        ("http://me:p@ss/w:rd@10.0.0.2/video", "http://10.0.0.2/video"),
        ("http://cam/v?channel=2&user=me&pwd=s3cret&res=hd", "http://cam/v?channel=2&user=***&pwd=***&res=hd"),
        ("rtsp://:s3cret@cam/x", "rtsp://cam/x"),
        ("belt.mp4", "belt.mp4"),
    ],
)
def test_addresses_are_shown_without_credentials(address: str, shown: str) -> None:
    assert without_credentials(address) == shown
    assert "s3cret" not in repr(NetworkSource(address))


def test_what_a_text_names(tmp_path: Path, video: Path) -> None:
    assert isinstance(source_of("0"), CameraSource)
    assert isinstance(source_of("HD Webcam"), CameraSource)
    assert isinstance(source_of("demo:3"), BeltSource)
    assert isinstance(source_of(str(tmp_path)), WatchedFolderSource)
    assert isinstance(source_of(str(video)), VideoFileSource)
    assert isinstance(source_of("rtsp://cam/x"), NetworkSource)
    assert not is_stream("C://belt.mp4")


@pytest.mark.parametrize("lengths", [True, False])
def test_a_network_camera_gives_the_frames_it_sent(network_camera: NetworkCamera, lengths: bool) -> None:
    network_camera.lengths = lengths
    sent = jpeg(numbered(3))
    network_camera.frame = lambda _number: sent
    source = source_of(network_camera.address)
    source.open()
    frame = source.read()
    assert frame is not None
    expected = cv2.cvtColor(cv2.imdecode(np.frombuffer(sent, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert np.array_equal(frame.pixels(), expected)
    assert 0 <= time.monotonic() - frame.captured < PATIENCE
    source.close()


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_a_password_is_given_when_it_is_asked_for(network_camera: NetworkCamera, scheme: str) -> None:
    network_camera.scheme, network_camera.credentials = scheme, ("me", "s3cret")
    source = source_of(network_camera.address)
    source.open()
    assert source.read() is not None
    source.close()
    wrong = source_of(f"http://me:wr0ng@127.0.0.1:{network_camera.port}/video")
    with pytest.raises(StreamError) as caught:
        wrong.open()
    assert caught.value.fault is Fault.ACCESS
    assert "wr0ng" not in str(caught.value)


def test_answers_of_servers_are_told_apart(network_camera: NetworkCamera) -> None:
    def fault_of(address: str) -> Fault:
        with pytest.raises(StreamError) as caught:
            source_of(address).open()
        assert "s3cret" not in str(caught.value)
        return caught.value.fault

    network_camera.status = 404
    assert fault_of(network_camera.address) is Fault.NOT_FOUND
    network_camera.status, network_camera.page = 200, "<html>hello</html>"
    assert fault_of(network_camera.address) is Fault.NO_VIDEO
    network_camera.stop()
    assert fault_of(f"http://me:s3cret@127.0.0.1:{network_camera.port}/video") is Fault.UNREACHABLE
    assert fault_of(f"rtsp://me:s3cret@127.0.0.1:{network_camera.port}/video") is Fault.UNREACHABLE
    assert fault_of("rtsp://me:s3cret@") is Fault.ADDRESS


def test_a_killed_camera_comes_back_by_itself(network_camera: NetworkCamera) -> None:
    watched = Watched(source_of(network_camera.address))
    for _ in range(3):
        watched.next_frame()
        network_camera.stop()
        watched.wait_for(CaptureState.WAITING, Fault.UNREACHABLE)
        network_camera.start()
        back = time.monotonic()
        watched.wait_for(CaptureState.RUNNING)
        watched.next_frame()
        assert time.monotonic() - back < 5
    watched.end()
    assert watched.reports[-1].state is CaptureState.STOPPED


def test_a_stalled_camera_is_noticed_and_comes_back(network_camera: NetworkCamera) -> None:
    watched = Watched(source_of(network_camera.address))
    watched.wait_for(CaptureState.RUNNING)
    network_camera.stalled.set()
    watched.wait_for(CaptureState.WAITING, Fault.STALLED)
    network_camera.stalled.clear()
    watched.wait_for(CaptureState.RUNNING)
    watched.end()


def test_stopping_interrupts_a_waiting_read(network_camera: NetworkCamera) -> None:
    watched = Watched(source_of(network_camera.address))
    watched.wait_for(CaptureState.RUNNING)
    network_camera.stalled.set()
    began = time.monotonic()
    watched.end()
    assert time.monotonic() - began < 1


def test_damaged_frames_are_left_out_and_another_size_is_taken(network_camera: NetworkCamera) -> None:
    whole, small = jpeg(numbered(1)), jpeg(numbered(1, 320, 200))
    frames = [whole[: len(whole) // 2], b"no picture at all", small]
    network_camera.frame = lambda number: frames[number % 3] if number > 3 else whole
    watched = Watched(source_of(network_camera.address))
    sizes = set()
    for _ in range(30):
        sizes.add(watched.next_frame().pixels().shape[:2])
        if len(sizes) == 2:
            break
    assert sizes == {(480, 640), (200, 320)}
    assert all(report.error is None for report in watched.reports)
    watched.end()


def test_only_the_newest_frame_is_kept() -> None:
    given = threading.Event()
    numbers = iter(range(100))

    class Burst(FrameSource):
        def open(self) -> SourceFacts:
            return SourceFacts()

        def read(self) -> Frame | None:
            number = next(numbers)
            if number == 50:
                given.set()
                self.interrupted.wait(PATIENCE)
                return None
            pixels = np.full((2, 2, 3), number, np.uint8)
            return Frame(lambda: pixels)

        def close(self) -> None:
            """Nothing is held."""

    watched = Watched(Burst("burst"))
    assert given.wait(PATIENCE)
    frame = watched.thread.take()
    assert frame is not None
    assert frame.pixels()[0, 0, 0] == 49
    assert watched.thread.take() is None
    assert watched.thread.dropped == 49
    watched.end()


def test_a_library_that_raises_anything_ends_no_thread() -> None:
    class Broken(FrameSource):
        attempts = 0

        def open(self) -> SourceFacts:
            Broken.attempts += 1
            if Broken.attempts == 1:
                raise ZeroDivisionError
            return SourceFacts()

        def read(self) -> Frame | None:
            return Frame(lambda: np.zeros((2, 2, 3), np.uint8))

        def close(self) -> None:
            raise ValueError("closing fails as well")

    watched = Watched(Broken("broken"))
    watched.wait_for(CaptureState.WAITING, Fault.LOST)
    watched.thread.retry()
    watched.wait_for(CaptureState.RUNNING)
    watched.end()


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


def test_a_watched_folder_gives_new_whole_images_in_order(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (9, 9, 9)).save(tmp_path / "old.png")
    source = WatchedFolderSource(tmp_path)
    watched = Watched(source)
    watched.wait(lambda: source._known is not None)
    for number in (2, 10, 1):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / f"part{number}.png")
    (tmp_path / "notes.txt").write_text("not for us")
    assert sorted(int(watched.next_frame().pixels()[0, 0, 0]) for _ in range(3)) == [1, 2, 10]
    Image.new("RGB", (8, 8), (77, 0, 0)).save(tmp_path / "part1.png")
    frame = watched.next_frame()
    assert (frame.name, int(frame.pixels()[0, 0, 0])) == ("part1.png", 77)
    watched.end()


def test_a_folder_that_is_gone_is_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "line"
    watched = Watched(WatchedFolderSource(folder))
    watched.wait_for(CaptureState.WAITING, Fault.ABSENT)
    folder.mkdir()
    watched.wait(lambda: watched.thread.report.error is None or watched.thread.report.attempts > 1)
    watched.end()


def test_the_belt_moves_and_is_the_same_every_time() -> None:
    one, other = BeltSource(2, width=320, height=240), BeltSource(2, width=320, height=240)
    assert np.array_equal(one._drawn(2.0), other._drawn(2.0))
    assert not np.array_equal(one._drawn(2.0), one._drawn(2.1))
    assert one._drawn(0.0).shape == (240, 320, 3)
    watched = Watched(one)
    assert watched.next_frame().pixels().shape == (240, 320, 3)
    watched.end()


@pytest.mark.parametrize(("turns", "mirrored", "corner"), [(0, False, 0), (1, False, 2), (2, False, 3), (3, True, 3)])
def test_orientation(turns: int, mirrored: bool, corner: int) -> None:
    pixels = np.array([[[0] * 3, [1] * 3, [9] * 3], [[2] * 3, [3] * 3, [9] * 3]], np.uint8)[:, :2]
    turned = Orientation(turns, mirrored).apply(pixels)
    assert turned[0, 0, 0] == corner
    assert turned.flags.c_contiguous


def test_cameras_of_linux_are_listed_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for device, name, index in (
        ("video2", "HD Webcam", "0"),
        ("video3", "HD Webcam", "1"),
        ("video10", "Capture", "0"),
    ):
        (tmp_path / device).mkdir()
        (tmp_path / device / "name").write_text(f"{name}\n")
        (tmp_path / device / "index").write_text(f"{index}\n")
    monkeypatch.setattr(camera_module, "LINUX_DEVICES", tmp_path)
    monkeypatch.setattr("sys.platform", "linux")
    assert [(entry.name, entry.index) for entry in list_cameras()] == [("HD Webcam", 2), ("Capture", 10)]
    monkeypatch.setattr(camera_module, "LINUX_DEVICES", tmp_path / "none")
    assert list_cameras() == []


def test_an_absent_camera_says_so() -> None:
    for text in ("97", "No Such Camera"):
        source = source_of(text)
        with pytest.raises(StreamError) as caught:
            source.open()
        assert caught.value.fault is Fault.ABSENT


def test_the_end_of_a_source_is_told(video: Path) -> None:
    source = VideoFileSource(video, loop=False, every_frame=True)
    with pytest.raises(SourceEndedError):
        source.read()
