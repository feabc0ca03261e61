"""A frame and what is said about it, ready to be painted; for worker threads."""

from __future__ import annotations

from dataclasses import dataclass

from app.canvas import compose
from app.editing.adjustments import Mix
from app.parts.state import PartResult, Picture, ThresholdView, Verdict
from app.work.engine import Engine
from app.work.jobs import Cancellation
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.sources.frames import Frame


@dataclass(frozen=True)
class LiveResult:
    """What a camera's tile shows.

    Attributes:
        camera: its number.
        frame: that was looked at.
        picture: its pixels.
        result: None while there is no model.
        view: of the result, by the judgement of that moment.
        model: that looked at it.
    """

    camera: int
    frame: Frame
    picture: Picture
    result: PartResult | None = None
    view: ThresholdView | None = None
    model: str = ""

    def verdict(self, judgement: Judgement) -> Verdict:
        """The verdict on this frame alone."""
        return Verdict.UNKNOWN if self.result is None else Verdict(judgement.verdict(self.result.scores))


def inspected(
    engine: Engine, camera: int, frame: Frame, mix: Mix, judgement: Judgement, model: str, cancellation: Cancellation
) -> LiveResult:
    """Inspect a frame by the same steps as a still's.

    Raises:
        ImageError: the frame is damaged.
    """
    pixels = frame.pixels()
    cancellation.check()
    result = engine.inspect_pixels(pixels, mix, cancellation)
    view = compose.threshold_view(result.find_regions(judgement), judgement.threshold)
    return LiveResult(camera, frame, compose.picture(pixels), result, view, model)


def shown_alone(camera: int, frame: Frame) -> LiveResult:
    """A frame without a result, for the time until there is a model.

    Raises:
        ImageError: the frame is damaged.
    """
    return LiveResult(camera, frame, compose.picture(frame.pixels()))
