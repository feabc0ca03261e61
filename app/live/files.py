"""What the live view writes: snapshots, and recordings with the seconds before a defect; no Qt, for a worker thread.

A picture is written as PNG, so that the file has the very pixels that were inspected, and scores the same later.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from app.live.results import LiveResult
from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.output.results_file import RESULTS_NAME, ResultsWriter, RunRecord
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.sources.frames import Frame

VIDEO_NAME = "overlay.mp4"
VIDEO_RATE = 5.0
"""Frames a second of a recording's video, however fast they came: each of them is to be seen."""

_VIDEO_SIDE = 1280
"""Pixels of the longer side at most."""

MOST_WAITING = 8
"""Number of pictures that may wait for the disk; further ones are left out, and counted."""


@dataclass(frozen=True)
class RecordingPlan:
    """What is recorded, and where.

    Attributes:
        folder: in which each recording gets a folder of its own.
        everything: every inspected frame, instead of those at or above the threshold.
        seconds_before: of frames kept from before a defect; 0 for none.
        most_bytes: at which a recording ends.
        video: whether a video of the recorded frames with their overlays is written beside the pictures.
    """

    folder: Path
    everything: bool = False
    seconds_before: float = 3.0
    most_bytes: int = 2 * 2**30
    video: bool = False


@dataclass(frozen=True)
class RecordingFacts:
    """How far a recording is.

    Attributes:
        folder: of its own.
        pictures: written.
        nbytes: written.
        full: whether it has reached its limit.
        left_out: frames that were not written because the disk was too slow.
    """

    folder: Path
    pictures: int = 0
    nbytes: int = 0
    full: bool = False
    left_out: int = 0


def row_of(live: LiveResult, path: str, judgement: Judgement) -> ResultRow:
    """The row of an inspected frame, judged at a threshold.

    Raises:
        SettingsError: it was not inspected.
    """
    result = live.result
    if result is None:
        raise SettingsError("this frame was not inspected yet; wait for the model")
    return ResultRow.judged(
        path,
        result,
        result.scores,
        judgement,
        result.find_regions(judgement).regions,
        model=live.model,
        milliseconds=result.milliseconds,
        seconds=None if live.frame.position is None else round(live.frame.position, 3),
        captured=datetime.fromtimestamp(live.frame.clock, UTC).isoformat(timespec="milliseconds"),
    )


def file_name(camera: str, frame: Frame) -> str:
    """A name for a frame's file, from the camera's name and the time to a millisecond, local time."""
    word = re.sub(r"[^\w.-]+", "_", camera.partition("://")[2] or camera).strip("._")[:40] or "camera"
    moment = datetime.fromtimestamp(frame.clock, UTC).astimezone()
    return f"{word}_{moment:%Y%m%d-%H%M%S}-{moment.microsecond // 1000:03d}"


def save_good_parts(folder: Path, camera: str, frames: Sequence[Frame]) -> list[Path]:
    """Write frames that are good parts as PNG into the folder `good parts` of a folder.

    Returns:
        The pictures' paths, in the order of the frames.

    Raises:
        SettingsError: the folder can't be written.
    """
    place = folder / "good parts"
    paths = [place / f"{file_name(camera, frame)}.png" for frame in frames]
    try:
        place.mkdir(parents=True, exist_ok=True)
        for path, frame in zip(paths, frames, strict=True):
            _save_png(path, frame)
    except OSError as error:
        raise SettingsError(f"{place} can't be written ({error.strerror}); choose another folder") from error
    return paths


def save_snapshot(folder: Path, camera: str, live: LiveResult, judgement: Judgement) -> Path:
    """Write a frame as PNG into a folder, and its row behind the others in the folder's `results.jsonl`.

    Returns:
        The picture's path.

    Raises:
        SettingsError: the folder can't be written, or the frame was not inspected.
    """
    path = folder / f"{file_name(camera, live.frame)}.png"
    row = row_of(live, path.name, judgement)
    try:
        _save_png(path, live.frame)
        with (folder / RESULTS_NAME).open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(row.to_json() + "\n")
    except OSError as error:
        raise SettingsError(f"{folder} can't be written ({error.strerror}); choose another folder") from error
    return path


