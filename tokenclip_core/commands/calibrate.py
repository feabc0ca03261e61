"""`calibrate`: a threshold from parts that are known to be good."""

from __future__ import annotations

import math
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenclip_core.commands.command import Command, ExitCode, UsageError, say
from tokenclip_core.commands.evidence_options import add_evidence_options, check_evidence_options, with_evidence_of
from tokenclip_core.commands.options import (
    add_depth_option,
    add_model_options,
    add_recipe_option,
    add_tiling_options,
    choose_bits,
    load_inspector,
    measured_settings,
    share,
    take_recipe,
    tiling_of,
)
from tokenclip_core.commands.progress import Progress
from tokenclip_core.errors import ImageError, SettingsError

if TYPE_CHECKING:
    from tokenclip_core.inspection.inspector import Inspector
    from tokenclip_core.inspection.tiling import Tiling
    from tokenclip_core.judgement.calibration import Calibration
    from tokenclip_core.judgement.judgement import PartScores

DEFAULT_FALSE_REJECT_RATE = 0.01
DEFAULT_OUT = Path("calibration.json")
BY_RATE, BY_HAND = "rate", "hand"

_EXAMPLES = (
    ("tokenclip calibrate good/ --out line1.json", "a threshold that rejects at most 1 % of these good parts"),
    ("tokenclip calibrate good/ --false-reject-rate 0 --defective bad/", "none of them; and how many defects it finds"),
    (
        "tokenclip calibrate good/ --threshold 0.5 --smallest-region",
        "how many good parts 0.5 rejects, and which regions are too small to count there",
    ),
    ("tokenclip calibrate good/ --recipe-out line1.recipe.json", "a recipe with that threshold"),
    (
        "tokenclip calibrate good/ --recipe a.recipe.json --recipe-out b.recipe.json",
        "the same recipe at that threshold",
    ),
    ("tokenclip inspect parts/ --calibration line1.json", "use it"),
)


def _cost(text: str) -> float:
    cost = float(text)
    if not 0 < cost < float("inf"):
        raise ArgumentTypeError(f"{text!r} is no cost over 0")
    return cost


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("good", type=Path, metavar="GOOD_DIR", help="folder of good parts (recursive), or one image")
    parser.add_argument("--defective", type=Path, metavar="DIR", help="defective parts, to tell how many are found")
    parser.add_argument(
        "--false-reject-rate",
        type=share,
        default=DEFAULT_FALSE_REJECT_RATE,
        metavar="R",
        help=f"share of good parts that may be rejected, 0 to 1 (default: {DEFAULT_FALSE_REJECT_RATE})",
    )
    parser.add_argument(
        "--choose",
        choices=(BY_RATE, "f1", "cost"),
        default=BY_RATE,
        metavar="HOW",
        help=f"with --defective: by the '{BY_RATE}' (default), the best 'f1', or the least 'cost'",
    )
    parser.add_argument(
        "--miss-cost",
        type=_cost,
        default=10.0,
        metavar="C",
        help="with --choose cost: what a missed defect costs, in rejected good parts (default: 10)",
    )
    parser.add_argument(
        "--channel-limits",
        action="store_true",
        help="also a limit for each channel of evidence, at the same rate: a part that reaches one is defective too",
    )
    parser.add_argument(
        "--smallest-region",
        action="store_true",
        help="also how many pixels a region must have so that at most that share of good parts has one; the parts that "
        "would be rejected are inspected twice for it",
    )
    parser.add_argument("--threshold", type=share, metavar="T", help="choose none: say what this one does to the parts")
    parser.add_argument(
        "--out", type=Path, default=DEFAULT_OUT, metavar="FILE", help=f"where to write it (default: {DEFAULT_OUT})"
    )
    add_recipe_option(parser)
    parser.add_argument(
        "--recipe-out", type=Path, metavar="FILE", help="also write a recipe with the new threshold there"
    )
    add_depth_option(parser)
    add_model_options(parser)
    add_tiling_options(parser)
    add_evidence_options(parser)
    parser.add_argument(
        "--freeze-pool",
        action="store_true",
        help="with --recipe-out: the recipe keeps the pool of these good parts, which every part is compared with",
    )


