"""`evaluate`: the benchmark table of a model on a data set, per category, per kind of defect, and the mean."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any, Self

from tokenclip_core.commands.command import Command, ExitCode, say
from tokenclip_core.commands.comparing import Comparison, Trial, add_shots_option, trials_of
from tokenclip_core.commands.data_options import add_data_options, chosen_set, say_set
from tokenclip_core.commands.evidence_options import add_evidence_options, check_evidence_options, evidence_kind
from tokenclip_core.commands.options import (
    add_depth_option,
    add_model_options,
    add_recipe_option,
    add_tiling_options,
    check_comparable,
    choose_bits,
    each_checkpoint,
    load_inspector,
    result_settings,
    take_recipe,
    tiling_of,
)
from tokenclip_core.commands.progress import Progress
from tokenclip_core.commands.versions import versions
from tokenclip_core.errors import DataLayoutError, ImageError, SettingsError
from tokenclip_core.printable import printable

if TYPE_CHECKING:
    from tokenclip_core.data.layouts import Sample
    from tokenclip_core.inspection.result import InspectionResult
    from tokenclip_core.inspection.tiling import Tiling
    from tokenclip_core.measuring.metrics import BinnedPixelScores, Metrics, PixelScores

REPORT_NAME = "evaluation"
"""The reports are `evaluation.json`, `.csv` and `.md`."""

_EXAMPLES = (
    ("tokenclip evaluate --data mvtec", "every category of a data set in the layout of MVTec AD"),
    ("tokenclip evaluate --data mvtec --category tile --out report", "one category; JSON, CSV and Markdown in report/"),
    ("tokenclip evaluate --data VisA --layout visa --split test", "VisA, by its table"),
    ("tokenclip samples parts --count 200 && tokenclip evaluate --data parts", "on made-up parts"),
    (
        "tokenclip evaluate --data mvtec --checkpoint visa.safetensors --seeds 3",
        "mean and deviation over what `train --seeds 3` wrote; or repeat --checkpoint",
    ),
    ("tokenclip evaluate --data mvtec --evidence text", "by the words alone, without looking at other parts"),
    ("tokenclip evaluate --data mvtec --shots 0,1,4,16 --seeds 3", "with good parts given, drawn three times"),
)
# Columns of the table: the metric, its short name for the Markdown.
_COLUMNS = {
    "image_auroc": "image AUROC",
    "image_ap": "image AP",
    "image_f1max": "image F1-max",
    "pixel_auroc": "pixel AUROC",
    "aupro": "AUPRO",
    "pixel_ap": "pixel AP",
}
_ALL = "all"


def _add_arguments(parser: ArgumentParser) -> None:
    add_depth_option(add_data_options(parser))
    add_recipe_option(parser)
    add_model_options(parser, several_checkpoints=True)
    add_tiling_options(parser)
    add_evidence_options(parser)
    add_shots_option(parser)
    output = parser.add_argument_group("output")
    output.add_argument("--out", type=Path, metavar="DIR", help="write evaluation.json, .csv and .md there")
    output.add_argument("--json", action="store_true", help="print JSON instead of the Markdown table")


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        category: the kind of part; "mean" for the mean over categories.
        kind: the kind of defect against all good parts; "all" for all kinds together.
        good: how many good parts.
        defective: how many defective parts.
        metrics: by name; None where undefined. Of several checkpoints, their mean.
        note: why some are undefined.
        deviations: sample deviation of each metric over several checkpoints or draws; empty for one.
        shots: how many good parts were given; None where that was not asked for.
    """

    category: str
    kind: str
    good: int
    defective: int
    metrics: Metrics
    note: str | None = None
    deviations: Metrics = field(default_factory=dict)
    shots: int | None = None

    def flat(self) -> dict[str, Any]:
        """Return the line as one record."""
        numbers: dict[str, float | None] = {}
        for name in _COLUMNS:
            numbers[name] = self.metrics.get(name)
            if self.deviations:
                numbers[f"{name}_deviation"] = self.deviations.get(name)
        counts = {"good": self.good, "defective": self.defective}
        if self.shots is not None:
            counts = {"shots": self.shots, **counts}
        return {"category": self.category, "kind": self.kind, **counts, **numbers, "note": self.note}

    def percent(self, name: str) -> str:
        """Return a metric as the Markdown table shows it."""
        value, deviation = self.metrics.get(name), self.deviations.get(name)
        if value is None:
            return "–"
        return f"{100 * value:.1f}" if deviation is None else f"{100 * value:.1f} ± {100 * deviation:.1f}"


@dataclass
class _Kind:
    """What is collected of one kind of defect, or of the good parts: pixels and scores of every checkpoint."""

    pixels: Sequence[PixelScores | BinnedPixelScores]
    scores: list[list[float]]
    missing_masks: int = 0

    @classmethod
    def of(cls, checkpoints: int, pixels: int) -> Self:
        """Begin with so many checkpoints and pixels in the category."""
        from tokenclip_core.measuring.metrics import pixel_scores

        return cls([pixel_scores(checkpoints * pixels) for _ in range(checkpoints)], [[] for _ in range(checkpoints)])


