"""Files that are being written are waited for, by a clock that only goes forward."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tokenclip_core.errors import ImageError
from tokenclip_core.images.settled import PATIENCE_SECONDS, QUIET_SECONDS, SettledFiles, is_whole
from tokenclip_core.sources.frames import Frame
from tokenclip_core.sources.watched import WatchedFolderSource


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def picture(tmp_path: Path) -> bytes:
    file = tmp_path / "whole" / "picture"
    file.parent.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, "PNG")
    return file.read_bytes()


class Line:
    """A folder that a camera's program writes into, and the source that watches it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.clock = folder, Clock()
        self.source = WatchedFolderSource(folder, clock=self.clock)
        self.source.open()
        # It need not wait by itself, since time is given here.
        self.source.interrupt()

    def look(self, seconds: float = QUIET_SECONDS) -> Frame | None:
        self.clock.now += seconds
        return self.source.read()


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path / "line")


def test_a_file_is_quiet_when_nothing_changes() -> None:
    clock = Clock()
    files = SettledFiles(clock)
    assert files.quiet({"a": (10, 1)}) == []
    clock.now += QUIET_SECONDS
    assert files.quiet({"a": (20, 1)}) == []
    clock.now += QUIET_SECONDS
    assert files.quiet({"a": (20, 1), "b": (0, 1)}) == ["a"]
    assert files.has_grown("a")
    assert not files.is_late("a")
    clock.now += PATIENCE_SECONDS
    # An empty one is a row at last.
    assert files.quiet({"a": (20, 1), "b": (0, 1)}) == ["a", "b"]
    assert files.is_late("a")
    assert files.quiet({}) == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_picture_that_is_still_copied_is_read_when_it_is_whole(line: Line, picture: bytes, share: float) -> None:
    file = line.folder / "part.png"
    file.write_bytes(picture[: int(share * len(picture))])
    # However long the copy stands still, it is never read as a cut one.
    for seconds in (0.0, QUIET_SECONDS, QUIET_SECONDS, 0.8 * PATIENCE_SECONDS):
        assert line.look(seconds) is None
    file.write_bytes(picture)
    assert line.look() is None
    frame = line.look()
    assert frame is not None
    assert frame.pixels().shape == (64, 64, 3)
    assert line.look() is None


def test_patience_ends_in_a_row(line: Line, picture: bytes) -> None:
    (line.folder / "cut.png").write_bytes(picture[:200])
    (line.folder / "empty.png").touch()
    (line.folder / "whole.png").write_bytes(picture)
    line.look()
    first = line.look()
    assert first is not None
    assert first.name == "whole.png"
    late = [line.look(PATIENCE_SECONDS), line.look()]
    assert [frame.name for frame in late if frame is not None] == ["cut.png", "empty.png"]
    for frame in late:
        assert frame is not None
        with pytest.raises(ImageError, match=r"cut off|empty"):
            frame.pixels()
    # It comes again when it is written after all.
    (line.folder / "cut.png").write_bytes(picture)
    line.look()
    again = line.look()
    assert again is not None
    assert again.pixels().shape == (64, 64, 3)


def test_a_file_whose_turn_comes_late_is_looked_into_before_it_is_given(line: Line, picture: bytes) -> None:
    """Found quiet together with many others, it is still being written when they are done."""
    for name in ("1.png", "2.png"):
        (line.folder / name).write_bytes(picture if name == "1.png" else picture[:300])
    line.look()
    first = line.look()
    assert first is not None
    assert first.name == "1.png"
    assert line.look(2 * PATIENCE_SECONDS) is None, "nobody has looked at it since"
    (line.folder / "2.png").write_bytes(picture)
    line.look()
    whole = line.look()
    assert whole is not None
    assert whole.pixels().shape == (64, 64, 3)


@pytest.mark.parametrize("moment", [0, 4_000_000_000])
def test_times_of_files_and_the_systems_clock_have_no_say(
    line: Line, picture: bytes, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    import os

    monkeypatch.setattr("time.time", lambda: float(moment))
    file = line.folder / "part.png"
    file.write_bytes(picture[:300])
    os.utime(file, (moment, moment))
    assert line.look() is None
    assert line.look() is None
    file.write_bytes(picture)
    os.utime(file, (moment, moment))
    assert line.look() is None
    assert line.look() is not None


def test_a_cut_picture_has_no_say_in_the_bits_of_the_others(line: Line, tmp_path: Path) -> None:
    deep = np.full((32, 32), 4000, np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    data = (tmp_path / "deep.png").read_bytes()
    (line.folder / "1.png").write_bytes(data[: len(data) // 2])
    (line.folder / "2.png").write_bytes(data)
    line.look()
    frame = line.look()
    assert frame is not None
    assert int(frame.pixels().max()) == 4000 >> 4


def test_whole_or_not(tmp_path: Path, picture: bytes) -> None:
    (tmp_path / "cut.png").write_bytes(picture[: len(picture) // 2])
    (tmp_path / "whole.png").write_bytes(picture)
    assert [is_whole(tmp_path / name) for name in ("cut.png", "whole.png", "none.png")] == [False, True, False]
