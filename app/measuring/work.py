"""Measures a threshold, and reads calibrations; in worker threads. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.editing.adjustments import Mix
from app.measuring.model import F1, RATE, MeasureChoice, Measured
from app.work.engine import Engine
from app.work.jobs import Cancellation
from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.calibration import Calibration, calibrate, calibration_at, channel_limits
from tokenclip_core.judgement.judgement import Channels, Judgement, PartScores
from tokenclip_core.judgement.trade_off import TradeOff, trade_off

NEXT_PARTS = 100


@dataclass(frozen=True)
class Listed:
    """The files of a measurement, and what was left out, in words."""

    good: tuple[str, ...]
    defective: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class MeasuredPart:
    """The score of a part, in [0, 1], and (name, level) of its evidence channels; None where these are not known."""

    score: float
    channels: Channels | None = None


def list_parts(choice: MeasureChoice, cancellation: Cancellation) -> Listed:
    """Find the parts in the folders of a choice.

    Raises:
        SettingsError: a folder has none.
    """
    from tokenclip_core.data.good_parts import good_parts
    from tokenclip_core.images.folders import LeftOut, find_images

    good: list[Path] = []
    defective: list[Path] = []
    notes: list[str] = []
    if choice.good is not None:
        good, notes = good_parts(choice.good)
    cancellation.check()
    if choice.with_defective and choice.defective is not None:
        left_out = LeftOut()
        defective = list(find_images([choice.defective], left_out))
        notes += left_out.words()
    for folder, found in ((choice.good, good), (choice.defective if choice.with_defective else None, defective)):
        if folder is not None and not found:
            raise SettingsError("; ".join([f"there are no images in {folder}; choose another folder", *notes]))
    return Listed(tuple(map(str, good)), tuple(map(str, defective)), tuple(notes))


def measure(
    engine: Engine,
    mix: Mix,
    choice: MeasureChoice,
    good: Sequence[MeasuredPart],
    defective: Sequence[MeasuredPart],
    _cancellation: Cancellation,
) -> Measured:
    """The threshold from the scores of good and of defective parts, and limits if asked; for the inference thread.

    Raises:
        SettingsError: too few parts, no threshold lets good parts pass, or levels that are asked for are not known.
    """
    scores, found = ([part.score for part in parts] for parts in (good, defective))
    calibration, curves = _chosen(choice, engine.decisive(mix), scores, found)
    levels = [part.channels for part in good if part.channels is not None]
    if choice.channel_limits:
        if len(levels) < len(good):
            raise SettingsError(
                f"of {len(good) - len(levels)} good parts only the score is known from an earlier start, not what each "
                "channel of evidence said; inspect them again, or choose a folder"
            )
        calibration = replace(calibration, channel_limits=channel_limits(levels, choice.rate))
    judgement = Judgement(calibration.threshold, channel_limits=calibration.channel_limits)
    judged = (PartScores(part.score, channels=part.channels or ()) for part in good)
    return Measured(
        calibration,
        calibration.false_reject_interval,
        calibration.false_reject_interval_among(NEXT_PARTS),
        curves,
        sum(judgement.verdict(part) == "defect" for part in judged),
    )


def _chosen(
    choice: MeasureChoice, settings: Mapping[str, Any], good: Sequence[float], defective: Sequence[float]
) -> tuple[Calibration, TradeOff | None]:
    """The threshold that is asked for, from scores, and what every threshold does."""
    curves = trade_off(good, defective) if good and defective else None
    if choice.chosen_by == RATE:
        calibration = calibrate(good, choice.rate, settings, defective)
    elif curves is None:
        raise SettingsError("the best F1 and the least cost need good parts and defective ones; choose both")
    else:
        threshold = curves.best_f1() if choice.chosen_by == F1 else curves.cheapest(1.0, choice.miss_cost)
        rejected = sum(score >= threshold for score in good) / len(good)
        calibration = calibration_at(threshold, rejected, good, settings, defective, choice.chosen_by)
    return calibration, curves


def read_calibration(
    engine: Engine, mix: Mix, file: Path, _cancellation: Cancellation
) -> tuple[Calibration, tuple[str, ...]]:
    """Read a calibration that belongs to the model and settings in force; for the inference thread.

    Returns:
        It, and what a person must know of it all the same, see `Calibration.check_fits`.

    Raises:
        SettingsError: it is none, or belongs to another model or other settings; says what differs.
    """
    calibration = Calibration.read(file)
    try:
        notes = calibration.check_fits(engine.decisive(mix))
    except SettingsError as error:
        raise SettingsError(f"{file.name}: {error}") from error
    return calibration, notes