def _run(arguments: Namespace) -> int:
    from tokenclip_core.measuring.metrics import mean_metrics

    take_recipe(arguments)
    check_evidence_options(arguments)
    tiling = tiling_of(arguments)
    data = chosen_set(arguments)
    samples = data.samples
    say_set(data)
    choose_bits(arguments, [sample.image for sample in samples])
    each = each_checkpoint(arguments)
    trials = trials_of(arguments, len(each))
    inspectors = [load_inspector(one).with_evidence(evidence_kind(arguments)) for one in each]
    check_comparable(inspectors)
    comparison = Comparison(inspectors, arguments, trials)
    comparison.prepare(samples)
    progress = Progress(len(samples))
    # One list of lines for each trial.
    lines: list[list[Line]] = [[] for _ in trials]
    measurement = _Measurement(comparison, arguments, progress, tiling)
    for category, members in groupby(samples, key=lambda sample: sample.category):
        for found in measurement.evaluate(category, list(members)):
            for own, line in zip(lines, found, strict=True):
                own.append(line)
    progress.clear()
    errors, notes = measurement.errors, [*data.notes, *comparison.notes, *measurement.census.notes()]
    for own, trial in zip(lines, trials, strict=True):
        totals = [line for line in own if line.kind == _ALL]
        good, defective = sum(line.good for line in totals), sum(line.defective for line in totals)
        means = mean_metrics([line.metrics for line in totals])
        own.append(Line("mean", _ALL, good, defective, means, shots=trial.shots))
    table_lines = [line for own in _of_each_shots(trials, lines) for line in own]
    settings = [result_settings(inspector, one) for inspector, one in zip(inspectors, each, strict=True)]
    report = {
        "data": str(arguments.data),
        "split": arguments.split,
        "lines": [line.flat() for line in table_lines],
        "errors": errors,
        "notes": notes,
        "settings": settings[0],
        "device": inspectors[0].device_name,
        **versions(),
    }
    if arguments.shots is not None:
        report["draws"] = max(trial.seed for trial in trials) + 1
    if len(inspectors) > 1:
        report["checkpoints"] = [
            {"settings": one, "lines": [line.flat() for line in own]} for one, own in zip(settings, lines, strict=True)
        ]
    text = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    table = markdown_table(table_lines)
    if arguments.out is not None:
        _write(arguments.out, text, table, table_lines)
    sys.stdout.write(text if arguments.json else table)
    for words in (*comparison.notes, *measurement.census.notes(), *errors):
        say(words)
    return ExitCode.SOME_UNREADABLE if errors else ExitCode.DONE


def _of_each_shots(trials: Sequence[Trial], lines: Sequence[Sequence[Line]]) -> Iterator[list[Line]]:
    """The lines of each number of good parts, each the mean over its draws or checkpoints."""
    for shots in dict.fromkeys(trial.shots for trial in trials):
        own = [found for trial, found in zip(trials, lines, strict=True) if trial.shots == shots]
        yield [spread_line(found) for found in zip(*own, strict=True)]


def markdown_table(lines: Sequence[Line]) -> str:
    """Return the lines as a Markdown table, metrics in percent, with their deviations if there are several values."""
    notes = any(line.note for line in lines)
    shots = any(line.shots is not None for line in lines)
    counts = [*(["good parts given"] if shots else []), "good", "defective"]
    head = ["category", "defect", *counts, *_COLUMNS.values(), *(["note"] if notes else [])]
    rows = [head, ["---", "---", *["---:"] * (len(counts) + len(_COLUMNS)), *(["---"] if notes else [])]]
    for line in lines:
        numbers = [line.percent(name) for name in _COLUMNS]
        given = [str(line.shots)] if shots else []
        rows.append([_cell(line.category), _cell(line.kind), *given, str(line.good), str(line.defective), *numbers])
        if notes:
            rows[-1].append(_cell(line.note or ""))
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def _cell(text: str) -> str:
    """Text that stays in its cell of a Markdown table."""
    return printable(text).replace("|", "\\|")


def spread_line(found: Sequence[Line]) -> Line:
    """Return the mean of one line over several checkpoints, with deviations; a single line as it is."""
    if len(found) == 1:
        return found[0]
    first, means, deviations = found[0], {}, {}
    for name in _COLUMNS:
        values = [value for line in found if (value := line.metrics.get(name)) is not None]
        means[name] = fmean(values) if values else None
        deviations[name] = stdev(values) if len(values) > 1 else None
    return replace(first, metrics=means, deviations=deviations)