def _run(arguments: Namespace) -> int:
    from tokenclip_core.judgement.judgement import Judgement
    from tokenclip_core.recipes.building import with_evidence, with_threshold

    by_hand = arguments.threshold
    # A recipe's own threshold is what is measured anew.
    arguments.threshold = None
    recipe = take_recipe(arguments)
    arguments.threshold = by_hand
    if by_hand is not None and arguments.choose != BY_RATE:
        raise UsageError(f"--threshold {by_hand:g} is chosen already; leave --choose {arguments.choose} out")
    if arguments.freeze_pool and arguments.recipe_out is None:
        raise UsageError("--freeze-pool needs --recipe-out FILE, the recipe that keeps the pool")
    check_evidence_options(arguments)
    if arguments.choose != BY_RATE and arguments.defective is None:
        raise UsageError(f"--choose {arguments.choose} needs --defective DIR, parts that should be found")
    tiling = tiling_of(arguments)
    files = _files(arguments)
    choose_bits(arguments, [file for found in files for file in found])
    inspector, _ = with_evidence_of(load_inspector(arguments), arguments, files[0])
    if arguments.freeze_pool:
        inspector = _with_frozen_pool(inspector)
    progress = Progress(sum(map(len, files)))
    errors: list[str] = []
    parts = [_scores(inspector, arguments, found, progress, errors, tiling) for found in files]
    progress.clear()
    scores = [list(group.values()) for group in parts]
    calibration = _calibration(arguments, scores, measured_settings(inspector, arguments))
    if arguments.smallest_region:
        calibration = _with_smallest_region(calibration, inspector, arguments, parts[0], tiling)
    calibration.write(arguments.out)
    if arguments.recipe_out is not None:
        recipe = inspector.recipe(Judgement(calibration.threshold), tiling=tiling) if recipe is None else recipe
        made = with_threshold(recipe, calibration.threshold, calibration)
        with_evidence(made, inspector.evidence).save(arguments.recipe_out)
    for line in [*_summary(calibration, arguments.out), *_smallest_words(calibration, arguments)]:
        sys.stdout.write(line + "\n")
    for error in errors:
        say(error)
    return ExitCode.SOME_UNREADABLE if errors else ExitCode.DONE


def _calibration(
    arguments: Namespace, parts: Sequence[Sequence[PartScores]], settings: Mapping[str, Any]
) -> Calibration:
    """What was measured of the good parts, and of the defective ones if there are any."""
    from tokenclip_core.judgement.calibration import channel_limits

    good, defective = ([part.score for part in group] for group in (*parts, [])[:2])
    calibration = _chosen(arguments, good, defective, settings)
    if not arguments.channel_limits:
        return calibration
    limits = channel_limits([part.channels for part in parts[0]], arguments.false_reject_rate)
    return replace(calibration, channel_limits=limits)


def _with_frozen_pool(inspector: Inspector) -> Inspector:
    """The inspector whose pools hold for every folder.

    Raises:
        SettingsError: consensus has none.
    """
    if not inspector.evidence.pools:
        raise SettingsError("there are too few good parts that look alike for a pool; add some, or leave --freeze-pool")
    return inspector.with_evidence(pools=inspector.evidence.pools, frozen=True)


def _files(arguments: Namespace) -> list[list[Path]]:
    """The good parts, and the defective ones if there are any; says what is left out of them."""
    from tokenclip_core.data.good_parts import good_parts
    from tokenclip_core.images.folders import LeftOut, find_images

    good, notes = good_parts(arguments.good)
    groups, files = [arguments.good], [good]
    if arguments.defective is not None:
        left_out = LeftOut()
        groups.append(arguments.defective)
        files.append(list(find_images([arguments.defective], left_out)))
        notes += left_out.words()
    for group, found in zip(groups, files, strict=True):
        if not found:
            raise ImageError("; ".join([f"there are no images in {group}; name another folder", *notes]))
    for note in notes:
        say(note)
    return files


def _chosen(
    arguments: Namespace, good: Sequence[float], defective: Sequence[float], settings: Mapping[str, Any]
) -> Calibration:
    """The threshold by the false-reject rate, by the best F1, by the least cost, or the one that is given."""
    from tokenclip_core.judgement.calibration import calibrate, calibration_at, rejected_share
    from tokenclip_core.judgement.trade_off import trade_off

    if arguments.threshold is not None:
        rejected = rejected_share(good, arguments.threshold)
        return calibration_at(arguments.threshold, rejected, good, settings, defective, BY_HAND)
    if arguments.choose == BY_RATE:
        return calibrate(good, arguments.false_reject_rate, settings, defective)
    found = trade_off(good, defective)
    threshold = found.best_f1() if arguments.choose == "f1" else found.cheapest(1.0, arguments.miss_cost)
    rejected = float(found.good_rejected[found.thresholds.tolist().index(threshold)]) / found.good_parts
    return calibration_at(threshold, rejected, good, settings, defective, arguments.choose)


