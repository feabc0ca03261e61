"""One camera of the live view, as the controllers know it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from app.live.last_frames import LastFrames
from app.live.results import LiveResult
from app.live.tile import LiveTile
from app.parts.state import Verdict
from tokenclip_core.judgement.judgement import PartScores, median_scores
from tokenclip_core.rates import Rate
from tokenclip_core.sources.capture import CaptureThread
from tokenclip_core.sources.frames import Frame, FrameSource, Orientation

SourceMaker = Callable[[], FrameSource]
MOST_BAD_FRAMES = 5
"""Damaged frames in a row that are left out before the tile says so."""


@dataclass
class LiveCamera:
    """A camera and what is known of it.

    Attributes:
        number: names it here.
        name: for people.
        make: a source for a new thread; it knows the password, nothing else does.
        tile: where it is shown.
        capture: its thread; None while the live view is closed.
        latest: what is shown.
        age: of the latest result when it was painted, in seconds.
        inspected: how often it is inspected.
        frozen: the picture stands still.
        step_from: `time.monotonic` from which on a frame is let through although it stands still; None for none.
        last: its newest inspected frames.
        scores: what the last frames are judged by, for a smoothed verdict.
        verdict: that is shown, smoothed if that is asked for.
        orientation: of its frames.
        bad_frames: damaged ones since the last good one.
        recording: whether it is recorded.
        recorded: the frame that was looked at last for the recording.
        recorded_defect: whether it was a defect.
    """

    number: int
    name: str
    make: SourceMaker
    tile: LiveTile
    capture: CaptureThread | None = None
    latest: LiveResult | None = None
    age: float | None = None
    inspected: Rate = field(default_factory=Rate)
    frozen: bool = False
    step_from: float | None = None
    last: LastFrames = field(default_factory=LastFrames)
    scores: deque[PartScores] = field(default_factory=deque)
    verdict: Verdict = Verdict.UNKNOWN
    orientation: Orientation = field(default_factory=Orientation)
    bad_frames: int = 0
    recording: bool = False
    recorded: Frame | None = None
    recorded_defect: bool = False

    @property
    def judged_scores(self) -> PartScores | None:
        """What its verdict is made from: the medians over the last frames, or the latest one alone."""
        if len(self.scores) > 1:
            return median_scores(self.scores)
        result = None if self.latest is None else self.latest.result
        return None if result is None else result.scores

    @property
    def failing(self) -> bool:
        """Whether no frames come or none can be read, so that what is shown is out of date."""
        return self.bad_frames >= MOST_BAD_FRAMES or (
            self.capture is not None and self.capture.report.error is not None
        )