class _Measurement:
    """Measures category after category; what can't be read costs itself only.

    Attributes:
        errors: one line for each part or mask that can't be read.
        census: masks that look wrong.
    """

    def __init__(self, comparison: Comparison, arguments: Namespace, progress: Progress, tiling: Tiling | None) -> None:
        from tokenclip_core.data.layouts import MaskCensus

        self.errors: list[str] = []
        self.census = MaskCensus()
        self._comparison = comparison
        self._arguments = arguments
        self._progress = progress
        self._tiling = tiling

    def evaluate(self, category: str, samples: Sequence[Sample]) -> Iterator[list[Line]]:
        """Yield the lines of one category, one for each trial: all kinds together, each kind, and their mean."""
        from tokenclip_core.commands.batches import inspect_files
        from tokenclip_core.data.layouts import GOOD

        compared = self._comparison.of(category, samples)
        count = len(compared)
        pixels = _pixels(samples)
        kinds: dict[str, _Kind] = {GOOD: _Kind.of(count, pixels)}
        inspected = inspect_files(
            compared[0].inspector,
            [sample.image for sample in samples],
            self._arguments.batch_size,
            self._progress,
            [one.inspector for one in compared[1:]],
            self._tiling,
            self._arguments.bits,
        )
        for sample, outcome in zip(samples, inspected, strict=True):
            if sample.kind not in kinds:
                kinds[sample.kind] = _Kind.of(count, pixels)
            if outcome.result is None:
                self.errors.append(str(outcome.error))
                continue
            measured = [sample.image not in one.left_out for one in compared]
            self._count(kinds[sample.kind], sample, (outcome.result, *outcome.others), measured)
        good = kinds.pop(GOOD)
        shots = [trial.shots for trial in self._comparison.trials]
        yield [_line(category, _ALL, good, list(kinds.values()), number, shots[number]) for number in range(count)]
        each = []
        for name, kind in kinds.items():
            each.append([_line(category, name, good, [kind], number, shots[number]) for number in range(count)])
            yield each[-1]
        if len(kinds) > 1 and shots[0] is not None:
            yield [_mean_of_kinds(found) for found in zip(*each, strict=True)]

    def _count(
        self, kind: _Kind, sample: Sample, results: Sequence[InspectionResult], measured: Sequence[bool]
    ) -> None:
        from tokenclip_core.data.layouts import load_mask, load_regions

        mask = regions = None
        try:
            mask = load_mask(sample, (results[0].height, results[0].width))
            regions = load_regions(sample)
        except (ImageError, DataLayoutError) as error:
            self.errors.append(str(error))
        kind.missing_masks += mask is None
        if mask is not None:
            self.census.add(sample, mask)
        for number, result in enumerate(results):
            if not measured[number]:
                continue
            kind.scores[number].append(result.score)
            if mask is not None:
                kind.pixels[number].add(mask, result.anomaly_map, regions)


def _pixels(samples: Sequence[Sample]) -> int:
    """How many pixels the parts of a category have together; what can't be read has none."""
    from tokenclip_core.images.reading import read_size

    total = 0
    for sample in samples:
        try:
            width, height = read_size(sample.image)
        except ImageError:
            continue
        total += width * height
    return total


def _mean_of_kinds(lines: Sequence[Line]) -> Line:
    """The mean of a category's kinds, each counted alike however many parts it has."""
    from tokenclip_core.measuring.metrics import mean_metrics

    first = lines[0]
    defective = sum(line.defective for line in lines)
    means = mean_metrics([line.metrics for line in lines])
    return Line(first.category, "mean of kinds", first.good, defective, means, shots=first.shots)


def _line(
    category: str, name: str, good: _Kind, defects: Sequence[_Kind], number: int, shots: int | None = None
) -> Line:
    """Return a line of one trial."""
    from tokenclip_core.measuring.metrics import image_metrics, merged_scores, undefined_reason

    scores = [score for kind in defects for score in kind.scores[number]]
    labels = [0] * len(good.scores[number]) + [1] * len(scores)
    pixels = merged_scores([kind.pixels[number] for kind in (good, *defects)])
    reason = undefined_reason(labels, missing_masks=sum(kind.missing_masks for kind in defects))
    error = pixels.largest_error()
    binned = f"pixel figures to {error:.1g}, from bins" if error else ""
    return Line(
        category,
        name,
        len(good.scores[number]),
        len(scores),
        {**image_metrics(labels, good.scores[number] + scores), **pixels.metrics()},
        "; ".join(filter(None, (reason, binned))) or None,
        shots=shots,
    )


def _write(folder: Path, text: str, table: str, lines: Sequence[Line]) -> None:
    from tokenclip_core.files import write_atomically
    from tokenclip_core.output.table import table_text

    contents = {".json": text, ".csv": table_text([line.flat() for line in lines]), ".md": table}
    try:
        for suffix, content in contents.items():
            write_atomically(folder / f"{REPORT_NAME}{suffix}", content.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise SettingsError(f"{folder} cannot be written ({error.strerror}); choose another --out") from error


COMMAND = Command(_EXAMPLES, _add_arguments, _run)
"""The command, for `cli`."""
