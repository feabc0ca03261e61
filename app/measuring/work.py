"""Measures a threshold, and reads calibrations; in worker threads. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.editing.adjustments import Mix
from app.measuring.model import F1, RATE, MeasureChoice, Measured
from app.work.engine import Engine
from app.work.jobs import Cancellation
from app.work.limits import refuse_channel_limits
from tokenclip_core.errors import SettingsError
from tokenclip_core.judgement.calibration import Calibration, calibrate, calibration_at
from tokenclip_core.judgement.trade_off import trade_off

NEXT_PARTS = 100


@dataclass(frozen=True)
class Listed:
    """The files of a measurement, and what was left out, in words."""

    good: tuple[str, ...]
    defective: tuple[str, ...]
    notes: tuple[str, ...]


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
    good: Sequence[float],
    defective: Sequence[float],
    _cancellation: Cancellation,
) -> Measured:
    """The threshold from the scores of good and of defective parts; for the inference thread.

    Raises:
        SettingsError: too few parts, or no threshold lets good parts pass.
    """
    settings = engine.decisive(mix)
    curves = trade_off(good, defective) if good and defective else None
    if choice.chosen_by == RATE:
        calibration = calibrate(good, choice.rate, settings, defective)
    elif curves is None:
        raise SettingsError("the best F1 and the least cost need good parts and defective ones; choose both")
    else:
        threshold = curves.best_f1() if choice.chosen_by == F1 else curves.cheapest(1.0, choice.miss_cost)
        rejected = sum(score >= threshold for score in good) / len(good)
        calibration = calibration_at(threshold, rejected, good, settings, defective, choice.chosen_by)
    return Measured(
        calibration,
        calibration.false_reject_interval,
        calibration.false_reject_interval_among(NEXT_PARTS),
        curves,
    )


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
        refuse_channel_limits(file, calibration.channel_limits)
    except SettingsError as error:
        raise SettingsError(f"{file.name}: {error}") from error
    return calibration, notes