def _scores(
    inspector: Inspector,
    arguments: Namespace,
    files: Sequence[Path],
    progress: Progress,
    errors: list[str],
    tiling: Tiling | None,
) -> dict[Path, PartScores]:
    """What each file is judged by; what can't be inspected is an error instead."""
    from tokenclip_core.commands.batches import inspect_files

    scores = {}
    found = inspect_files(inspector, files, arguments.batch_size, progress, tiling=tiling, bits=arguments.bits)
    for inspected in found:
        if inspected.result is None:
            errors.append(str(inspected.error))
        else:
            scores[inspected.path] = inspected.result.part_scores
    return scores


def _with_smallest_region(
    calibration: Calibration,
    inspector: Inspector,
    arguments: Namespace,
    good: Mapping[Path, PartScores],
    tiling: Tiling | None,
) -> Calibration:
    """The calibration with the smallest region; the parts that it rejects are inspected again for their regions."""
    from tokenclip_core.commands.batches import inspect_files
    from tokenclip_core.judgement.calibration import largest_region, smallest_region

    judgement = calibration.judgement
    rejected = [path for path, scores in good.items() if judgement.verdict(scores) == "defect"]
    progress = Progress(len(rejected), word="inspected again")
    largest = [0.0] * (len(good) - len(rejected))
    for again in inspect_files(inspector, rejected, arguments.batch_size, progress, tiling=tiling, bits=arguments.bits):
        # What can't be read any more may have been defective as a whole.
        size = math.inf
        if again.result is not None:
            regions, _ = again.result.judged_regions(judgement)
            size = largest_region(regions, again.result.width, again.result.height)
        largest.append(size)
    progress.clear()
    return replace(calibration, smallest_region=smallest_region(largest, arguments.false_reject_rate))


def _summary(calibration: Calibration, file: Path) -> list[str]:
    low, high = calibration.false_reject_interval
    lines = [
        f"threshold {calibration.threshold:.6f}, written to {file}",
        f"good parts: {calibration.good_parts}, of which {calibration.good_rejected} would be rejected",
    ]
    if calibration.defective_parts:
        lines.append(
            f"defective parts: {calibration.defective_parts}, of which {calibration.defective_found} are found"
        )
    few, many = (100 * share for share in calibration.false_reject_interval_among(100))
    lines.append(
        f"of good parts to come, {low:.2%} to {high:.2%} are rejected, {few:.0f} to {many:.0f} of the next 100 "
        "(95 % confidence)"
    )
    if calibration.channel_limits:
        limits = ", ".join(f"{name} {limit:.6f}" for name, limit in calibration.channel_limits)
        lines.append(f"limits of the evidence, each at that rate: {limits}")
    rate, needed = calibration.false_reject_rate, calibration.parts_needed
    if calibration.chosen_by == BY_RATE and calibration.good_parts < needed:
        lines.append(f"a rate of {rate:g} needs {needed} good parts to be promised; add some")
    return lines


def _smallest_words(calibration: Calibration, arguments: Namespace) -> list[str]:
    if not arguments.smallest_region:
        return []
    from tokenclip_core.judgement.calibration import conformal_rank, parts_needed

    rate, pixels = arguments.false_reject_rate, calibration.smallest_region
    if not pixels:
        words = f"smallest region: none, since more than {rate:g} of the good parts are defective as a whole; "
        return [words + "choose a higher threshold"]
    if conformal_rank(calibration.good_parts, rate) <= calibration.good_parts:
        return [f"smallest region: {pixels} pixels; at most {rate:g} of good parts to come have one as large"]
    words = f"smallest region: {pixels} pixels, larger than any of these good parts has; "
    if not (needed := parts_needed(rate)):
        return [words + "no number of good parts promises that none to come has one as large"]
    return [words + f"a rate of {rate:g} needs {needed} good parts to be promised; add some"]


COMMAND = Command(_EXAMPLES, _add_arguments, _run)
"""The command, for `cli`."""
