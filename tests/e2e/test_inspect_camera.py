"""`inspect` takes cameras by the words of the live view."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from tokenclip_core.commands.cli import main
from tokenclip_core.commands.inputs import file_or_stream, stream_name
from tokenclip_core.sources import catalogue
from tokenclip_core.sources.camera import CameraEntry
from tokenclip_core.sources.frames import Frame, FrameSource, SourceEndedError, SourceFacts
from tokenclip_core.sources.network.streams import Fault, StreamError


class StandIn(FrameSource):
    """A camera that sends three frames, or is not there."""

    opened: ClassVar[list[object]] = []

    def __init__(self, device: object) -> None:
        super().__init__(str(device))
        self.device = device
        self.left = 3
        self.closed = False

    def open(self) -> SourceFacts:
        if self.device == "absent":
            raise StreamError(Fault.ABSENT, "there is no camera 'absent'; look at its cable")
        self.opened.append(self.device)
        return SourceFacts(64, 48, 10)

    def read(self) -> Frame | None:
        if not self.left:
            raise SourceEndedError
        self.left -= 1
        pixels = np.full((48, 64, 3), 60 + self.left, np.uint8)
        return Frame(lambda: pixels)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def cameras(monkeypatch: pytest.MonkeyPatch) -> type[StandIn]:
    StandIn.opened.clear()
    monkeypatch.setattr(catalogue, "CameraSource", StandIn)
    monkeypatch.setattr(catalogue, "GenicamSource", StandIn)
    return StandIn


def rows(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / "results.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize(("word", "device"), [("0", CameraEntry("Camera 0", 0)), ("genicam:LINE 1", "LINE 1")])
def test_a_camera_is_inspected(cameras: type[StandIn], tmp_path: Path, word: str, device: object) -> None:
    assert main(["inspect", word, "--threshold", "0.5", "--max-frames", "1", "--out", str(tmp_path)]) == 0
    (row,) = rows(tmp_path)
    assert str(row["path"]).startswith(f"{word}#frame=")
    assert row["score"] is not None
    assert row["captured"] is not None
    assert [str(one) for one in cameras.opened] == [str(device)]


def test_made_up_parts_on_a_belt_need_no_camera(tmp_path: Path) -> None:
    words = ["inspect", "demo:3", "--threshold", "0.5", "--max-frames", "2", "--out", str(tmp_path), "--save", "maps"]
    assert main(words) == 0
    assert [row["error"] for row in rows(tmp_path)] == [None, None]
    assert len(list((tmp_path / "maps").rglob("*.png"))) == 2


def test_a_camera_that_is_not_there_is_a_row_with_its_reason(cameras: type[StandIn], tmp_path: Path) -> None:
    assert main(["inspect", "genicam:absent", "--out", str(tmp_path)]) == 3
    (row,) = rows(tmp_path)
    assert row["error"] == "there is no camera 'absent'; look at its cable"


def test_what_is_a_file_is_no_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [file_or_stream(word) for word in ("0", "demo", "genicam:A")] == ["0", "demo", "genicam:A"]
    (tmp_path / "0").mkdir()
    assert file_or_stream("0") == Path("0")
    assert str(stream_name("genicam:A B/1")) == "genicam_A_B_1"
