"""A frame and what is said about it, ready to be painted; for worker threads."""

from __future__ import annotations

from dataclasses import dataclass

from app.canvas import compose
from app.editing.adjustments import Mix, RegionQuery
from app.parts.state import PartResult, Picture, ThresholdView, Verdict
from app.work.engine import Engine
from app.work.jobs import Cancellation
from tokenclip_core.sources.frames import Frame


@dataclass(frozen=True)
class LiveResult:
    """What a camera's tile shows.

    Attributes:
        camera: its number.
        frame: that was looked at.
        picture: its pixels.
        result: None while there is no model.
        view: of the result, at the threshold of that moment.
        alarm: whether a subspace reached its own threshold of that moment.
        model: that looked at it.
    """

    camera: int
    frame: Frame
    picture: Picture
    result: PartResult | None = None
    view: ThresholdView | None = None
    alarm: bool = False
    model: str = ""

    def verdict(self, threshold: float) -> Verdict:
        """The verdict at a threshold in [0, 1]."""
        if self.result is None:
            return Verdict.UNKNOWN
        return Verdict.DEFECT if self.alarm or self.result.score >= threshold else Verdict.GOOD


def inspected(
    engine: Engine, camera: int, frame: Frame, mix: Mix, query: RegionQuery, model: str, cancellation: Cancellation
) -> LiveResult:
    """Inspect a frame by the same steps as a still's.

    Raises:
        ImageError: the frame is damaged.
    """
    pixels = frame.pixels()
    cancellation.check()
    result = engine.inspect_pixels(pixels, mix, cancellation)
    view = compose.threshold_view(result.find_regions(query), query.threshold)
    peaks = [row.anomaly for row in result.subspaces]
    alarm = any(index < len(peaks) and peaks[index] >= own for index, own in query.own_thresholds)
    return LiveResult(camera, frame, compose.picture(pixels), result, view, alarm, model)


def shown_alone(camera: int, frame: Frame) -> LiveResult:
    """A frame without a result, for the time until there is a model.

    Raises:
        ImageError: the frame is damaged.
    """
    return LiveResult(camera, frame, compose.picture(frame.pixels()))
