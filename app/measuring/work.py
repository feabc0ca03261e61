"""Measures a threshold, and reads calibrations; in worker threads. No Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.editing.adjustments import Mix
from app.measuring.model import F1, HAND, RATE, MeasureChoice, Measured
from app.work.engine import Engine
from app.work.jobs import Cancellation
from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.calibration import (
    Calibration,
    calibrate,
    calibration_at,
    channel_limits,
    largest_region,
    rejected_share,
    smallest_region,
)
from tokenclip_core.judgement.judgement import Channels, PartScores
from tokenclip_core.judgement.trade_off import TradeOff, trade_off
from tokenclip_core.output.rows import ResultRow

NEXT_PARTS = 100


@dataclass(frozen=True)
class Listed:
    """The files of a measurement, and what was left out, in words."""

    good: tuple[str, ...]
    defective: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class MeasuredPart:
    """A part's score, in [0, 1], path, and (name, level) of its evidence channels; None where these are not known."""

    score: float
    path: str
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
    judgement = calibration.judgement
    judged = ((part.path, PartScores(part.score, channels=part.channels or ())) for part in good)
    return Measured(
        calibration,
        calibration.false_reject_interval,
        calibration.false_reject_interval_among(NEXT_PARTS),
        curves,
        tuple(path for path, part in judged if judgement.verdict(part) == "defect"),
    )


def with_smallest_region(measured: Measured, rate: float, rows: Mapping[str, ResultRow]) -> Measured:
    """A measurement with the smallest region that good parts leave.

    Args:
        measured: the threshold and limits.
        rate: share of good parts that may have one as large, in [0, 1].
        rows: of the good parts that are rejected, by path, judged by the calibration. One that is missing could not be
            inspected again, and may have been defective as a whole.
    """
    found = measured.calibration
    largest = [0.0] * (found.good_parts - len(measured.rejected))
    for path in measured.rejected:
        row = rows.get(path)
        largest.append(math.inf if row is None else largest_region(row.regions, row.width or 0, row.height or 0))
    calibration = replace(found, smallest_region=smallest_region(largest, rate))
    return replace(measured, calibration=calibration, smallest_rate=rate)


def _chosen(
    choice: MeasureChoice, settings: Mapping[str, Any], good: Sequence[float], defective: Sequence[float]
) -> tuple[Calibration, TradeOff | None]:
    """The threshold that is asked for, from scores, and what every threshold does."""
    curves = trade_off(good, defective) if good and defective else None
    if choice.chosen_by == RATE:
        calibration = calibrate(good, choice.rate, settings, defective)
    elif choice.chosen_by == HAND:
        if not good:
            raise SettingsError("a calibration needs good parts; choose some")
        calibration = calibration_at(
            choice.threshold, rejected_share(good, choice.threshold), good, settings, defective, HAND
        )
    elif curves is None:
        raise SettingsError("the best F1 and the least cost need good parts and defective ones; choose both")
    else:
        threshold = curves.best_f1() if choice.chosen_by == F1 else curves.cheapest(1.0, choice.miss_cost)
        rejected = rejected_share(good, threshold)
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