class Recorder:
    """Writes one recording: pictures, rows, and the seconds before a defect, up to a number of bytes.

    Attributes:
        plan: of the recording.
        facts: as of the picture that was written last.
        left_out: frames that were not handed to `write`; the caller, who leaves them out, counts them here.
    """

    def __init__(self, plan: RecordingPlan, settings: dict[str, object]) -> None:
        """Begin a recording in a folder of its own.

        Args:
            plan: see `RecordingPlan`.
            settings: written into `run.json`.

        Raises:
            SettingsError: the folder can't be written.
        """
        self.plan = plan
        began = datetime.now(UTC).astimezone()
        folder = plan.folder / f"recording_{began:%Y%m%d-%H%M%S}"
        number = 1
        while folder.exists():
            number += 1
            folder = plan.folder / f"recording_{began:%Y%m%d-%H%M%S}-{number}"
        self.facts = RecordingFacts(folder)
        self.left_out = 0
        self._video = OverlayVideo(folder / VIDEO_NAME) if plan.video else None
        self._writer = ResultsWriter(folder, RunRecord(settings, {"started": began.isoformat(timespec="seconds")}))

    def write(
        self, camera: str, live: LiveResult, judgement: Judgement, before: list[tuple[float, bytes]]
    ) -> RecordingFacts:
        """Write a frame, and the frames from before it; nothing once the recording is full.

        Raises:
            SettingsError: the disk is full or gone.
        """
        if self.facts.full:
            return self.facts
        folder, name = self.facts.folder, file_name(camera, live.frame)
        nbytes = 0
        try:
            for captured, data in before:
                seconds = live.frame.captured - captured
                path = folder / "before" / name / f"{seconds:07.3f}s_before.jpg"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                nbytes += len(data)
            nbytes += _save_png(folder / f"{name}.png", live.frame)
            if self._video is not None:
                nbytes += self._video.write(live, judgement)
        except OSError as error:
            raise SettingsError(f"{folder} can't be written any more ({error.strerror}); make room") from error
        self._writer.write(row_of(live, f"{name}.png", judgement))
        total = self.facts.nbytes + nbytes
        full = total >= self.plan.most_bytes
        pictures = self.facts.pictures + 1
        self.facts = replace(self.facts, pictures=pictures, nbytes=total, full=full, left_out=self.left_out)
        if full:
            self.finish()
        return self.facts

    def finish(self) -> RecordingFacts:
        """End the recording; calling it again does nothing."""
        if self._video is not None:
            self._video.close()
        self._writer.close(finished=True)
        return self.facts


class OverlayVideo:
    """Writes frames with the anomaly map laid over and the regions outlined, one after the other, as MP4."""

    def __init__(self, path: Path) -> None:
        """Begin a video at the first frame, whose size all frames get."""
        self._path = path
        self._writer: Any = None
        self._size = (0, 0)
        self._bytes = 0

    def write(self, live: LiveResult, judgement: Judgement) -> int:
        """Write one inspected frame; how many bytes the file has grown.

        Raises:
            SettingsError: no video can be written here.
        """
        # Not at the top: the window is on the screen before such libraries are loaded.
        import cv2

        from tokenclip_core.output.pictures import overlay_picture

        if live.result is None:
            return 0
        area = live.result.find_regions(judgement).area
        picture = overlay_picture(live.frame.pixels(), live.result, area, side=_VIDEO_SIDE)
        if self._writer is None:
            # The codec takes even sides only.
            self._size = (max(2, picture.shape[1] // 2 * 2), max(2, picture.shape[0] // 2 * 2))
            code = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self._path), code, VIDEO_RATE, self._size)
            if not self._writer.isOpened():
                raise SettingsError(f"{self._path} can't be written as a video; turn the video off in the options")
        if (picture.shape[1], picture.shape[0]) != self._size:
            picture = np.asarray(cv2.resize(picture, self._size, interpolation=cv2.INTER_AREA), np.uint8)
        self._writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        before, self._bytes = self._bytes, self._path.stat().st_size
        return self._bytes - before

    def close(self) -> None:
        """End the video; calling it again does nothing."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.release()


def _save_png(path: Path, frame: Frame) -> int:
    from tokenclip_core.output.pictures import save_picture

    save_picture(path, frame.pixels())
    return path.stat().st_size
